"""The list of cases as rows: what the checklist makes of a case, kept beside it to be sorted and searched.

Whoever reads the list first has the rows of changed cases made anew, which are told by their version:
so it can't lag, no way of changing a case can be forgotten, and a turn pays nothing for it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import codec, machine_readings, unreadable
from bot.store.db import Database, Row
from bot.store.schema import audit, desk_row, file, handoff, message, record, session
from bot.store.schema import cases as table
from bot.store.sealed import maybe_broken, readable, sealed
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.progress import checklist_for
from checklist.records import Record
from checklist.search import search_text
from checklist.waiting import Talk, waiting_on
from handlers.session import Session

#: Raised when rows must be made anew though their cases have not changed: after a change of what is in
#: them, or of how it is found out. The catalog's own changes are told by its items.
_SHAPE: Final = "1"
_AT_ONCE: Final = 100

#: The reason of a row whose case can't be read.
UNREADABLE: Final = "unreadable"

#: By this the trail says that a coordinator's words went to the patient. The turn itself writes it.
_WROTE: Final = "message.sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What of a case doesn't stand in it. `last_at` is when something was said last, 0.0 for never."""

    sessions: tuple[Session, ...]
    chats: tuple[Row, ...]
    wanted: dict[str, datetime] = field(default_factory=dict)
    answered_at: datetime | None = None
    last_at: float = 0.0
    files: tuple[str, ...] = ()
    read_by_machine: tuple[str, ...] = ()


def stamp_of(catalog: Catalog) -> str:
    """What tells rows of another version of the program or of the checklist."""
    return f"{_SHAPE}:{hashlib.sha256(repr(catalog).encode()).hexdigest()[:12]}"


async def catch_up(db: Database, catalog: Catalog, stamp: str) -> int:
    """Make the rows anew of all cases that have changed; how many. Looking alone writes nothing.

    `stamp` is `stamp_of` the catalog.
    """
    if mended := await db.read(partial(_mended, catalog=catalog)):
        await db.write(partial(_outdate, ids=mended))
    made = 0
    while stale := await db.read(lambda tx: _stale(tx, stamp)):
        await db.write(partial(_make, ids=stale, catalog=catalog, stamp=stamp))
        made += len(stale)
    return made


async def forget(tx: AsyncConnection, case_id: str) -> None:
    """Forget the row of a case: it holds the patient's name and the names of files."""
    await tx.execute(sa.delete(desk_row).where(desk_row.c.case_id == case_id))


async def outdate(tx: AsyncConnection, case_id: str) -> None:
    """Have the row of a case made anew, though the case itself has not changed."""
    await _outdate(tx, [case_id])


async def _outdate(tx: AsyncConnection, ids: Sequence[str]) -> None:
    await tx.execute(sa.update(desk_row).where(desk_row.c.case_id.in_(ids)).values(stamp=""))


