"""Pages of cases, in the order in which they were last changed: what a system asks that keeps in step."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import codec
from bot.store.cases import CaseRow
from bot.store.db import Row
from bot.store.schema import cases, record
from bot.store.sealed import maybe_broken
from bot.store.unreadable import case_of

_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ends: the last case of it. Exactly as it is stored."""

    updated_at: float
    case_id: str


async def page(
    tx: AsyncConnection, *, status: str | None, since: float, after: Place | None, limit: int
) -> tuple[list[CaseRow], Place | None]:
    """At most `limit` cases of people who have agreed to one, and where to go on, None at the end.

    One that can't be read is left out, and hides no other.
    """
    found: list[tuple[CaseRow, Place]] = []
    while len(found) <= limit:
        rows = await _rows(tx, status, since, after)
        records = await _records(tx, [row.id for row in rows])
        for row in rows:
            after = Place(updated_at=row.updated_at, case_id=row.id)
            case = case_of(row.id, row.body, records.get(row.id, ()))
            if case is not None and case.consented and not case.erased:
                known = CaseRow(case=case, updated_at=codec.moment(row.updated_at))
                found.append((known, after))
        if len(rows) < _AT_ONCE:
            break
    shown = found[:limit]
    return [row for row, _ in shown], (shown[-1][1] if len(found) > limit else None)


async def _rows(
    tx: AsyncConnection, status: str | None, since: float, after: Place | None
) -> list[Row]:
    query = sa.select(cases.c.id, maybe_broken(cases.c.body), cases.c.updated_at)
    if since:
        query = query.where(cases.c.updated_at >= since)
    if status is not None:
        query = query.where(cases.c.status == status)
    if after is not None:
        later = sa.tuple_(cases.c.updated_at, cases.c.id)
        query = query.where(later > sa.tuple_(sa.literal(after.updated_at), after.case_id))
    ordered = query.order_by(cases.c.updated_at, cases.c.id).limit(_AT_ONCE)
    return list(await tx.execute(ordered))


async def _records(tx: AsyncConnection, ids: list[str]) -> dict[str, list[str]]:
    query = sa.select(record.c.case_id, maybe_broken(record.c.body))
    query = query.where(record.c.case_id.in_(ids))
    found: dict[str, list[str]] = {}
    for case_id, body in await tx.execute(query.order_by(record.c.position)):
        found.setdefault(case_id, []).append(body)
    return found
