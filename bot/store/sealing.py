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
from bot.store.keyring import MARK
from bot.store.own_keys import HOUSE, whose
from bot.store.sealed import EMPTY, SealedText, maybe_sealed

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


async def seal_all(db: Database) -> int:
    """Seal what is not, or with the key of the house, beside a running program; how many rows it were."""
    key_ids = await db.read(partial(case_keys.ids_of, owner=HOUSE))
    return await _all(db, lambda one: sa.or_(one.plain, one.shut_by(key_ids)), seal=True)


async def open_all(db: Database) -> int:
    """Store everything as it is, for a version that seals nothing; how many rows it were."""
    return await _all(db, lambda one: one.shut, seal=False)


async def end_house_key(db: Database) -> None:
    """Destroy the key of the house, unless a row is still sealed with it."""

    async def work(tx: AsyncConnection) -> None:
        await case_keys.lock_earlier(tx, HOUSE)
        if not await of_the_house(tx):
            await case_keys.destroy(tx, [HOUSE])

    await db.write(work)


async def _all(db: Database, which: Any, *, seal: bool) -> int:
    count = 0
    for one in sealed_tables():
        while done := await db.write(partial(_some, one=one, which=which(one), seal=seal)):
            count += done
    return count


async def _some(
    tx: AsyncConnection, one: SealedTable, which: sa.ColumnElement[bool], *, seal: bool
) -> int:
    """A few rows at a time."""
    keys = list(one.table.primary_key.columns)
    query = sa.select(*keys, whose(one.table).label("whose"), *one.columns)
    rows = (await tx.execute(query.where(which).limit(_AT_ONCE))).all()
    for owner in sorted({row.whose for row in rows}) if seal else ():
        await case_keys.make_missing(tx, owner)
    for row in rows:
        this = [key == row._mapping[key] for key in keys]
        new: dict[str, Any] = {}
        for column in one.columns:
            words = row._mapping[column]
            new[column.name] = (
                maybe_sealed(row.whose, words) if seal else sa.literal(words, sa.Text)
            )
        await tx.execute(sa.update(one.table).where(*this).values(new))
    return len(rows)
