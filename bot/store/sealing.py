"""Sealing what older versions have stored as it was: which rows those are, and sealing them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import metadata
from bot.store.db import Database
from bot.store.keyring import MARK
from bot.store.sealed import EMPTY, SealedText, maybe_sealed

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A table with sealed columns, and the column that says whose a row is."""

    table: sa.Table
    columns: Sequence[sa.Column[str]]

    @property
    def case_id(self) -> sa.Column[str]:
        return self.table.c.id if self.table.name == "cases" else self.table.c.case_id

    @property
    def plain(self) -> sa.ColumnElement[bool]:
        """Whether a row holds words that are not sealed."""
        return sa.or_(*(_is_plain(column) for column in self.columns))


def _is_plain(column: sa.Column[str]) -> sa.ColumnElement[bool]:
    # As it is stored: by its type it would be opened.
    stored = sa.type_coerce(column, sa.Text)
    return sa.and_(
        column.is_not(None), stored.not_in(("", EMPTY)), stored.not_like(f"{MARK}%", escape="\\")
    )


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
    count = 0
    for one in _tables():
        while done := await db.write(partial(_seal_some, one=one)):
            count += done
    return count


async def _seal_some(tx: AsyncConnection, one: _Sealed) -> int:
    keys = list(one.table.primary_key.columns)
    query = sa.select(*keys, one.case_id.label("whose"), *one.columns).where(one.plain)
    rows = (await tx.execute(query.limit(_AT_ONCE))).all()
    for row in rows:
        this = [key == row._mapping[key] for key in keys]
        words = {c.name: maybe_sealed(row.whose, row._mapping[c]) for c in one.columns}
        await tx.execute(sa.update(one.table).where(*this).values(words))
    return len(rows)
