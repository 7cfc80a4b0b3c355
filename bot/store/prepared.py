"""Prepared: the few statements of every turn, compiled once and given straight to the database.

They are written in SQLAlchemy Core like all others. What is saved is what SQLAlchemy does for each
execution, which is twenty times what SQLite does for it. PostgreSQL's are compiled when they are first
needed.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sealed import SealedText
from bot.store.sqlite import driver_of, is_elsewhere

_DIALECT = SQLiteDialect_aiosqlite(paramstyle="qmark")


class Prepared:
    """A statement with named parameters, to be run in a transaction of `Database`.

    For an INSERT, `columns` are the columns that are given; the others get their defaults.
    """

    def __init__(self, statement: sa.ClauseElement, columns: Sequence[str] | None = None) -> None:
        """Compile it."""
        self._statement = statement
        self._keys = None if columns is None else list(columns)
        compiled: Any = statement.compile(dialect=_DIALECT, column_keys=self._keys)
        self._sql = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup)
        self._sealing = _sealing(compiled)
        self._opening = _opening(statement)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._columns: Any = None
        self._elsewhere: _Elsewhere | None = None

    async def first(self, tx: AsyncConnection, values: Mapping[str, Any]) -> Any:
        """The first row, its columns by name, or None."""
        # A write that returns rows is only finished when all of them are taken.
        return next(iter(await self.all(tx, values)), None)

    async def all(self, tx: AsyncConnection, values: Mapping[str, Any]) -> list[Any]:
        """All rows, their columns by name."""
        if is_elsewhere(tx):
            return await self._there(tx).all(tx, values)
        cursor = driver_of(tx).execute_now(self._sql, self._bound(values))
        if self._columns is None:
            self._columns = _row_type([column[0] for column in cursor.description])
        found = cursor.fetchall()
        cursor.close()
        return [self._columns._make(row) for row in _opened(found, self._opening)]

    async def run(self, tx: AsyncConnection, values: Mapping[str, Any]) -> int:
        """Run it; how many rows it changed."""
        if is_elsewhere(tx):
            return await self._there(tx).run(tx, [values])
        cursor = driver_of(tx).execute_now(self._sql, self._bound(values))
        return _finished(cursor)

    async def run_many(self, tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each set of values; how many rows they changed."""
        if is_elsewhere(tx):
            return await self._there(tx).run(tx, rows)
        bound = [self._bound(values) for values in rows]
        return _finished(driver_of(tx).execute_many_now(self._sql, bound))

    def _there(self, tx: AsyncConnection) -> _Elsewhere:
        if self._elsewhere is None:
            self._elsewhere = _Elsewhere(self._statement, self._keys, tx.dialect)
        return self._elsewhere

    def _bound(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        values, fixed = _sealed(values, self._sealing), self._fixed
        return tuple([values[n] if n in values else fixed[n] for n in self._names])


class _Elsewhere:
    """The same statement for another database than SQLite, through SQLAlchemy's own cursor."""

    def __init__(
        self, statement: sa.ClauseElement, columns: list[str] | None, dialect: sa.Dialect
    ) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
        self._sql = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._names = frozenset(compiled.params)
        self._sealing = _sealing(compiled)
        self._opening = _opening(statement)
        self._columns: Any = None

    async def all(self, tx: AsyncConnection, values: Mapping[str, Any]) -> list[Any]:
        result = await tx.exec_driver_sql(self._sql, self._bound(values))
        if self._columns is None:
            self._columns = _row_type(list(result.keys()))
        return [self._columns._make(row) for row in _opened(result.all(), self._opening)]

    async def run(self, tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> int:
        bound = [self._bound(values) for values in rows]
        given = bound[0] if len(bound) == 1 else bound
        return (await tx.exec_driver_sql(self._sql, given)).rowcount

    def _bound(self, values: Mapping[str, Any]) -> dict[str, Any]:
        values = _sealed(values, self._sealing)
        return {n: values[n] if n in values else self._fixed[n] for n in self._names}


def _row_type(columns: list[str]) -> Any:
    made: Any = namedtuple  # The columns are only known when it has run.
    return made("Row", columns)


# ---- sealed columns: what SQLAlchemy would have done for each execution --------------------------


def _sealing(compiled: Any) -> dict[str, SealedText]:
    """The parameters that are sealed on their way in."""
    types = {name: bind.type for name, bind in compiled.binds.items()}
    return {name: type_ for name, type_ in types.items() if isinstance(type_, SealedText)}


def _opening(statement: Any) -> tuple[tuple[int, SealedText], ...]:
    """The places of the columns that are opened on their way out."""
    columns = enumerate(getattr(statement, "exported_columns", ()))
    return tuple((n, c.type) for n, c in columns if isinstance(c.type, SealedText))


def _sealed(values: Mapping[str, Any], types: Mapping[str, SealedText]) -> Mapping[str, Any]:
    if not types:
        return values
    new = {n: t.process_bind_param(values[n], None) for n, t in types.items() if n in values}
    return {**values, **new}


def _opened(rows: Sequence[Any], types: Sequence[tuple[int, SealedText]]) -> list[Any]:
    if not types:
        return list(rows)
    opened = []
    for row in rows:
        values = list(row)
        for place, type_ in types:
            values[place] = type_.process_result_value(values[place], None)
        opened.append(values)
    return opened


def _finished(cursor: sqlite3.Cursor) -> int:
    count = cursor.rowcount
    cursor.close()
    return count
