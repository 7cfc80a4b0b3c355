"""The list of cases, read: filtered, searched, sorted and one page at a time.

Names and what is searched are sealed, so a search, and the order of names, look at each line that the
other filters leave; anything else is the database's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.desk_rows import UNREADABLE
from bot.store.schema import desk_row as table
from bot.store.sealed import maybe_broken, readable
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
    """A page of the list. `total` counts all that the wish finds, `by_waits` those beside it too.

    `unreadable` are the cases that can't be read, whatever is wished for.
    """

    rows: Sequence[Row]
    total: int
    page: int
    by_waits: dict[str, int]
    locales: tuple[str, ...]
    channels: tuple[str, ...]
    assignees: tuple[str, ...]
    unreadable: tuple[str, ...] = ()


async def find(tx: AsyncConnection, wish: Wish) -> Found:
    """What the wish finds; a page beyond the last is the last."""
    mine = [table.c.shown == 1, *_allowed(wish)]
    filters = [*mine, *_filters(wish)]
    look = _opened if wish.terms or wish.sort == "name" else _counted
    by_waits, page, ids = await look(tx, wish, filters)
    columns = [column for column in readable(table) if column.name != "search"]
    query = sa.select(*columns).where(table.c.case_id.in_(ids))
    found = {row.case_id: row for row in await tx.execute(query)}
    return Found(
        rows=[found[case_id] for case_id in ids],
        total=_total(wish, by_waits),
        page=page,
        by_waits=by_waits,
        locales=await _words_of(tx, table.c.locales, mine),
        channels=await _words_of(tx, table.c.channels, mine),
        assignees=await _names(tx, mine),
        unreadable=await _unreadable(tx, mine),
    )


def _total(wish: Wish, by_waits: dict[str, int]) -> int:
    return by_waits.get(wish.waits, 0) if wish.waits else sum(by_waits.values())


def _page(wish: Wish, by_waits: dict[str, int]) -> int:
    return min(max(wish.page, 1), max(1, -(-_total(wish, by_waits) // PAGE)))


#: How many cases wait on whom, the number of the page, and the cases on it.
_Look = tuple[dict[str, int], int, list[str]]


async def _counted(tx: AsyncConnection, wish: Wish, filters: list[sa.ColumnElement[bool]]) -> _Look:
    """The page as the database counts and sorts it."""
    counted = sa.select(table.c.waits, sa.func.count()).where(*filters).group_by(table.c.waits)
    by_waits: dict[str, int] = {row[0]: row[1] for row in await tx.execute(counted)}
    page = _page(wish, by_waits)
    query = sa.select(table.c.case_id).where(*filters).order_by(*_order(wish))
    if wish.waits:
        query = query.where(table.c.waits == wish.waits)
    some = query.limit(PAGE).offset((page - 1) * PAGE)
    return by_waits, page, list((await tx.execute(some)).scalars())


async def _opened(tx: AsyncConnection, wish: Wish, filters: list[sa.ColumnElement[bool]]) -> _Look:
    """The page of which sealed words decide: each line is opened here, and none goes back by its id.

    A query takes no more than 32,766 of those on SQLite (https://www.sqlite.org/limits.html).
    """
    words = maybe_broken(table.c.search) if wish.terms else sa.literal("").label("search")
    by_name = wish.sort == "name"
    name = maybe_broken(table.c.name) if by_name else sa.literal("").label("name")
    query = sa.select(table.c.case_id, table.c.waits, name, words).where(*filters)
    rows = await tx.execute(query.order_by(*_order(wish)))
    kept = [row for row in rows if all(_holds(term, row.search) for term in wish.terms)]
    if by_name:
        # Those without one are last, or first where it falls.
        kept.sort(key=lambda row: (row.name == "", row.name.lower()), reverse=wish.falling)
    by_waits = dict(Counter(row.waits for row in kept))
    page = _page(wish, by_waits)
    ids = [row.case_id for row in kept if wish.waits in ("", row.waits)]
    return by_waits, page, ids[(page - 1) * PAGE : page * PAGE]


def _order(wish: Wish) -> list[Any]:
    columns = () if wish.sort == "name" else _ORDER[wish.sort]
    order = [column.desc() if wish.falling else column for column in columns]
    return [*order, table.c.case_id]


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


def _holds(term: Term, words: str) -> bool:
    return any(all(part in words for part in every) for every in term)


async def _words_of(
    tx: AsyncConnection, column: sa.ColumnElement[str], mine: list[sa.ColumnElement[bool]]
) -> tuple[str, ...]:
    found = (await tx.execute(sa.select(column).where(*mine).distinct())).scalars()
    return tuple(sorted({word for words in found for word in words.split()}))


async def _names(tx: AsyncConnection, mine: list[sa.ColumnElement[bool]]) -> tuple[str, ...]:
    query = sa.select(table.c.assignee).where(*mine, table.c.assignee != "").distinct()
    return tuple(sorted((await tx.execute(query)).scalars()))


async def _unreadable(tx: AsyncConnection, mine: list[sa.ColumnElement[bool]]) -> tuple[str, ...]:
    query = sa.select(table.c.case_id).where(*mine, table.c.reasons == UNREADABLE)
    return tuple((await tx.execute(query.order_by(table.c.case_id))).scalars())


def is_waits(word: str) -> bool:
    """Whether it says on whom a case waits."""
    return word in get_args(Waits)
