"""What a turn works on: a row of the inbox with its chat and its case, as they are stored."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import cases, codec
from bot.store.db import Row
from checklist.case import Case
from handlers.session import Session
from handlers.turn import begun_anew
from handlers.updates import CodeTried, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A row of the inbox with the chat and the case that it is for. `old` is the case as stored."""

    row: Row
    session: Session
    old: Case | None


async def taken_of(tx: AsyncConnection, row: Row, update: Update) -> Taken:
    """Read the chat and the case of a row, which holds the update."""
    session = Session(
        id=row.session_id,
        case_id=row.case_id,
        channel=row.chat_channel,
        address=row.address,
        version=row.session_version,
    )
    if row.session_body is not None:
        session = codec.load(Session, row.session_body)
        if session.case_id != row.case_id:
            # It belongs to another case since. What it stood at was a question of the one before,
            # which must not be answered here, even if the word of that comes late.
            session = session if isinstance(update, CodeTried) else begun_anew(session)
            session = replace(session, case_id=row.case_id)
    if row.case_body is None:
        return Taken(row=row, session=session, old=None)
    case = codec.load(Case, row.case_body)
    if row.record_count:
        case = replace(case, records=await cases.records_of(tx, row.case_id))
    return Taken(row=row, session=session, old=case)
