"""The database loses nothing, holds nobody up, and has one door."""

from __future__ import annotations

import ast
import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Database, wake

ROOT = Path(__file__).parent.parent.parent
COUNT = sa.text("SELECT v FROM counter")
SLOW = sa.text(
    "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r WHERE x < 20000) "
    "SELECT count(*) FROM r"
)


@pytest.fixture
async def db(where: Path | str) -> AsyncIterator[Database]:
    async with await Database.open(where) as opened:

        async def prepare(tx: AsyncConnection) -> None:
            await tx.execute(sa.text("CREATE TABLE counter (v INTEGER UNIQUE NOT NULL)"))
            await tx.execute(sa.text("INSERT INTO counter VALUES (0)"))

        await opened.write(prepare)
        yield opened


@pytest.fixture
async def file_db(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "core.db") as opened:
        yield opened


async def count(tx: AsyncConnection) -> int:
    return int((await tx.execute(COUNT)).scalar_one())


async def set_count(tx: AsyncConnection, value: int) -> None:
    await tx.execute(sa.text("UPDATE counter SET v = :v"), {"v": value})


async def test_no_update_is_lost_when_many_read_and_then_write(db: Database) -> None:
    """With SQLAlchemy's defaults, 40 tasks that each count up three times reach 3, without error."""

    async def count_up(tx: AsyncConnection) -> None:
        await set_count(tx, await count(tx) + 1)

    async def three_times() -> None:
        for _ in range(3):
            await db.write(count_up)

    await asyncio.gather(*(three_times() for _ in range(40)))
    assert await db.read(count) == 120


async def test_a_cancelled_writer_still_commits_and_wedges_nobody(db: Database) -> None:
    """Cancelling a statement used to keep the write lock for 30 seconds."""

    async def slow_count_up(tx: AsyncConnection) -> None:
        await set_count(tx, await count(tx) + 1)
        await tx.execute(SLOW)

    chance = random.Random(1)
    writers = [asyncio.create_task(db.write(slow_count_up)) for _ in range(60)]
    for writer in writers:
        if chance.random() < 0.6:
            await asyncio.sleep(0.001)
            writer.cancel()
    ends = await asyncio.gather(*writers, return_exceptions=True)
    assert any(isinstance(end, asyncio.CancelledError) for end in ends)
    assert not [end for end in ends if isinstance(end, Exception)]
    async with asyncio.timeout(20):
        await db.write(lambda tx: tx.execute(SLOW))
    assert await db.read(count) == 60


async def test_an_exception_leaves_nothing_of_the_transaction(db: Database) -> None:
    async def fail(tx: AsyncConnection) -> None:
        await set_count(tx, 9)
        raise LookupError

    with pytest.raises(LookupError):
        await db.write(fail)
    assert await db.read(count) == 0
    await db.write(lambda tx: set_count(tx, 1))
    assert await db.read(count) == 1


async def test_a_transaction_may_not_wait_for_the_world(db: Database) -> None:
    """It holds the write lock: what waits within it, holds up everybody."""

    async def dawdle(tx: AsyncConnection) -> None:
        await set_count(tx, 9)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="nothing but its connection"):
        await db.write(dawdle)
    assert await db.read(count) == 0


async def test_a_transaction_that_insists_on_waiting_is_rolled_back(db: Database) -> None:
    async def insist(tx: AsyncConnection) -> None:
        await set_count(tx, 9)
        for _ in range(3):
            try:
                await asyncio.sleep(0)
            except RuntimeError:
                continue

    with pytest.raises(RuntimeError, match="twice"):
        await db.write(insist)
    assert await db.read(count) == 0
    await db.write(lambda tx: set_count(tx, 2))


async def test_a_signal_is_given_after_the_commit_and_only_then(db: Database) -> None:
    async def fail(tx: AsyncConnection) -> None:
        wake(tx, "topic")
        raise LookupError

    async def succeed(tx: AsyncConnection) -> None:
        wake(tx, "topic")

    with db.signals.watch("topic") as watch:
        with pytest.raises(LookupError):
            await db.write(fail)
        assert not await watch.wait(0)
        await db.write(lambda tx: set_count(tx, 3))
        assert not await watch.wait(0), "the failed transaction's signal came with another's"
        await db.write(succeed)
        assert await watch.wait(0)


async def test_the_disk_is_asked_to_keep_every_commit_but_those_that_say_so(
    file_db: Database,
) -> None:
    async def fail(tx: AsyncConnection) -> None:
        raise LookupError

    async def pragmas(tx: AsyncConnection) -> tuple[object, ...]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return tuple([(await tx.execute(sa.text(f"PRAGMA {name}"))).scalar() for name in names])

    full, normal = 2, 1
    assert await file_db.write(pragmas) == ("wal", full, 1, 30000)
    assert await file_db.write(pragmas, synced=False) == ("wal", normal, 1, 30000)
    with pytest.raises(LookupError):
        await file_db.write(fail, synced=False)
    assert await file_db.write(pragmas) == ("wal", full, 1, 30000)
    assert await file_db.read(pragmas) == ("wal", full, 1, 30000)


