"""Leaving: a chat that is no part of a case any more, and what was on its way between the two.

`session.case_id` is the one place that says to which case a chat belongs. A row of the inbox that
names a chat and another case than that came from before, and is led right when its turn comes:
`lead_right`. What was said stays with the case, for its coordinators.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import INBOX, chat
from bot.store import chat_codes, inbox
from bot.store.db import Row, wake
from bot.store.messages import WAITING
from bot.store.schema import inbox as inbox_table
from bot.store.schema import link, message, session
from bot.store.sealed import EMPTY, sealed


async def others(tx: AsyncConnection, case_id: str, but: str) -> Sequence[str]:
    """The chats of a case but this one."""
    query = sa.select(session.c.id).where(session.c.case_id == case_id, session.c.id != but)
    return (await tx.execute(query.order_by(session.c.created_at))).scalars().all()


async def take_out(
    tx: AsyncConnection, session_id: str, case_id: str, new: str, now: float
) -> str | None:
    """Have a chat belong to the case `new`; its locale, None where it is no part of `case_id`.

    Nothing that waits to be said there is said any more, its codes end and so do its own links;
    links that a coordinator made there for others go on in another chat.
    """
    mine = sa.update(session).where(session.c.id == session_id, session.c.case_id == case_id)
    again = await chat_codes.sealed_for(tx, session_id, new)
    moved = mine.values(case_id=new, writer="", **again).returning(session.c.locale)
    locale: str | None = (await tx.execute(moved)).scalar()
    if locale is None:
        return None
    unsaid = sa.and_(
        message.c.session_id == session_id,
        message.c.case_id == case_id,
        # What is on its way arrives; it is not tried again.
        message.c.state.in_((*WAITING, "held")),
    )
    await tx.execute(sa.update(message).where(unsaid).values(state="withheld"))
    await chat_codes.revoke(tx, session_id)
    theirs = (link.c.session_id == session_id, link.c.case_id == case_id)
    own = sa.update(link).where(*theirs, link.c.name == "", link.c.revoked_at.is_(None))
    await tx.execute(own.values(revoked_at=now))
    other = await inbox.latest_session(tx, case_id)
    if other is not None:
        await tx.execute(sa.update(link).where(*theirs).values(session_id=other))
        await _keep_for(tx, session_id, case_id, other)
    wake(tx, chat(session_id))
    return locale


async def _keep_for(tx: AsyncConnection, session_id: str, case_id: str, other: str) -> None:
    """What a chat could not carry, and is kept until one can, is kept for another chat of the case."""
    channel = sa.select(session.c.channel).where(session.c.id == other).scalar_subquery()
    kept = sa.update(message).where(
        message.c.session_id == session_id, message.c.case_id == case_id, message.c.state == "kept"
    )
    await tx.execute(kept.values(session_id=other, channel=channel))


async def behind(tx: AsyncConnection, session_id: str, case_id: str, *, this: int) -> None:
    """Put what people wrote in a chat, and nobody has read, behind what the chat was just told.

    It is read in the case that the chat belongs to now. `this` row is the one that is being read.
    """
    waits = (
        inbox_table.c.session_id == session_id,
        inbox_table.c.state == "new",
        inbox_table.c.channel != inbox.INTERNAL,
        inbox_table.c.id != this,
    )
    rows = (await tx.execute(sa.select(inbox_table).where(*waits).order_by(inbox_table.c.id))).all()
    if not rows:
        return
    await tx.execute(sa.delete(inbox_table).where(*waits))
    again = [{**row._mapping, "case_id": case_id, "raw": sealed(case_id, row.raw)} for row in rows]
    for values in again:
        values.pop("id")
    await tx.execute(sa.insert(inbox_table), again)


async def lead_right(tx: AsyncConnection, row: Row) -> None:
    """A row of the inbox whose chat has left its case since: what is in it goes where it belongs.

    What a person wrote there is theirs, and goes to the case that the chat has now; what happened
    inside belongs to the case, and is told to another chat of it. Its turn comes at once.
    """
    mine = sa.update(inbox_table).where(inbox_table.c.id == row.id)
    if row.channel != inbox.INTERNAL:
        raw = sealed(row.chat_case, row.raw)
        await tx.execute(mine.values(case_id=row.chat_case, raw=raw))
    elif (other := await inbox.latest_session(tx, row.case_id)) is not None:
        await tx.execute(mine.values(session_id=other))
    else:
        await tx.execute(mine.values(state="done", raw=EMPTY))
    wake(tx, INBOX)
