"""Connections to a PostgreSQL: how each is set up, and whether it is a session of its own.

Behind PgBouncer a connection leads to one session for as long as it lasts (`pool_mode = session`), or to
another one for each transaction. The locks of duties and LISTEN live as long as a session does, so only
the first will do. https://www.pgbouncer.org/features.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from psycopg.types.string import StrDumperUnknown
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.store.engine import SchemaError

# A process that stopped in the middle of a transaction must not stop all the others: its connection is
# ended, and what it holds with it. https://www.postgresql.org/docs/15/runtime-config-client.html
# It is said when connected: PgBouncer refuses "options" among the parameters of a start.
_SESSION = "SET idle_in_transaction_session_timeout = '30s'; SET lock_timeout = '60s'"
# A machine that vanished is noticed in half a minute, not after the kernel's two hours.
# https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-KEEPALIVES
_KEPT_ALIVE: Final[dict[str, Any]] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "connect_timeout": 5,
}

#: How often it is looked whether two connections share a session.
_LOOKS = 3
_BORROWED = (
    "DATABASE_URL leads to a pooler, such as PgBouncer, that gives each transaction another session: "
    "set pool_mode = session for this database there, or name the PostgreSQL itself in DATABASE_URL"
)

Connection = psycopg.AsyncConnection[Any]


class _NoNul(StrDumperUnknown):
    """PostgreSQL's text holds every character but NUL, which a file's name may hold by mistake."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


def engine_of(url: sa.URL, places: int, **options: Any) -> AsyncEngine:
    """A pool of at most so many connections for transactions."""
    engine = create_async_engine(
        url,
        pool_size=places,
        max_overflow=0,
        pool_use_lifo=True,
        # An error's text goes to logs, and parameters are what patients wrote.
        hide_parameters=True,
        connect_args=_KEPT_ALIVE,
        execution_options=options,
    )

    def set_up(connection: Any, _record: object) -> None:
        connection.driver_connection.adapters.register_dumper(str, _NoNul)
        # Within a transaction a rollback would take it back.
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(_SESSION)
        cursor.close()
        connection.autocommit = False

    sa.event.listen(engine.sync_engine, "connect", set_up)
    return engine


async def connection_to(address: str) -> Connection:
    """A connection without a transaction."""
    return await psycopg.AsyncConnection.connect(address, autocommit=True, **_KEPT_ALIVE)


async def refuse_borrowed(connect: Callable[[], Awaitable[Connection]]) -> None:
    """Raise SchemaError where a session is a connection's only for the time of a transaction.

    A pooler gives the session that was given back last to whoever asks next. So one connection asks
    which session it has, and another one does, while the first is open. Others may come in between
    them, and then the first has lost its own.
    """
    async with await connect() as one:
        mine = await _session_of(one)
        if mine == one.info.backend_pid:
            return  # Nothing is in between: a pooler makes numbers of its own up.
        for _ in range(_LOOKS):
            async with await connect() as other:
                if await _session_of(other) == mine or await _session_of(one) != mine:
                    raise SchemaError(_BORROWED)


async def _session_of(connection: Connection) -> int:
    answer = await (await connection.execute("SELECT pg_backend_pid()")).fetchone()
    return int(answer[0]) if answer else 0
