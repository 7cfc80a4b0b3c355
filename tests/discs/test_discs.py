"""Each disc is read, and what is found on it is what must be found: no less, and no false alarm."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bot.intake.inspection import Inspection, inspect_path
from bot.intake.report import to_json
from tests.discs.expected import Disc, differences
from tests.discs.registry import ALL
from tests.discs.shelf import Shelf
from tests.intake.conftest import say

HOSTILE = [disc for disc in ALL if disc.hostile]
#: Most of an answer's memory, with all that Python and its libraries take. A mapped file counts.
PEAK = 400 * 1024 * 1024


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def inspected(path: Path) -> tuple[Inspection, float]:
    """What was found, and the CPU seconds that it took, those of children among them."""
    before = cpu_seconds()
    inspection = inspect_path(path)
    return inspection, cpu_seconds() - before


@pytest.mark.parametrize("disc", ALL, ids=lambda disc: disc.name)
def test_what_must_be_found_is_found(disc: Disc, shelf: Shelf) -> None:
    inspection, seconds = inspected(shelf.path(disc))
    wrong = differences(disc.found, to_json(inspection, say), inspection)
    assert not wrong, "\n- ".join([disc.story, *wrong])
    assert seconds < disc.found.seconds


def test_there_are_discs_of_all_kinds() -> None:
    assert len(ALL) >= 100
    assert len({disc.story for disc in ALL}) == len(ALL)


def test_each_finding_about_a_disc_has_a_disc() -> None:
    """The codes of issue 3 that `inspect` can know; `other_patient` needs a case."""
    promised = {
        *("reports_only", "only_localizers", "only_secondary_capture", "film_photo"),
        *("viewer_without_images", "exported_pictures", "missing_instances"),
        *("dicomdir_missing_files", "several_patients", "truncated_instance"),
        *("unreadable_instance", "lossy", "encrypted", "damaged_archive", "unsafe_archive"),
        *("unsafe_names", "nested_archive", "not_an_archive", "empty", "duplicates"),
        "charset_guess",
    }
    assert promised <= {code for disc in ALL for code in disc.found.codes}


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


_MEASURED = """
import resource, sys
from pathlib import Path
from bot.intake.inspection import inspect_path
inspect_path(Path(sys.argv[1]))
mine, theirs = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(max(mine, theirs) * 1024)
"""


def test_no_hostile_disc_takes_the_memory(shelf: Shelf) -> None:
    """All in one process: the largest is what is measured, and none of them may be larger."""
    paths = [str(shelf.path(disc)) for disc in HOSTILE]
    program = _MEASURED.replace(
        "inspect_path(Path(sys.argv[1]))", "[inspect_path(Path(p)) for p in sys.argv[1:]]"
    )
    done = subprocess.run(
        (sys.executable, "-c", program, *paths), capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < PEAK


def test_no_disc_leaves_anything_behind(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written under a name of an archive, nor left in the folder for temporary files."""
    import tempfile

    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = {path: path.stat().st_mtime_ns for path in shelf.root.rglob("*")}
    for disc in HOSTILE:
        inspect_path(shelf.path(disc))
    assert not list(work.rglob("*"))
    assert not list(temporary.rglob("*"))
    after = {path: path.stat().st_mtime_ns for path in shelf.root.rglob("*")}
    made = {path.relative_to(shelf.root).parts[0] for path in after.keys() - before.keys()}
    assert made <= {disc.name for disc in HOSTILE}
    assert all(after[path] == before[path] for path in before)
