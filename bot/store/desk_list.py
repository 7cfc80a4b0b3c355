"""The list of cases, read: filtered, searched, sorted and one page at a time.

Names and what is searched are sealed, so a search, and the order of names, look at each line that the
other filters leave; anything else is the database's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.schema import desk_row as table
from checklist.search import Term
from checklist.waiting import Waits

#: `first`: whom to help first.
Sort = Literal["first", "case", "name", "status", "complete", "waits", "since", "last", "assignee"]
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
PAGE: Final = 50

_ORDER: Final[dict[Sort, tuple[Any, ...]]] = {
    "first": (table.c.rank, table.c.since),
    "case": (table.c.case_id,),
    "status": (
        sa.case(
            {
                status: place
                for place, status in enumerate(
                    (
                        *("collecting", "submitted", "accepted", "in_translation"),
                        *("in_review", "opinion_ready", "closed"),
                    )
                )
            },
            value=table.c.status,
            else_=9,
        ),
        table.c.since,
    ),
    "complete": (table.c.complete, table.c.since),
    "waits": (table.c.waits, table.c.since),
    "since": (table.c.since,),
    "last": (table.c.last_at,),
    "assignee": (table.c.assignee == "", table.c.assignee, table.c.rank, table.c.since),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to see of the list; "" for whatever there is.

    `assignee` is a name, or `-` for cases that nobody has taken. `translator` is the name of who may
    see only what is in translation or was given to them, "" for who may see all.
    """

    terms: tuple[Term, ...] = ()
    waits: str = ""
    status: str = ""
    locale: str = ""
    channel: str = ""
    assignee: str = ""
    sort: Sort = "first"
    falling: bool = False
    page: int = 1
    translator: str = ""
    limited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of the list. `total` counts all that the wish finds, `by_waits` those beside it too."""

    rows: Sequence[Row]
    total: int
    page: int
    by_waits: dict[str, int]
    locales: tuple[str, ...]
    channels: tuple[str, ...]
    assignees: tuple[str, ...]


async def find(tx: AsyncConnection, wish: Wish) -> Found:
    """What the wish finds; a page beyond the last is the last."""
    mine = [table.c.shown == 1, *_allowed(wish)]
    filters = [*mine, *_filters(wish)]
    if wish.terms:
        filters.append(table.c.case_id.in_(await _holding(tx, wish.terms, filters)))
    counted = sa.select(table.c.waits, sa.func.count()).where(*filters).group_by(table.c.waits)
    by_waits: dict[str, int] = {row[0]: row[1] for row in await tx.execute(counted)}
    if wish.waits:
        filters.append(table.c.waits == wish.waits)
    total = by_waits.get(wish.waits, 0) if wish.waits else sum(by_waits.values())
    page = min(max(wish.page, 1), max(1, -(-total // PAGE)))
    begin = (page - 1) * PAGE
    columns = [column for column in table.columns if column.name != "search"]
    query = sa.select(*columns)
    if wish.sort == "name":
        ids = (await _by_name(tx, filters, wish.falling))[begin : begin + PAGE]
        found = {
            row.case_id: row for row in await tx.execute(query.where(table.c.case_id.in_(ids)))
        }
        rows = [found[case_id] for case_id in ids]
    else:
        order = [column.desc() if wish.falling else column for column in _ORDER[wish.sort]]
        some = query.where(*filters).order_by(*order, table.c.case_id).limit(PAGE).offset(begin)
        rows = list((await tx.execute(some)).all())
    return Found(
        rows=rows,
        total=total,
        page=page,
        by_waits=by_waits,
        locales=await _words_of(tx, table.c.locales, mine),
        channels=await _words_of(tx, table.c.channels, mine),
        assignees=await _names(tx, mine),
    )


def _allowed(wish: Wish) -> list[sa.ColumnElement[bool]]:
    if not wish.limited:
        return []
    given = sa.and_(table.c.assignee == wish.translator, table.c.assignee != "")
    return [sa.or_(table.c.status == "in_translation", given)]


def _filters(wish: Wish) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wish.status:
        found.append(table.c.status == wish.status)
    if wish.locale:
        found.append(table.c.locales.contains(f" {wish.locale} ", autoescape=True))
    if wish.channel:
        found.append(table.c.channels.contains(f" {wish.channel} ", autoescape=True))
    if wish.assignee:
        found.append(table.c.assignee == ("" if wish.assignee == "-" else wish.assignee))
    return found


async def _holding(
    tx: AsyncConnection, terms: Sequence[Term], filters: list[sa.ColumnElement[bool]]
) -> list[str]:
    """The cases in whose words all terms are found."""
    rows = await tx.execute(sa.select(table.c.case_id, table.c.search).where(*filters))
    return [case_id for case_id, words in rows if all(_holds(term, words) for term in terms)]


def _holds(term: Term, words: str) -> bool:
    return any(all(part in words for part in every) for every in term)


async def _by_name(
    tx: AsyncConnection, filters: list[sa.ColumnElement[bool]], falling: bool
) -> list[str]:
    """The cases in the order of their names; those without one last, or first where it falls."""
    rows = (await tx.execute(sa.select(table.c.case_id, table.c.name).where(*filters))).all()
    rows = sorted(rows, key=lambda row: row.case_id)
    rows.sort(key=lambda row: (row.name == "", row.name.lower()), reverse=falling)
    return [row.case_id for row in rows]


async def _words_of(
    tx: AsyncConnection, column: sa.ColumnElement[str], mine: list[sa.ColumnElement[bool]]
) -> tuple[str, ...]:
    found = (await tx.execute(sa.select(column).where(*mine).distinct())).scalars()
    return tuple(sorted({word for words in found for word in words.split()}))


async def _names(tx: AsyncConnection, mine: list[sa.ColumnElement[bool]]) -> tuple[str, ...]:
    query = sa.select(table.c.assignee).where(*mine, table.c.assignee != "").distinct()
    return tuple(sorted((await tx.execute(query)).scalars()))


def is_waits(word: str) -> bool:
    """Whether it says on whom a case waits."""
    return word in get_args(Waits)
