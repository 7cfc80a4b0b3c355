"""What came in pieces: what is whole is read, what is not is named."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

from tests import synthetic
from tests.discs import images, programs
from tests.discs.expected import Found, StudyIs, disc, image
from tests.discs.incomplete import zipped
from tests.discs.whole import HEAD_IS, WHOLE, chest, head
from tests.synthetic import SeriesPlan, StudyPlan

_PLAN = SeriesPlan(slices=30, rows=32, columns=32)
_STUDY = StudyPlan(series=(_PLAN,))
#: What a loss of images may be called besides what it is.
_ALSO = ("missing_instances", "dicomdir_missing_files")


def _member_data_at(path: Path, name: str) -> int:
    """Where the bytes of a member begin."""
    with ZipFile(path) as archive, path.open("rb") as file:
        file.seek(archive.getinfo(name).header_offset + 26)
        name_length, extra_length = struct.unpack("<2H", file.read(4))
        return archive.getinfo(name).header_offset + 30 + int(name_length) + int(extra_length)


def _cut_after(path: Path, whole: int) -> Path:
    """The zip, cut off in the middle of the member after so many whole ones."""
    with ZipFile(path) as archive:
        infos = sorted(
            (one for one in archive.infolist() if not one.is_dir()), key=lambda o: o.header_offset
        )
        end = infos[whole].header_offset + 60 + infos[whole].compress_size // 2
    data = path.read_bytes()
    path.write_bytes(data[:end])
    return path


@disc(
    "The upload broke off; twenty images are whole, and the zip's directory is gone.",
    Found(
        unreadable=None,
        ignored=0,
        patients=1,
        studies=(StudyIs(series=(image("CT", 20),)),),
        codes=("damaged_archive",),
        may=_ALSO,
    ),
)
def upload_broke_off(folder: Path) -> Path:
    return _cut_after(zipped(folder, images.of(_STUDY)), 20)


@disc(
    "The same of a zip that tells the lengths only after the data.",
    Found(
        unreadable=None,
        ignored=0,
        patients=1,
        studies=(StudyIs(series=(image("CT", 20),)),),
        codes=("damaged_archive",),
        may=_ALSO,
    ),
)
def streamed_upload_broke_off(folder: Path) -> Path:
    root = programs.laid_out(folder / "disc", images.of(_STUDY))
    return _cut_after(programs.zip_by_bsdtar(root, folder / "disc.zip"), 20)


@disc(
    "Only the last bytes of the zip are gone: every image is there.",
    # The archive is damaged, and saying so costs nothing, but no image may be lost by it.
    replace(WHOLE, may=("damaged_archive",)),
)
def last_bytes_gone(folder: Path) -> Path:
    path = programs.zip_by_7z(chest(folder), folder / "cd.zip")
    path.write_bytes(path.read_bytes()[:-30])
    return path


@disc(
    "One bad sector: a checksum is wrong, and every other image is right.",
    Found(
        dicom=24 - 1,
        unreadable=1,
        ignored=0,
        patients=1,
        studies=(StudyIs(series=(image("MR", 11, missing=1, certain=True), image("MR", 12))),),
        codes=("damaged_archive", "missing_instances"),
    ),
)
def one_wrong_checksum(folder: Path) -> Path:
    path = programs.zip_by_7z(head(folder), folder / "cd.zip", "-mm=Copy")
    at = _member_data_at(path, "DICOM/ST002/SE002/IM000005")
    data = bytearray(path.read_bytes())
    data[at + 1500] ^= 0x55
    path.write_bytes(data)
    return path


@disc(
    "A tar.gz that broke off.",
    Found(
        unreadable=None,
        ignored=0,
        patients=1,
        images=None,
        studies=None,
        codes=("damaged_archive",),
        may=_ALSO,
    ),
)
def tar_gz_broke_off(folder: Path) -> Path:
    path = programs.tar(chest(folder) / "DICOM", folder / "cd.tar.gz", "--gzip")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    return path


@disc(
    "An image of a CD that was not read to its end.",
    Found(
        unreadable=None,
        documents=None,
        ignored=None,
        patients=1,
        images=None,
        studies=None,
        one_of=(("damaged_archive", "truncated_instance"),),
        may=(*_ALSO, "damaged_archive", "truncated_instance", "unreadable_instance"),
    ),
)
def iso_broke_off(folder: Path) -> Path:
    path = programs.iso(chest(folder), folder / "cd.iso", "-J", "-r", "-no-pad")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 7 // 10])
    return path


@disc(
    "Ten files damaged in ten ways, six of them readable all the same.",
    Found(
        patients=1,
        images=24 + 7,
        unreadable=None,
        ignored=None,
        documents=None,
        codes=("truncated_instance", "unreadable_instance"),
        may=("empty", "missing_instances", "unsupported", "damaged_archive"),
    ),
)
def ten_damages(folder: Path) -> Path:
    """The head MRI is whole; each damage is to a slice of another study of hers."""
    objects = images.made(_STUDY, replace(_PLAN, slices=10))
    good = [synthetic.encoded(one) for one in objects]
    rotten = bytearray(good[9])
    rotten[-200] ^= 0xFF
    nameless = objects[8]
    del nameless.SOPInstanceUID, nameless.StudyInstanceUID, nameless.SeriesInstanceUID
    files = {
        "half_pixels": good[0][: len(good[0]) - 1000],
        "half_header": good[1][:420],
        "empty": b"",
        "no_preamble": good[3][132:],
        "implicit": synthetic.encoded(objects[4], meta=False),
        "big_endian": images.plain({"": good[5]}, "dcmconv", "+tb")[""],
        "web_page": b"<!DOCTYPE html><html><body>404 Not found</body></html>",
        "padded": good[7] + bytes(512),
        "nameless": synthetic.encoded(nameless, meta=False),
        "bit_rot": bytes(rotten),
    }
    return zipped(
        folder,
        {
            **images.head_files(),
            **{f"BAD/{name}": data for name, data in files.items()},
            "IM2": good[2],
        },
    )


@disc(
    "A CT with four files cut off in their pixels, compressed and not.",
    Found(
        dicom=30,
        ignored=0,
        patients=1,
        images=30,
        codes=("truncated_instance",),
        may=("missing_instances",),
    ),
)
def pixels_cut_off(folder: Path) -> Path:
    files = images.of(_STUDY)
    packed = images.plain({n: files[n] for n in list(files)[4:6]}, "dcmcjpeg", "+e1")
    cut = {**{n: files[n] for n in list(files)[:2]}, **packed}
    return zipped(folder, {**files, **{name: data[:-300] for name, data in cut.items()}})


@disc(
    "Saved from the portal without being signed in: a page of HTML called study.zip.",
    Found(codes=("not_an_archive",), refused=True),
)
def web_page_called_zip(folder: Path) -> Path:
    path = folder / "study.zip"
    path.write_bytes(b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>")
    return path


@disc("An empty zip.", Found(codes=("empty",), refused=True))
def empty_zip(folder: Path) -> Path:
    path = folder / "cd.zip"
    path.write_bytes(b"PK\x05\x06" + bytes(18))
    return path


@disc("A zip of empty folders.", Found(codes=("empty",), refused=True))
def zip_of_empty_folders(folder: Path) -> Path:
    for name in ("DICOM", "REPORT"):
        (folder / "cd" / name).mkdir(parents=True)
    return programs.zip_by_7z(folder / "cd", folder / "cd.zip")


@disc("A file of no bytes.", Found(codes=("empty",), refused=True))
def no_bytes(folder: Path) -> Path:
    path = folder / "IM000001"
    path.write_bytes(b"")
    return path


@disc(
    "Two good files and a broken zip, all in one folder.",
    Found(dicom=24, unreadable=1, patients=1, studies=(HEAD_IS,), codes=("damaged_archive",)),
)
def broken_zip_beside_good_files(folder: Path) -> Path:
    files = {**images.head_files(), "more.zip": b"PK\x03\x04" + b"\x14\0\0\0\x08\0" + bytes(60)}
    return programs.laid_out(folder / "all", files)
