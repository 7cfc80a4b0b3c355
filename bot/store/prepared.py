"""Prepared: the few statements of every turn, compiled once and given straight to SQLite.

They are written in SQLAlchemy Core like all others. What is saved is what SQLAlchemy does for each
execution, which is twenty times what SQLite does for it.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sqlite import driver_of

_DIALECT = SQLiteDialect_aiosqlite(paramstyle="qmark")


class Prepared:
    """A statement with named parameters, to be run in a transaction of `Database`.

    For an INSERT, `columns` are the columns that are given; the others get their defaults.
    """

    def __init__(self, statement: sa.ClauseElement, columns: Sequence[str] | None = None) -> None:
        """Compile it."""
        compiled: Any = statement.compile(
            dialect=_DIALECT, column_keys=None if columns is None else list(columns)
        )
        self._sql = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._columns: Any = None

    async def first(self, tx: AsyncConnection, values: Mapping[str, Any]) -> Any:
        """The first row, its columns by name, or None."""
        # A write that returns rows is only finished when all of them are taken.
        return next(iter(await self.all(tx, values)), None)

    async def all(self, tx: AsyncConnection, values: Mapping[str, Any]) -> list[Any]:
        """All rows, their columns by name."""
        cursor = driver_of(tx).execute_now(self._sql, self._bound(values))
        if self._columns is None:
            self._columns = _row_type([column[0] for column in cursor.description])
        rows = [self._columns._make(row) for row in cursor.fetchall()]
        cursor.close()
        return rows

    async def run(self, tx: AsyncConnection, values: Mapping[str, Any]) -> int:
        """Run it; how many rows it changed."""
        cursor = driver_of(tx).execute_now(self._sql, self._bound(values))
        return _finished(cursor)

    async def run_many(self, tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each set of values; how many rows they changed."""
        bound = [self._bound(values) for values in rows]
        return _finished(driver_of(tx).execute_many_now(self._sql, bound))

    def _bound(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        fixed = self._fixed
        return tuple([values[n] if n in values else fixed[n] for n in self._names])


def _row_type(columns: list[str]) -> Any:
    made: Any = namedtuple  # The columns are only known when it has run.
    return made("Row", columns)


def _finished(cursor: sqlite3.Cursor) -> int:
    count = cursor.rowcount
    cursor.close()
    return count
