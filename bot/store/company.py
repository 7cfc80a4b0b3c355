"""Company: how many processes do the same thing just now, so that they divide what all may do together.

Each of them shares a lock, for as long as a connection that does nothing else lives. Who dies lets go of
it, however that happens, and PostgreSQL says who holds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import structlog

_log = structlog.get_logger(__name__)

#: How often each counts.
_LOOK_SECONDS = 5.0

#: How many hold an advisory lock of 64 bits.
# https://www.postgresql.org/docs/15/view-pg-locks.html says how a key of 64 bits is shown.
HOLDERS = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND ((classid::bigint << 32) | objid::bigint) = %s"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]


async def in_company(connect: Connect, name: str, key: int, tell: Callable[[int], None]) -> None:
    """Say how many there are, this process included, whenever that has changed; until cancelled."""
    known = 0
    while True:
        try:
            async with await connect() as connection:
                await connection.execute("SELECT pg_advisory_lock_shared(%s)", (key,))
                while True:
                    async with asyncio.timeout(_LOOK_SECONDS):
                        row = await (await connection.execute(HOLDERS, (key,))).fetchone()
                    if row and row[0] != known:
                        known = int(row[0])
                        _log.info("company", of=name, processes=known)
                        tell(known)
                    await asyncio.sleep(_LOOK_SECONDS)
        except (psycopg.Error, OSError, TimeoutError) as error:
            # It goes by what it knew: the others are cut off from each other just as well.
            _log.warning("company_unknown", of=name, error=type(error).__name__)
        await asyncio.sleep(_LOOK_SECONDS)
