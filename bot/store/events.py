"""Events: what happened to cases, for other systems, in the order in which it was committed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.schema import event as table

#: How long an event can be asked for.
KEPT_SECONDS = 90 * 86400.0

#: PostgreSQL's number for the lock of this table ("events"); no other part has one like it.
_LOCK = 0x6576656E7473


async def add(
    tx: AsyncConnection, *, case_id: str, type: str, body: Mapping[str, object], at: float
) -> int:
    """Put an event on record, once and for all; its number.

    Nothing else may be waited for after this in the same transaction: see `_in_order`.
    """
    await _in_order(tx)
    values = {
        "uid": f"evt_{secrets.token_hex(12)}",
        "case_id": case_id,
        "type": type,
        "body": json.dumps(body, separators=(",", ":")),
        "at": at,
    }
    added = await tx.execute(sa.insert(table).values(**values).returning(table.c.id))
    return int(added.scalar_one())


async def _in_order(tx: AsyncConnection) -> None:
    """On a server a number is drawn before the commit: the next waits until this one is visible.

    Otherwise who asks for what is new would get 5, go on after it, and never see a late 4.
    """
    if tx.dialect.name == "postgresql":
        await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


async def since(
    tx: AsyncConnection, after: int, limit: int, types: Sequence[str] = ()
) -> Sequence[Row]:
    """The events after that number, every column of the table, oldest first."""
    query = sa.select(table).where(table.c.id > after)
    if types:
        query = query.where(table.c.type.in_(types))
    return (await tx.execute(query.order_by(table.c.id).limit(limit))).all()


async def scrub(tx: AsyncConnection, case_id: str) -> None:
    """Forget the events of a case."""
    await tx.execute(sa.delete(table).where(table.c.case_id == case_id))


async def forget_old(tx: AsyncConnection, now: float) -> None:
    """Forget what nobody can ask for any more."""
    await tx.execute(sa.delete(table).where(table.c.at < now - KEPT_SECONDS))
