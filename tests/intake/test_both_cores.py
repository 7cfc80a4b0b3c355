"""Several processes read what one would, in the same order, and end when they should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.intake import survey
from bot.intake.both_cores import Lost, OutOfTime, in_order
from bot.intake.limits import Limits
from bot.jobs.children import Children
from tests import synthetic


def squared(number: int) -> int:
    return number * number


def run(work: list[int], do: Callable[[int], int], *, processes: int = 3) -> list[object]:
    return list(in_order(work, do, seconds=60, processes=processes))


@pytest.mark.parametrize("processes", [1, 2, 4])
@pytest.mark.parametrize("count", [0, 1, 9, 1000])
def test_results_come_in_order(count: int, processes: int) -> None:
    work = list(range(count))
    assert run(work, squared, processes=processes) == [n * n for n in work]


def test_the_slow_one_does_not_change_the_order() -> None:
    def uneven(number: int) -> int:
        time.sleep(0.2 if number == 0 else 0)
        return number

    assert run(list(range(100)), uneven) == list(range(100))


def test_large_results_come_whole() -> None:
    made = list(in_order(list(range(40)), lambda n: bytes([n]) * 300_000, seconds=60, processes=2))
    assert made == [bytes([n]) * 300_000 for n in range(40)]


def test_a_process_that_dies_costs_the_one_piece_that_it_was_at() -> None:
    here = os.getpid()

    def deadly(number: int) -> int:
        if number in (13, 55) and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    made = run(list(range(100)), deadly)
    assert [n for n, one in enumerate(made) if isinstance(one, Lost)] == [13, 55]
    assert [one for one in made if not isinstance(one, Lost)] == [
        n for n in range(100) if n not in (13, 55)
    ]


def test_when_all_processes_die_the_rest_is_done_here() -> None:
    here = os.getpid()

    def deadly(number: int) -> int:
        if number % 20 == 10 and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    made = run(list(range(200)), deadly, processes=2)
    assert [one for one in made if not isinstance(one, Lost)] == [
        n for n, one in enumerate(made) if not isinstance(one, Lost)
    ]
    assert sum(isinstance(one, Lost) for one in made) == 2


@pytest.mark.parametrize("processes", [1, 2])
def test_when_the_time_is_up_the_rest_is_left(processes: int) -> None:
    start = time.monotonic()

    def slow(number: int) -> int:
        time.sleep(0.05)
        return number

    made = list(in_order(list(range(400)), slow, seconds=0.5, processes=processes))
    assert time.monotonic() - start < 5
    assert len(made) == 400
    done = [one for one in made if not isinstance(one, OutOfTime)]
    assert done == list(range(len(done)))
    assert 0 < len(done) < 400


def forks_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in children.read_text().split()]


def test_nobody_stays_behind_when_the_one_who_asked_stops_asking() -> None:
    # What other tests keep running is none of its business.
    before = set(forks_of(os.getpid()))
    results = in_order(list(range(1000)), squared, seconds=60, processes=2)
    next(results)
    assert len(set(forks_of(os.getpid())) - before) == 2
    results.close()  # type: ignore[attr-defined]
    assert set(forks_of(os.getpid())) <= before


_PARENT = """
import time
from bot.intake.both_cores import in_order
def slow(n):
    time.sleep(30)
print("started", flush=True)
list(in_order(list(range(100)), slow, seconds=60, processes=2))
"""


def test_the_forks_of_a_process_that_is_killed_end_too() -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        forks = _wait(lambda: forks_of(parent.pid), lambda pids: len(pids) == 2)
        parent.kill()
        parent.wait()
        _wait(lambda: [pid for pid in forks if _lives(pid)], lambda left: not left)


def _wait(look: Callable[[], list[int]], enough: Callable[[list[int]], bool]) -> list[int]:
    until = time.monotonic() + 20
    while not enough(seen := look()):
        assert time.monotonic() < until, seen
        time.sleep(0.02)
    return seen


def _lives(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


async def test_the_child_that_reads_gives_way_to_patients() -> None:
    children = Children()
    try:
        assert await children.run(60, os.nice, 0) == os.nice(0) + 10
    finally:
        children.close()


# ---- a disc ------------------------------------------------------------------------------------


def hospital_disc() -> bytes:
    files = synthetic.study_files(synthetic.ct_study(40)) | {
        "report.pdf": synthetic.pdf(synthetic.CT_REPORT),
        "letter.docx": synthetic.docx(["Discharge letter", "Date: 2026-04-01"]),
        "viewer.exe": b"MZ\x90\0" + bytes(400),
        "notes.txt": b"How to start the viewer",
        "photo.jpg": synthetic.photo(),
        "broken.pdf": b"%PDF-1.4\nnothing more",
        "inner.zip": synthetic.zipped(synthetic.study_files(synthetic.mr_study(20))),
        "half.dcm": next(iter(synthetic.study_files(synthetic.ct_study(1, key=9)).values()))[:-99],
    }
    return synthetic.zipped(files)


def test_a_disc_reads_the_same_with_one_process_and_with_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disc = tmp_path / "disc.zip"
    disc.write_bytes(hospital_disc())
    folder = tmp_path / "folder"
    for name, data in synthetic.study_files(synthetic.mr_study(30)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    monkeypatch.setattr(survey, "_WORTH_A_FORK", 0)
    made = []
    for processes in (1, 2, 4):
        monkeypatch.setattr(survey, "cores", lambda processes=processes: processes)
        made.append((survey.survey_file(disc), survey.survey_folder(folder)))
    assert made[0] == made[1] == made[2]
    whole, loose = made[0]
    assert len(whole.found) == 42 + 20 + 1
    assert len(whole.documents) == 2 + 1
    assert len(loose.found) == 30


def test_progress_counts_every_part_of_every_level(tmp_path: Path) -> None:
    disc = tmp_path / "disc.zip"
    disc.write_bytes(hospital_disc())
    seen: list[tuple[int, int]] = []
    survey.survey_file(disc, progress=lambda read, known: seen.append((read, known)))
    assert [read for read, _ in seen] == list(range(1, len(seen) + 1))
    assert all(read <= known for read, known in seen)
    assert seen[-1] == (42 + 8 + 20, 42 + 8 + 20)


def test_what_the_time_does_not_suffice_for_is_left_and_the_rest_kept(tmp_path: Path) -> None:
    disc = tmp_path / "disc.zip"
    disc.write_bytes(hospital_disc())
    found = survey.survey_file(disc, limits=Limits(seconds=0.0))
    assert {one.reason for one in found.problems} == {"too_slow"}
    assert len(found.problems) == 50
