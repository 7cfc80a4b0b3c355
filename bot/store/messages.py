"""Messages: both sides of every chat, which are its transcript and, outward, what is yet to send.

`state` of an outward message: `pending`, then `sending` while the channel is asked, then `sent`;
`unknown` where it may have arrived, `failed` where it can't; `held` while its chat can't be written to,
`kept` where it may not carry it, and `moved` where it was said in another one (see reach.py);
`withheld` where nobody is to read it any more: the case was erased, or it is stale.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import OUTBOX, chat
from bot.store import codec
from bot.store.db import Database, Row, wake
from bot.store.prepared import Prepared
from bot.store.reach import EVERYWHERE, NUDGE
from bot.store.schema import inbox, message, session
from bot.store.sealed import maybe_broken, maybe_sealed, sealed
from handlers.replies import Reply
from handlers.updates import InboundMessage

#: Outward messages that are still to be dealt with.
WAITING = ("pending", "sending", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a transcript.

    `said` is what the patient sent, `reply` what we answered and `rendered` its words as JSON once
    it was sent; all are None where it was erased.
    """

    id: int
    at: datetime
    state: str
    said: InboundMessage | None = None
    reply: Reply | None = None
    rendered: str | None = None


async def transcript(db: Database, session_id: str, after_id: int = 0) -> list[Line]:
    """What was said in a chat after a message, oldest first; what is not sent yet is in it too."""
    query = (
        sa.select(message)
        .where(message.c.session_id == session_id, message.c.id > after_id)
        .order_by(message.c.id)
    )

    async def work(tx: AsyncConnection) -> list[Line]:
        return [_line(row) for row in await tx.execute(query)]

    return await db.read(work)


def _line(row: Row) -> Line:
    at = codec.moment(row.created_at)
    if row.body is None:
        return Line(id=row.id, at=at, state=row.state)
    if row.direction == "in":
        said = codec.load(InboundMessage, row.body)
        return Line(id=row.id, at=at, state=row.state, said=said)
    reply = codec.load(Reply, row.body)
    return Line(id=row.id, at=at, state=row.state, reply=reply, rendered=row.rendered)


# ---- what a turn writes ------------------------------------------------------------------------

_WRITTEN = (
    "case_id",
    "session_id",
    "channel",
    "direction",
    "cause",
    "n",
    "body",
    "state",
    "kind",
    "due_at",
    "created_at",
)
_ADD = Prepared(sa.insert(message), _WRITTEN)


async def add_turn(
    tx: AsyncConnection,
    *,
    case_id: str,
    session_id: str,
    channel: str,
    cause: int,
    said: InboundMessage | None,
    replies: Sequence[Reply],
    now: float,
    keep_words: bool = True,
) -> None:
    """Write what was said and what is to be answered, in one statement.

    Without `keep_words` the patient's message leaves only the fact that there was one.
    """
    same = {
        "case_id": case_id,
        "session_id": session_id,
        "channel": channel,
        "cause": cause,
        "due_at": now,
        "created_at": now,
    }
    rows = [
        {**same, "direction": "out", "n": n, "state": "pending", **_written(case_id, reply)}
        for n, reply in enumerate(replies)
    ]
    if said is not None:
        words = sealed(case_id, codec.dump(said)) if keep_words else None
        rows.insert(
            0, {**same, "direction": "in", "n": 0, "state": "received", "kind": "", "body": words}
        )
    if not rows:
        return
    await _ADD.run_many(tx, rows)
    wake(tx, chat(session_id))
    if replies:
        wake(tx, OUTBOX)


def _written(case_id: str, reply: Reply) -> dict[str, Any]:
    body = sealed(case_id, codec.dump(reply))
    return {"body": body, "kind": NUDGE if reply.nudge else EVERYWHERE if reply.everywhere else ""}


async def scrub(tx: AsyncConnection, case_id: str) -> None:
    """Forget the words of a case's messages; those not sent yet are never sent."""
    mine = message.c.case_id == case_id
    unsent = message.c.state.in_((*WAITING, "held", "kept"))
    await tx.execute(sa.update(message).where(mine, unsent).values(state="withheld"))
    await tx.execute(sa.update(message).where(mine).values(body=None, rendered=None))
    # A page that shows them is to forget them too, also that of another chat of the case.
    chats = await tx.execute(sa.select(message.c.session_id).distinct().where(mine))
    for session_id in chats.scalars():
        wake(tx, chat(session_id))


