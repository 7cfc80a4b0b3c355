"""Reach: whether a chat can be written to, and what becomes of its messages while it can't.

`session.reach` is "" for a chat that can be written to, as far as we know; else:

- `shut`: the vendor has said that the window is closed, and the outbox has yet to act on it.
- `closed`: the window is closed. What is to be said is held back; the knock of this silence is made.
- `blocked`: the patient has blocked us or left. What is to be said is held back.

Whatever the patient does there ends all of them: the row of the inbox, and the held messages made
pending again, are one transaction, and its commit wakes the outbox. So nothing polls for it, and
what was held is sent before the answer to what the patient wrote: its ids are lower.

`message.kind`: `knock` says that there is news, from outside the window; `nudge` is of no use any
more once the patient has written; `carried` did not arrive in another chat, where it is `moved`;
`everywhere` is said in each chat of the case by itself, so it is carried nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import OUTBOX, chat
from bot.store import codec
from bot.store.db import Row, wake
from bot.store.keyring import look_up
from bot.store.prepared import Prepared
from bot.store.schema import message, session
from bot.store.sealed import sealed
from bot.store.sqlite import is_elsewhere
from checklist.text import Text, _
from handlers.doorway import ID as DOORWAY
from handlers.replies import Reply

#: The kinds of outward messages that are not simply what was said.
KNOCK, NUDGE, CARRIED, EVERYWHERE = "knock", "nudge", "carried", "everywhere"

ON_THE_PAGE: Text = _(
    "There is something new in your case. It is on the page where you wrote to me last. "
    "If you can't find that page, write to me here."
)
NEWS: Text = _("There is news about your case. Please reply to read it.")

#: Seconds between two knocks in one silence.
_KNOCKS_APART = 7 * 24 * 3600.0

_WAITING = message.c.state.in_(("pending", "sending", "unknown"))


async def hold(tx: AsyncConnection, row: Row, reach: str, reason: str) -> Sequence[int] | None:
    """Hold back what waits to be said in the chat of `row`, as the outbox read it, but its knock.

    The ids of what was held now. None where the patient has written meanwhile: then nothing is
    held. `reason` is kept with the message itself, for coordinators.
    """
    if not await _mark(tx, row, reach):
        return None
    mine = sa.and_(message.c.session_id == row.session_id, _WAITING, message.c.kind != KNOCK)
    held = sa.update(message).where(mine).values(state="held").returning(message.c.id)
    ids = sorted((await tx.execute(held)).scalars())
    if reason:
        why = sa.update(message).where(message.c.id == row.id)
        await tx.execute(why.values(reason=reason))
    return ids


async def _mark(tx: AsyncConnection, row: Row, reach: str) -> bool:
    seen = session.c.last_inbound_at.is_not_distinct_from(row.last_inbound_at)
    mine = sa.update(session).where(session.c.id == row.session_id, seen)
    return bool((await tx.execute(mine.values(reach=reach))).rowcount)


async def is_worth_a_knock(tx: AsyncConnection, row: Row, held: Sequence[int], now: float) -> bool:
    """Whether what was held now calls for one more knock in a silence that had its own.

    That is what all chats are told of their case, such as that it is erased soon; not twice in a week.
    """
    weighty = sa.exists().where(message.c.id.in_(held), message.c.kind == EVERYWHERE)
    knocked = sa.exists().where(
        message.c.session_id == row.session_id,
        message.c.kind == KNOCK,
        message.c.created_at > now - _KNOCKS_APART,
    )
    return bool((await tx.execute(sa.select(sa.and_(weighty, ~knocked)))).scalar())


async def knock(tx: AsyncConnection, row: Row, now: float) -> None:
    """Have one knock sent to the chat of `row`."""
    reply = Reply(step=KNOCK, turn=0, text=(NEWS,))
    to = (row.session_id, row.channel)
    await _add(tx, row.case_id, row.cause, to, now, kind=KNOCK, body=codec.dump(reply))


async def _add(
    tx: AsyncConnection,
    case_id: str,
    cause: int,
    to: tuple[str, str],
    now: float,
    *,
    kind: str,
    body: str,
    state: str = "pending",
) -> None:
    same = sa.and_(message.c.cause == cause, message.c.direction == "out")
    n = sa.select(sa.func.coalesce(sa.func.max(message.c.n), 0) + 1).where(same)
    values = {
        "case_id": case_id,
        "session_id": to[0],
        "channel": to[1],
        "direction": "out",
        "cause": cause,
        "n": n.scalar_subquery(),
        "body": sealed(case_id, body),
        "state": state,
        "kind": kind,
        "due_at": now,
        "created_at": now,
    }
    await tx.execute(sa.insert(message).values(**values))
    wake(tx, OUTBOX)
    wake(tx, chat(to[0]))


async def move(tx: AsyncConnection, message_id: int, channels: Collection[str], now: float) -> bool:
    """Say in another chat of the case what could not be delivered; False where there is none.

    That is this message, where it failed, and what its chat holds back. `channels` are those on
    which it may be said. In its own chat it is given up. What was moved before isn't moved again,
    and a knock belongs to its own chat, as does what is said everywhere.
    """
    rows = (await tx.execute(_undelivered(message_id))).all()
    at = rows[0] if rows else None
    to = await _other_chat(tx, at.case_id, at.session_id, channels) if at else None
    if to is None:
        return False
    for row in rows:
        given_up = sa.update(message).where(message.c.id == row.id)
        await tx.execute(given_up.values(state="moved"))
        if row.kind != NUDGE:
            await _add(tx, row.case_id, row.cause, to, now, kind=CARRIED, body=row.body)
    return True


def _undelivered(message_id: int) -> sa.Select[Any]:
    """This message, where it failed, and what its chat holds back of its case, oldest first."""
    chat_of = sa.select(message.c.session_id).where(message.c.id == message_id)
    case_of = sa.select(message.c.case_id).where(message.c.id == message_id)
    this = sa.and_(message.c.id == message_id, message.c.state == "failed")
    return (
        sa.select(
            message.c.id,
            message.c.case_id,
            message.c.session_id,
            message.c.cause,
            message.c.body,
            message.c.kind,
        )
        .where(
            message.c.session_id == chat_of.scalar_subquery(),
            # Since then the chat may belong to another one.
            message.c.case_id == case_of.scalar_subquery(),
            sa.or_(this, message.c.state == "held"),
            message.c.kind.not_in((KNOCK, CARRIED, EVERYWHERE)),
            message.c.body.is_not(None),
        )
        .order_by(message.c.id)
    )


async def _other_chat(
    tx: AsyncConnection, case_id: str, but: str, channels: Collection[str]
) -> tuple[str, str] | None:
    """The id and channel of the chat of the case in which was written last, but for this one."""
    query = sa.select(session.c.id, session.c.channel).where(
        session.c.case_id == case_id,
        session.c.id != but,
        session.c.reach == "",
        session.c.channel.in_(channels),
    )
    last = session.c.last_inbound_at.desc().nulls_last()
    found = (await tx.execute(query.order_by(last, session.c.created_at.desc()).limit(1))).first()
    return None if found is None else (found.id, found.channel)


# ---- what a chat may not carry -----------------------------------------------------------------


async def say_elsewhere(
    tx: AsyncConnection,
    *,
    case_id: str,
    session_id: str,
    channel: str,
    cause: int,
    reply: Reply,
    channels: Collection[str],
    now: float,
) -> None:
    """Say what this chat may not carry in another one of the case, or keep it for the next to join."""
    to = await _other_chat(tx, case_id, session_id, channels)
    state, kind = ("kept", "") if to is None else ("pending", CARRIED)
    here = (session_id, channel)
    body = codec.dump(reply)
    await _add(tx, case_id, cause, to or here, now, kind=kind, body=body, state=state)


async def hand_over(tx: AsyncConnection, case_id: str, to: tuple[str, str], now: float) -> None:
    """Say in a chat that has joined a case what was kept for it."""
    kept = sa.update(message).where(message.c.case_id == case_id, message.c.state == "kept")
    new = {"session_id": to[0], "channel": to[1], "state": "pending", "due_at": now}
    await tx.execute(kept.values(**new))
    wake(tx, OUTBOX)


async def say_kept(tx: AsyncConnection, channels: Collection[str], now: float) -> None:
    """Say where it was kept what may be said there by now: the operator has changed it."""
    kept = sa.and_(message.c.state == "kept", message.c.channel.in_(channels))
    await tx.execute(sa.update(message).where(kept).values(state="pending", due_at=now))
    wake(tx, OUTBOX)


# ---- a page that nobody looks at ----------------------------------------------------------------


async def ring(
    tx: AsyncConnection,
    *,
    case_id: str,
    session_id: str,
    channels: Collection[str],
    cause: int,
    now: float,
) -> None:
    """Say in another chat of the case that there is something to read on the page, without what.

    `channels` are those that ring when something is said. Once, until the patient writes anywhere.
    """
    to = await _other_chat(tx, case_id, session_id, channels)
    if to is None:
        return
    last = sa.select(sa.func.max(session.c.last_inbound_at)).where(session.c.case_id == case_id)
    rung = sa.exists().where(
        message.c.session_id == to[0],
        message.c.kind == NUDGE,
        message.c.created_at > sa.func.coalesce(last.scalar_subquery(), 0.0),
    )
    if not (await tx.execute(sa.select(rung))).scalar():
        body = codec.dump(Reply(step=DOORWAY, turn=0, text=(ON_THE_PAGE,)))
        await _add(tx, case_id, cause, to, now, kind=NUDGE, body=body)


# ---- the patient has blocked us ----------------------------------------------------------------


async def chat_at(tx: AsyncConnection, channel: str, address: str) -> Row | None:
    """The `id` and `case_id` of a chat, None where there is none."""
    query = sa.select(session.c.id, session.c.case_id)
    mine = (session.c.channel == channel, session.c.address_hash == look_up(channel, address))
    found: Row | None = (await tx.execute(query.where(*mine))).first()
    return found


async def blocked(tx: AsyncConnection, session_id: str) -> None:
    """Nothing gets through to a chat until the patient does something there.

    What waits for it is the outbox's to hold back and to tell of.
    """
    chat_ = sa.update(session).where(session.c.id == session_id)
    await tx.execute(chat_.values(reach="blocked"))
    wake(tx, OUTBOX)


# ---- the patient has written -------------------------------------------------------------------

_HERE = (
    session.c.channel == sa.bindparam("in_channel"),
    session.c.address_hash == sa.bindparam("at_address"),
)
_LOCK = Prepared(sa.select(session.c.id).where(*_HERE).with_for_update())
_HEARD = Prepared(
    sa.update(session)
    .where(*_HERE)
    # What the vendor's list brings may be older than what its webhook brought.
    .values(
        last_inbound_at=sa.case(
            (session.c.last_inbound_at > sa.bindparam("heard_at"), session.c.last_inbound_at),
            else_=sa.bindparam("heard_at"),
        )
    )
    .returning(session.c.id, session.c.reach)
)


async def listen(tx: AsyncConnection, channel: str, address: str) -> None:
    """Wait until the turn under way in a chat is over: the chat may belong to another case then.

    SQLite has one writer, so there none is.
    """
    if is_elsewhere(tx):
        await _LOCK.first(tx, {"in_channel": channel, "at_address": look_up(channel, address)})


async def heard(tx: AsyncConnection, channel: str, address: str, at: float) -> bool:
    """The patient has written: the chat can be written to, and what was held is sent, in order.

    Whether it is the first word after a knock.
    """
    here = look_up(channel, address)
    values = {"in_channel": channel, "at_address": here, "heard_at": at}
    row = await _HEARD.first(tx, values)
    if row is None or not row.reach:
        return False
    await tx.execute(sa.update(session).where(session.c.id == row.id).values(reach=""))
    held = sa.and_(message.c.session_id == row.id, message.c.state == "held")
    stale = sa.and_(held, message.c.kind == NUDGE)
    unsaid = sa.and_(
        message.c.session_id == row.id, message.c.kind == KNOCK, message.c.state == "pending"
    )
    await tx.execute(sa.update(message).where(sa.or_(stale, unsaid)).values(state="withheld"))
    again = {"state": "pending", "due_at": at, "attempts": 0}
    await tx.execute(sa.update(message).where(held).values(**again))
    wake(tx, OUTBOX)
    return bool(row.reach == "closed")
