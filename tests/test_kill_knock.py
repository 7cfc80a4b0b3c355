"""kill -9 between the knock and its note: it is knocked again, and nothing that was held is lost."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.store.schema import message, session
from tests.engine import opened
from tests.test_window import DAY, Windowed, spoken

ROOT = Path(__file__).parent.parent


def start(folder: Path, days: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.knocking", str(folder), str(days)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def sent(folder: Path) -> list[str]:
    path = folder / "sent.txt"
    return path.read_text("utf-8").splitlines() if path.exists() else []


def kill_after_the_knock(folder: Path, known: int) -> None:
    """The process writes the knock, and then waits for the vendor's answer: there it is killed."""
    with start(folder, 2) as process:
        end = time.monotonic() + 30
        while len(sent(folder)) == known and time.monotonic() < end:
            time.sleep(0.005)
        process.kill()
        assert process.wait() == -9


@pytest.mark.crash
async def test_killed_after_the_knock_it_is_repeated_a_few_times_and_all_follows(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, wire=Windowed()) as engine:
        await engine.hear("hello")
        await engine.settle()
        engine.script.effects = spoken
        for words in ("one", "two"):
            await engine.hear(words)
        await engine.take_turns()
    for known in range(2):
        kill_after_the_knock(tmp_path, known)
    with start(tmp_path, 2) as process:
        assert process.wait(timeout=60) == 0
    assert sent(tmp_path) == ["'KNOCK'"] * 3
    wire = Windowed()
    async with opened(tmp_path, wire=wire) as engine:
        states = await engine.rows(message, message.c.direction == "out")
        assert [(row.kind, row.state) for row in states] == [
            ("", "sent"), ("", "held"), ("", "held"), ("knock", "sent"),
        ]  # fmt: skip
        (row,) = await engine.rows(session)
        assert row.reach == "closed"
        engine.clock.move(2 * DAY)
        await engine.hear("yes?", id="last")
        await engine.settle()
        assert wire.texts() == ["heard one", "heard two", "heard yes?"]
