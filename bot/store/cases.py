"""Cases and chats: their rows as values of the inner packages, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.signals import DESK
from bot.store import codec
from bot.store.db import Database, Row, wake
from bot.store.keyring import look_up
from bot.store.prepared import Prepared
from bot.store.schema import cases, handoff, instance, listed, record, session
from bot.store.sealed import maybe_broken, sealed
from bot.store.unreadable import case_of
from checklist.case import Case
from checklist.records import Record
from handlers.session import Session


class Conflict(Exception):
    """The case or the chat was changed by somebody else since it was loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case and when it was last changed."""

    case: Case
    updated_at: datetime


# ---- reading -----------------------------------------------------------------------------------

_RECORDS = Prepared(
    sa.select(record.c.body)
    .where(record.c.case_id == sa.bindparam("case"))
    .order_by(record.c.position)
)


async def records_of(tx: AsyncConnection, case_id: str) -> tuple[Record, ...]:
    """The records of a case, in their order."""
    rows = await _RECORDS.all(tx, {"case": case_id})
    return tuple(codec.load(Record, row.body) for row in rows)


async def find_record(tx: AsyncConnection, case_id: str, record_id: str) -> Record | None:
    """One record of a case, None where that case has none of this id."""
    query = sa.select(record.c.body).where(record.c.id == record_id, record.c.case_id == case_id)
    body = (await tx.execute(query)).scalar()
    return None if body is None else codec.load(Record, body)


async def record_by_id(tx: AsyncConnection, record_id: str) -> Record | None:
    """One record of any case, None where there is none of this id."""
    body = (await tx.execute(sa.select(record.c.body).where(record.c.id == record_id))).scalar()
    return None if body is None else codec.load(Record, body)


async def load_case(tx: AsyncConnection, case_id: str) -> Case | None:
    """The case with its records, or None where no turn has written one."""
    query = sa.select(cases.c.body).where(cases.c.id == case_id)
    body = (await tx.execute(query)).scalar()
    if body is None:
        return None
    return replace(codec.load(Case, body), records=await records_of(tx, case_id))


async def session_at(tx: AsyncConnection, channel: str, address: str) -> Row | None:
    """The row of a chat: id, case_id, locale, version; None for an address not heard from."""
    query = sa.select(session.c.id, session.c.case_id, session.c.locale, session.c.version)
    found = query.where(
        session.c.channel == channel, session.c.address_hash == look_up(channel, address)
    )
    return (await tx.execute(found)).first()


async def session_of(tx: AsyncConnection, session_id: str) -> Row | None:
    """The channel and the address of a chat, or None."""
    query = sa.select(session.c.channel, session.c.address).where(session.c.id == session_id)
    return (await tx.execute(query)).first()


async def find(db: Database, case_id: str) -> Case | None:
    """The case of that number, or None."""
    return await db.read(lambda tx: load_case(tx, case_id))


async def is_at_rest(tx: AsyncConnection, case_id: str) -> bool:
    """Whether nothing is taken for a case: its consent was taken back, or it is erased."""
    body = (await tx.execute(sa.select(cases.c.body).where(cases.c.id == case_id))).scalar()
    case = None if body is None else codec.load(Case, body)
    return case is not None and (case.withdrawn or case.erased)


async def find_without_records(db: Database, case_id: str) -> Case | None:
    """The case of that number with what was answered, and none of its records; or None."""
    query = sa.select(cases.c.body).where(cases.c.id == case_id)

    async def read(tx: AsyncConnection) -> Case | None:
        body = (await tx.execute(query)).scalar()
        return None if body is None else codec.load(Case, body)

    return await db.read(read)


async def list_cases(db: Database) -> list[CaseRow]:
    """All cases with their records, newest first; without those that can't be read."""

    async def work(tx: AsyncConnection) -> list[CaseRow]:
        query = sa.select(cases.c.id, maybe_broken(cases.c.body), cases.c.updated_at)
        found = await tx.execute(query.order_by(cases.c.opened_at.desc(), cases.c.id))
        bodies = sa.select(record.c.case_id, maybe_broken(record.c.body))
        records: dict[str, list[str]] = {}
        for case_id, body in await tx.execute(bodies.order_by(record.c.position)):
            records.setdefault(case_id, []).append(body)
        return [
            CaseRow(case=case, updated_at=codec.moment(updated_at))
            for case_id, body, updated_at in found
            if (case := case_of(case_id, body, records.get(case_id, ()))) is not None
        ]

    return await db.read(work)


# ---- writing -----------------------------------------------------------------------------------