async def test_an_error_does_not_quote_what_was_written(db: Database) -> None:
    """Its text goes to a log."""

    async def twice(tx: AsyncConnection) -> None:
        words = sa.text("INSERT INTO counter SELECT length(:words)")
        await tx.execute(words, {"words": "my diagnosis"})
        await tx.execute(words, {"words": "my diagnosis"})

    with pytest.raises(IntegrityError) as caught:
        await db.write(twice)
    assert "diagnosis" not in str(caught.value)
    await db.write(lambda tx: set_count(tx, 5))
    assert await db.read(count) == 5


async def test_an_error_does_not_quote_the_row_that_is_in_its_way(db: Database) -> None:
    """PostgreSQL would: Key (address)=(...) already exists."""

    async def twice(tx: AsyncConnection) -> None:
        await tx.execute(sa.text("CREATE TABLE names (name TEXT UNIQUE)"))
        for _ in range(2):
            await tx.execute(sa.text("INSERT INTO names VALUES (:name)"), {"name": "Ana Petrova"})

    with pytest.raises(IntegrityError) as caught:
        await db.write(twice)
    assert "Petrova" not in str(caught.value)


async def test_a_reader_sees_one_moment(db: Database) -> None:
    async def look_twice(tx: AsyncConnection) -> tuple[int, int]:
        return await count(tx), await count(tx)

    looks = [asyncio.create_task(db.read(look_twice)) for _ in range(20)]
    writes = [asyncio.create_task(db.write(partial(set_count, value=n))) for n in range(20)]
    await asyncio.gather(*writes)
    assert all(first == second for first, second in await asyncio.gather(*looks))


async def test_closing_lets_a_transaction_finish(tmp_path: Path) -> None:
    path = tmp_path / "core.db"
    db = await Database.open(path)
    await db.write(lambda tx: tx.execute(sa.text("CREATE TABLE counter (v INTEGER)")))
    work = asyncio.create_task(
        db.write(lambda tx: tx.execute(sa.text("INSERT INTO counter VALUES (7)")))
    )
    await asyncio.sleep(0)
    work.cancel()
    await db.close()
    async with await Database.open(path) as again:
        assert await again.read(count) == 7


@pytest.mark.parametrize("other", ["mysql+aiomysql://host/db", "sqlite+aiosqlite://"])
async def test_another_database_is_refused_in_words(other: str) -> None:
    with pytest.raises(ValueError, match="or the path of a SQLite file"):
        await Database.open(other)


async def test_a_url_of_a_file_is_taken(tmp_path: Path) -> None:
    async with await Database.open(f"sqlite+aiosqlite:///{tmp_path}/a/core.db"):
        assert (tmp_path / "a/core.db").exists()


# ---- one door ----------------------------------------------------------------------------------

_ENGINE_CALLS = {"create_engine", "create_async_engine"}


def other_doors(source: str) -> Iterator[str]:
    """Transactions that are begun, and engines that are made, in this source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if (name == "begin" and isinstance(node.func, ast.Attribute)) or name in _ENGINE_CALLS:
                yield f"line {node.lineno}: {name}()"


def test_nothing_but_the_database_begins_a_transaction() -> None:
    found = [
        f"{path.relative_to(ROOT)} {what}"
        for path in sorted((ROOT / "bot").rglob("*.py"))
        if path.name not in ("sqlite_engine.py", "postgres.py", "postgres_connections.py")
        for what in other_doors(path.read_text("utf-8"))
    ]
    assert not found, "use Database.write: " + ", ".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "async def f(e):\n    async with e.begin() as tx: ...",
        "self._engine.begin()",
        "create_async_engine('sqlite+aiosqlite://')",
        "sa.create_engine('sqlite://')",
    ],
)
def test_a_planted_second_door_is_found(source: str) -> None:
    assert list(other_doors(source))


@pytest.mark.parametrize(
    ("table", "index"), [("file", "ix_file_session_id"), ("inbox", "ix_inbox_chat")]
)
async def test_what_is_asked_of_a_chat_at_every_glance_reads_no_other_chat(
    file_db: Database, table: str, index: str
) -> None:
    """A page asks whether its chat is busy, and a job which chat was heard from last."""
    plan = sa.text(f"EXPLAIN QUERY PLAN SELECT max(rowid) FROM {table} WHERE session_id = 'x'")
    (row,) = await file_db.read(partial(_all, statement=plan))
    assert index in row.detail


async def _all(tx: AsyncConnection, statement: sa.TextClause) -> list[sa.Row[tuple[str]]]:
    return list((await tx.execute(statement)).all())
