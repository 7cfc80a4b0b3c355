"""PostgreSQL as an engine: several processes, each with some connections, on one database.

SQLite runs one writing transaction at a time, and everything above relies on it. Here a write that
says nothing runs alone too, in all processes, under one advisory lock. One that says what it is about
shares that lock with others, and has a lock of its own for each thing it is about. The locks are
taken before the first look at a row, at READ COMMITTED, so what is read is what stands.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets
import time
import types
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
import psycopg.sql
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import HELD_BACK, INBOX, OUTBOX, Signals
from bot.store import schema
from bot.store.company import HOLDERS, in_company
from bot.store.duty import on_duty
from bot.store.engine import TROUBLE, About, Busy, SchemaError, T, Work, begin_wakes
from bot.store.postgres_connections import connection_to, engine_of, refuse_borrowed

_log = structlog.get_logger(__name__)

_WRITERS = 6
_READERS = 4
#: How long a write or a read waits for a database that is being started again.
_PATIENCE_SECONDS = 5.0
_LONGEST_PAUSE = 10.0

_CLOCK_SECONDS = 60.0
_CLOCKS_AGREE_SECONDS = 0.5

_TOGETHER_SECONDS = 0.01

_CHANNEL = "second_opinion"
#: The key of the lock that a write shares, or has for itself.
_ALL = 0x5EC0_0000_0000_0001
#: And of the one that every opened program shares, and who carries all rows elsewhere has for itself.
_OPEN = 0x5EC0_0000_0000_0002
_IS_CARRIED = "its rows are just being carried: start again when `move` or `restore` has ended"

# Serialization failure, deadlock. https://www.postgresql.org/docs/15/errcodes-appendix.html
_CLASHES = ("40001", "40P01")


def key_of(name: str) -> int:
    """The number under which a thing is locked. Two that share one only wait for each other."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class PostgresEngine:
    """One database on a server, which other processes work on too."""

    shared = True

    def __init__(self, url: sa.URL, signals: Signals) -> None:
        """Take an address. Nothing is connected yet."""
        self._signals = signals
        self._me = secrets.token_hex(4)
        self.address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        full = url.set(drivername="postgresql+psycopg")
        self._writers = engine_of(full, _WRITERS)
        self._readers = engine_of(
            full, _READERS, isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._listener: asyncio.Task[None] | None = None
        self._heard: set[str] = set()
        self.behind = 0.0

    # ---- opening and closing -------------------------------------------------------------------

    async def prepare(self) -> None:
        """See that the tables are there, and listen to the other processes. Raises SchemaError."""
        await self._see_whose_session()
        revision = await self.read(revision_of)
        # A newer schema still carries this version, while processes are replaced one by one.
        if revision is None or revision < schema.REVISION:
            found = "is empty" if revision is None else f"is at revision {revision}"
            raise SchemaError(
                f"the database {found}, and this program needs {schema.REVISION}: "
                "run `second-opinion migrate` with the same DATABASE_URL"
            )
        await self.read(self._compare_clocks)
        first = await self.connect()
        if not await _took(first, "pg_try_advisory_lock_shared"):
            await first.close()
            raise SchemaError(_IS_CARRIED)
        self._listener = asyncio.create_task(self._listen(first), name="postgres-listen")

    @asynccontextmanager
    async def sole(self) -> AsyncIterator[None]:
        """Have the database for oneself while the block runs. Raises Busy where a program has it open.

        It must not be prepared: that is what programs do. Raises SchemaError as `prepare` does.
        """
        await self._see_whose_session()
        async with await self.connect() as connection:
            if not await _took(connection, "pg_try_advisory_lock"):
                raise Busy
            yield

    async def _see_whose_session(self) -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return await refuse_borrowed(self.connect)
            except (psycopg.Error, OSError) as error:
                if not _is_lost(error) or time.monotonic() > until:
                    raise _wrapped(error) from None
            await asyncio.sleep(0.2)

    async def others(self) -> int:
        """How many hold the lock of who has it open, but for this one."""
        async with await self.connect() as connection:
            row = await (await connection.execute(HOLDERS, (_OPEN,))).fetchone()
        return int(row[0]) - 1 if row else 0

    async def close(self) -> None:
        """Close all connections."""
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        await self._writers.dispose()
        await self._readers.dispose()

    async def empty_log(self) -> bool:
        """Nothing to do: what a row held is overwritten by VACUUM, and its log by the server.

        Both are the operator's to set, and no client can hurry them for one row.
        """
        return True

    # ---- transactions --------------------------------------------------------------------------

    async def write(
        self, fn: Work[T], *, synced: bool = True, about: About = None, wait: bool = True
    ) -> T:
        """Run `fn` alone, or beside others that are about something else, and commit it."""
        locks = _locks(about, wait=wait, synced=synced)
        until = time.monotonic() + _PATIENCE_SECONDS
        tries = 0
        while True:
            committing = False
            try:
                async with self._writers.connect() as tx:
                    taken = (await tx.exec_driver_sql(*locks)).first()
                    if taken is not None and taken[0] is False:
                        raise Busy
                    wakes = begin_wakes(tx)
                    result = await _driven(fn, tx)
                    if told := [topic for topic in sorted(wakes) if self._is_for_others(topic)]:
                        await tx.exec_driver_sql(_NOTIFY, (_CHANNEL, self._me, told))
                    committing = True
                    await tx.commit()
            except (sa.exc.DBAPIError, psycopg.Error) as error:
                # Whether a commit arrived that was not answered, nobody knows: so it isn't repeated.
                clash = _state_of(error) in _CLASHES
                lost = _is_lost(error) and not committing
                if not (clash or lost) or time.monotonic() > until:
                    raise _wrapped(error) from None
                tries += 1
                await asyncio.sleep(random.uniform(0, min(0.01 * 2**tries, 0.5)))
            else:
                for topic in wakes:
                    self._signals.notify(topic)
                return result

    async def read(self, fn: Work[T]) -> T:
        """Run `fn` on one unchanging view."""
        until = time.monotonic() + _PATIENCE_SECONDS
        tries = 0
        while True:
            try:
                async with self._readers.connect() as tx:
                    return await _driven(fn, tx)
            except (sa.exc.DBAPIError, psycopg.Error) as error:
                if not _is_lost(error) or time.monotonic() > until:
                    raise _wrapped(error) from None
                tries += 1
                await asyncio.sleep(random.uniform(0, min(0.01 * 2**tries, 0.5)))

    async def alone(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` whenever no other process does."""
        await on_duty(self.connect, name, key_of(f"duty {name}"), work)

    async def in_company(self, name: str, tell: Callable[[int], None]) -> None:
        """Count the processes that share a lock."""
        await in_company(self.connect, name, key_of(f"company {name}"), tell)

    # ---- wakes of other processes --------------------------------------------------------------

    async def _listen(self, first: psycopg.AsyncConnection[Any]) -> None:
        """Pass on what other processes have said, for as long as this one runs."""
        pause = 0.5
        next_one: psycopg.AsyncConnection[Any] | None = first
        while True:
            try:
                async with next_one or await self.connect() as connection:
                    if next_one is None and not await _took(
                        connection, "pg_try_advisory_lock_shared"
                    ):
                        _log.error("database_is_being_carried")
                    next_one = None
                    await connection.execute(f"LISTEN {_CHANNEL}")
                    # What was said while nobody listened is not said again.
                    self._signals.notify_all()
                    pause = 0.5
                    while True:
                        async for heard in connection.notifies(timeout=_CLOCK_SECONDS):
                            self._hear(heard.payload)
                        await self.read(self._compare_clocks)
            except (psycopg.Error, OSError, *TROUBLE) as error:
                next_one = None
                _log.warning("listening_interrupted", error=type(error).__name__, again_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _is_for_others(self, topic: str) -> bool:
        """Whether other processes are told at once, rather than by their glance of every second.

        A turn that is due here, or a message, is best dealt with here: told of each, all would run
        for it, and all but one in vain. With turns of a hundred patients that was half of the work.
        """
        return topic not in (INBOX, HELD_BACK, OUTBOX) or not self._signals.watched(topic)

    def _hear(self, payload: str) -> None:
        """Pass it on in a moment: under load others say the same many times in a few milliseconds."""
        who, _, topic = payload.partition(" ")
        if who == self._me:
            return
        if not self._heard:
            asyncio.get_running_loop().call_later(_TOGETHER_SECONDS, self._pass_on)
        self._heard.add(topic)

    def _pass_on(self) -> None:
        heard, self._heard = self._heard, set()
        for topic in heard:
            self._signals.notify(topic)

    async def _compare_clocks(self, tx: AsyncConnection) -> None:
        """Leases and times are written by one process and read by another: they go by one clock."""
        asked = time.time()
        there = (await tx.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())"))).scalar()
        behind = float(there or asked) - (asked + time.time()) / 2
        # Clocks that are kept never agree to the millisecond, and time should not jump for that.
        self.behind = behind if abs(behind) > _CLOCKS_AGREE_SECONDS else 0.0

    async def connect(self) -> psycopg.AsyncConnection[Any]:
        """A connection of its own, without a transaction: to listen, or to hold a lock."""
        return await connection_to(self.address)


async def _took(connection: psycopg.AsyncConnection[Any], how: str) -> bool:
    """Whether the lock that says that a program is open could be had. It lasts as the connection does.

    The server lets go of one a moment after its connection was closed, which is waited for.
    """
    query = psycopg.sql.SQL("SELECT {}(%s)").format(psycopg.sql.Identifier(how))
    for pause in (0.05, 0.15, 0.5, 1.0, 0.0):
        answer = await (await connection.execute(query, (_OPEN,))).fetchone()
        if answer and answer[0]:
            return True
        await asyncio.sleep(pause)
    return False


@types.coroutine
def _driven(fn: Work[T], tx: AsyncConnection) -> Generator[Any, Any, T]:
    """Run `fn` to its end; RuntimeError is raised within it where it awaits anything but `tx`.

    What a transaction holds, others wait for: it must not wait for a network or a person.
    """
    assert tx.sync_connection is not None
    driver: Any = tx.sync_connection.connection.driver_connection
    steps = fn(tx).__await__()
    strayed = False
    step, given = steps.send, None
    while True:
        try:
            waits_for = step(given)
        except StopIteration as finished:
            return finished.value  # type: ignore[no-any-return]
        # psycopg holds this lock for as long as the server is asked something.
        if driver.lock.locked():
            try:
                step, given = steps.send, (yield waits_for)
            except BaseException as error:
                step, given = steps.throw, error
        elif strayed:
            raise RuntimeError("a transaction awaited something else, twice")
        else:
            strayed = True
            step, given = (
                steps.throw,
                RuntimeError("a transaction may await nothing but its connection"),
            )


_NOTIFY = "SELECT pg_notify(%s, %s || ' ' || topic) FROM unnest(%s::text[]) AS topic"
_UNSYNCED = ", set_config('synchronous_commit', 'off', true)"


def _locks(about: About, *, wait: bool, synced: bool) -> tuple[str, tuple[Any, ...]]:
    """The statement that takes all that a write needs; its first column is false where it has to wait.

    Where a power cut may take it back, its commit isn't waited for. The log is written in order, so
    the next commit that is waited for takes it along.
    https://www.postgresql.org/docs/15/wal-async-commit.html
    """
    sync = "" if synced else _UNSYNCED
    if about is None:
        return f"SELECT pg_advisory_xact_lock(%s) IS NOT NULL{sync}", (_ALL,)
    # Always in the same order, so that two never wait for each other.
    keys = sorted({key_of(name) for name in about})
    lock = "pg_advisory_xact_lock(%s) IS NOT NULL" if wait else "pg_try_advisory_xact_lock(%s)"
    own = " AND ".join([lock] * len(keys)) or "true"
    shared = "(SELECT pg_advisory_xact_lock_shared(%s) IS NOT NULL)"
    return f"SELECT CASE WHEN {shared} THEN {own} END{sync}", (_ALL, *keys)


def _driver_error(error: Exception) -> Any:
    """What psycopg said. Procrastinate asks it without SQLAlchemy in between."""
    return error.orig if isinstance(error, sa.exc.DBAPIError) else error


def _wrapped(error: Exception) -> Exception:
    """The error as SQLAlchemy raises it, without what PostgreSQL adds: the values of the row.

    Its text goes to logs, and they are what patients wrote.
    """
    said = _driver_error(error)
    if not isinstance(said, psycopg.Error):
        return error
    plain = type(said)(said.diag.message_primary or type(said).__name__)
    if isinstance(error, sa.exc.DBAPIError):
        return type(error)(error.statement, None, plain, hide_parameters=True)
    kind = (
        sa.exc.OperationalError if isinstance(said, psycopg.OperationalError) else sa.exc.DBAPIError
    )
    return kind(None, None, plain, hide_parameters=True)


def _state_of(error: Exception) -> str:
    return str(getattr(_driver_error(error), "sqlstate", None) or "")


def _is_lost(error: Exception) -> bool:
    """Whether the connection ended, or none could be made: a server that is started again.

    https://www.postgresql.org/docs/15/errcodes-appendix.html, class 08 and 57P01 to 57P05.
    """
    state = _state_of(error)
    if getattr(error, "connection_invalidated", False) or state.startswith(("08", "57P0")):
        return True
    # 25P03: the transaction stood still for too long, and was ended.
    return state == "25P03" or (
        not state and isinstance(_driver_error(error), psycopg.OperationalError)
    )


async def revision_of(tx: AsyncConnection) -> str | None:
    """The migration that the database is at; None where it holds nothing of ours."""
    known = sa.text("SELECT to_regclass('alembic_version') IS NOT NULL")
    if not (await tx.execute(known)).scalar():
        return None
    row = (await tx.execute(sa.text("SELECT version_num FROM alembic_version"))).first()
    return None if row is None else str(row[0])
