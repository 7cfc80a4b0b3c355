"""Sealing what older versions have stored as it was, and opening all of it again for one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import metadata
from bot.store.db import Database
from bot.store.keyring import KEYS, MARK, BrokenSeal
from bot.store.operator_key import OperatorKeyError
from bot.store.sealed import EMPTY, HOUSE, SealedText

_AT_ONCE = 200
_SEALED = f"{MARK}%"


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A table with sealed columns, and the column that says whose a row is."""

    table: sa.Table
    columns: Sequence[sa.Column[str]]

    @property
    def case_id(self) -> sa.ColumnElement[str]:
        if self.table.name == "cases":
            return self.table.c.id
        return self.table.c.get("case_id", sa.literal(HOUSE))

    @property
    def plain(self) -> sa.ColumnElement[bool]:
        """Whether a row holds words that are not sealed."""
        return sa.or_(
            *(
                sa.and_(stored.is_not(None), stored.not_in(("", EMPTY)), stored.not_like(_SEALED))
                for stored in map(_stored, self.columns)
            )
        )

    @property
    def shut(self) -> sa.ColumnElement[bool]:
        """Whether a row holds words that are sealed."""
        return sa.or_(*(_stored(column).like(_SEALED) for column in self.columns))


def _stored(column: sa.Column[str]) -> sa.ColumnElement[str]:
    """What stands in the column; by its type it would be opened."""
    return sa.type_coerce(column, sa.Text)


def _tables() -> Iterator[_Sealed]:
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, SealedText)]
        if columns:
            yield _Sealed(table, columns)


async def unsealed(tx: AsyncConnection) -> dict[str, int]:
    """How many rows of each table hold words that are not sealed; tables without any are left out."""
    found = {}
    for one in _tables():
        count = sa.select(sa.func.count()).select_from(one.table).where(one.plain)
        if number := int((await tx.execute(count)).scalar_one()):
            found[one.table.name] = number
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How many rows were sealed or opened; `damaged` ones could not be opened, and are as they were."""

    rows: int
    damaged: int


async def seal_all(db: Database) -> Done:
    """Seal what is not, a few rows at a time, beside a running program."""
    return await _all(db, seal=True)


async def open_all(db: Database) -> Done:
    """Store everything as it is, for a version that seals nothing."""
    return await _all(db, seal=False)


async def _all(db: Database, *, seal: bool) -> Done:
    rows = damaged = 0
    for one in _tables():
        after: tuple[Any, ...] | None = ()
        while after is not None:
            work = partial(_some, one=one, seal=seal, after=after)
            changed, failed, after = await db.write(work)
            rows, damaged = rows + changed, damaged + failed
    return Done(rows=rows, damaged=damaged)


async def _some(
    tx: AsyncConnection, one: _Sealed, *, seal: bool, after: tuple[Any, ...]
) -> tuple[int, int, tuple[Any, ...] | None]:
    """Of the next rows how many were changed and how many could not be, and up to which; None at the end."""
    keys = list(one.table.primary_key.columns)
    stored = [_stored(column).label(f"stored_{column.name}") for column in one.columns]
    query = sa.select(*keys, one.case_id.label("whose"), *stored)
    query = query.where(one.plain if seal else one.shut).order_by(*keys)
    if after:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*(sa.literal(value) for value in after)))
    rows = (await tx.execute(query.limit(_AT_ONCE))).all()
    changed = failed = 0
    for row in rows:
        this = tuple(row[: len(keys)])
        whole, new = True, dict[str, Any]()
        for column, words in zip(one.columns, row[len(keys) + 1 :], strict=True):
            if words in (None, "", EMPTY) or words.startswith(MARK) is seal:
                continue
            try:
                new[column.name] = sa.literal(_turned(column, row.whose, words, seal), sa.Text)
            except (BrokenSeal, OperatorKeyError):
                whole = False
        if new:
            mine = [key == value for key, value in zip(keys, this, strict=True)]
            await tx.execute(sa.update(one.table).where(*mine).values(new))
        changed, failed = changed + bool(new and whole), failed + (not whole)
    return changed, failed, tuple(rows[-1][: len(keys)]) if len(rows) == _AT_ONCE else None


def _turned(column: sa.Column[str], whose: str, words: str, seal: bool) -> str | None:
    """The words sealed, or opened. Raises BrokenSeal and OperatorKeyError."""
    type_ = column.type
    assert isinstance(type_, SealedText)
    if seal:
        return KEYS.get().seal(whose, type_.place, words)
    opened = KEYS.get().open(type_.place, words)
    # Of a key that was destroyed nothing is left.
    return opened if opened is not None or type_.nullable else ""
