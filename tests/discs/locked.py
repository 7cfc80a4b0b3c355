"""What is locked with a password: asked for and never taken for a disc without images."""

from __future__ import annotations

from pathlib import Path

from tests import locked
from tests.discs import images, programs
from tests.discs.expected import Found, disc
from tests.discs.whole import HEAD_ALONE, HEAD_IS, WHOLE, chest, head

#: A birth date is what hospitals lock CDs with.
BIRTH_DATE = "19710203"
LOCKED = Found(codes=("encrypted",), refused=True)


@disc(
    "The hospital locked the CD with her birth date, in the old way of zip.",
    LOCKED,
    password=BIRTH_DATE,
    unlocked=WHOLE,
)
def zip_crypto(folder: Path) -> Path:
    more = ("-mem=ZipCrypto", f"-p{BIRTH_DATE}")
    return programs.zip_by_7z(chest(folder), folder / "cd.zip", *more)


@disc(
    "The hospital locked the CD with her birth date, with AES.",
    LOCKED,
    password=BIRTH_DATE,
    unlocked=WHOLE,
)
def zip_aes(folder: Path) -> Path:
    more = ("-mem=AES256", f"-p{BIRTH_DATE}")
    return programs.zip_by_7z(chest(folder), folder / "cd.zip", *more)


@disc("Locked with words in Russian.", LOCKED, password="пароль", unlocked=HEAD_ALONE)
def seven_zip_with_a_russian_password(folder: Path) -> Path:
    return programs.seven_zip(head(folder), folder / "mri.7z", "-pпароль")


@disc("A 7z that hides even the names.", LOCKED, password=BIRTH_DATE, unlocked=HEAD_ALONE)
def seven_zip_with_hidden_names(folder: Path) -> Path:
    return programs.seven_zip(head(folder), folder / "mri.7z", f"-p{BIRTH_DATE}", "-mhe=on")


@disc(
    "A 7z whose names can be read and nothing else.",
    LOCKED,
    password=BIRTH_DATE,
    unlocked=HEAD_ALONE,
)
def seven_zip_with_open_names(folder: Path) -> Path:
    return programs.seven_zip(head(folder), folder / "mri.7z", f"-p{BIRTH_DATE}")


@disc(
    "Only the report on the CD is locked, the images are not.",
    Found(documents=0, unreadable=1, patients=1, studies=(HEAD_IS,), codes=("encrypted",)),
    password=BIRTH_DATE,
    unlocked=Found(documents=1, patients=1, studies=(HEAD_IS,), names=("report.pdf",)),
)
def one_locked_member(folder: Path) -> Path:
    path = programs.zip_by_7z(head(folder), folder / "cd.zip")
    extra = programs.laid_out(folder / "extra", {"report.pdf": images.report_pdf()})
    programs.run("7z", "a", "-tzip", f"-p{BIRTH_DATE}", path, "report.pdf", cwd=extra)
    return path


@disc(
    "The CD holds one zip, and that is locked; a viewer that asks for the password lies beside it.",
    # It has images for all that can be known, so `viewer_without_images` would be a wrong word.
    # The rest of it is only a viewer, so it may also be refused.
    Found(documents=None, unreadable=1, studies=(), codes=("encrypted",), refused=None),
    password=BIRTH_DATE,
    unlocked=Found(dicom=24, patients=1, studies=(HEAD_IS,)),
)
def locked_zip_beside_a_viewer(folder: Path) -> Path:
    inner = programs.zip_by_7z(head(folder), folder / "IMAGES.ZIP", f"-p{BIRTH_DATE}")
    files = {"IMAGES.ZIP": inner.read_bytes(), **images.VIEWER}
    return programs.zip_by_7z(programs.laid_out(folder / "cd", files), folder / "cd.zip")


@disc(
    "A report that the hospital mailed as a locked PDF.",
    LOCKED,
    password=BIRTH_DATE,
    unlocked=Found(documents=1, patients=0, studies=(), may=("reports_only",)),
)
def locked_pdf(folder: Path) -> Path:
    plain, path = folder / "plain.pdf", folder / "report.pdf"
    plain.write_bytes(images.report_pdf())
    programs.run("qpdf", "--encrypt", BIRTH_DATE, "owner", "256", "--", plain, path)
    return path


@disc(
    "A PDF that may be read without a password, and not be printed.",
    Found(documents=1, patients=0, studies=(), may=("reports_only", "active_content")),
)
def pdf_with_an_owner_password_only(folder: Path) -> Path:
    plain, path = folder / "plain.pdf", folder / "report.pdf"
    plain.write_bytes(images.report_pdf())
    programs.run("qpdf", "--encrypt", "", "owner", "256", "--print=none", "--", plain, path)
    return path


@disc("Locked by a WinRAR of before 2013.", LOCKED, password=BIRTH_DATE, unlocked=HEAD_ALONE)
def rar_4(folder: Path) -> Path:
    path = folder / "mri.rar"
    path.write_bytes(locked.rar_4(images.head_files(), BIRTH_DATE))
    return path


@disc("The same, with its names hidden.", LOCKED, password=BIRTH_DATE, unlocked=HEAD_ALONE)
def rar_4_with_hidden_names(folder: Path) -> Path:
    path = folder / "mri.rar"
    path.write_bytes(locked.rar_4(images.head_files(), BIRTH_DATE, names_too=True))
    return path


@disc("Locked by a WinRAR of the last century, whose lock the program does not open.", LOCKED)
def rar_2(folder: Path) -> Path:
    path = folder / "mri.rar"
    path.write_bytes(locked.rar_4(images.head_files(), BIRTH_DATE, version=20))
    return path
