"""The inbox: everything that happens to a case, as it came, in the order in which it came.

A channel commits what arrives here before it acknowledges it, and does nothing else. A second
delivery of the same thing leaves no second row.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import INBOX
from bot.store import case_keys, codec, reach
from bot.store.db import Database, Row, wake
from bot.store.holding_back import hold_back
from bot.store.keyring import look_up
from bot.store.prepared import Prepared
from bot.store.schema import cases, record, session
from bot.store.schema import inbox as table
from bot.store.sealed import EMPTY, sealed
from handlers.updates import Update

_log = structlog.get_logger(__name__)

InboxId = NewType("InboxId", int)

#: The channel of updates that come from inside: jobs, timers, coordinators.
INTERNAL = "internal"

_OF_FILE = "file:"

#: What `RecordIndexed` calls itself.
RECORD_INDEXED = "record_indexed"

#: How the name of a row begins that is taken once more because the operator said so.
AGAIN = "again:"

_FILE_KEY = re.compile(rf"(?:{AGAIN}\d+:)*{_OF_FILE}([^:]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One thing that a channel received.

    `external_id` is unique on its channel for ever, `address` is where an answer goes, `raw` is
    JSON as it came. `locale_hint` is the language of the client, BCP 47, or "".
    """

    channel: str
    external_id: str
    address: str
    raw: Mapping[str, Any]
    received_at: datetime
    locale_hint: str = ""


async def add(
    db: Database,
    *,
    channel: str,
    external_id: str,
    address: str,
    raw: Mapping[str, Any],
    received_at: datetime,
    locale_hint: str = "",
) -> InboxId | None:
    """Commit what arrived; None when it had arrived before. A new address gets a chat and a case."""
    arrival = Arrival(
        channel=channel,
        external_id=external_id,
        address=address,
        raw=raw,
        received_at=received_at,
        locale_hint=locale_hint,
    )
    return (await add_many(db, [arrival]))[0]


async def add_many(db: Database, arrivals: Sequence[Arrival]) -> list[InboxId | None]:
    """Commit a batch in one transaction; for each its id, or None when it had arrived before."""

    async def work(tx: AsyncConnection) -> list[InboxId | None]:
        return [await _add(tx, arrival) for arrival in arrivals]

    # Of several processes only one opens a chat, and the messages of a chat keep their order.
    chats = {f"{arrival.channel}:{arrival.address}" for arrival in arrivals}
    return await db.write(work, about=list(chats))


async def add_in(tx: AsyncConnection, arrival: Arrival) -> InboxId | None:
    """Add what arrived, in a transaction that does more; None when it had arrived before."""
    return await _add(tx, arrival)


async def is_known(tx: AsyncConnection, channel: str, external_id: str) -> bool:
    """Whether this has arrived before."""
    query = sa.select(table.c.id).where(
        table.c.channel == channel, table.c.external_id == external_id
    )
    return (await tx.execute(query)).first() is not None


async def add_update(
    tx: AsyncConnection,
    *,
    case_id: str,
    key: str,
    update: Update,
    session_id: str | None = None,
    at: datetime | None = None,
) -> InboxId | None:
    """Add what happened inside; `key` is unique for ever, and None is returned when it is known.

    Without a `session_id` it goes to the chat of the case that was heard from last. None as well
    when the case has no chat.
    """
    session_id = session_id or await latest_session(tx, case_id)
    if session_id is None:
        return None
    new = (
        insert(table)
        .values(
            channel=INTERNAL,
            external_id=key,
            session_id=session_id,
            case_id=case_id,
            raw=sealed(case_id, codec.dump(update)),
            received_at=time.time() if at is None else codec.seconds(at),
        )
        .on_conflict_do_nothing()
        .returning(table.c.id)
    )
    wake(tx, INBOX)
    found = (await tx.execute(new)).scalar()
    _log.debug("update_added", row=found)
    return None if found is None else InboxId(found)


def file_key(file_id: str, part: str = "") -> str:
    """The key of the update that tells what is in a file; `part` tells a later reading of it."""
    return f"{_OF_FILE}{file_id}:{part}" if part else f"{_OF_FILE}{file_id}"


async def unheard_files(tx: AsyncConnection, case_id: str) -> set[str]:
    """The files of a case that were read, while the conversation has not heard what is in them.

    Those whose turn was given up are among them.
    """
    query = sa.select(table.c.external_id).where(
        table.c.case_id == case_id,
        table.c.channel == INTERNAL,
        table.c.state != "done",
        sa.or_(*(table.c.external_id.startswith(begin) for begin in (_OF_FILE, AGAIN))),
    )
    keys = (await tx.execute(query)).scalars()
    return {found[1] for key in keys if (found := _FILE_KEY.match(key))}


