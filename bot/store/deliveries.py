"""Deliveries: what a vendor reports of a message after it has taken it over.

Reports come in any order, more than once, and before the answer that tells us the vendor's id of the
message: all are kept, and the highest rank stands. Only what failed has a consequence, once.

The codes are Twilio's for WhatsApp: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import OUTBOX, chat
from bot.store import codec, inbox
from bot.store.db import Row, wake
from bot.store.reach import KNOCK
from bot.store.schema import delivery as table
from bot.store.schema import message, session
from handlers.updates import DeliveryFailed

State = Literal["queued", "sending", "sent", "delivered", "read", "failed", "undelivered"]

# A failure is only believed as long as nobody has said that the message arrived.
_RANKS: Mapping[str, int] = MappingProxyType(
    {"queued": 0, "sending": 1, "sent": 2, "undelivered": 3, "failed": 3, "delivered": 4, "read": 5}
)
_FAILED = ("failed", "undelivered")

#: The window is closed: the message is held back, and follows when the patient answers.
OUTSIDE_WINDOW = frozenset({"63016", "outside_window"})
#: The patient has blocked us or has said "stop": nothing will get through until they write.
BLOCKED = frozenset({"21610", "63033", "63014", "blocked"})
#: The vendor was too busy, or had trouble of its own: a while later it may take the same message.
BUSY = frozenset({"63018", "63010", "63012"})

# So often a message is sent in all, and seconds until it is sent again, doubled each time.
_TRIES, _PAUSE = 4, 30.0


async def note(
    tx: AsyncConnection, *, channel: str, external_id: str, state: State, code: str, at: float
) -> None:
    """Keep what was reported of a message, and act on it where it is a failure that is new.

    `external_id` is the vendor's own, `code` its word for what went wrong ("" for none).
    """
    found = await _put(tx, channel, external_id, state=state, code=code, at=at)
    if found is not None and state in _FAILED and found.message_id is not None:
        await _failed(tx, found.message_id, external_id, code, at)


async def sent(
    tx: AsyncConnection, *, channel: str, external_ids: Sequence[str], message_id: int, at: float
) -> None:
    """A message is known to the vendor by these ids; a failure reported before is acted on now."""
    for external_id in filter(None, external_ids):
        known = insert(table).values(
            channel=channel,
            external_id=external_id,
            message_id=message_id,
            state="queued",
            rank=_RANKS["queued"],
            at=at,
        )
        known = known.on_conflict_do_update(
            index_elements=["channel", "external_id"], set_={"message_id": message_id}
        )
        row = (await tx.execute(known.returning(table.c.state, table.c.code))).one()
        if row.state in _FAILED:
            await _failed(tx, message_id, external_id, row.code, at)


async def is_sent(tx: AsyncConnection, channel: str, external_id: str) -> bool:
    """Whether a message of ours is known to have this id of the vendor's."""
    mine = (table.c.channel == channel, table.c.external_id == external_id)
    query = sa.select(table.c.message_id).where(*mine, table.c.message_id.is_not(None))
    return (await tx.execute(query)).first() is not None


async def _put(
    tx: AsyncConnection, channel: str, external_id: str, *, state: State, code: str, at: float
) -> Row | None:
    """The row where this is news; None where as much or more was known."""
    new = insert(table).values(
        channel=channel,
        external_id=external_id,
        state=state,
        rank=_RANKS[state],
        code=code,
        at=at,
    )
    told = {name: new.excluded[name] for name in ("state", "rank", "code", "at")}
    new = new.on_conflict_do_update(
        index_elements=["channel", "external_id"],
        set_=told,
        where=table.c.rank < new.excluded.rank,
    )
    found: Row | None = (await tx.execute(new.returning(table.c.message_id))).first()
    return found


async def _failed(
    tx: AsyncConnection, message_id: int, external_id: str, code: str, at: float
) -> None:
    query = (
        sa.select(
            message.c.id,
            message.c.case_id,
            message.c.session_id,
            message.c.state,
            message.c.kind,
            message.c.sent_at,
            message.c.attempts,
            message.c.external_id,
            session.c.last_inbound_at,
            (session.c.case_id != message.c.case_id).label("has_left"),
        )
        .join(session, session.c.id == message.c.session_id)
        .where(message.c.id == message_id, message.c.direction == "out")
    )
    row = (await tx.execute(query)).first()
    # What was held, moved or erased meanwhile is settled in another way.
    if row is None or row.state not in ("sent", "sending", "pending", "unknown"):
        return
    parts: list[str] = json.loads(row.external_id or "[]")
    # What came after it has arrived, and must not come twice.
    last = row.state == "sent" and parts[-1:] == [external_id]
    # To a chat that has left the case nothing of it is said again: it goes to another chat.
    if code in BUSY and last and row.attempts < _TRIES and not row.has_left:
        due = {"due_at": at + _PAUSE * 2 ** (row.attempts - 1)}
        arrived = json.dumps(parts[:-1]) if parts[:-1] else None
        await _change(tx, message_id, state="pending", reason=code, external_id=arrived, **due)
        wake(tx, OUTBOX)
        return
    # A knock can't be held: it is what is sent from outside the window.
    may_wait = row.kind != KNOCK and not row.has_left
    shut = code in OUTSIDE_WINDOW and may_wait
    blocked = code in BLOCKED and may_wait
    since = row.last_inbound_at is not None and row.last_inbound_at > (row.sent_at or at)
    if shut or (blocked and since):
        # What is held in a chat that can be written to, nothing would ever let go.
        await _again(tx, row, code, "" if since else "shut", at)
        return
    if code in BLOCKED and not since:
        await _mark(tx, row.session_id, "blocked")
    state = "held" if blocked else "failed"
    await _change(tx, message_id, state=state, reason=code or "undelivered", external_id=None)
    wake(tx, chat(row.session_id))
    await inbox.add_update(
        tx,
        case_id=row.case_id,
        session_id=row.session_id,
        key=f"delivery:{message_id}:{external_id}",
        update=DeliveryFailed(message_id=message_id, reason=code or "undelivered"),
        at=codec.moment(at),
    )


async def _again(tx: AsyncConnection, row: Row, code: str, reach: str, at: float) -> None:
    """Have the outbox look at a message again, which holds it back while the chat can't be reached."""
    if reach:
        known = session.c.reach == ""
        mine = sa.update(session).where(session.c.id == row.session_id, known)
        await tx.execute(mine.values(reach=reach))
    await _change(
        tx, row.id, state="pending", reason=code, attempts=0, doubts=0, external_id=None, due_at=at
    )
    wake(tx, OUTBOX)


async def _mark(tx: AsyncConnection, session_id: str, reach: str) -> None:
    await tx.execute(sa.update(session).where(session.c.id == session_id).values(reach=reach))


async def _change(tx: AsyncConnection, message_id: int, **values: object) -> None:
    await tx.execute(sa.update(message).where(message.c.id == message_id).values(**values))


async def scrub(tx: AsyncConnection, case_id: str) -> None:
    """Forget what was reported of a case's messages."""
    mine = sa.select(message.c.id).where(message.c.case_id == case_id)
    await tx.execute(sa.delete(table).where(table.c.message_id.in_(mine)))


async def forget(tx: AsyncConnection, before: float) -> None:
    """Forget what was reported by then: nobody reports on it any more."""
    await tx.execute(sa.delete(table).where(table.c.at < before))
