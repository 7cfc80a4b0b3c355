"""A writer that waits for its turn, so that it can be cancelled or overtaken just then."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Database, Work


async def _nothing(tx: AsyncConnection) -> None:
    return


@asynccontextmanager
async def held(db: Database, first: Work[None] = _nothing) -> AsyncIterator[None]:
    """Nobody else writes before the block ends; `first` is written before what waits by then."""
    free, begun = threading.Event(), threading.Event()

    async def hold(tx: AsyncConnection) -> None:
        begun.set()
        free.wait(60)
        await first(tx)

    holding = asyncio.create_task(db.write(hold))
    try:
        await asyncio.to_thread(begun.wait, 60)
        yield
    finally:
        free.set()
        await holding
        # First come, first served: what waited, also for a caller that is gone, is written now.
        await db.write(_nothing)


async def until_it_writes(task: asyncio.Task[Any]) -> None:
    """Return once the task waits for a transaction of its own."""
    async with asyncio.timeout(60):
        while "Database.write" not in _calls_of(task):
            assert not task.done()
            await asyncio.sleep(0.005)


def _calls_of(task: asyncio.Task[Any]) -> list[str]:
    names: list[str] = []
    inner: object = task.get_coro()
    while inner is not None:
        names.append(getattr(inner, "__qualname__", ""))
        inner = getattr(inner, "cr_await", None)
    return names
