"""SQLite through aiosqlite, one thread hop to a transaction instead of four to a statement.

SQLAlchemy asks aiosqlite's thread for a cursor, then to execute, then for the rows, then to close:
four hops, each dearer than the statement itself. Here a cursor does all of that at once, and a
coroutine that only talks to the database can be driven to its end on the database's own thread.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
P = ParamSpec("P")

# The writer must not wait long for a reader that holds the log, for all others wait for the writer.
_LOG_WAIT_MS = 500
_BUSY_MS = 30_000

PRAGMAS = (
    "journal_mode = WAL",
    # With NORMAL a power cut can take back what a patient was told had arrived.
    "synchronous = FULL",
    f"busy_timeout = {_BUSY_MS}",
    "foreign_keys = ON",
    # What a patient had erased is overwritten, not just forgotten.
    "secure_delete = ON",
)


class Cursor:
    """What SQLAlchemy expects of aiosqlite's cursor, with the rows fetched on execution."""

    __slots__ = ("_connection", "_rows", "arraysize", "description", "lastrowid", "rowcount")

    def __init__(self, connection: Connection) -> None:
        """Belong to a connection. Nothing is asked of it yet."""
        self._connection = connection
        self._rows: list[Any] = []
        self.arraysize = 1
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Cursor:
        """Return itself."""
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run a statement and fetch all that it returns."""
        await self._connection.on_thread(self._run, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Cursor:
        """Run a statement for each set of parameters."""
        await self._connection.on_thread(self._run_many, sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """The rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is left to close: `execute` closed it."""

    def _run(self, sql: str, parameters: Sequence[Any]) -> None:
        cursor = self._connection.execute_now(sql, parameters)
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self._keep(cursor)

    def _run_many(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        self._keep(self._connection.execute_many_now(sql, parameters))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class Connection(aiosqlite.Connection):
    """An aiosqlite connection whose thread can run a whole transaction.

    It leans on two private names of aiosqlite 0.22, `_execute` and `_thread`; the tests of this
    folder fail if a release changes them.
    """

    def cursor(self) -> Cursor:  # type: ignore[override]
        """A cursor, without asking the thread for one."""
        return Cursor(self)

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection of the standard library; only the thread may use it."""
        return self._conn

    async def on_thread(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function on the database's thread; at once, when this is that thread."""
        return await self._execute(fn, *args, **kwargs)  # type: ignore[no-any-return]

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() == self._thread.ident:
            return fn(*args, **kwargs)
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]

    def execute_now(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement; only on the thread. All statements of transactions come through here."""
        return self.raw.execute(sql, parameters)

    def execute_many_now(self, sql: str, rows: Iterable[Sequence[Any]]) -> sqlite3.Cursor:
        """Run a statement for each row of parameters; only on the thread."""
        return self.raw.executemany(sql, rows)

    async def transact(self, begin: str, work: Coroutine[Any, Any, T], *, synced: bool = True) -> T:
        """Run a coroutine in a transaction that is begun with `begin`, all of it on the thread.

        Without `synced` the commit is not forced to the disk; the next one that is takes it along,
        because the write-ahead log is written in order.

        The coroutine may await nothing but this connection: a transaction holds the write lock, and
        must not hold it while a network or a person is slow. RuntimeError is raised within it where
        it awaits anything else. When it raises, the transaction is rolled back.
        """
        return await self.on_thread(self._transact, begin, work, synced)

    def _transact(self, begin: str, work: Coroutine[Any, Any, T], synced: bool) -> T:
        try:
            if not synced:
                self.raw.execute("PRAGMA synchronous = NORMAL")
            self.execute_now(begin)
            result = _driven(work)
            self.execute_now("COMMIT")
            return result
        finally:
            work.close()
            # Also after a COMMIT that failed (a full disk): it would hold up all that follow.
            if self.raw.in_transaction:
                self.raw.rollback()
            if not synced:
                self.raw.execute("PRAGMA synchronous = FULL")

    async def empty_log(self) -> bool:
        """Empty the write-ahead log, outside a transaction; False where a reader is in the way."""
        return await self.on_thread(self._empty_log)

    def _empty_log(self) -> bool:
        try:
            self.raw.execute(f"PRAGMA busy_timeout = {_LOG_WAIT_MS}")
            busy, _pages, _moved = self.execute_now("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        finally:
            self.raw.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")


def driver_of(tx: AsyncConnection) -> Connection:
    """The connection underneath one of SQLAlchemy's."""
    connection = tx.sync_connection
    assert connection is not None
    driver = connection.connection.driver_connection
    assert isinstance(driver, Connection)
    return driver


def is_elsewhere(tx: AsyncConnection) -> bool:
    """Whether this is a connection to another database than SQLite."""
    connection = tx.sync_connection
    assert connection is not None
    return connection.dialect.name != "sqlite"


def _driven(work: Coroutine[Any, Any, T]) -> T:
    try:
        work.send(None)
        work.throw(RuntimeError("a transaction may await nothing but its connection"))
    except StopIteration as finished:
        return finished.value  # type: ignore[no-any-return]
    raise RuntimeError("a transaction awaited something else, twice")


def connector(path: Path) -> Callable[[], Connection]:
    """How SQLAlchemy makes a connection to the file: `create_async_engine(async_creator=...)`."""

    def connect() -> Connection:
        connection = Connection(
            # Transactions are begun by hand, and the pragmas don't outlive a connection.
            lambda: _open(path),
            iter_chunk_size=64,
        )
        # The process may end without waiting for a reader.
        connection._thread.daemon = True
        return connection

    return connect


def _open(path: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        for pragma in PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        raw.close()
        raise
    return raw
