"""The database: one writer, some readers, and no other way in.

Every transaction of the program goes through `Database.write` or `Database.read`. SQLite loses
updates silently when a transaction that read begins to write, and keeps its lock for 30 seconds
when a statement is cancelled under it: hence BEGIN IMMEDIATE, one writing connection, and a task of
its own, shielded, for each transaction.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.signals import Signals
from bot.store import schema
from bot.store.sqlite import Connection, connector, driver_of

T = TypeVar("T")

#: A row of a query; its columns are attributes.
Row: TypeAlias = sa.Row[*tuple[Any, ...]]

#: What runs in a transaction. It may await nothing but the connection it is given.
Work = Callable[[AsyncConnection], Awaitable[T]]

#: The database is at fault (a full disk, a lock), not what was asked of it.
TROUBLE = (sa.exc.OperationalError, sqlite3.OperationalError)

_WAKES = "second-opinion wakes"


def wake(tx: AsyncConnection, topic: str) -> None:
    """Wake those who watch the topic, when and if this transaction is committed."""
    cast(set[str], tx.info.setdefault(_WAKES, set())).add(topic)


class Database:
    """The rows of the program. Open it with `Database.open`."""

    def __init__(self, path: Path, signals: Signals) -> None:
        """Take a file. It is not opened yet."""
        self._writer = _Connections(path, "BEGIN IMMEDIATE", 1)
        self._readers = _Connections(path, "BEGIN", 4)
        self.signals = signals
        # asyncio keeps only weak references to tasks, and these must not vanish half-way.
        self._running: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, where: Path | str, *, signals: Signals | None = None) -> Database:
        """Open a SQLite file, and make it or bring it up to date where it isn't.

        `where` is a path, or `sqlite+aiosqlite:///path`. Raises ValueError for another database,
        and RuntimeError for a file that a newer version of the program has written.
        """
        path = _path_of(where)
        path.parent.mkdir(parents=True, exist_ok=True)
        db = cls(path, signals or Signals())
        try:
            await db._prepare()
        except BaseException:
            await db.close()
            raise
        return db

    async def close(self) -> None:
        """Let the transactions under way finish, and close the file."""
        while self._running:
            await asyncio.wait(self._running)
        await self._readers.close()
        await self._writer.close()

    async def __aenter__(self) -> Database:
        """Return itself: it is open already."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def write(self, fn: Work[T], *, synced: bool = True) -> T:
        """Run `fn` in one writing transaction, alone, and commit it; on an exception, none of it.

        Without `synced` a power cut, though not a crash, may take it back as long as no later
        transaction was synced: for what can be done again from what was synced before it.

        A caller that is cancelled while it waits gets its CancelledError at once, and the
        transaction is committed all the same. So what it writes must be harmless to write twice.
        """
        return await self._shielded(self._write(fn, synced))

    async def read(self, fn: Work[T]) -> T:
        """Run `fn` on one unchanging view of the database, beside others."""
        return await self._shielded(self._readers.run(fn))

    async def empty_log(self) -> bool:
        """Move all of the write-ahead log into the file, and cut the log to nothing.

        The log keeps what was overwritten, for as long as nobody needs its place. False where
        another reader kept it from being emptied.
        """
        return await self._shielded(self._writer.empty_log())

    async def _write(self, fn: Work[T], synced: bool) -> T:
        wakes: set[str] = set()

        async def work(tx: AsyncConnection) -> T:
            # The connection is used again and again: a transaction that failed must leave nothing.
            tx.info[_WAKES] = wakes
            return await fn(tx)

        result = await self._writer.run(work, synced=synced)
        for topic in wakes:
            self.signals.notify(topic)
        return result

    async def _shielded(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        # Its caller may be gone; then nobody else takes the exception.
        if not task.cancelled():
            task.exception()

    async def _prepare(self) -> None:
        revision = await self.read(_revision)
        if revision == schema.REVISION:
            return
        if revision is None and await self.write(_create_if_empty):
            return
        # Alembic is only loaded for a file that needs it.
        from bot.store import migrations

        await self.write(migrations.upgrade)


def _path_of(where: Path | str) -> Path:
    if isinstance(where, Path):
        return where
    if "://" not in where:
        return Path(where)
    url = sa.make_url(where)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise ValueError(f"{url.drivername} is not supported: give the path of a SQLite file")
    return Path(url.database)


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
