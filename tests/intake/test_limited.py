"""Limited processes: what is in them can crash, hoard and hang, and costs one file."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.intake.indexing import index_file
from bot.intake.limited import Caps, Died, Values, call
from bot.intake.limits import MIB, Refused
from tests.intake import containers, limited_work
from tests.synthetic import received_at


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


def why(fn: Callable[..., Values], caps: Caps, **values: object) -> str:
    with pytest.raises(Died) as died:
        call(fn, values, caps=caps)
    return died.value.why


def test_a_call_takes_values_and_lends_files() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"within")
        file.seek(0)
        assert call(limited_work.echo, {"a": ["б", 1]}, files=[file]) == {
            "a": ["б", 1],
            "read": ["within"],
        }


def test_a_refusal_comes_through_and_an_error_keeps_its_words() -> None:
    with pytest.raises(Refused) as refused:
        call(limited_work.refuse, {})
    assert refused.value.reason == "bomb"
    with pytest.raises(Died) as died:
        call(limited_work.fail, {})
    assert "words" not in str(died.value)


def test_a_crash_is_told_from_the_end_of_memory_and_of_time() -> None:
    assert why(limited_work.crash, Caps()) == "crash"
    assert why(limited_work.hoard, Caps(memory=300 * MIB), mib=400) == "memory"
    assert call(limited_work.hoard, {"mib": 100}, caps=Caps(memory=300 * MIB)) == {
        "held": 100 * MIB
    }
    assert why(limited_work.spin, Caps(cpu_seconds=1)) == "time"
    assert why(limited_work.sleep, Caps(wall_seconds=0.3)) == "time"


def test_a_file_can_not_grow_beyond_its_limit(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+b") as file:
        said = call(limited_work.write, {"mib": 2}, files=[file], caps=Caps(file_bytes=2 * MIB))
    assert said == {"errno": errno.EFBIG}
    assert (tmp_path / "file").stat().st_size == 2 * MIB


def test_what_it_started_is_gone_when_it_has_answered() -> None:
    pid = call(limited_work.start_another, {})["pid"]
    wait_until(lambda: not is_running(pid))


def test_nothing_of_its_values_can_be_seen_from_outside() -> None:
    said = call(limited_work.look_at_myself, {"password": "Geheim1971"})
    assert "Geheim1971" not in said["seen"]
    assert "TELEGRAM" not in said["seen"]
    assert len(said["open"]) <= 4  # The three that everybody has, and the folder being listed.


@pytest.mark.crash
def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = (
        "from bot.intake.limited import call\n"
        "from tests.intake import limited_work\n"
        f"call(limited_work.sleep, {{'pid_file': {str(pid_file)!r}}})\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    wait_until(lambda: pid_file.exists() and bool(pid_file.read_text()))
    child = int(pid_file.read_text())
    assert is_running(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not is_running(child))


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""  # It has ended meanwhile.


def kill_the_limited_child() -> None:
    """It alone: this process may have other children, such as the pools of earlier tests."""
    own = Path(f"/proc/{os.getpid()}/task")

    def children() -> list[str]:
        found = [pid for task in own.iterdir() for pid in (task / "children").read_text().split()]
        return [pid for pid in found if b"bot.intake.limited" in _command(pid)]

    wait_until(lambda: bool(children()))
    for pid in children():
        os.kill(int(pid), signal.SIGKILL)


@pytest.mark.crash
def test_a_child_that_is_killed_costs_its_file_and_leaves_nothing(tmp_path: Path) -> None:
    """So does the kernel with whoever needs most memory."""
    folder = containers.laid_out({"zeros": bytes(90 * MIB)}, tmp_path / "disc")
    sent = tmp_path / "sent"
    sent.mkdir()
    (sent / "stored").write_bytes(containers.tar(folder, tmp_path / "a.tar.gz", "-z"))
    killer = threading.Thread(target=kill_the_limited_child)
    killer.start()
    indexed = index_file(
        sent / "stored",
        file_id="1",
        name="a.tar.gz",
        item=None,
        received_at=received_at(),
        plain=sent / "plain",
    )
    killer.join()
    assert indexed.refusal is not None
    assert (indexed.refusal.code, indexed.kept) == ("damaged_archive", True)
    assert [path.name for path in sent.iterdir()] == ["stored"]
