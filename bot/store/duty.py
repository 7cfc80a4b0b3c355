"""Duties: what only one of several processes may do at a time, taken over when that one dies.

Whoever holds the duty's lock does it. The lock lives as long as a connection that does nothing else, so
that PostgreSQL lets go of it when the process ends, however it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import psycopg
import structlog

_log = structlog.get_logger(__name__)

#: How often whoever is on duty sees whether the database still knows.
_LOOK_SECONDS = 5.0
_PAUSE_SECONDS = 1.0

Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]


async def on_duty(
    connect: Connect, name: str, key: int, work: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Do `work` whenever no other process does, until it ends or this is cancelled."""
    while True:
        try:
            async with await connect() as connection:
                # This waits for as long as another process is alive.
                await connection.execute("SELECT pg_advisory_lock(%s)", (key,))
                _log.info("duty_begun", duty=name)
                return await _while_held(connection, work)
        except (psycopg.Error, OSError, TimeoutError) as error:
            _log.warning("duty_interrupted", duty=name, error=type(error).__name__)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _while_held(
    connection: psycopg.AsyncConnection[Any], work: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    doing = asyncio.create_task(work())
    try:
        while not (await asyncio.wait({doing}, timeout=_LOOK_SECONDS))[0]:
            async with asyncio.timeout(_LOOK_SECONDS):
                await connection.execute("SELECT 1")
        await doing
    finally:
        # Another process may begin in this moment.
        doing.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await doing
