"""The programs that make discs, none of them ours; a test skips by name where one is missing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.conftest import require_tool

#: The same bytes whatever the day: what tools write of the time comes from here.
EPOCH = 1_776_000_000
_ENVIRONMENT = {"SOURCE_DATE_EPOCH": str(EPOCH), "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def run(*command: str | Path, cwd: Path | None = None, any_end: bool = False) -> str:
    """Run a program of the system, and give what it printed; `any_end` takes any exit code."""
    program, *rest = (str(part) for part in command)
    done = subprocess.run(
        [require_tool(program), *rest],
        cwd=cwd,
        env={**os.environ, **_ENVIRONMENT},
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert any_end or done.returncode == 0, f"{program}: {done.stderr.decode('utf-8', 'replace')}"
    return done.stdout.decode("utf-8", "replace")


def laid_out(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The files in a folder, all of one age."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            os.utime(path, (EPOCH, EPOCH))
    return folder


def dicomdir(folder: Path, *under: str) -> None:
    """A DICOMDIR that names all DICOM files below, by dcmtk: names must be of level 1."""
    run(
        *("dcmmkdir", "--recurse", "--invent", "--no-xfer-check", "--no-consistency-check"),
        *("--no-encoding-check", "--no-resolution-check", "--allow-retired-sop"),
        *("--general-purpose", *(under or ("DICOM",))),
        cwd=folder,
    )


def zip_by_7z(folder: Path, to: Path, *more: str) -> Path:
    """A zip of what lies in the folder."""
    run("7z", "a", "-tzip", "-mx=1", "-bd", *more, to, ".", cwd=folder)
    return to


def zip_by_bsdtar(folder: Path, to: Path) -> Path:
    """A zip of what lies in the folder, with data descriptors."""
    run("bsdtar", "--format=zip", "-n", "-cf", to, *_names(folder), cwd=folder)
    return to


def seven_zip(folder: Path, to: Path, *more: str) -> Path:
    """A 7z archive of what lies in the folder."""
    run("7z", "a", "-t7z", "-mx=1", "-bd", *more, to, ".", cwd=folder)
    return to


def tar(folder: Path, to: Path, *more: str) -> Path:
    """A tar of what lies in the folder; `more` says how it is compressed."""
    run("bsdtar", "-n", "-cf", to, *more, *_names(folder), cwd=folder)
    return to


def iso(folder: Path, to: Path, *more: str) -> Path:
    """An ISO 9660 image by genisoimage; `more` says with which extensions."""
    run("genisoimage", "-quiet", "-V", "CD", *more, "-o", to, folder)
    return to


def iso_by_xorriso(folder: Path, to: Path) -> Path:
    """An ISO 9660 image with Rock Ridge only, as Linux burns it."""
    run("xorriso", "-outdev", to, "-joliet", "off", "-map", folder, "/", "-commit")
    return to


def _names(folder: Path) -> Iterable[str]:
    """All below a folder, one by one: bsdtar would take them in the order of the file system."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