async def state(tx: AsyncConnection) -> tuple[int, ...]:
    """Numbers that change whenever the list may have."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(table.c.version), 0))
    waiting = sa.select(sa.func.count()).where(handoff.c.closed_at.is_(None))
    one = (await tx.execute(query.select_from(table))).one()
    two = (await tx.execute(waiting.select_from(handoff))).one()
    return (*(int(n) for n in one), int(two[0]))


# ---- which -------------------------------------------------------------------------------------


async def _stale(tx: AsyncConnection, stamp: str) -> list[str]:
    open_ = (
        sa.select(handoff.c.case_id, sa.func.count().label("n"))
        .where(handoff.c.closed_at.is_(None))
        .group_by(handoff.c.case_id)
        .subquery()
    )
    query = (
        sa.select(table.c.id)
        .select_from(
            table.outerjoin(desk_row, desk_row.c.case_id == table.c.id).outerjoin(
                open_, open_.c.case_id == table.c.id
            )
        )
        .where(
            sa.or_(
                desk_row.c.case_id.is_(None),
                desk_row.c.case_version != table.c.version,
                desk_row.c.handoffs != sa.func.coalesce(open_.c.n, 0),
                desk_row.c.stamp != stamp,
            )
        )
        .limit(_AT_ONCE)
    )
    return list((await tx.execute(query)).scalars())


async def _mended(tx: AsyncConnection, catalog: Catalog) -> list[str]:
    """Of the cases that could not be read those that can be by now: no version tells that."""
    query = sa.select(desk_row.c.case_id).where(desk_row.c.reasons == UNREADABLE)
    mended = []
    for case_id in (await tx.execute(query.limit(_AT_ONCE))).scalars().all():
        with suppress(codec.Unreadable):
            await _rows(tx, [case_id], catalog)
            mended.append(case_id)
    return mended


# ---- making ------------------------------------------------------------------------------------


async def _make(tx: AsyncConnection, ids: Sequence[str], catalog: Catalog, stamp: str) -> None:
    try:
        rows = await _rows(tx, ids, catalog)
    except codec.Unreadable:
        # One case that can't be read hides no other, and isn't hidden itself.
        rows = [row for id_ in ids for row in await _row_or_alarm(tx, id_, catalog)]
    put = insert(desk_row)
    again = put.on_conflict_do_update(
        index_elements=[desk_row.c.case_id],
        set_={c.name: put.excluded[c.name] for c in desk_row.columns if c.name != "case_id"},
    )
    if rows:
        await tx.execute(again, [row | {"stamp": stamp} for row in rows])


async def _rows(tx: AsyncConnection, ids: Sequence[str], catalog: Catalog) -> list[dict[str, Any]]:
    found = (await tx.execute(sa.select(*readable(table)).where(table.c.id.in_(ids)))).all()
    records = await _records(tx, ids)
    around = await _around(tx, ids)
    query = sa.select(desk_row.c.case_id, desk_row.c.waits, desk_row.c.since)
    query = query.where(desk_row.c.case_id.in_(ids))
    before = {row.case_id: row for row in await tx.execute(query)}
    rows = []
    for row in found:
        case = replace(codec.load(Case, row.body), records=tuple(records.get(row.id, ())))
        made = _values(case, around[row.id], catalog, before.get(row.id), row.updated_at)
        made |= {"case_version": row.version, "handoffs": len(around[row.id].wanted)}
        rows.append(made)
    return rows


async def _row_or_alarm(
    tx: AsyncConnection, case_id: str, catalog: Catalog
) -> list[dict[str, Any]]:
    """The row of one case, or one that says that it can't be read."""
    try:
        return await _rows(tx, [case_id], catalog)
    except codec.Unreadable as error:
        unreadable.tell(case_id, error)
    row = (await tx.execute(sa.select(*readable(table)).where(table.c.id == case_id))).one()
    query = sa.select(sa.func.count()).select_from(handoff)
    open_ = query.where(handoff.c.case_id == case_id, handoff.c.closed_at.is_(None))
    empty = dict.fromkeys(("missing", "warnings", "locales", "channels", "assignee", "name"), "")
    return [
        empty
        | dict.fromkeys(("rank", "complete", "here", "wanted"), 0)
        | {
            "case_id": case_id,
            "case_version": row.version,
            "handoffs": (await tx.execute(open_)).scalar_one(),
            "shown": 1,
            "status": row.status,
            "waits": "coordinator",
            "since": row.updated_at,
            "reasons": UNREADABLE,
            "opened_at": row.opened_at,
            "last_at": row.updated_at,
            "search": "",
        }
    ]