async def latest_session(tx: AsyncConnection, case_id: str) -> str | None:
    """The chat of the case in which the patient wrote last, or its newest chat, or None.

    Where nobody but helpers writes, theirs. A chat that can't be written to is the last resort.
    """
    query = (
        sa.select(session.c.id)
        .where(session.c.case_id == case_id)
        .order_by(
            session.c.reach == "blocked",
            session.c.writer == "helper",
            session.c.last_inbound_at.desc().nulls_last(),
            session.c.created_at.desc(),
        )
        .limit(1)
    )
    return (await tx.execute(query)).scalar()


# ---- taking rows -------------------------------------------------------------------------------

_NEW = table.c.state == sa.literal_column("'new'")
# The oldest row of each case. Grouped like this it is read off the index of the rows that are new:
# what was done, which is nearly all, is never looked at.
_HEADS = sa.select(sa.func.min(table.c.id)).where(_NEW).group_by(table.c.case_id)
_candidate = table.alias("candidate")
_DUE = (
    sa.select(_candidate.c.id)
    .where(_candidate.c.id.in_(_HEADS), _candidate.c.not_before <= sa.bindparam("now"))
    .order_by(_candidate.c.id)
    .limit(sa.literal_column("1"))
    .scalar_subquery()
)

# One statement brings all that most turns need: each one less is felt in the time of a turn.
_WHOLE = sa.select(
    table.c.id,
    table.c.channel,
    table.c.external_id,
    table.c.raw,
    table.c.received_at,
    table.c.attempts,
    table.c.to_knock,
    table.c.session_id,
    table.c.case_id,
    session.c.channel.label("chat_channel"),
    session.c.address,
    session.c.case_id.label("chat_case"),
    session.c.locale,
    session.c.body.label("session_body"),
    session.c.version.label("session_version"),
    cases.c.body.label("case_body"),
    cases.c.version.label("case_version"),
    sa.select(sa.func.count())
    .select_from(record)
    .where(record.c.case_id == table.c.case_id)
    .scalar_subquery()
    .label("record_count"),
).select_from(
    table.join(session, session.c.id == table.c.session_id).outerjoin(
        cases, cases.c.id == table.c.case_id
    )
)
_HEAD = Prepared(_WHOLE.where(table.c.id == _DUE))
# The same where several processes take turns: what may be due, and then one of these for certain.
_MAYBE = Prepared(
    sa.select(_candidate.c.id, _candidate.c.case_id)
    .where(_candidate.c.id.in_(_HEADS), _candidate.c.not_before <= sa.bindparam("now"))
    .order_by(_candidate.c.id)
    .limit(sa.bindparam("most"))
)
_oldest = table.alias("oldest")
_THIS = Prepared(
    _WHOLE.where(
        table.c.id
        == sa.select(sa.func.min(_oldest.c.id))
        .where(
            _oldest.c.state == sa.literal_column("'new'"),
            _oldest.c.case_id == sa.bindparam("case"),
        )
        .scalar_subquery(),
        table.c.not_before <= sa.bindparam("now"),
    )
)
_NEXT = sa.select(sa.func.min(table.c.not_before)).where(
    _NEW, table.c.not_before > sa.bindparam("now")
)
_DONE = Prepared(
    sa.update(table)
    .where(table.c.id == sa.bindparam("row"), _NEW)
    .values(state=sa.literal_column("'done'"))
)


async def head(tx: AsyncConnection, now: float) -> Row | None:
    """The oldest row that may be taken now, with its chat and case; None where there is none.

    A row waits for the earlier rows of its case, and for no other.
    """
    found: Row | None = await _HEAD.first(tx, {"now": now})
    return found


async def heads(tx: AsyncConnection, now: float, most: int) -> Sequence[Row]:
    """Rows that may be taken now, the oldest first, each of another case: id, case_id."""
    return await _MAYBE.all(tx, {"now": now, "most": most})


async def head_of(tx: AsyncConnection, now: float, case_id: str) -> Row | None:
    """The oldest row of a case, with its chat and case, if it may be taken now."""
    found: Row | None = await _THIS.first(tx, {"now": now, "case": case_id})
    return found


