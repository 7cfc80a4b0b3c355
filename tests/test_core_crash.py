"""The core is killed at random, again and again; in the end it is as if nothing had happened."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.said import MAYBE_SEEN
from bot.store import audit_check, inbox
from bot.store.cases import list_cases
from bot.store.schema import audit, message
from bot.store.schema import inbox as inbox_table
from tests.engine import START, Engine, opened

ROOT = Path(__file__).parent.parent
CHATS, MESSAGES, KILLS = 5, 16, 6


async def fill(engine: Engine) -> None:
    """All messages, and all of them once more, as a channel does after it was not answered."""
    arrivals = [
        inbox.Arrival(
            channel="wire",
            external_id=f"{chat}-{n}",
            address=f"chat{chat}",
            raw={"id": f"{chat}-{n}", "from": f"chat{chat}", "text": f"{n}"},
            received_at=START,
        )
        for n in range(MESSAGES)
        for chat in range(CHATS)
    ]
    for _ in range(2):
        await inbox.add_many(engine.db, arrivals)


def start(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crashing", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        process.communicate()
        raise AssertionError(f"it did not start: {process.returncode}")
    return process


def kill_at_random(folder: Path, chance: random.Random) -> int:
    """Start it, kill it, over and over; then let it finish. How often it was really killed."""
    killed = 0
    for _ in range(KILLS):
        with start(folder) as process:
            time.sleep(chance.uniform(0.0, 0.12))
            process.kill()
            killed += process.wait() == -9
    with start(folder) as process:
        assert process.wait(timeout=60) == 0
    return killed


@pytest.mark.crash
async def test_nothing_is_lost_and_nothing_done_twice_when_the_process_is_killed(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as engine:
        await fill(engine)
    assert kill_at_random(tmp_path, random.Random(7)) > 0
    async with opened(tmp_path) as engine:
        states = await engine.rows(inbox_table)
        assert {row.state for row in states} == {"done"}
        answers = [len(row.case.answers) for row in await list_cases(engine.db)]
        assert answers == [MESSAGES] * CHATS
        done = Counter((row.action, row.object) for row in await engine.rows(audit))
        assert set(done.values()) == {1}
        assert len(done) == 2 * CHATS * MESSAGES
        assert (await engine.db.read(audit_check.check)).faults == []
        assert await engine.db.read(engine.queue.failed) == []
        replies = await engine.rows(message, message.c.direction == "out")
        assert len(replies) == CHATS * MESSAGES
        assert {row.state for row in replies} <= {"sent", "failed"}
        # Killed again and again with the same message on its way: the conversation was told, once.
        failed = [row for row in replies if row.state == "failed"]
        told = [row for row in states if row.external_id.startswith("delivery:")]
        assert len(told) == len(failed) <= CHATS * KILLS // 2
    check_what_was_sent(tmp_path / "sent.txt", unsure=len(failed))


def check_what_was_sent(spool: Path, *, unsure: int) -> None:
    """In order in each chat, none missing, and a repeat always says that it may be one."""
    sent: dict[str, list[str]] = {}
    for line in spool.read_text("utf-8").splitlines():
        address, _, text = line.partition("\t")
        sent.setdefault(address, []).append(text.strip("'").replace("\\n", "\n"))
    missing = repeats = 0
    for said in sent.values():
        excused = [text for text in said if text.startswith(MAYBE_SEEN.msgid)]
        plain = [text for text in said if text not in excused]
        numbers = [int(text.rpartition(" ")[2]) for text in said]
        assert numbers == sorted(numbers)
        assert len(plain) == len(set(plain))
        assert max(Counter(excused).values(), default=0) <= 3
        missing += MESSAGES - len(set(numbers))
        repeats += len(excused)
    assert len(sent) == CHATS
    assert missing <= unsure
    assert repeats <= KILLS * CHATS
