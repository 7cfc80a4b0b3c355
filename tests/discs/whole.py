"""Discs with nothing wrong, in whatever they come packed."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests import synthetic
from tests.discs import crafted, images, programs
from tests.discs.expected import Found, StudyIs, disc, image, localizer

CHEST_IS = StudyIs(
    series=(localizer("CT", 2), image("CT", 40), image("CT", 24)),
    date="2026-04-12",
    body_part="CHEST",
)
HEAD_IS = StudyIs(series=(image("MR", 12), image("MR", 12)), date="2025-09-30", body_part="HEAD")
#: 66 images and their DICOMDIR; the viewer is passed over.
WHOLE = Found(
    dicom=67, ignored=len(images.VIEWER), patients=("Kowalska Anna",), studies=(CHEST_IS,)
)
#: Two series of an MRI and nothing else.
HEAD_ALONE = Found(dicom=24, ignored=0, patients=("Kowalska Anna",), studies=(HEAD_IS,))


def chest(folder: Path) -> Path:
    """The chest disc, laid out in a folder."""
    return programs.laid_out(folder / "disc", images.chest_disc())


def head(folder: Path) -> Path:
    """The head MRI, laid out in a folder."""
    return programs.laid_out(folder / "mri", images.head_files())


@disc("A daughter zipped the whole CD of her mother's chest CT.", WHOLE)
def whole_cd(folder: Path) -> Path:
    return programs.zip_by_7z(chest(folder), folder / "CD.zip")


@disc("A Mac zipped it, with lengths after the data.", WHOLE)
def whole_cd_streamed(folder: Path) -> Path:
    return programs.zip_by_bsdtar(chest(folder), folder / "CD.zip")


@disc("The CD was copied to the desktop, and the folder is sent as it is.", WHOLE)
def copied_folder(folder: Path) -> Path:
    return programs.laid_out(folder / "New folder (2)", images.chest_disc())


@disc("An image of the CD, with Joliet and Rock Ridge.", WHOLE)
def joliet_iso(folder: Path) -> Path:
    return programs.iso(chest(folder), folder / "cd.iso", "-J", "-r")


@disc(
    "An image of the CD by the first level of the standard: DICOM/ST001/SE002/IM000001.;1.", WHOLE
)
def level_one_iso(folder: Path) -> Path:
    # Level 1 has no name before a dot and no long ones, and 8.3 shortens the viewer's.
    return programs.iso(chest(folder), folder / "cd.iso", "-iso-level", "1")


@disc("Burned on Linux, with Rock Ridge alone.", WHOLE)
def rock_ridge_iso(folder: Path) -> Path:
    return programs.iso_by_xorriso(chest(folder), folder / "cd.iso")


@disc("A DVD with both file systems, ISO 9660 and UDF.", WHOLE)
def udf_bridge_dvd(folder: Path) -> Path:
    return programs.iso(chest(folder), folder / "dvd.iso", "-udf", "-J", "-r")


@disc("A DVD recorder wrote UDF alone; whoever reads only ISO 9660 finds an empty disc.", WHOLE)
def udf_only_dvd(folder: Path) -> Path:
    # What is hidden from Joliet, genisoimage leaves out of UDF too.
    return programs.iso(chest(folder), folder / "dvd.iso", "-udf", "-hide", "*")


@disc("An image of the CD in a zip, since the page took no other file.", WHOLE)
def iso_in_zip(folder: Path) -> Path:
    sent = folder / "sent"
    sent.mkdir()
    programs.iso(chest(folder), sent / "cd.iso", "-J", "-r")
    return programs.zip_by_7z(sent, folder / "cd.zip")


@disc("The son has 7-Zip and used it.", WHOLE)
def seven_zip(folder: Path) -> Path:
    return programs.seven_zip(chest(folder), folder / "CD.7z")


@disc("RAR is what everybody uses where he lives.", WHOLE)
def rar5_stored(folder: Path) -> Path:
    path = folder / "CD.rar"
    path.write_bytes(crafted.rar5(list(images.chest_disc().items())))
    return path


@disc("A physicist in the family: tar and gzip.", WHOLE)
def tar_gz(folder: Path) -> Path:
    return programs.tar(chest(folder), folder / "cd.tar.gz", "--gzip")


@disc("tar and bzip2.", HEAD_ALONE)
def tar_bz2(folder: Path) -> Path:
    return programs.tar(head(folder), folder / "mri.tar.bz2", "--bzip2")


@disc("tar and xz.", HEAD_ALONE)
def tar_xz(folder: Path) -> Path:
    return programs.tar(head(folder), folder / "mri.tar.xz", "--xz")


@disc("A tar that is not compressed.", HEAD_ALONE)
def plain_tar(folder: Path) -> Path:
    return programs.tar(head(folder), folder / "mri.tar")


@disc("A tar.gz in a zip.", HEAD_ALONE)
def tar_gz_in_zip(folder: Path) -> Path:
    sent = folder / "sent"
    sent.mkdir()
    programs.tar(head(folder), sent / "mri.tar.gz", "--gzip")
    return programs.zip_by_7z(sent, folder / "mri.zip")


@disc(
    "One study downloaded from a portal that zips each series, and all of them again.", HEAD_ALONE
)
def zip_in_zip_in_zip(folder: Path) -> Path:
    path = programs.zip_by_7z(head(folder), folder / "series.zip")
    for name in ("study.zip", "download.zip"):
        outer = programs.laid_out(folder / f"in {name}", {path.name: path.read_bytes()})
        path = programs.zip_by_7z(outer, folder / name)
    return path


@disc(
    "A single slice, gzipped by the mail program.",
    Found(
        dicom=1,
        patients=1,
        studies=(StudyIs(series=(image("CT", 1),)),),
        # One slice of a scan is hardly all of it, and may be said so.
        may=("missing_instances",),
    ),
)
def one_slice_gzipped(folder: Path) -> Path:
    path = folder / "IM000007.dcm.gz"
    data = images.of(images.CHEST, images.THORAX)["DICOM/ST001/SE002/IM000007"]
    path.write_bytes(gzip.compress(data, mtime=0))
    return path


@disc("Copied by hand with the version numbers that some drives show, and in lower case.", WHOLE)
def lower_case_with_versions(folder: Path) -> Path:
    files = {
        (f"{name.lower()};1" if name.startswith("DICOM") else name): data
        for name, data in images.chest_disc().items()
    }
    return programs.laid_out(folder / "cd", files)


@disc(
    "Two CDs in one folder, each with its DICOMDIR in a folder of its own.",
    Found(
        dicom=67 + 25,
        ignored=len(images.VIEWER),
        patients=("Kowalska Anna",),
        studies=(CHEST_IS, HEAD_IS),
    ),
)
def dicomdirs_in_subfolders(folder: Path) -> Path:
    head_disc = images.with_dicomdir(images.head_files())
    files = {f"CD 1/{name}": data for name, data in images.chest_disc().items()}
    files |= {f"CD 2/{name}": data for name, data in head_disc.items()}
    return programs.zip_by_7z(programs.laid_out(folder / "both", files), folder / "CDs.zip")


@disc(
    "A DICOMDIR of another CD lies beside the images; it says nothing about them.",
    Found(dicom=25, patients=1, studies=(HEAD_IS,)),
)
def dicomdir_of_another_disc(folder: Path) -> Path:
    files = {"DICOMDIR": images.chest_disc()["DICOMDIR"], **images.head_files()}
    return programs.zip_by_7z(programs.laid_out(folder / "cd", files), folder / "cd.zip")


@disc(
    "A Mac's zip: each file has its double with the resource fork.",
    Found(dicom=24, ignored=24 + 1, patients=1, studies=(HEAD_IS,)),
)
def resource_forks(folder: Path) -> Path:
    fork = b"\0\x05\x16\x07\0\x02\0\0Mac OS X        " + bytes(40)
    files = dict(images.head_files())
    files |= {f"__MACOSX/{name.replace('IM', '._IM')}": fork for name in images.head_files()}
    files[".DS_Store"] = synthetic.CLUTTER[".DS_Store"]
    return programs.zip_by_7z(programs.laid_out(folder / "mac", files), folder / "Archive.zip")


@disc(
    "Loose files of a stick: no preamble, no meta header, no names that say anything.", HEAD_ALONE
)
def bare_objects(folder: Path) -> Path:
    objects = [one for plan in images.HEAD.series for one in images.made(images.HEAD, plan)]
    files = {}
    for number, one in enumerate(objects):
        files[f"{number:08x}"] = synthetic.encoded(
            one, preamble=number % 3 == 0, meta=number % 2 == 0
        )
    return programs.laid_out(folder / "stick", files)


@disc(
    "The same scan was sent twice, once in a zip within the zip: it is one study.",
    Found(
        dicom=48,
        patients=1,
        studies=(HEAD_IS,),
        codes=("duplicates",),
    ),
)
def sent_twice_in_one(folder: Path) -> Path:
    inner = programs.zip_by_7z(head(folder), folder / "again.zip")
    files = {**images.head_files(), "again.zip": inner.read_bytes()}
    return programs.zip_by_7z(programs.laid_out(folder / "both", files), folder / "all.zip")


@disc(
    "A link on the stick leads to a folder that was not sent; links are not followed.", HEAD_ALONE
)
def folder_with_links(folder: Path) -> Path:
    # A link is no file, so it is not counted; what it leads to must not be read.
    elsewhere = programs.laid_out(
        folder / "elsewhere", {"IM1": next(iter(images.chest_disc().values()))}
    )
    root = head(folder)
    assert elsewhere.is_dir()
    (root / "more").symlink_to("../elsewhere")
    (root / "passwd").symlink_to("/etc/passwd")
    return root