_SAVE_SESSION = Prepared(
    sa.update(session)
    .where(session.c.id == sa.bindparam("session"), session.c.version == sa.bindparam("before"))
    .values(
        body=sa.bindparam("new_body"),
        locale=sa.bindparam("new_locale"),
        version=sa.bindparam("new_version"),
        writer=sa.bindparam("new_writer"),
    )
)
_ADD_CASE = Prepared(sa.insert(cases), [column.name for column in cases.columns])
_SAVE_CASE = Prepared(
    sa.update(cases)
    .where(cases.c.id == sa.bindparam("case"), cases.c.version == sa.bindparam("before"))
    .values(
        body=sa.bindparam("new_body"),
        status=sa.bindparam("new_status"),
        version=sa.bindparam("new_version"),
        updated_at=sa.bindparam("now"),
    )
)


async def save_session(tx: AsyncConnection, new: Session, *, before: int, writer: str = "") -> None:
    """Write a chat's state over version `before`; raises Conflict when that isn't what is there."""
    values = {
        "session": new.id,
        "before": before,
        "new_body": sealed(new.case_id, codec.dump(new)),
        "new_locale": new.locale,
        "new_version": new.version,
        "new_writer": writer,
    }
    if not await _SAVE_SESSION.run(tx, values):
        raise Conflict(f"session {new.id} is not at version {before}")


async def save_case(tx: AsyncConnection, new: Case, old: Case | None, *, now: float) -> None:
    """Write a case over `old`, as it was loaded, or as a new one; of its records what changed.

    Raises Conflict when another version is stored.
    """
    wake(tx, DESK)
    body = sealed(new.id, codec.dump(replace(new, records=())))
    if old is None:
        row = {
            "id": new.id,
            "body": body,
            "status": new.status,
            "version": new.version,
            "opened_at": codec.seconds(new.opened_at),
            "updated_at": now,
        }
        await _ADD_CASE.run(tx, row)
    else:
        values = {
            "case": new.id,
            "before": old.version,
            "new_body": body,
            "new_status": new.status,
            "new_version": new.version,
            "now": now,
        }
        if not await _SAVE_CASE.run(tx, values):
            raise Conflict(f"case {new.id} is not at version {old.version}")
    known = old.records if old else ()
    if new.records != known:
        await _save_records(tx, new.id, new.records, known)


async def _save_records(
    tx: AsyncConnection, case_id: str, new: Sequence[Record], old: Sequence[Record]
) -> None:
    before = {known.id: (position, known) for position, known in enumerate(old)}
    changed = [
        {
            "id": item.id,
            "case_id": case_id,
            "position": position,
            "body": sealed(case_id, codec.dump(item)),
        }
        for position, item in enumerate(new)
        if before.get(item.id) != (position, item)
    ]
    gone = before.keys() - {item.id for item in new}
    replaced = [row["id"] for row in changed if row["id"] in before]
    if gone or replaced:
        stale = [{"row": row_id} for row_id in (*gone, *replaced)]
        await tx.execute(sa.delete(record).where(record.c.id == sa.bindparam("row")), stale)
    if changed:
        await tx.execute(sa.insert(record), changed)


async def scrub(tx: AsyncConnection, case_id: str, *, but: str) -> None:
    """Forget the records and the index of a case, and the state of its chats but one.

    That chat's own row and the case's are the turn's to write.
    """
    for table in (record, instance, listed):
        await tx.execute(sa.delete(table).where(table.c.case_id == case_id))
    others = sa.update(session).where(session.c.case_id == case_id, session.c.id != but)
    await tx.execute(others.values(body=None))


# ---- handoffs ----------------------------------------------------------------------------------


_WAITING = sa.exists().where(
    handoff.c.case_id == sa.bindparam("case_id"),
    handoff.c.reason == sa.bindparam("reason"),
    handoff.c.closed_at.is_(None),
)
_OPEN_HANDOFF = Prepared(
    sa.insert(handoff).from_select(
        ["case_id", "reason", "opened_at"],
        sa.select(
            sa.bindparam("case_id", type_=sa.Text),
            sa.bindparam("reason", type_=sa.Text),
            sa.bindparam("now", type_=sa.Float),
        ).where(~_WAITING),
    )
)


async def open_handoff(tx: AsyncConnection, case_id: str, reason: str, now: float) -> None:
    """A human is wanted for this case; once for each reason, until it is closed."""
    wake(tx, DESK)
    await _OPEN_HANDOFF.run(tx, {"case_id": case_id, "reason": reason, "now": now})


async def close_handoffs(tx: AsyncConnection, case_id: str, now: float) -> None:
    """The humans are done with this case."""
    mine = sa.update(handoff).where(handoff.c.case_id == case_id, handoff.c.closed_at.is_(None))
    await tx.execute(mine.values(closed_at=now))


async def open_handoffs(tx: AsyncConnection) -> Sequence[Row]:
    """The handoffs that wait, oldest first: case_id, reason, opened_at."""
    query = sa.select(handoff.c.case_id, handoff.c.reason, handoff.c.opened_at)
    return (
        await tx.execute(query.where(handoff.c.closed_at.is_(None)).order_by(handoff.c.id))
    ).all()
