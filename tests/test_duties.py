"""What one process says wakes the others, and what only one may do is done by one."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.registry import LANES
from bot.parts import MESSAGES, TURNS, Parts, parts_of
from bot.store.db import TROUBLE, Busy, Database, wake
from bot.store.postgres import key_of
from tests.postgres import Cluster

HOLDER = """
import asyncio, sys
from bot.store.db import Database

async def work():
    print("on duty", flush=True)
    await asyncio.Event().wait()

async def main():
    async with await Database.open(sys.argv[1]) as db:
        await db.alone("poll", work)

asyncio.run(main())
"""


async def test_another_process_is_woken_by_the_commit_and_not_by_a_rollback(
    postgres: Cluster,
) -> None:
    async def fail(tx: AsyncConnection) -> None:
        wake(tx, "topic")
        raise LookupError

    async def succeed(tx: AsyncConnection) -> None:
        wake(tx, "topic")

    with postgres.database() as url:
        async with await Database.open(url) as one, await Database.open(url) as other:
            with other.signals.watch("topic") as watch:
                # Whoever begins to listen looks once, for what was said before.
                await watch.wait(5)
                with pytest.raises(LookupError):
                    await one.write(fail)
                assert not await watch.wait(0.2)
                await one.write(succeed)
                assert await watch.wait(5)


async def test_a_duty_is_one_processes_and_the_next_ones_when_that_is_killed(
    postgres: Cluster,
) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    with postgres.database() as url:
        holder = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLDER, url, stdout=asyncio.subprocess.PIPE
        )
        assert holder.stdout is not None
        await holder.stdout.readuntil(b"on duty\n")
        async with await Database.open(url) as db:
            waiting = asyncio.create_task(db.alone("poll", work))
            await asyncio.sleep(0.3)
            assert not begun.is_set()
            os.kill(holder.pid, signal.SIGKILL)
            await holder.communicate()
            async with asyncio.timeout(10):
                await begun.wait()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


async def test_whoever_loses_the_connection_of_a_duty_stops_and_begins_again(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.duty._LOOK_SECONDS", 0.2)
    began: asyncio.Queue[str] = asyncio.Queue()

    async def work() -> None:
        try:
            began.put_nowait("begun")
            await asyncio.Event().wait()
        finally:
            began.put_nowait("ended")

    with postgres.database() as url:
        async with await Database.open(url) as db:
            doing = asyncio.create_task(db.alone("poll", work))
            async with asyncio.timeout(20):
                assert await began.get() == "begun"
                end = sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND pid <> pg_backend_pid()"
                )
                await db.write(lambda tx: tx.execute(end), about=())
                assert await began.get() == "ended"
                assert await began.get() == "begun"
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)


async def test_processes_that_send_know_how_many_they_are(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that together they keep to what Telegram allows. One that is cut off is missed."""
    monkeypatch.setattr("bot.store.company._LOOK_SECONDS", 0.1)
    told: dict[str, list[int]] = {"one": [], "other": []}

    async def until(name: str, count: int) -> None:
        async with asyncio.timeout(20):
            while told[name][-1:] != [count]:
                await asyncio.sleep(0.02)

    with postgres.database() as url, postgres.database() as elsewhere:
        async with (
            await Database.open(url) as one,
            await Database.open(url) as other,
            await Database.open(elsewhere) as stranger,
        ):
            tasks = [
                asyncio.create_task(one.in_company("senders", told["one"].append)),
                asyncio.create_task(stranger.in_company("senders", lambda count: None)),
            ]
            await until("one", 1)
            tasks.append(asyncio.create_task(other.in_company("senders", told["other"].append)))
            await until("one", 2)
            await until("other", 2)
            tasks[-1].cancel()
            await until("one", 1)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    assert told["one"] == [1, 2, 1]


async def test_on_a_file_whoever_sends_is_alone(tmp_path: Path) -> None:
    told: list[int] = []
    async with await Database.open(tmp_path / "core.db") as db:
        await db.in_company("senders", told.append)
    assert told == [1]


async def test_on_a_file_a_duty_is_just_done(tmp_path: Path) -> None:
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    async with await Database.open(tmp_path / "core.db") as db:
        await db.alone("poll", work)
    assert done == [1]


