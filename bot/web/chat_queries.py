"""What the chat page reads of the store."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import signals
from bot.channels.base import Rendered
from bot.shell import Shell
from bot.store.cases import find_without_records
from bot.store.codec import Unreadable, load, moment
from bot.store.db import Database, Row
from bot.store.keyring import look_up
from bot.store.messages import WAITING
from bot.store.schema import file, inbox, job, message, session
from bot.store.sealed import readable
from bot.web.bubbles import Line
from handlers.asides.emergency import number_of
from handlers.updates import InboundMessage

_log = structlog.get_logger(__name__)

#: Another process may have written: everybody also looks by himself.
_LOOK_SECONDS = 5.0
#: The topic that wakes every stream to its end.
STOPPING = "web stopping"
#: A file that has not been read by then is no reason any more to say that somebody is writing.
_READING = timedelta(minutes=10)
#: In seconds: sooner than this the receipt of files that were read comes.
_SETTLING = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatState:
    """A web chat. `locale` is "" until it is known; `busy` while an answer may be on its way."""

    session_id: str
    case_id: str
    locale: str
    busy: bool


async def find_chat(shell: Shell, address: str) -> ChatState | None:
    """The chat of an address, or None."""
    now = shell.clock()

    async def read(tx: AsyncConnection) -> ChatState | None:
        query = sa.select(session.c.id, session.c.case_id, session.c.locale)
        here = (session.c.channel == "web", session.c.address_hash == look_up("web", address))
        row = (await tx.execute(query.where(*here))).first()
        if row is None:
            return None
        return ChatState(
            session_id=row.id,
            case_id=row.case_id,
            locale=shell.languages.match_locale(row.locale) or "" if row.locale else "",
            busy=await _busy(tx, row.id, now.timestamp()),
        )

    return await shell.db.read(read)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """What a page must know of a case.

    `number` brings an ambulance in the patient's country, "" where it isn't known; `agreed` says whether
    files are taken.
    """

    number: str = ""
    agreed: bool = False


async def case_of(shell: Shell, chat: ChatState | None) -> CaseState:
    """What is known of the case of a chat."""
    return CaseState() if chat is None else await case_in(shell, chat.case_id)


async def case_in(shell: Shell, case_id: str) -> CaseState:
    """The same by its number."""
    case = await find_without_records(shell.db, case_id)
    if case is None:
        return CaseState()
    return CaseState(number=number_of(case), agreed=case.consented)


async def _busy(tx: AsyncConnection, session_id: str, now: float) -> bool:
    waiting = sa.exists().where(
        inbox.c.session_id == session_id, inbox.c.state == "new", inbox.c.not_before <= now
    )
    reading = sa.exists().where(
        file.c.session_id == session_id,
        file.c.state.in_(("wanted", "stored")),
        file.c.received_at > now - _READING.total_seconds(),
    )
    # A receipt is given a moment after the last file was read.
    about = f"timer:{session_id}:receipt:"
    receipt = sa.exists().where(
        job.c.state == sa.literal_column("'ready'"),
        job.c.key.between(about, f"{about}~"),
        sa.or_(job.c.run_at <= now + _SETTLING, job.c.lease.is_not(None)),
    )
    speaking = sa.exists().where(
        message.c.session_id == session_id,
        message.c.state.in_(("pending", "sending")),
        message.c.due_at <= now,
    )
    return bool((await tx.execute(sa.select(sa.or_(waiting, reading, receipt, speaking)))).scalar())


async def lines_of(
    db: Database, session_id: str, after: int, until: int | None = None, case_id: str = ""
) -> list[Line]:
    """What was said in a chat, in order, with ids above `after` and up to `until`.

    An answer counts once it is sent. What comes after one that is yet to be sent waits for it, for
    whoever has seen a later id would never ask for the earlier one. With a `case_id` it is what was
    said while the chat was part of that case.
    """

    async def read(tx: AsyncConnection) -> list[Line]:
        here = _said_here(session_id, case_id)
        waiting = sa.select(sa.func.min(message.c.id)).where(here, message.c.state.in_(WAITING))
        end = (await tx.execute(waiting)).scalar()
        query = (
            sa.select(*readable(message))
            .where(
                here,
                message.c.id > after,
                message.c.id < (sys.maxsize if end is None else end),
                sa.or_(message.c.direction == "in", message.c.rendered.is_not(None)),
                message.c.state.in_(("received", "sent")),
                message.c.body.is_not(None),
            )
            .order_by(message.c.id)
        )
        if until is not None:
            query = query.where(message.c.id <= until)
        lines = [_line(row) for row in await tx.execute(query)]
        return [line for line in lines if line is not None]

    return await db.read(read)


def _said_here(session_id: str, case_id: str = "") -> sa.ColumnElement[bool]:
    """What was said in a chat since it belongs to its case: of another one it shows nothing."""
    its_case = sa.select(session.c.case_id).where(session.c.id == session_id).scalar_subquery()
    return sa.and_(message.c.session_id == session_id, message.c.case_id == (case_id or its_case))


def _line(row: Row) -> Line | None:
    """The line; None, and one in the log, where it can't be read: the others are still to be seen."""
    at = moment(row.sent_at or row.created_at)
    try:
        if row.direction == "in":
            return Line(id=row.id, at=at, said=load(InboundMessage, row.body))
        return Line(id=row.id, at=at, reply=load(Rendered, row.rendered))
    except Unreadable as error:
        _log.error("message_unreadable", message=row.id, case=row.case_id, why=str(error))
        return None


async def count_until(db: Database, session_id: str, last: int) -> int:
    """How many messages with ids up to `last` are still there: none after an erasure.

    None as well once the chat was taken out of the case of which they are.
    """

    async def read(tx: AsyncConnection) -> int:
        query = sa.select(sa.func.count()).where(
            _said_here(session_id), message.c.id <= last, message.c.body.is_not(None)
        )
        return int((await tx.execute(query)).scalar_one())

    return await db.read(read)


async def was_received(db: Database, external_id: str) -> bool:
    """Whether a message of the web chat is in the inbox, done or not."""

    async def read(tx: AsyncConnection) -> bool:
        query = sa.select(inbox.c.id).where(
            inbox.c.channel == "web", inbox.c.external_id == external_id
        )
        return (await tx.execute(query)).first() is not None

    return await db.read(read)


async def news(
    shell: Shell, address: str, heartbeat: float, stopping: asyncio.Event
) -> AsyncIterator[ChatState | None]:
    """The state of a chat each time that something may have changed; None when all was quiet.

    A chat in which nothing was said yet is waited for.
    Ends when the program is about to stop: set `stopping`, and wake the topic `STOPPING`.
    """
    quiet = 0.0
    # Until something is said there is no chat, and no topic of its own to watch.
    with shell.db.signals.watch(signals.INBOX, STOPPING) as watch:
        while (chat := await find_chat(shell, address)) is None and not stopping.is_set():
            if not await watch.wait(heartbeat):
                yield None
    if chat is None:
        return
    with shell.db.signals.watch(signals.chat(chat.session_id), STOPPING) as watch:
        while not stopping.is_set():
            chat = await find_chat(shell, address) or chat
            yield chat
            if await watch.wait(_LOOK_SECONDS):
                quiet = 0.0
            else:
                quiet += _LOOK_SECONDS
            if quiet >= heartbeat:
                quiet = 0.0
                yield None
