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
from bot.store.keyring import MARK
from bot.store.sealed import EMPTY, HOUSE, SealedText, maybe_sealed

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


async def seal_all(db: Database) -> int:
    """Seal what is not, a few rows at a time, beside a running program; how many rows it were."""
    return await _all(db, seal=True)


async def open_all(db: Database) -> int:
    """Store everything as it is, for a version that seals nothing; how many rows it were."""
    return await _all(db, seal=False)


async def _all(db: Database, *, seal: bool) -> int:
    count = 0
    for one in _tables():
        while done := await db.write(partial(_some, one=one, seal=seal)):
            count += done
    return count


async def _some(tx: AsyncConnection, one: _Sealed, *, seal: bool) -> int:
    keys = list(one.table.primary_key.columns)
    query = sa.select(*keys, one.case_id.label("whose"), *one.columns)
    query = query.where(one.plain if seal else one.shut)
    rows = (await tx.execute(query.limit(_AT_ONCE))).all()
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