async def external_ids(tx: AsyncConnection, case_id: str, *, since: float) -> dict[str, list[str]]:
    """By the chats of a case, what its vendor calls the messages, ours and the patient's.

    On Telegram since then: older ones it does not delete.
    """
    # Of other channels there is no limit, and what a vendor keeps is asked for however old it is.
    young = sa.or_(message.c.channel != "telegram", message.c.created_at >= since)
    recent = (message.c.case_id == case_id, young)
    found: dict[str, list[str]] = {}
    ours = sa.select(message.c.session_id, message.c.external_id)
    for row in await tx.execute(ours.where(*recent, message.c.external_id.is_not(None))):
        ids = json.loads(row.external_id)
        found.setdefault(row.session_id, []).extend(str(one) for one in ids)
    theirs = sa.select(message.c.session_id, inbox.c.external_id).join(
        inbox, sa.and_(inbox.c.id == message.c.cause, inbox.c.session_id == message.c.session_id)
    )
    theirs = theirs.where(*recent, message.c.direction == "in", inbox.c.channel != "internal")
    for row in await tx.execute(theirs):
        found.setdefault(row.session_id, []).append(row.external_id)
    return found


# ---- what the outbox reads and writes ----------------------------------------------------------

_waiting = sa.text("message.state IN ('pending', 'sending', 'unknown')")
_HEADS = (
    sa.select(message.c.session_id, sa.func.min(message.c.id).label("id"))
    .where(_waiting)
    .group_by(message.c.session_id)
    .subquery()
)
_CHATS = Prepared(
    sa.select(message.c.session_id, message.c.channel, message.c.due_at).join(
        _HEADS, _HEADS.c.id == message.c.id
    )
)
_QUEUE = Prepared(
    sa.select(
        message.c.id,
        message.c.case_id,
        message.c.session_id,
        message.c.channel,
        # One that is damaged fails, and holds up no other.
        maybe_broken(message.c.body),
        message.c.rendered,
        message.c.state,
        message.c.attempts,
        message.c.doubts,
        message.c.due_at,
        message.c.external_id,
        message.c.kind,
        message.c.cause,
        session.c.address,
        session.c.locale,
        session.c.reach,
        session.c.last_inbound_at,
    )
    .join(session, session.c.id == message.c.session_id)
    .where(message.c.session_id == sa.bindparam("session"), _waiting)
    .order_by(message.c.id)
    .limit(sa.bindparam("most"))
)


async def chats_waiting(tx: AsyncConnection) -> Sequence[Row]:
    """Chats with something to send: session_id, channel, and due_at of their oldest message."""
    return await _CHATS.all(tx, {})


async def queue(tx: AsyncConnection, session_id: str, most: int = 50) -> Sequence[Row]:
    """What a chat has yet to be sent, oldest first, with the chat's address and locale."""
    return await _QUEUE.all(tx, {"session": session_id, "most": most})


async def change(tx: AsyncConnection, row: Row, **values: Any) -> bool:
    """Change an outward message that still waits; False when it doesn't, and nothing is changed.

    Nor is it where another process has begun to send it since the row was read.
    """
    which = {"row": row.id, "tried": row.attempts}
    if "rendered" in values:
        values["rendered"] = maybe_sealed(row.case_id, values["rendered"])
    changed = await _change(tuple(values)).run(tx, {**values, **which})
    if values.get("state") in ("sent", "failed"):
        wake(tx, chat(row.session_id))
    return bool(changed)


@cache
def _change(columns: tuple[str, ...]) -> Prepared:
    new: dict[str, Any] = {column: sa.bindparam(column) for column in columns}
    mine = (message.c.id == sa.bindparam("row"), message.c.attempts == sa.bindparam("tried"))
    return Prepared(sa.update(message).where(*mine, _waiting).values(new))


async def interrupted(tx: AsyncConnection) -> Sequence[Row]:
    """What was being sent when a process ended: id, case_id, session_id, attempts, doubts."""
    query = sa.select(
        message.c.id,
        message.c.case_id,
        message.c.session_id,
        message.c.attempts,
        message.c.doubts,
    )
    return (await tx.execute(query.where(message.c.state == "sending"))).all()


async def unsent(tx: AsyncConnection, session_id: str) -> int:
    """How many messages of a chat are still to be sent."""
    query = sa.select(sa.func.count()).where(message.c.session_id == session_id, _waiting)
    return int((await tx.execute(query)).scalar_one())