async def test_writes_about_different_things_run_side_by_side_and_of_the_same_one_after_the_other(
    postgres: Cluster,
) -> None:
    with postgres.database() as url:
        async with await Database.open(url) as db:
            inside, most = 0, 0

            async def work(tx: AsyncConnection) -> None:
                nonlocal inside, most
                inside += 1
                most = max(most, inside)
                await tx.execute(sa.text("SELECT pg_sleep(0.05)"))
                inside -= 1

            async def run(*abouts: list[str] | None) -> int:
                nonlocal most
                most = 0
                await asyncio.gather(*(db.write(work, about=about) for about in abouts))
                return most

            assert await run(["a"], ["b"], ["c"]) > 1
            assert await run(["a"], ["a"], ["a"]) == 1
            assert await run(None, ["a"], ["b"], None) <= 2
            assert await run(None, None, None) == 1
            first = asyncio.create_task(db.write(work, about=["a"]))
            await asyncio.sleep(0.03)
            with pytest.raises(Busy):
                await db.write(work, about=["a"], wait=False)
            await first


async def test_what_breaks_off_before_its_commit_is_done_again_and_else_the_server_is_blamed(
    postgres: Cluster,
) -> None:
    """Also where the driver was asked directly, as Procrastinate does."""
    with postgres.database() as url:
        async with await Database.open(url) as db:
            tries = 0

            async def cut_off(tx: AsyncConnection, *, always: bool) -> int:
                nonlocal tries
                tries += 1
                if always or tries == 1:
                    assert tx.sync_connection is not None
                    driver = tx.sync_connection.connection.driver_connection
                    assert driver is not None
                    await driver.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                return tries

            assert await db.write(partial(cut_off, always=False)) == 2
            with pytest.raises(TROUBLE):
                await db.write(partial(cut_off, always=True))


async def test_a_name_with_a_nul_is_kept_without_it(postgres: Cluster) -> None:
    """PostgreSQL's text holds none, and what can't be stored would be delivered for ever."""

    async def say(tx: AsyncConnection) -> str:
        found = await tx.execute(sa.text("SELECT CAST(:name AS text)"), {"name": "a\0b"})
        return str(found.scalar_one())

    with postgres.database() as url:
        async with await Database.open(url) as db:
            assert await db.write(say) == "a\N{REPLACEMENT CHARACTER}b"


async def test_a_machine_whose_clock_is_wrong_goes_by_the_databases(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would take what another is just sending for something that was given up."""
    wrong = 3600.0
    with postgres.database() as url:
        async with await Database.open(url) as db:
            assert db.engine.behind == 0.0, "the same machine"
        real = time.time
        monkeypatch.setattr("bot.store.postgres.time.time", lambda: real() + wrong)
        async with await Database.open(url) as db:
            right = db.clock_by(lambda: datetime.fromtimestamp(real() + wrong, UTC))
            assert abs(right().timestamp() - real()) < 2


def test_the_parts_of_a_process_are_named() -> None:
    assert parts_of("all") == parts_of("") == Parts()
    assert parts_of("none").empty
    some = parts_of("turns, index")
    assert (some.turns, some.messages, [lane.name for lane in some.lanes]) == (
        True,
        False,
        ["index"],
    )
    with pytest.raises(ValueError, match=f"no such kind of work: x; use .*{TURNS}, {MESSAGES}"):
        parts_of("x")


def test_who_copies_the_readme_has_all_work_done_by_somebody() -> None:
    """Receipts, notices and what was missed come from lanes that are easily forgotten."""
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    for name in (TURNS, MESSAGES, *(lane.name for lane in LANES)):
        assert f"`{name}`" in readme
    asked = [parts_of(kinds) for kinds in re.findall(r"second-opinion work --kinds (\S+)", readme)]
    assert {lane.name for some in asked for lane in some.lanes} == {lane.name for lane in LANES}
    assert any(some.turns for some in asked)
    assert any(some.messages for some in asked)


def test_the_names_of_locks_are_numbers_that_postgresql_takes() -> None:
    assert key_of("a") == key_of("a") != key_of("b")
    assert all(-(2**63) <= key_of(str(n)) < 2**63 for n in range(1000))
