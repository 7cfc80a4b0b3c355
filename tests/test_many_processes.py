"""Several processes on one PostgreSQL: each turn once and in order, whoever dies, and whatever."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.said import MAYBE_SEEN
from bot.store import audit_check, inbox
from bot.store.cases import list_cases
from bot.store.schema import audit, message
from bot.store.schema import inbox as inbox_table
from tests.engine import START, Engine, opened
from tests.postgres import Cluster, cluster, database_of, on_postgres

ROOT = Path(__file__).parent.parent
PROCESSES = 3


@pytest.fixture
def shared(postgres: Cluster, tmp_path: Path) -> Iterator[str]:
    with on_postgres(postgres):
        yield str(database_of(tmp_path))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster that nobody else uses: it is restarted."""
    with cluster() as made, on_postgres(made):
        yield made


async def fill(engine: Engine, *, chats: int, messages: int) -> None:
    arrivals = [
        inbox.Arrival(
            channel="wire",
            external_id=f"{chat}-{n}",
            address=f"chat{chat}",
            raw={"id": f"{chat}-{n}", "from": f"chat{chat}", "text": f"{n}"},
            received_at=START,
        )
        for n in range(messages)
        for chat in range(chats)
    ]
    await inbox.add_many(engine.db, arrivals)


@contextmanager
def running(
    folder: Path, url: str, count: int = PROCESSES
) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that work until nothing is left; ready when the block begins."""
    with (folder / "log").open("w") as log:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.crashing", str(folder), *([url] if url else [])],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            for _ in range(count)
        ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", (folder / "log").read_text()
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


async def finished(processes: Sequence[subprocess.Popen[str]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while any(process.poll() is None for process in processes):
            await asyncio.sleep(0.05)
    assert {process.returncode for process in processes} <= {0, -9}


async def check(engine: Engine, *, chats: int, messages: int) -> None:
    """Every message had one turn, in order, and every job one effect."""
    assert {row.state for row in await engine.rows(inbox_table)} == {"done"}
    for row in await list_cases(engine.db):
        said = [answer.text for answer in row.case.answers.values()]
        assert said == [str(n) for n in range(messages)]
    assert len(await list_cases(engine.db)) == chats
    done = Counter((row.action, row.object) for row in await engine.rows(audit))
    assert set(done.values()) == {1}
    assert len(done) == 2 * chats * messages
    assert (await engine.db.read(audit_check.check)).faults == []
    assert await engine.db.read(engine.queue.failed) == []
    replies = await engine.rows(message, message.c.direction == "out")
    assert len(replies) == chats * messages
    assert {row.state for row in replies} == {"sent"}


def sent_in(folder: Path) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for line in (folder / "sent.txt").read_text("utf-8").splitlines():
        address, _, text = line.partition("\t")
        sent.setdefault(address, []).append(text.strip("'").replace("\\n", "\n"))
    return sent


def check_what_was_sent(folder: Path, *, chats: int, messages: int, repeats: int) -> None:
    """In order, all of them, once; but for so many that say that they may be a repeat."""
    excused = 0
    for said in sent_in(folder).values():
        again = [text for text in said if text.startswith(MAYBE_SEEN.msgid)]
        excused += len(again)
        numbers = [int(text.rpartition(" ")[2]) for text in said]
        assert numbers == sorted(numbers)
        plain = [text for text in said if text not in again]
        assert len(plain) == len(set(plain))
        assert set(numbers) == set(range(messages))
    assert len(sent_in(folder)) == chats
    assert excused <= repeats


@pytest.mark.crash
async def test_three_processes_take_each_turn_once_and_in_order(
    shared: str, tmp_path: Path
) -> None:
    async with opened(tmp_path) as engine:
        await fill(engine, chats=50, messages=2)
        with running(tmp_path, shared) as processes:
            await finished(processes)
        await check(engine, chats=50, messages=2)
    check_what_was_sent(tmp_path, chats=50, messages=2, repeats=0)


@pytest.mark.crash
async def test_what_a_killed_process_was_at_is_taken_over_and_done_once(
    shared: str, tmp_path: Path
) -> None:
    """In the middle of turns, of jobs, and of sending; the others go on."""
    chance = random.Random(3)
    async with opened(tmp_path) as engine:
        await fill(engine, chats=20, messages=10)
        with running(tmp_path, shared) as processes:
            for process in processes[:2]:
                await asyncio.sleep(chance.uniform(0.2, 0.5))
                process.kill()
            await finished(processes)
            assert [process.returncode for process in processes] == [-9, -9, 0]
        await check(engine, chats=20, messages=10)
    # Nobody knows of what was on its way just then whether it arrived.
    check_what_was_sent(tmp_path, chats=20, messages=10, repeats=2 * 16)


@pytest.mark.crash
@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_a_database_that_is_restarted_under_load_is_waited_for(
    own: Cluster, tmp_path: Path, how: str
) -> None:
    """`immediate` is what a power cut leaves: turns that were not synced are taken again."""
    async with opened(tmp_path) as engine:
        await fill(engine, chats=20, messages=8)
        with running(tmp_path, str(database_of(tmp_path))) as processes:
            for _ in range(2):
                await asyncio.sleep(0.3)
                await asyncio.to_thread(own.control, "restart", "-m", how)
            await finished(processes)
        await check(engine, chats=20, messages=8)
    check_what_was_sent(tmp_path, chats=20, messages=8, repeats=0)