async def head_unread(tx: AsyncConnection, now: float, case_id: str | None) -> Row | None:
    """What stands unsealed of the row that `head`, or `head_of` that case, would give."""
    query = sa.select(_candidate.c.id, _candidate.c.case_id, _candidate.c.attempts).where(
        _candidate.c.id.in_(_HEADS), _candidate.c.not_before <= now
    )
    if case_id is not None:
        query = query.where(_candidate.c.case_id == case_id)
    found: Row | None = (await tx.execute(query.order_by(_candidate.c.id).limit(1))).first()
    return found


async def next_retry(tx: AsyncConnection, now: float) -> float | None:
    """When the next row that is held back may be tried again, or None."""
    found: float | None = (await tx.execute(_NEXT, {"now": now})).scalar()
    return found


async def done(tx: AsyncConnection, row_id: int) -> bool:
    """Mark a row as done; False when it was not new any more."""
    return bool(await _DONE.run(tx, {"row": row_id}))


async def failed(tx: AsyncConnection, row_id: int, *, attempts: int, not_before: float) -> bool:
    """Count a failed try, after so many. It is tried again at that time.

    False when somebody else has tried it meanwhile.
    """
    values: dict[str, Any] = {"attempts": attempts + 1, "not_before": not_before}
    mine = (table.c.id == row_id, table.c.attempts == attempts, _NEW)
    return bool((await tx.execute(sa.update(table).where(*mine).values(values))).rowcount)


async def postpone(tx: AsyncConnection, row_id: int, not_before: float) -> None:
    """Have a row wait until then; that is no try that failed."""
    mine = sa.update(table).where(table.c.id == row_id, _NEW)
    await tx.execute(mine.values(not_before=not_before))


async def blank(tx: AsyncConnection, row_id: int) -> None:
    """Empty one row."""
    await tx.execute(sa.update(table).where(table.c.id == row_id).values(raw=EMPTY))


# ---- adding ------------------------------------------------------------------------------------

_ARRIVED = ("channel", "external_id", "session_id", "case_id", "raw", "received_at")
_ADD = Prepared(insert(table).on_conflict_do_nothing().returning(table.c.id), _ARRIVED)
_KNOWN = Prepared(
    sa.select(session.c.id, session.c.case_id).where(
        session.c.channel == sa.bindparam("channel"), session.c.address_hash == sa.bindparam("hash")
    )
)
_OPENED = ("id", "channel", "address", "address_hash", "case_id", "locale", "created_at")
_OPEN = Prepared(insert(session), _OPENED)


def _text_of(raw: Mapping[str, Any]) -> str:
    text = json.dumps(dict(raw), ensure_ascii=False, separators=(",", ":"))
    # Half a surrogate pair, which JSON allows, is not storable, and would come again for ever.
    return text.encode("utf-8", "replace").decode()


async def _open(tx: AsyncConnection, arrival: Arrival, at: float) -> tuple[str, str]:
    """A chat for a new address, and a case with a key of its own: their ids."""
    session_id, case_id = secrets.token_hex(16), await case_keys.new_case(tx)
    fresh = {
        "id": session_id,
        "channel": arrival.channel,
        "address": sealed(case_id, arrival.address),
        "address_hash": look_up(arrival.channel, arrival.address),
        "case_id": case_id,
        "locale": arrival.locale_hint,
        "created_at": at,
    }
    await _OPEN.run(tx, fresh)
    return session_id, case_id


async def _add(tx: AsyncConnection, arrival: Arrival) -> InboxId | None:
    at = codec.seconds(arrival.received_at)
    await reach.listen(tx, arrival.channel, arrival.address)
    here = {"channel": arrival.channel, "hash": look_up(arrival.channel, arrival.address)}
    chat = await _KNOWN.first(tx, here)
    session_id, case_id = (chat.id, chat.case_id) if chat else await _open(tx, arrival, at)
    values = {
        "channel": arrival.channel,
        "external_id": arrival.external_id,
        "session_id": session_id,
        "case_id": case_id,
        "raw": sealed(case_id, _text_of(arrival.raw)),
        "received_at": at,
    }
    added = await _ADD.first(tx, values)
    if added is None:
        return None
    await hold_back(tx, added.id, session_id, arrival.channel, at)
    if await reach.heard(tx, arrival.channel, arrival.address, at):
        mine = sa.update(table).where(table.c.id == added.id)
        await tx.execute(mine.values(to_knock=1))
    wake(tx, INBOX)
    return InboxId(added.id)
