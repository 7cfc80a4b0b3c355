"""Each disc is read, and what is found on it is what must be found: no less, and no false alarm."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.intake.inspection import Inspection, inspect_path
from bot.intake.limits import MIB, Limits
from bot.intake.report import to_json
from tests.discs.expected import Disc, differences
from tests.discs.registry import ALL
from tests.discs.shelf import Shelf
from tests.intake.conftest import say

ROOT = Path(__file__).parents[2]
HOSTILE = [disc for disc in ALL if disc.hostile]
#: The most memory of the process, with all that Python and its libraries take; a mapped file counts.
PEAK = 400 * MIB
#: And of a limited process that it starts: one that is stopped before it takes the machine.
CHILDS_PEAK = 1024 * MIB
#: Seconds after which a disc is given up, so that what never ends fails and does not hang.
GIVEN_UP = 60


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def inspected(path: Path) -> tuple[Inspection, float]:
    """What was found, and the CPU seconds that it took, those of children among them."""
    before = cpu_seconds()
    signal.alarm(GIVEN_UP)
    try:
        inspection = inspect_path(path)
    finally:
        signal.alarm(0)
    return inspection, cpu_seconds() - before


@pytest.fixture(autouse=True)
def nothing_hangs() -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise TimeoutError(f"no answer after {GIVEN_UP} s")

    before = signal.signal(signal.SIGALRM, give_up)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("disc", ALL, ids=lambda disc: disc.name)
def test_what_must_be_found_is_found(disc: Disc, shelf: Shelf) -> None:
    inspection, seconds = inspected(shelf.path(disc))
    wrong = differences(disc.found, to_json(inspection, say), inspection)
    assert not wrong, "\n- ".join([disc.story, *wrong])
    assert seconds < disc.found.seconds


def test_there_are_discs_of_all_kinds() -> None:
    assert len(ALL) >= 100
    assert len({disc.story for disc in ALL}) == len(ALL)


@pytest.mark.parametrize("name", ["whole_cd", "upload_broke_off", "flat_bomb", "zip_crypto"])
def test_the_command_says_the_same(name: str, shelf: Shelf) -> None:
    """The real command in a process of its own: its JSON, and its exit code."""
    disc = next(one for one in ALL if one.name == name)
    path = shelf.path(disc)
    command = (sys.executable, "-m", "bot", "inspect", "--json", str(path))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    inspection = inspect_path(path)
    assert done.returncode == (2 if disc.found.refused else 0), done.stderr
    assert not done.stderr
    wrong = differences(disc.found, json.loads(done.stdout), inspection)
    assert not wrong, "\n- ".join([disc.story, *wrong])


def test_a_disc_of_more_files_than_are_read_is_too_large(shelf: Shelf) -> None:
    path = shelf.path(next(one for one in ALL if one.name == "whole_cd"))
    inspection = inspect_path(path, limits=Limits(entries=20))
    assert inspection.refusal is not None
    assert inspection.refusal.code == "too_large"


# A process inherits the high-water mark of the one that started it in getrusage, and not in /proc.
_MEASURED = """
import re, resource, sys
from pathlib import Path
from bot.intake.inspection import inspect_path
for path in sys.argv[1:]:
    inspect_path(Path(path))
    ours = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
    print(ours * 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, path)
"""


def test_no_hostile_disc_takes_the_memory_or_leaves_anything_behind(
    shelf: Shelf, tmp_path: Path
) -> None:
    """All in one process: its high-water mark, its children's, and what lies in its folders after.

    Nothing is written under a name of an archive, nor left in the folder for temporary files.
    """
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    paths = [str(shelf.path(disc)) for disc in HOSTILE]
    before = ages(shelf.root)
    done = subprocess.run(
        (sys.executable, "-c", _MEASURED, *paths),
        cwd=work,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not list(work.rglob("*"))
    assert not list(temporary.rglob("*"))
    after = ages(shelf.root)
    assert all(after[path] == age for path, age in before.items())
    for line in done.stdout.splitlines():
        ours, childrens, path = line.split(" ", 2)
        assert int(ours) < PEAK, path
        assert int(childrens) < CHILDS_PEAK, path


def ages(folder: Path) -> dict[Path, int]:
    """When each file below was changed; other processes of the run may be adding some."""
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
