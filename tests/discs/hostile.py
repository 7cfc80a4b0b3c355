"""Archives that mean harm: answered at once, and what is good beside them is read all the same."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from dataclasses import replace
from pathlib import Path

from tests import synthetic
from tests.discs import images
from tests.discs.crafted import MIB, overlapping, quoted_overlap, raw, zeros, zip_of
from tests.discs.expected import Found, StudyIs, disc, image
from tests.discs.incomplete import zipped
from tests.discs.whole import HEAD_IS

UNSAFE = Found(codes=("unsafe_archive",), refused=True, seconds=3)
#: The head MRI is there; what was beside it is not.
BESIDE = Found(
    dicom=24,
    ignored=0,
    unreadable=None,
    patients=1,
    studies=(HEAD_IS,),
    seconds=5,
)


def _beside(folder: Path, name: str, data: bytes) -> Path:
    """The head MRI with this file beside it, in a zip."""
    return zipped(folder, {**images.head_files(), name: data})


def _written(folder: Path, data: bytes, name: str = "cd.zip") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


# ---- bombs -------------------------------------------------------------------------------------


@disc("One member of half a GiB of nothing, in half a MiB.", UNSAFE, hostile=True)
def flat_bomb(folder: Path) -> Path:
    return _written(folder, zip_of([zeros(b"IM000001", 512)]))


@disc(
    "The same beside a good study in one zip: the study is read.",
    replace(BESIDE, one_of=(("unsafe_archive", "too_large"),)),
    hostile=True,
)
def flat_bomb_beside_images(folder: Path) -> Path:
    members = [raw(name.encode(), data) for name, data in images.head_files().items()]
    return _written(folder, zip_of([*members, zeros(b"DUMP.BIN", 512)]))


@disc(
    "A sparse file of 2 GiB that a viewer left, beside a good study.",
    replace(BESIDE, one_of=(("unsafe_archive", "too_large"),)),
    hostile=True,
)
def two_gib_of_nothing(folder: Path) -> Path:
    members = [raw(name.encode(), data) for name, data in images.head_files().items()]
    return _written(folder, zip_of([zeros(b"PAGEFILE.SYS", 2047), *members]))


@disc(
    "Zips in a zip in a zip: 12 KB that unfold to 25 GiB.",
    # What is at the bottom is of no kind either, and may be said to be so.
    Found(
        one_of=(("unsafe_archive", "nested_archive", "too_large"),),
        refused=True,
        seconds=20,
        may=("unsupported",),
    ),
    hostile=True,
)
def nested_bomb(folder: Path) -> Path:
    level = zip_of([zeros(b"0", 64)])
    for _ in range(2):
        level = zip_of([raw(b"%d.zip" % n, level) for n in range(20)])
    return _written(folder, level)


@disc(
    "A nested bomb in one file of a good disc: the disc is read.",
    replace(BESIDE, ignored=None, codes=("unsafe_archive",), seconds=20),
    hostile=True,
)
def nested_bomb_beside_images(folder: Path) -> Path:
    bomb = zip_of([raw(b"%d.zip" % n, zip_of([zeros(b"0", 64)])) for n in range(20)])
    return _beside(folder, "MORE.ZIP", bomb)


@disc("Two thousand entries that are all one and the same stream.", UNSAFE, hostile=True)
def full_overlap(folder: Path) -> Path:
    return _written(folder, overlapping(bytes(21 * MIB), 2000))


@disc(
    "Fifield's bomb: streams that quote each other's headers, each checksum right.",
    UNSAFE,
    hostile=True,
)
def quoted_overlap_bomb(folder: Path) -> Path:
    return _written(folder, quoted_overlap(bytes(4 * MIB), 100))


@disc(
    "The same, too small to hurt: members that share bytes are refused for that alone.",
    UNSAFE,
    hostile=True,
)
def quoted_overlap_small(folder: Path) -> Path:
    return _written(folder, quoted_overlap(bytes(MIB), 12))


@disc(
    "A DICOM object in the deflated syntax that unfolds to a GiB.",
    replace(BESIDE, one_of=(("unsafe_archive", "unreadable_instance", "too_large"),)),
    hostile=True,
)
def deflated_object_bomb(folder: Path) -> Path:
    one = synthetic.dataset(synthetic.StudyPlan(), synthetic.SeriesPlan(), 0)
    head = synthetic.encoded(one)
    meta_end = 144 + int.from_bytes(head[140:144], "little")
    meta = head[:meta_end].replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    # The value grew by two bytes: its own length, and that of the group.
    meta = meta.replace(
        b"UI\x14\x00" + b"1.2.840.10008.1.2.1.99", b"UI\x16\x00" + b"1.2.840.10008.1.2.1.99"
    )
    meta = meta[:140] + struct.pack("<L", len(meta) - 144) + meta[144:]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(head[meta_end:][:600]) + packer.flush(zlib.Z_FULL_FLUSH)
    return _beside(folder, "BOMB.DCM", meta + body + zeros(b"", 1024).packed)


@disc(
    "A gzip of 1 GiB of nothing.",
    Found(one_of=(("unsafe_archive", "too_large"),), refused=True, seconds=10),
    hostile=True,
)
def gzip_bomb(folder: Path) -> Path:
    one = zeros(b"", 1024)
    head = b"\x1f\x8b\x08\0\0\0\0\0\0\x03"
    return _written(folder, head + one.packed + struct.pack("<LL", one.crc, one.size), "cd.gz")


@disc(
    "A picture of 50 000 by 50 000 points in 10 KB.",
    replace(BESIDE, one_of=(("unsafe_archive", "unreadable_document", "too_large"),)),
    hostile=True,
)
def picture_bomb(folder: Path) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        )

    size = struct.pack(">LLBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(4 * MIB), 9)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return _beside(folder, "photo.png", png)


@disc(
    "Zips in zips, five deep, with a study at the bottom: it is not dug for.",
    Found(codes=("nested_archive",), refused=True),
    hostile=True,
)
def too_deep(folder: Path) -> Path:
    level = synthetic.zipped(images.head_files())
    for depth in range(4):
        level = synthetic.zipped({f"level{depth}.zip": level})
    return _written(folder, level)


# ---- names -------------------------------------------------------------------------------------


@disc(
    "Names that lead out of the folder, that start at the root, with a drive, twice, with a line break.",
    Found(
        dicom=8,
        documents=0,
        ignored=0,
        patients=1,
        studies=(StudyIs(series=(image("CT", 8),)),),
        codes=("unsafe_names",),
    ),
    hostile=True,
)
def names_that_lead_out(folder: Path) -> Path:
    slices = list(images.of(synthetic.StudyPlan(), synthetic.SeriesPlan(slices=8)).values())
    names = (
        b"../../../../tmp/IM1",
        b"/etc/cron.d/IM2",
        b"C:\\Windows\\IM3",
        b"DICOM\\IM4",
        b"IM5",
        b"IM5",
        b"im5",
        b"IM\n8",
    )
    return _written(folder, zip_of([raw(n, d) for n, d in zip(names, slices, strict=True)]))


@disc(
    "A zip with symbolic links: they are named, and not followed.",
    Found(
        dicom=24,
        documents=0,
        unreadable=None,
        ignored=None,
        patients=1,
        studies=(HEAD_IS,),
        codes=("unsafe_names",),
    ),
    hostile=True,
)
def links_in_a_zip(folder: Path) -> Path:
    members = [raw(name.encode(), data) for name, data in images.head_files().items()]
    links = [
        raw(b"passwd", b"/etc/passwd", deflate=False, mode=0xA1FF),
        raw(b"DICOM/up", b"../../..", deflate=False, mode=0xA1FF),
    ]
    return _written(folder, zip_of([*links, *members]))


@disc(
    "A tar with links, devices and a pipe beside a good study.",
    Found(
        dicom=24,
        documents=0,
        unreadable=None,
        ignored=None,
        patients=1,
        studies=(HEAD_IS,),
        codes=("unsafe_names",),
    ),
    hostile=True,
)
def devices_in_a_tar(folder: Path) -> Path:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, kind in (
            ("link", tarfile.SYMTYPE),
            ("hard", tarfile.LNKTYPE),
            ("pipe", tarfile.FIFOTYPE),
            ("null", tarfile.CHRTYPE),
            ("disk", tarfile.BLKTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            info.devmajor = info.devminor = 1
            archive.addfile(info)
        for name, data in {**images.head_files(), "../../up": b"text that leads out"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return _written(folder, buffer.getvalue(), "cd.tar")


# ---- headers -----------------------------------------------------------------------------------


def _header(*elements: bytes) -> bytes:
    """A file that starts like a DICOM object and goes on with these bytes."""
    syntax = b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0"
    meta = b"\x02\0\0\0UL\x04\0" + struct.pack("<L", len(syntax)) + syntax
    return bytes(128) + b"DICM" + meta + b"".join(elements)


_ABSURD: dict[str, bytes] = {
    "length_of_4_gib": _header(b"\x08\0\x05\0CS\xf0\xff" + b"A" * 20),
    "undefined_ui": _header(b"\x08\0\x18\0UN\0\0\xff\xff\xff\xff" + b"1" * 40),
    "sequences_in_sequences": _header(
        (b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff") * 20_000
    ),
    "endless_item": _header(
        b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\0\0\0\0" * 50_000
    ),
    "millions_of_frames": _header(b"\x28\0\x08\0IS\x0c\0999999999999"),
    "nothing_but_the_mark": bytes(128) + b"DICM",
    "meta_of_4_gib": bytes(128) + b"DICM\x02\0\0\0UL\x04\0\xff\xff\xff\xff" + bytes(64),
}


@disc(
    "Headers with absurd lengths, endless items and sequences twenty thousand deep.",
    Found(
        dicom=24,
        ignored=0,
        unreadable=len(_ABSURD),
        patients=1,
        studies=(HEAD_IS,),
        codes=("unreadable_instance",),
    ),
    hostile=True,
)
def absurd_headers(folder: Path) -> Path:
    return zipped(folder, {**images.head_files(), **_ABSURD})


@disc(
    "Rows and columns of 65 535 and a million frames: more pixels than there are bytes.",
    Found(dicom=1, ignored=0, patients=1, images=1, codes=("truncated_instance",)),
    hostile=True,
)
def more_pixels_than_bytes(folder: Path) -> Path:
    one = synthetic.dataset(synthetic.StudyPlan(), synthetic.SeriesPlan(), 0)
    one.Rows = one.Columns = 65_535
    one.NumberOfFrames = 1_000_000
    return _written(folder, synthetic.encoded(one), "IM1.dcm")


@disc(
    "A PDF that runs a script when it is opened.",
    Found(documents=1, patients=0, studies=(), codes=("active_content",), may=("reports_only",)),
    hostile=True,
)
def pdf_with_a_script(folder: Path) -> Path:
    script = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
    pdf = images.report_pdf().replace(b"/Type/Catalog", b"/Type/Catalog/OpenAction " + script)
    if script not in pdf:
        pdf = images.report_pdf().replace(
            b"/Type /Catalog", b"/Type /Catalog /OpenAction " + script
        )
    assert script in pdf
    return _written(folder, pdf, "report.pdf")
