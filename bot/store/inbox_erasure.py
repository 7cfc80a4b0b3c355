"""What an erasure does to the inbox: it empties what was read, and keeps what is still to be read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.codec import BROKEN
from bot.store.db import Row
from bot.store.inbox import INTERNAL, RECORD_INDEXED
from bot.store.schema import inbox as table
from bot.store.sealed import EMPTY, maybe_broken, sealed


async def scrub(tx: AsyncConnection, case_id: str, *, this: int) -> Sequence[Row]:
    """Empty what a case sent, `this` row included. Channel and raw text of what may name files.

    Those are of rows that were given up, and of what was found in the case's files: it came before
    the wish to be erased, and is not to be read any more. All else that is still to be read stays.
    """
    mine = table.c.case_id == case_id
    new = (table.c.channel == INTERNAL, table.c.state == "new", table.c.id != this)
    # One that is damaged must not keep all others from being erased.
    raw = maybe_broken(table.c.raw)
    waiting = (await tx.execute(sa.select(table.c.id, raw).where(mine, *new))).all()
    found = [row.id for row in waiting if _kind_of(row.raw) == RECORD_INDEXED]
    unheard = sa.or_(table.c.state == "dead", table.c.id.in_(found))
    kept = (await tx.execute(sa.select(table.c.channel, raw).where(mine, unheard))).all()
    over = sa.or_(table.c.state == "done", unheard)
    await tx.execute(sa.update(table).where(mine, over).values(raw=EMPTY, state="done"))
    await tx.execute(sa.update(table).where(mine, table.c.id == this).values(raw=EMPTY))
    return kept


def _kind_of(raw: str) -> str:
    """What an update calls itself, "" for what can't be read."""
    with suppress(ValueError):
        update = json.loads(raw)
        return str(update.get("kind", "")) if isinstance(update, dict) else ""
    return ""


async def seal_again(tx: AsyncConnection, case_id: str) -> None:
    """Seal what is still to be read of a case with its newest key."""
    query = sa.select(table.c.id, maybe_broken(table.c.raw)).where(table.c.case_id == case_id)
    for row in (await tx.execute(query.where(table.c.raw != EMPTY))).all():
        if row.raw == BROKEN:
            continue
        mine = sa.update(table).where(table.c.id == row.id)
        await tx.execute(mine.values(raw=sealed(case_id, row.raw)))
