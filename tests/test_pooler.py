"""Behind PgBouncer: with sessions of its own the program works, with borrowed ones it says what to change."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Database, SchemaError, wake
from tests.engine import opened
from tests.pooler import pooled
from tests.postgres import Cluster, database_of, on_postgres
from tests.running import Running
from tests.test_duties import HOLDER
from tests.test_grown import said_by
from tests.test_many_processes import check, check_what_was_sent, fill, finished, running


async def test_in_session_mode_duties_wakes_and_limits_hold(postgres: Cluster) -> None:
    """They live in the session, which is the program's until it ends, however it ends."""
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    async def say(tx: AsyncConnection) -> str:
        wake(tx, "topic")
        limits = "SELECT current_setting('lock_timeout'),"
        limits += " current_setting('idle_in_transaction_session_timeout')"
        return str((await tx.execute(sa.text(limits))).one())

    with postgres.database() as direct, pooled(postgres, "session") as behind:
        url = behind(direct)
        holder = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLDER, url, stdout=asyncio.subprocess.PIPE
        )
        assert holder.stdout is not None
        await holder.stdout.readuntil(b"on duty\n")
        async with await Database.open(url) as one, await Database.open(url) as other:
            with other.signals.watch("topic") as watch:
                await watch.wait(5)
                assert await one.write(say) == "('1min', '30s')"
                assert await watch.wait(5)
            waiting = asyncio.create_task(one.alone("poll", work))
            await asyncio.sleep(0.3)
            assert not begun.is_set()
            os.kill(holder.pid, signal.SIGKILL)
            await holder.communicate()
            async with asyncio.timeout(10):
                await begun.wait()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


@pytest.mark.crash
async def test_in_session_mode_three_processes_take_each_turn_once(
    postgres: Cluster, tmp_path: Path
) -> None:
    with pooled(postgres, "session") as behind, on_postgres(postgres, behind):
        async with opened(tmp_path) as engine:
            await fill(engine, chats=20, messages=2)
            url = str(database_of(tmp_path))
            with running(tmp_path, url) as processes:
                await finished(processes)
            await check(engine, chats=20, messages=2)
    check_what_was_sent(tmp_path, chats=20, messages=2, repeats=0)


async def test_in_session_mode_the_program_is_set_up_serves_and_stops(
    postgres: Cluster, tmp_path: Path
) -> None:
    with postgres.database(empty=True) as direct, pooled(postgres, "session") as behind:
        program = Running(tmp_path / "data", DATABASE_URL=behind(direct))
        await program.command("migrate")
        await program.start()
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            while (await client.get(f"{program.url}/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
        assert await program.stop() == 0


async def ask_again_and_again(url: str) -> None:
    """Somebody else on the same database."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while True:
            await connection.execute("SELECT 1", prepare=False)


@pytest.mark.parametrize("others", [0, 4])
@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_in_another_mode_nothing_is_opened_whoever_else_uses_the_pooler(
    postgres: Cluster, mode: str, others: int
) -> None:
    with postgres.database() as direct, pooled(postgres, mode) as behind:
        asking = [asyncio.create_task(ask_again_and_again(behind(direct))) for _ in range(others)]
        for _ in range(5):
            with pytest.raises(SchemaError, match="set pool_mode = session"):
                await Database.open(behind(direct))
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def test_an_operator_is_told_what_to_change(postgres: Cluster, tmp_path: Path) -> None:
    with postgres.database() as direct, pooled(postgres, "transaction") as behind:
        said = await asyncio.to_thread(said_by, tmp_path, "serve", DATABASE_URL=behind(direct))
        assert "set pool_mode = session" in said
        assert "app@" not in said
