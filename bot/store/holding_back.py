"""Holding back: who writes more than anybody writes is heard more slowly, and loses nothing.

Each message of a chat is taken a minute after the one that came a hundred and twenty before it, at the
earliest. Two a second for a minute is more than a family types, and enough for whoever sends a hundred
photographs one by one. A flood waits in the inbox, at most for half a minute, so that the words which
come after it are heard the same minute; other chats are not held up by it. The rows are counted, so it holds
for several processes too.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.prepared import Prepared
from bot.store.schema import inbox as table

A_MINUTE: Final = 120
#: Whatever else happens to the case waits behind it, and it may be a cry for help.
LONGEST_SECONDS: Final = 30.0
#: The operator's own, and what comes from inside.
_UNLIMITED: Final = frozenset({"internal", "terminal"})

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
    return True
