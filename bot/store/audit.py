"""The audit trail: who did what to which object, and when; never what was said or sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.prepared import Prepared
from bot.store.schema import audit

_ADD = Prepared(sa.insert(audit), ("case_id", "at", "actor", "action", "object"))


async def add(
    tx: AsyncConnection, *, case_id: str, at: float, actor: str, action: str, object: str = ""
) -> None:
    """Put one event on record; `object` is an id."""
    values = {"case_id": case_id, "at": at, "actor": actor, "action": action, "object": object}
    await _ADD.run(tx, values)


async def add_many(tx: AsyncConnection, events: Sequence[dict[str, Any]]) -> None:
    """Put events on record: dictionaries of what `add` takes."""
    if events:
        await _ADD.run_many(tx, events)


async def trail(tx: AsyncConnection, case_id: str) -> Sequence[Row]:
    """The events of a case, oldest first: at, actor, action, object."""
    query = sa.select(audit.c.at, audit.c.actor, audit.c.action, audit.c.object)
    return (await tx.execute(query.where(audit.c.case_id == case_id).order_by(audit.c.id))).all()
