"""Bring a database to a revision: `second-opinion migrate`.

A server never changes a PostgreSQL's tables by itself: while processes are replaced one by one, the
operator says when. A migration leaves the version before it working: what it adds, that one doesn't
look at, and what is no longer needed is dropped a release later.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import Signals
from bot.store import migrations
from bot.store.db import engine_for
from bot.store.engine import SchemaError
from bot.store.keyring import MARK
from bot.store.schema import cases, inbox, message, session
from bot.store.sealing import as_stored

#: The revision that brought keys; going back from it drops them.
_KEYS = "0030"


async def migrate(where: Path | str, to: str = "") -> str:
    """Bring a database to the newest revision, or back to revision `to`; the one it is at then.

    It is one transaction, which waits for those under way and holds up those that come: all of it
    happens, or nothing. Raises SchemaError for a revision that this version doesn't know.
    """
    newest = migrations.newest() or ""
    to = to or newest
    known = migrations.all_of_them()
    if to not in known:
        raise SchemaError(f"there is no revision {to}: the known ones are {', '.join(known)}")
    engine = engine_for(where, Signals())

    async def move(tx: AsyncConnection) -> None:
        now = await tx.run_sync(migrations.current)
        if now is not None and now not in known:
            raise SchemaError(
                f"the database is at revision {now}, which this version of the program doesn't "
                f"know: its newest is {newest}"
            )
        if now is not None and to < now:
            if to < _KEYS <= now and await _is_sealed(tx):
                raise SchemaError(
                    f"at revision {to} there are no keys, and what is sealed could be read by nobody "
                    "any more: run `second-opinion keys open` first, with every program stopped"
                )
            await migrations.downgrade(tx, to)
        else:
            await migrations.upgrade(tx, to)

    try:
        await engine.write(move, synced=True, about=None, wait=True)
    finally:
        await engine.close()
    return to


async def _is_sealed(tx: AsyncConnection) -> bool:
    """Whether anything is sealed, of what there is in every version."""
    for stored in map(as_stored, (session.c.address, cases.c.body, inbox.c.raw, message.c.body)):
        there = sa.select(sa.exists().where(stored.startswith(MARK)))
        if (await tx.execute(there)).scalar():
            return True
    return False
