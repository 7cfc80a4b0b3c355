"""Set aside: rows of the inbox that could not be dealt with, kept for the operator."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import INBOX
from bot.store import case_keys
from bot.store.codec import BROKEN
from bot.store.db import Row, wake
from bot.store.inbox import AGAIN, InboxId
from bot.store.own_keys import UNREAD
from bot.store.schema import inbox as table
from bot.store.schema import set_aside as aside
from bot.store.sealed import EMPTY, maybe_broken, sealed

#: For how many seconds what names no chat is kept: an erasure finds it only where it names a person.
_UNREAD_KEPT: Final = 30 * 24 * 3600.0


async def keep_unread(
    tx: AsyncConnection, *, channel: str, raw: str, reason: str, at: float
) -> None:
    """Keep what has come and names no chat, for the operator; delivered again it is kept once.

    `raw` is JSON as it came.
    """
    own = UNREAD + hashlib.sha256(raw.encode()).hexdigest()[:32]
    new = {
        "channel": channel,
        "external_id": own,
        "session_id": "",
        "case_id": "",
        "raw": sealed(own, raw),
        "state": "dead",
        "received_at": at,
    }
    once = (
        insert(table)
        .values(**new)
        .on_conflict_do_nothing(index_elements=[table.c.channel, table.c.external_id])
    )
    row = (await tx.execute(once.returning(table.c.id))).first()
    if row is not None:
        await tx.execute(sa.insert(aside).values(inbox_id=row.id, reason=reason, at=at))


async def forget_unread(tx: AsyncConnection, now: float) -> None:
    """Forget what named no chat, thirty days after it has come."""
    await _forget(tx, table.c.received_at < now - _UNREAD_KEPT)


async def forget_naming(tx: AsyncConnection, words: Sequence[str]) -> None:
    """Forget what named no chat, and holds one of these words: where an erased person was reached.

    What can't be read may hold them too, and goes with it.
    """
    if not words:
        return
    there = await tx.execute(sa.select(table.c.id, maybe_broken(table.c.raw)).where(_IS_UNREAD))
    ids = [row.id for row in there if row.raw == BROKEN or any(one in row.raw for one in words)]
    await _forget(tx, table.c.id.in_(ids))


async def _forget(tx: AsyncConnection, which: sa.ColumnElement[bool]) -> None:
    """Delete such rows, and destroy their keys."""
    gone = sa.delete(table).where(_IS_UNREAD, which).returning(table.c.id, table.c.external_id)
    rows = (await tx.execute(gone)).all()
    await tx.execute(sa.delete(aside).where(aside.c.inbox_id.in_([row.id for row in rows])))
    await case_keys.destroy(tx, [row.external_id for row in rows])


_IS_UNREAD = sa.and_(
    table.c.external_id.startswith(UNREAD), table.c.case_id == "", table.c.state == "dead"
)


async def set_aside(
    tx: AsyncConnection, row_id: int, *, attempts: int, reason: str, at: float
) -> bool:
    """Count a failed try, after so many, and give the row up. False when somebody else has tried it.

    `reason` is for the operator, without words.
    """
    mine = (table.c.id == row_id, table.c.attempts == attempts, table.c.state == "new")
    dead = sa.update(table).where(*mine).values(attempts=attempts + 1, state="dead")
    if not (await tx.execute(dead)).rowcount:
        return False
    await tx.execute(sa.insert(aside).values(inbox_id=row_id, reason=reason, at=at))
    return True


_DEAD = (
    sa.select(
        table.c.id,
        table.c.channel,
        table.c.case_id,
        table.c.received_at,
        table.c.attempts,
        maybe_broken(table.c.raw),
        aside.c.reason,
        aside.c.at,
    )
    .select_from(table.outerjoin(aside, aside.c.inbox_id == table.c.id))
    .where(table.c.state == "dead")
    .order_by(table.c.id)
)


async def dead(tx: AsyncConnection) -> Sequence[Row]:
    """The rows that were given up, oldest first.

    id, channel, case_id, received_at, attempts, raw, and reason and at (None for old ones).
    """
    return (await tx.execute(_DEAD)).all()


async def dead_row(tx: AsyncConnection, row_id: int) -> Row | None:
    """One of them."""
    return (await tx.execute(_DEAD.where(table.c.id == row_id))).first()


async def revive(tx: AsyncConnection, row_id: int) -> InboxId | None:
    """Try a row once more that was given up: it comes as a new one.

    None when there is no such row, or when it names no chat.

    The old one has its place in the case, and its apology hangs on it; as a new one it holds up
    nobody, and what comes of it is told of once.
    """
    row = (await tx.execute(sa.select(table).where(_is_dead(row_id)))).first()
    if row is None or not row.session_id:
        return None
    new = {
        "channel": row.channel,
        "external_id": f"{AGAIN}{row.id}:{row.external_id}",
        "session_id": row.session_id,
        "case_id": row.case_id,
        "raw": sealed(row.case_id, row.raw),
        "received_at": row.received_at,
    }
    await tx.execute(sa.update(table).where(_is_dead(row_id)).values(raw=EMPTY, state="done"))
    wake(tx, INBOX)
    made = await tx.execute(insert(table).values(**new).returning(table.c.id))
    return InboxId(made.scalar_one())


def _is_dead(row_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.id == row_id, table.c.state == "dead")
