"""Holding back: who writes more than anybody writes is heard more slowly, and loses nothing.

Each message of a chat is taken a minute after the one that came a hundred and twenty before it, at the
earliest. Two a second for a minute is more than a family types, and enough for whoever sends a hundred
photographs one by one. A flood waits in the inbox, at most for half a minute, so that the words which
come after it are heard the same minute; words that call for help are let go at once, with what stands before
them (`bot/cries.py`). Other chats are not held up by a flood. The rows are counted, so it holds for several
processes too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import HELD_BACK, INBOX
from bot.store.db import Row, wake
from bot.store.prepared import Prepared
from bot.store.schema import inbox as table

A_MINUTE: Final = 120
#: Whatever else happens to the case waits behind it, and it may be a cry for help.
LONGEST_SECONDS: Final = 30.0
#: The operator's own, and what comes from inside.
_UNLIMITED: Final = frozenset({"internal", "terminal"})

_NEW = table.c.state == sa.literal_column("'new'")
#: What is held back, and not what waits for another try.
_HELD = (_NEW, table.c.attempts == 0, table.c.channel.not_in(sorted(_UNLIMITED)))
_ABOUT = (
    *(table.c.id, table.c.channel, table.c.session_id, table.c.case_id),
    table.c.received_at,
)

_BEFORE = Prepared(
    sa.select(table.c.received_at, table.c.not_before)
    .where(table.c.session_id == sa.bindparam("session_id"), table.c.id < sa.bindparam("row"))
    .order_by(table.c.id.desc())
    .limit(1)
    .offset(A_MINUTE - 1)
)


async def hold_back(
    tx: AsyncConnection, row_id: int, session_id: str, channel: str, now: float
) -> bool:
    """Let a new row wait where its chat is too fast; whether it does."""
    if channel in _UNLIMITED:
        return False
    before = await _BEFORE.first(tx, {"session_id": session_id, "row": row_id})
    if before is None:
        return False
    free = max(before.received_at, before.not_before) + 60.0
    if free <= now:
        return False
    wait = min(free, now + LONGEST_SECONDS)
    await tx.execute(sa.update(table).where(table.c.id == row_id).values(not_before=wait))
    wake(tx, HELD_BACK)
    return True


async def before_all(tx: AsyncConnection) -> int:
    """A number before those of all rows whose turn is yet to come."""
    first = sa.select(sa.func.min(table.c.id)).where(_NEW)
    newest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))
    found: int | None = (await tx.execute(first)).scalar()
    return int((await tx.execute(newest)).scalar_one()) if found is None else found - 1


async def waiting(tx: AsyncConnection, after: int, now: float, most: int) -> Sequence[Row]:
    """What is held back, behind this number, the oldest first: id, channel, chat, case and time."""
    query = (
        sa.select(*_ABOUT)
        .where(table.c.id > after, *_HELD, table.c.not_before > now)
        .order_by(table.c.id)
        .limit(most)
    )
    return (await tx.execute(query)).all()


async def words_of(tx: AsyncConnection, row_id: int) -> str:
    """What a row holds, "" where it is gone. Raises BrokenSeal."""
    found: str | None = (
        await tx.execute(sa.select(table.c.raw).where(table.c.id == row_id))
    ).scalar()
    return found or ""


async def let_go(tx: AsyncConnection, case_id: str, row_id: int, now: float) -> int:
    """Let a row be taken now, and what is held back before it in its case; how many.

    No more than a minute brings, the oldest first: the order of a case stays as it is.
    """
    mine = (
        sa.select(table.c.id)
        .where(table.c.case_id == case_id, table.c.id <= row_id, *_HELD, table.c.not_before > now)
        .order_by(table.c.id)
        .limit(A_MINUTE)
    )
    free = sa.update(table).where(table.c.id.in_(mine))
    count = (await tx.execute(free.values(not_before=now))).rowcount
    wake(tx, INBOX)
    return count
