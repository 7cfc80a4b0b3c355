"""SQLite as an engine: one writing connection, some that read, and all of it in one file.

SQLite loses updates silently when a transaction that read begins to write: hence BEGIN IMMEDIATE and
one writing connection. What a write is about is of no account where there is only one at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.signals import Signals
from bot.store import schema
from bot.store.engine import About, T, Work, begin_wakes
from bot.store.sqlite import Connection, connector, driver_of


class SqliteEngine:
    """One file. Only one program works on it (`lock.py`); commands may look beside it."""

    shared = False
    behind = 0.0

    def __init__(self, path: Path, signals: Signals) -> None:
        """Take a file. It is not opened yet."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = _Connections(path, "BEGIN IMMEDIATE", 1)
        self._readers = _Connections(path, "BEGIN", 4)
        self._signals = signals

    async def prepare(self) -> None:
        """Make the tables, or bring an older file up to date."""
        revision = await self.read(_revision)
        if revision == schema.REVISION:
            return
        if revision is None and await self.write(_create_if_empty):
            return
        # Alembic is only loaded for a file that needs it.
        from bot.store import migrations

        await self.write(migrations.upgrade)

    async def write(
        self, fn: Work[T], *, synced: bool = True, about: About = None, wait: bool = True
    ) -> T:
        """Run `fn` alone, and commit it."""
        wakes: set[str] = set()

        async def work(tx: AsyncConnection) -> T:
            nonlocal wakes
            wakes = begin_wakes(tx)
            return await fn(tx)

        result = await self._writer.run(work, synced=synced)
        for topic in wakes:
            self._signals.notify(topic)
        return result

    async def read(self, fn: Work[T]) -> T:
        """Run `fn` on one unchanging view, beside others."""
        return await self._readers.run(fn)

    async def empty_log(self) -> bool:
        """Move the write-ahead log into the file, and cut it to nothing."""
        return await self._writer.empty_log()

    async def alone(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do it: whoever works on the file is alone on it (`lock.py`)."""
        await work()

    async def in_company(self, name: str, tell: Callable[[int], None]) -> None:
        """Nobody else works on the file."""
        tell(1)

    async def others(self) -> int:
        """None: whoever works on the file does so with the settings of this machine."""
        return 0

    async def close(self) -> None:
        """Close the file."""
        await self._readers.close()
        await self._writer.close()


class _Connections:
    """Connections to one file that are opened when they are first needed, and kept open."""

    def __init__(self, path: Path, begin: str, count: int) -> None:
        self._begin = begin
        self._engine = create_async_engine(
            "sqlite+aiosqlite://",
            async_creator=connector(path),
            poolclass=sa.AsyncAdaptedQueuePool,
            pool_size=count,
            max_overflow=0,
            # `Connection.transact` begins and ends transactions; SQLAlchemy must not.
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            # An error's text goes to logs, and parameters are what patients wrote.
            hide_parameters=True,
        )
        self._free: asyncio.Queue[AsyncConnection | None] = asyncio.Queue()
        for _ in range(count):
            self._free.put_nowait(None)

    async def run(self, fn: Work[T], *, synced: bool = True) -> T:
        """Run `fn` in a transaction, on the next connection that is free; first come, first served."""
        async with self._next() as (connection, driver):
            work = _awaiting(fn, connection)
            return await driver.transact(self._begin, work, synced=synced)

    async def empty_log(self) -> bool:
        """Empty the write-ahead log; False where a reader kept it from that."""
        async with self._next() as (_connection, driver):
            return await driver.empty_log()

    @asynccontextmanager
    async def _next(self) -> AsyncIterator[tuple[AsyncConnection, Connection]]:
        connection = await self._free.get()
        try:
            if connection is None:
                connection = await self._engine.connect()
                # For SQLAlchemy, and for Alembic on it, there is always a transaction, and it is
                # somebody else's to commit.
                await connection.begin()
            yield connection, driver_of(connection)
        finally:
            self._free.put_nowait(connection)

    async def close(self) -> None:
        """Close them. None may be in use."""
        while not self._free.empty():
            if (connection := self._free.get_nowait()) is not None:
                await connection.close()
        await self._engine.dispose()


async def _awaiting(fn: Work[T], connection: AsyncConnection) -> T:
    return await fn(connection)


async def _revision(tx: AsyncConnection) -> str | None:
    known = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    if (await tx.execute(sa.text(known))).first() is None:
        return None
    row = (await tx.execute(sa.text("SELECT version_num FROM alembic_version"))).first()
    return None if row is None else str(row[0])


async def _create_if_empty(tx: AsyncConnection) -> bool:
    """Make all tables at once, which is faster than the migrations and gives the same."""
    if (await tx.execute(sa.text("SELECT 1 FROM sqlite_master"))).first() is not None:
        return False
    await tx.run_sync(lambda connection: schema.metadata.create_all(connection, checkfirst=False))
    await tx.execute(
        sa.text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    await tx.execute(
        sa.text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": schema.REVISION}
    )
    return True
