"""The limited process that stays: one for all documents of a file, and none of them pays for another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from bot.intake import survey
from bot.intake.inspection import inspect_path
from bot.intake.limited import Died
from bot.intake.limits import Refused
from bot.intake.standing import Standing
from tests import synthetic
from tests.discs.crafted import raw, zip_of
from tests.discs.hostile_papers import pdf_of_one_page
from tests.intake import limited_work
from tests.intake.conftest import Index


@pytest.fixture
def standing() -> Iterator[Standing]:
    one = Standing(cpu_seconds=1)
    yield one
    one.close()


@pytest.fixture
def file() -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(b"within")
        yield file


def running(mark: str) -> set[int]:
    """The processes of this kind whose command line holds `mark`, whoever their parent is by now."""
    found = set()
    for path in Path("/proc").iterdir():
        try:
            said = (path / "cmdline").read_bytes() if path.name.isdigit() else b""
        except OSError:
            continue  # It has ended meanwhile.
        if b"bot.intake.standing" in said and mark.encode() in said:
            found.add(int(path.name))
    return found


def is_running(pid: int) -> bool:
    try:
        return b"bot.intake.standing" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def wait_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_one_process_reads_one_file_after_the_other(standing: Standing, file: BinaryIO) -> None:
    first = standing.call(limited_work.process, {}, file)
    with tempfile.TemporaryFile() as other:
        other.write(b"another")
        second = standing.call(limited_work.process, {}, other)
    assert (first["read"], second["read"]) == ("within", "another")
    assert first["pid"] == second["pid"] != os.getpid()
    standing.close()
    assert not is_running(first["pid"])


def test_a_refusal_comes_through_and_the_process_stays(standing: Standing, file: BinaryIO) -> None:
    first = standing.call(limited_work.process, {}, file)
    with pytest.raises(Refused) as refused:
        standing.call(limited_work.refuse, {}, file)
    assert refused.value.reason == "bomb"
    assert standing.call(limited_work.process, {}, file) == first


def test_what_ends_it_costs_only_itself(standing: Standing, file: BinaryIO) -> None:
    for fn, values, why in (
        (limited_work.crash, {}, "crash"),
        (limited_work.fail, {}, "crash"),
        (limited_work.hoard, {"mib": 2000}, "memory"),
        (limited_work.spin, {}, "time"),
    ):
        before = standing.call(limited_work.process, {}, file)
        with pytest.raises(Died) as died:
            standing.call(fn, values, file)
        assert died.value.why == why
        after = standing.call(limited_work.process, {}, file)
        assert after["pid"] != before["pid"]
        assert not is_running(before["pid"])


def test_one_that_was_killed_while_it_waited_is_replaced(
    standing: Standing, file: BinaryIO
) -> None:
    before = standing.call(limited_work.process, {}, file)
    os.kill(before["pid"], signal.SIGKILL)
    assert standing.call(limited_work.process, {}, file)["pid"] != before["pid"]


def test_what_earlier_calls_took_is_not_held_against_later_ones(
    standing: Standing, file: BinaryIO
) -> None:
    """Of memory: the second that keeps 600 MiB finds a fresh process. And each has its own seconds."""
    assert standing.call(limited_work.keep, {"mib": 600}, file) == {"kept": 1}
    assert standing.call(limited_work.keep, {"mib": 600}, file) == {"kept": 1}
    for _ in range(3):
        standing.call(limited_work.compute, {"seconds": 0.6}, file)


def test_a_fork_starts_its_own(standing: Standing, file: BinaryIO) -> None:
    ours = standing.call(limited_work.process, {}, file)["pid"]
    answers, out = os.pipe()
    if not os.fork():
        theirs = standing.call(limited_work.process, {}, file)["pid"]
        standing.close()
        os.write(out, f"{theirs}".encode())
        os._exit(0)
    os.wait()
    theirs = int(os.read(answers, 20))
    assert theirs != ours
    assert not is_running(theirs)
    assert standing.call(limited_work.process, {}, file)["pid"] == ours
    os.close(answers)
    os.close(out)


_SLEEPER = """
import sys, tempfile
from bot.intake.standing import Standing
from tests.intake import limited_work
with tempfile.TemporaryFile() as file:
    standing = Standing()
    print(standing.call(limited_work.process, {}, file)["pid"], flush=True)
    standing.call(limited_work.sleep, {}, file)
"""


@pytest.mark.crash
def test_it_dies_with_its_parent_also_in_the_middle_of_a_call() -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", _SLEEPER], cwd=root, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.kill()
    wait_until(lambda: not is_running(child))


# ---- what is read with it ----------------------------------------------------------------------


def test_a_pdf_that_takes_all_memory_costs_nothing_beside_it(index: Index) -> None:
    hoarding = pdf_of_one_page(b"q ", 8_000_000)
    report = [f"Radiology report {n}, 12 April 2026" for n in range(3)]
    papers = [synthetic.pdf([line]) for line in report]
    members = [papers[0], hoarding, papers[1], synthetic.photo(), hoarding, papers[2]]
    indexed = index(zip_of([raw(b"%d" % n, data) for n, data in enumerate(members)]))
    assert [record.member for record in indexed.records] == ["0", "2", "3", "5"]
    assert {one.code for one in indexed.findings} == {"reports_only", "unreadable_document"}


def test_forks_read_documents_too_and_nothing_stays_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "_WORTH_A_FORK", 0)
    # It stands in the command line of all that this test starts, and of nothing of other tests.
    mark = tmp_path / "marked"
    monkeypatch.syspath_prepend(mark)
    with tempfile.TemporaryFile() as file:
        standing = Standing()
        pid = standing.call(limited_work.process, {}, file)["pid"]
        assert running(str(mark)) == {pid}
        standing.close()
    for n in range(40):
        (tmp_path / f"{n:02}.jpg").write_bytes(synthetic.photo(f"Page {n}", size=(300, 300)))
        (tmp_path / f"{n:02}.pdf").write_bytes(synthetic.pdf([f"Radiology report {n}"]))
    found = inspect_path(tmp_path)
    assert [len(one.document.facts.text) > 10 for one in found.documents] == [False, True] * 40
    assert {one.code for one in found.findings} == {"reports_only"}
    # One whose fork was slow, and was ended, takes a moment to follow it.
    wait_until(lambda: not running(str(mark)))