def _values(
    case: Case, around: _Around, catalog: Catalog, before: Row | None, updated_at: float
) -> dict[str, Any]:
    checklist = checklist_for(case, catalog)
    heard = [one.last_inbound_at for one in around.sessions if one.last_inbound_at is not None]
    talk = Talk(
        wanted=around.wanted,
        human=any(one.mode == "human" for one in around.sessions),
        heard_at=max(heard, default=None),
        answered_at=around.answered_at,
    )
    waiting = waiting_on(case, talk)
    if waiting.since is not None:
        since = codec.seconds(waiting.since)
    else:
        same = before is not None and before.waits == waiting.on
        since = before.since if before is not None and same else updated_at
    places = [row.address for row in around.chats if row.channel not in ("web", "terminal")]
    return {
        "case_id": case.id,
        "shown": int(case.begun),
        "status": case.status,
        "rank": waiting.rank,
        "waits": waiting.on,
        "since": since,
        "reasons": " ".join(waiting.reasons),
        "complete": checklist.completeness,
        "here": checklist.here,
        "wanted": checklist.wanted,
        "missing": " ".join(checklist.missing),
        "warnings": " ".join(checklist.warnings),
        "locales": _spaced(row.locale for row in around.chats),
        "channels": _spaced(row.channel for row in around.chats),
        "assignee": case.desk.assignee,
        "name": sealed(case.id, "" if case.erased else case.text("name")),
        "opened_at": codec.seconds(case.opened_at),
        "last_at": max(updated_at, around.last_at),
        "search": sealed(
            case.id, search_text(case, (*around.files, *places), around.read_by_machine)
        ),
    }


def _spaced(words: Any) -> str:
    kept = dict.fromkeys(word for word in words if word)
    return f" {' '.join(kept)} " if kept else ""


async def _records(tx: AsyncConnection, ids: Sequence[str]) -> dict[str, list[Record]]:
    query = sa.select(*readable(record)).where(record.c.case_id.in_(ids))
    found: dict[str, list[Record]] = defaultdict(list)
    for row in await tx.execute(query.order_by(record.c.case_id, record.c.position)):
        found[row.case_id].append(codec.load(Record, row.body))
    return found


async def _around(tx: AsyncConnection, ids: Sequence[str]) -> dict[str, _Around]:
    chats: dict[str, list[Row]] = defaultdict(list)
    query = sa.select(*readable(session)).where(session.c.case_id.in_(ids))
    for row in await tx.execute(query.order_by(session.c.created_at)):
        chats[row.case_id].append(row)
    wanted: dict[str, dict[str, datetime]] = defaultdict(dict)
    query = sa.select(handoff).where(handoff.c.case_id.in_(ids), handoff.c.closed_at.is_(None))
    for row in await tx.execute(query.order_by(handoff.c.id)):
        wanted[row.case_id].setdefault(row.reason, codec.moment(row.opened_at))
    query = (
        sa.select(audit.c.case_id, sa.func.max(audit.c.at).label("at"))
        .where(
            audit.c.case_id.in_(ids),
            audit.c.action == _WROTE,
        )
        .group_by(audit.c.case_id)
    )
    answered = {row.case_id: codec.moment(row.at) for row in await tx.execute(query)}
    query = sa.select(message.c.case_id, sa.func.max(message.c.created_at).label("at"))
    query = query.where(message.c.case_id.in_(ids)).group_by(message.c.case_id)
    last = {row.case_id: row.at for row in await tx.execute(query)}
    files: dict[str, list[str]] = defaultdict(list)
    query = sa.select(file.c.case_id, maybe_broken(file.c.name)).where(file.c.case_id.in_(ids))
    for row in await tx.execute(query.where(file.c.state != "erased")):
        files[row.case_id].append(row.name)
    read = await machine_readings.of_cases(tx, ids)
    return {
        case_id: _Around(
            chats=tuple(chats[case_id]),
            sessions=tuple(codec.load(Session, row.body) for row in chats[case_id] if row.body),
            wanted=wanted[case_id],
            answered_at=answered.get(case_id),
            last_at=last.get(case_id, 0.0),
            files=tuple(files[case_id]),
            read_by_machine=read.get(case_id, ()),
        )
        for case_id in ids
    }
