"""The process that reads what was sent has limits, and what takes it down takes nothing else down."""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.intake import reader
from bot.intake.limited import Died
from bot.intake.limits import MIB
from bot.intake.survey import survey_file
from bot.intake.surveyed import Survey
from bot.jobs.children import Children
from tests import synthetic

_GREEDY = """
import json, re, sys
from pathlib import Path
from bot.intake.reader import in_reader, limit_reader
from bot.intake.survey import survey_file

def survey():
    owned = int(re.search(r"VmData:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1)) << 10
    limit_reader(owned + int(sys.argv[2]))
    found = survey_file(Path(sys.argv[1]))
    print(json.dumps([found.refused, len(found.found), [list(one) for one in reasons(found)]]))
    return 0

def reasons(found):
    return [(one.reason, one.path) for one in found.problems]

sys.exit(in_reader(survey))
"""


def devour() -> int:
    """What wants the whole machine."""
    return len(bytearray(8 << 30))


def dump_core() -> tuple[int, int]:
    """How large a picture of a patient's records a crash may leave on the disk."""
    return resource.getrlimit(resource.RLIMIT_CORE)


async def test_a_child_that_reads_what_was_sent_can_not_take_the_whole_machine() -> None:
    children = Children(1)
    try:
        with pytest.raises(MemoryError):
            await children.run(30.0, devour)
        assert await children.run(30.0, dump_core) == (0, 0)
        assert await children.run(30.0, len, "abc") == 3
    finally:
        children.close()


def test_a_reader_that_crashes_leaves_its_command_alive() -> None:
    def crash() -> int:
        faulthandler.disable()
        os.kill(os.getpid(), signal.SIGSEGV)
        return 0

    with pytest.raises(Died) as died:
        reader.in_reader(crash)
    assert died.value.why == "crash"


def test_a_reader_ends_with_the_code_of_its_work() -> None:
    assert reader.in_reader(lambda: 2) == 2
    assert reader.in_reader(lambda: sys.exit(3)) == 3


def test_a_part_that_takes_too_much_memory_costs_only_itself(tmp_path: Path) -> None:
    """With room for 20 MB, a member of 15 MB is left out, and the pictures around it are read."""
    pictures = synthetic.study_files(synthetic.ct_study(3))
    names = iter(pictures)
    first = next(names)
    members = {first: pictures[first], "large.txt": os.urandom(15 * MIB)}
    members |= {name: pictures[name] for name in names}
    path = tmp_path / "disc.zip"
    path.write_bytes(synthetic.zipped(members))
    assert _surveyed(path, 64 * MIB) == _said(survey_file(path))
    assert _surveyed(path, 20 * MIB) == [None, len(pictures), [["too_large", "large.txt"]]]


def _surveyed(path: Path, memory: int) -> list[object]:
    command = (sys.executable, "-c", _GREEDY, str(path), str(memory))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: list[object] = json.loads(done.stdout)
    return said


def _said(found: Survey) -> list[object]:
    problems = [[one.reason, one.path] for one in found.problems]
    return [found.refused, len(found.found), problems]
