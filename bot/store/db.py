"""The database: no other way in.

Every transaction of the program goes through `Database.write` or `Database.read`, each in a task of
its own, shielded: SQLite kept its lock for 30 seconds when a statement was cancelled under it. What
is underneath is a file of SQLite (`sqlite_engine.py`) or a PostgreSQL (`postgres.py`). Patients' words
are sealed on their way in (`sealed.py`); a transaction that misses a key is begun again with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import Signals
from bot.store.engine import TROUBLE, About, Busy, Engine, Row, SchemaError, T, Work, wakes_of
from bot.store.operator_key import KeySource, usual_source
from bot.store.unlocked import Unlocked

__all__ = ["TROUBLE", "About", "Busy", "Database", "Row", "SchemaError", "T", "Work", "wake"]


def wake(tx: AsyncConnection, topic: str) -> None:
    """Wake those who watch the topic, when and if this transaction is committed."""
    wakes_of(tx).add(topic)


class Database:
    """The rows of the program. Open it with `Database.open`."""

    def __init__(self, engine: Engine, signals: Signals, keys: KeySource | None = None) -> None:
        """Take an engine, which is not prepared yet. Without keys nothing sealed can be touched."""
        self._engine = engine
        self.signals = signals
        self._source = keys
        self._unlocked: Unlocked | None = None
        # asyncio keeps only weak references to tasks, and these must not vanish half-way.
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def engine(self) -> Engine:
        """What is underneath."""
        return self._engine

    @property
    def shared(self) -> bool:
        """Whether other processes may take turns, send and work on it at the same time."""
        return self._engine.shared

    def clock_by(self, clock: Callable[[], datetime]) -> Callable[[], datetime]:
        """The clock, set right by the database's where several machines go by that."""
        return lambda: clock() + timedelta(seconds=self._engine.behind)

    @classmethod
    async def open(
        cls, where: Path | str, *, signals: Signals | None = None, keys: KeySource | None = None
    ) -> Database:
        """Open a database: a SQLite file, which is made or brought up to date, or a PostgreSQL.

        `where` is a path, `sqlite+aiosqlite:///path`, or `postgresql://...`. `keys` are the
        operator's, else those of the environment, else of a file beside the database. Raises
        ValueError for anything else, SchemaError for a database of another version of the program,
        and OperatorKeyError.
        """
        signals = signals or Signals()
        db = cls(engine_for(where, signals), signals, keys or usual_source(_folder_of(where)))
        try:
            await db._shielded(db._prepare())
        except BaseException:
            await db.close()
            raise
        return db

    async def _prepare(self) -> None:
        await self._engine.prepare()
        assert self._source is not None
        self._unlocked = await Unlocked.of(self._engine, self._source)

    @property
    def keys(self) -> Unlocked:
        """The keys of the cases."""
        assert self._unlocked is not None, "opened without keys"
        return self._unlocked

    async def close(self) -> None:
        """Let the transactions under way finish, and close."""
        while self._running:
            await asyncio.wait(self._running)
        await self._engine.close()

    async def __aenter__(self) -> Database:
        """Return itself: it is open already."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def write(
        self, fn: Work[T], *, synced: bool = True, about: About = None, wait: bool = True
    ) -> T:
        """Run `fn` in one writing transaction and commit it; on an exception, none of it.

        It runs alone, unless `about` says what it is confined to, cases or chats by their ids: then
        it may run beside others that are about none of these. Without `wait` Busy is raised where
        one is. `fn` may be called again from the beginning, so it must not leave anything behind
        but rows.

        Without `synced` a power cut, though not a crash, may take it back as long as no later
        transaction was synced: for what can be done again from what was synced before it.

        A caller that is cancelled while it waits gets its CancelledError at once, and the
        transaction is committed all the same. So what it writes must be harmless to write twice.
        """
        if self._unlocked is None:
            run = self._engine.write(fn, synced=synced, about=about, wait=wait)
        else:
            run = self._unlocked.write(fn, synced=synced, about=about, wait=wait)
        return await self._shielded(run)

    async def read(self, fn: Work[T]) -> T:
        """Run `fn` on one unchanging view of the database, beside others."""
        engine = self._unlocked or self._engine
        return await self._shielded(engine.read(fn))

    async def alone(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` here as long as no other process does it under this name.

        It returns when the work ends. The work is cancelled when another process may have begun it,
        and begun again when that one is gone.
        """
        await self._engine.alone(name, work)

    async def in_company(self, name: str, tell: Callable[[int], None]) -> None:
        """Say how many processes do this under this name, this one included; until cancelled.

        `tell` is called whenever the number has changed. Alone, it is told so once.
        """
        await self._engine.in_company(name, tell)

    async def empty_log(self) -> bool:
        """Leave nothing in the log of what was overwritten.

        The log keeps it for as long as nobody needs its place. False where another reader kept it
        from being emptied.
        """
        return await self._shielded(self._engine.empty_log())

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


def _folder_of(where: Path | str) -> Path | None:
    """The folder of a SQLite file, None for another database."""
    if isinstance(where, Path) or "://" not in where:
        return Path(where).parent
    url = sa.make_url(where)
    return (
        Path(url.database).parent if url.get_backend_name() == "sqlite" and url.database else None
    )


def engine_for(where: Path | str, signals: Signals) -> Engine:
    """The engine for a path or a URL, not prepared yet. Raises ValueError."""
    # Each engine's driver is only loaded where it is used.
    url = sa.make_url(where) if isinstance(where, str) and "://" in where else None
    if url is not None and url.get_backend_name() == "postgresql":
        from bot.store.postgres import PostgresEngine

        return PostgresEngine(url, signals)
    from bot.store.sqlite_engine import SqliteEngine

    return SqliteEngine(_path_of(where, url), signals)


def _path_of(where: Path | str, url: sa.URL | None) -> Path:
    if url is None:
        return Path(where)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise ValueError(
            f"{url.drivername} is not supported: give postgresql://, or the path of a SQLite file"
        )
    return Path(url.database)
