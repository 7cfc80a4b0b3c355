"""Our zip reader beside Python's and 7-Zip's: the same names, sizes, checksums and bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.intake.archives import ZipReader
from bot.intake.limits import Budget
from tests.discs import images, programs

Zipper = Callable[[Path, Path], Path]
Line = tuple[str, int, int]


def by_python(method: int) -> Zipper:
    def make(folder: Path, to: Path) -> Path:
        with zipfile.ZipFile(to, "w", method, strict_timestamps=False) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder))
        return to

    return make


def by_7z(*options: str) -> Zipper:
    return lambda folder, to: programs.zip_by_7z(folder, to, *options)


#: Only what is stored or deflated: that is what zips of discs are.
ZIPPERS: dict[str, Zipper] = {
    "python_deflated": by_python(zipfile.ZIP_DEFLATED),
    "python_stored": by_python(zipfile.ZIP_STORED),
    "7z_fast": by_7z(),
    "7z_ultra": by_7z("-mx=9"),
    "7z_stored": by_7z("-mx=0"),
    "bsdtar": programs.zip_by_bsdtar,
}


@pytest.fixture(params=ZIPPERS)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A zip of the chest disc, with names in other scripts, an empty file and an empty folder."""
    files = {
        **images.chest_disc(),
        "检查报告/胸部.pdf": images.report_pdf(),
        "Снимки/описание.txt": "Описание".encode(),
        "empty": b"",
        "zeros": bytes(3_000_000),
    }
    folder = programs.laid_out(tmp_path / "disc", files)
    (folder / "nothing").mkdir()
    return ZIPPERS[request.param](folder, tmp_path / "disc.zip")


def ours(path: Path) -> dict[Line, bytes]:
    with path.open("rb") as file:
        reader = ZipReader(file, Budget(path.stat().st_size))
        reader.check()
        return {
            (entry.name.removeprefix("./"), entry.size, entry.crc): b"".join(reader.chunks(entry))
            for entry in reader.files
        }


def test_python_reads_the_same(archive: Path) -> None:
    with zipfile.ZipFile(archive) as theirs:
        infos = [info for info in theirs.infolist() if not info.is_dir()]
        read = {(i.filename.removeprefix("./"), i.file_size, i.CRC): theirs.read(i) for i in infos}
    assert ours(archive) == read


def test_7_zip_lists_the_same(archive: Path) -> None:
    said = programs.run("7z", "l", "-slt", archive).split("\n----------\n", 1)[1]
    listed = set()
    for block in said.strip().split("\n\n"):
        told = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
        if told.get("Folder") != "+" and told.get("Path"):
            listed.add((told["Path"], int(told["Size"]), int(told.get("CRC") or "0", 16)))
    assert set(ours(archive)) == listed
