"""Sealing what older versions have stored as it was, and opening all of it again for one of them.

One of them sealed what is of no case with a key of the house, which no erasure destroyed. What is left of
that is sealed anew, each with its own key; then the house's is destroyed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import case_keys
from bot.store.columns import metadata
from bot.store.db import Database
from bot.store.keyring import KEYS, MARK, BrokenSeal
from bot.store.operator_key import OperatorKeyError
from bot.store.own_keys import HOUSE, whose
from bot.store.sealed import EMPTY, SealedText

_AT_ONCE = 200
_SEALED = f"{MARK}%"


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with sealed columns."""

    table: sa.Table
    columns: Sequence[sa.Column[str]]

    @property
    def plain(self) -> sa.ColumnElement[bool]:
        """Whether a row holds words that are not sealed."""
        return sa.or_(
            *(
                sa.and_(stored.is_not(None), stored.not_in(("", EMPTY)), stored.not_like(_SEALED))
                for stored in map(as_stored, self.columns)
            )
        )

    @property
    def shut(self) -> sa.ColumnElement[bool]:
        """Whether a row holds words that are sealed."""
        return sa.or_(*(as_stored(column).like(_SEALED) for column in self.columns))

    def shut_by(self, key_ids: Sequence[str]) -> sa.ColumnElement[bool]:
        """Whether a row holds words that are sealed with one of these keys."""
        each = (
            as_stored(column).startswith(f"{MARK}{key_id}:")
            for column in self.columns
            for key_id in key_ids
        )
        return sa.or_(sa.false(), *each)


def as_stored(column: sa.Column[str]) -> sa.ColumnElement[str]:
    """What stands in the column; by its type it would be opened."""
    return sa.type_coerce(column, sa.Text)


def sealed_tables() -> Iterator[SealedTable]:
    """All tables with patients' words."""
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, SealedText)]
        if columns:
            yield SealedTable(table, columns)


async def unsealed(tx: AsyncConnection) -> dict[str, int]:
    """How many rows of each table hold words that are not sealed; tables without any are left out."""
    return await _counted(tx, lambda one: one.plain)


async def of_the_house(tx: AsyncConnection) -> dict[str, int]:
    """The same of words that are sealed with the key of the house."""
    key_ids = await case_keys.ids_of(tx, HOUSE)
    if not key_ids:
        return {}
    return await _counted(tx, lambda one: one.shut_by(key_ids))


async def _counted(tx: AsyncConnection, which: Any) -> dict[str, int]:
    found = {}
    for one in sealed_tables():
        count = sa.select(sa.func.count()).select_from(one.table).where(which(one))
        if number := int((await tx.execute(count)).scalar_one()):
            found[one.table.name] = number
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How many rows were sealed or opened; `damaged` ones could not be opened, and are as they were.

    `whose` they are: cases, and what has a key of its own.
    """

    rows: int
    damaged: int
    whose: frozenset[str]


async def seal_all(db: Database) -> Done:
    """Seal what is not, or with the key of the house, a few rows at a time, beside a running program."""
    of_house = await db.read(partial(case_keys.ids_of, owner=HOUSE))
    return await _all(db, seal=True, again=of_house)


async def open_all(db: Database) -> Done:
    """Store everything as it is, for a version that seals nothing."""
    return await _all(db, seal=False)


async def end_house_key(db: Database) -> None:
    """Destroy the key of the house, unless a row is still sealed with it."""

    async def work(tx: AsyncConnection) -> None:
        await case_keys.lock_earlier(tx, HOUSE)
        if not await of_the_house(tx):
            await case_keys.destroy(tx, [HOUSE])

    await db.write(work)


async def _all(db: Database, *, seal: bool, again: Sequence[str] = ()) -> Done:
    rows, damaged = 0, list[str]()
    for one in sealed_tables():
        after: tuple[Any, ...] | None = ()
        while after is not None:
            work = partial(_some, one=one, seal=seal, again=again, after=after)
            changed, failed, after = await db.write(work)
            rows, damaged = rows + changed, damaged + failed
    return Done(rows=rows, damaged=len(damaged), whose=frozenset(damaged))


async def _some(
    tx: AsyncConnection,
    one: SealedTable,
    *,
    seal: bool,
    again: Sequence[str],
    after: tuple[Any, ...],
) -> tuple[int, list[str], tuple[Any, ...] | None]:
    """Of the next rows how many were changed, whose could not be, and up to which; None at the end."""
    keys = list(one.table.primary_key.columns)
    stored = [as_stored(column).label(f"stored_{column.name}") for column in one.columns]
    query = sa.select(*keys, whose(one.table).label("whose"), *stored)
    which = sa.or_(one.plain, one.shut_by(again)) if seal else one.shut
    query = query.where(which).order_by(*keys)
    if after:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*(sa.literal(value) for value in after)))
    rows = (await tx.execute(query.limit(_AT_ONCE))).all()
    for owner in sorted({row.whose for row in rows}) if seal else ():
        await case_keys.make_missing(tx, owner)
    changed, failed = 0, list[str]()
    for row in rows:
        this = tuple(row[: len(keys)])
        whole, new = True, dict[str, Any]()
        for column, words in zip(one.columns, row[len(keys) + 1 :], strict=True):
            if words in (None, "", EMPTY) or not _is_due(words, seal, again):
                continue
            try:
                new[column.name] = sa.literal(_turned(column, row.whose, words, seal), sa.Text)
            except (BrokenSeal, OperatorKeyError):
                whole = False
        if new:
            mine = [key == value for key, value in zip(keys, this, strict=True)]
            await tx.execute(sa.update(one.table).where(*mine).values(new))
        changed += bool(new and whole)
        failed += [] if whole else [row.whose]
    return changed, failed, tuple(rows[-1][: len(keys)]) if len(rows) == _AT_ONCE else None


def _is_due(words: str, seal: bool, again: Sequence[str]) -> bool:
    """Whether words are to be sealed, those too which one of the keys `again` has sealed; or opened."""
    if not words.startswith(MARK):
        return seal
    return not seal or words[len(MARK) :].partition(":")[0] in again


def _turned(column: sa.Column[str], owner: str, words: str, seal: bool) -> str | None:
    """The words sealed, or opened. Raises BrokenSeal and OperatorKeyError."""
    type_ = column.type
    assert isinstance(type_, SealedText)
    opened = KEYS.get().open(type_.place, words) if words.startswith(MARK) else words
    if opened is None:
        # Of a key that was destroyed nothing is left.
        return None if type_.nullable else ""
    return KEYS.get().seal(owner, type_.place, opened) if seal else opened
