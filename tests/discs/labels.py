"""File names in any code page: they are labels that people read, and come out readable."""

from __future__ import annotations

from pathlib import Path

from tests import synthetic
from tests.discs import images, programs
from tests.discs.crafted import raw, zip_of
from tests.discs.expected import Found, disc
from tests.discs.whole import HEAD_IS

_DOCUMENTS = Found(ignored=0, studies=(), patients=0, may=("charset_guess", "reports_only"))


def _papers(codec: str, *names: str, utf8: bool = False) -> bytes:
    """A zip of small papers whose names are in a code page, as Windows writes them."""
    flags = 0x800 if utf8 else 0
    return zip_of(
        raw(name.encode(codec), synthetic.photo(name), flags=flags, deflate=False) for name in names
    )


def _found(*names: str) -> Found:
    return Found(
        documents=len(names),
        ignored=0,
        studies=(),
        patients=0,
        names=names,
        may=_DOCUMENTS.may,
    )


_CHINESE = ("检查报告/胸部CT.jpg", "检查报告/病理.jpg", "出院小结.jpg")
_RUSSIAN = ("Снимки/заключение.jpg", "Анализ крови.jpg", "выписка из больницы.jpg")
_ARABIC = ("تقرير الأشعة.jpg", "تحليل الدم.jpg")
_JAPANESE = ("診断書.jpg", "検査結果/血液検査.jpg")
_KOREAN = ("검사결과/혈액.jpg", "진단서.jpg")


@disc("A zip made on a Chinese Windows.", _found(*_CHINESE))
def names_in_gb18030(folder: Path) -> Path:
    path = folder / "资料.zip"
    path.write_bytes(_papers("gb18030", *_CHINESE))
    return path


@disc("A zip made on a Russian Windows: its names are in DOS's code page 866.", _found(*_RUSSIAN))
def names_in_cp866(folder: Path) -> Path:
    path = folder / "снимки.zip"
    path.write_bytes(_papers("cp866", *_RUSSIAN))
    return path


@disc("The same with names in 1251, by a program that did not know of DOS.", _found(*_RUSSIAN))
def names_in_cp1251(folder: Path) -> Path:
    path = folder / "снимки.zip"
    path.write_bytes(_papers("cp1251", *_RUSSIAN))
    return path


@disc(
    "A zip made on an Arabic Windows.",
    # 720 is what DOS used there, and 1256 what programs of Windows write.
    _found(*_ARABIC),
)
def names_in_cp1256(folder: Path) -> Path:
    path = folder / "cd.zip"
    path.write_bytes(_papers("cp1256", *_ARABIC))
    return path


@disc(
    "Names in Japanese and Korean code pages are at least kept apart.",
    # Not languages that are offered, so how they read is not a matter of this test.
    Found(documents=4, ignored=0, studies=(), patients=0, may=_DOCUMENTS.may),
)
def names_in_other_code_pages(folder: Path) -> Path:
    path = folder / "cd.zip"
    members = [
        raw(name.encode(codec), synthetic.photo(name))
        for codec, names in (("shift_jis", _JAPANESE), ("euc_kr", _KOREAN))
        for name in names
    ]
    path.write_bytes(zip_of(members))
    return path


@disc(
    "UTF-8 with its flag, and UTF-8 without it: names are read for what they are.",
    _found(*_CHINESE, *_RUSSIAN),
)
def names_in_utf8(folder: Path) -> Path:
    path = folder / "cd.zip"
    members = [
        raw(name.encode(), synthetic.photo(name), flags=flags, deflate=False)
        for names, flags in ((_CHINESE, 0x800), (_RUSSIAN, 0))
        for name in names
    ]
    path.write_bytes(zip_of(members))
    return path


@disc(
    "Folders in Chinese and Russian with a scan in them, zipped by 7-Zip.",
    Found(dicom=24, documents=1, ignored=0, patients=1, studies=(HEAD_IS,), names=("报告.pdf",)),
)
def folders_in_two_scripts(folder: Path) -> Path:
    files = {f"核磁共振/Снимки/{name}": data for name, data in images.head_files().items()}
    files["核磁共振/报告.pdf"] = images.report_pdf()
    return programs.zip_by_7z(programs.laid_out(folder / "disc", files), folder / "disc.zip")
