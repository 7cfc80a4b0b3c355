"""Checkpoints of the audit trail: now and then one vouches for the heads of all chains that have grown.

Checkpoints are a chain themselves. So a chain that was cut at its end is found, and a case whose events
are all gone, and a checkpoint that is gone; and who keeps the newest hash elsewhere can tell whether
everything was written anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.audit_chain import checkpoint_hash, heads_text
from bot.store.codec import moment, seconds
from bot.store.db import Database
from bot.store.schema_audit import audit_checkpoint, audit_head

#: How many heads one holds at most: about 100 kB of text.
_MOST_HEADS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One checkpoint, without the heads that it vouches for."""

    number: int
    at: datetime
    hash: str

    def line(self) -> str:
        """What an operator keeps elsewhere: its number, its time and its hash."""
        return f"{self.number}  {self.at.isoformat(timespec='seconds')}  {self.hash}"


async def checkpoint(db: Database, now: datetime) -> Checkpoint | None:
    """Vouch for what has grown since the last one; the newest, None where nothing ever happened."""

    async def work(tx: AsyncConnection) -> Checkpoint | None:
        while await _vouch(tx, seconds(now)):
            pass
        return await newest(tx)

    # It changes no case's rows but those that say what a checkpoint has seen, each by itself.
    return await db.write(work, about=["audit checkpoints"])


async def newest(tx: AsyncConnection) -> Checkpoint | None:
    """The newest checkpoint, or None."""
    query = sa.select(audit_checkpoint.c.number, audit_checkpoint.c.at, audit_checkpoint.c.hash)
    row = (await tx.execute(query.order_by(audit_checkpoint.c.number.desc()).limit(1))).first()
    return row and Checkpoint(number=row.number, at=moment(row.at), hash=row.hash)


async def _vouch(tx: AsyncConnection, at: float) -> int:
    """Make one for the next so many heads; how many there were."""
    grown = (
        sa.select(audit_head.c.case_id, audit_head.c.seq, audit_head.c.hash)
        .where(audit_head.c.seq > audit_head.c.checked)
        .order_by(audit_head.c.case_id)
        .limit(_MOST_HEADS)
    )
    found = [(row.case_id, row.seq, row.hash) for row in await tx.execute(grown)]
    if not found:
        return 0
    before = await newest(tx)
    number, heads = (before.number + 1 if before else 1), heads_text(found)
    hashed = checkpoint_hash(before.hash if before else "", number=number, at=at, heads=heads)
    values = {"number": number, "at": at, "heads": heads, "hash": hashed}
    await tx.execute(sa.insert(audit_checkpoint).values(**values))
    seen = (
        sa.update(audit_head)
        .where(audit_head.c.case_id == sa.bindparam("chain"))
        .values(checked=sa.bindparam("seen"), checkpoint=number)
    )
    await tx.execute(seen, [{"chain": case_id, "seen": seq} for case_id, seq, _ in found])
    return len(found)
