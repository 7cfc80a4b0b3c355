"""Rows in a form that any database can hold: read out of one, written into another, and compared.

A row is a line of JSON, its values in the order of its table's columns. What is said of a table, how
many rows and their digest, doesn't depend on the order in which a database gives them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import metadata
from bot.store.sealed import SealedText

Value = str | int | float | None

_PAGE = 500
_MODULUS = 1 << 256
#: Who holds a job, and what stands for it in another engine, is of the running program alone.
_NOT_CARRIED = {"job": ("lease", "note")}
_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "whole": sa.BigInteger(),
    "real": sa.Float(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a table is like: its columns with the kind of each, and the columns of its key.

    The ids of a `serial` table are counted by the database.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    serial: bool

    @property
    def table(self) -> sa.TableClause:
        """The table, to read from and write to."""
        return sa.table(self.name, *(sa.column(name, _TYPES[kind]) for name, kind in self.columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many rows there are, the digest of them all, and the last id that the database has given."""

    rows: int
    digest: str
    last: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The rows of one table, written out in a file."""

    shape: Shape
    tally: Tally
    lines: Callable[[], Iterable[bytes]]


def shapes() -> list[Shape]:
    """All tables of this version."""
    return [_shape_of(table) for _, table in sorted(metadata.tables.items())]


def _shape_of(table: sa.Table) -> Shape:
    left_out = _NOT_CARRIED.get(table.name, ())
    columns = [(c.name, _kind(c)) for c in table.columns if c.name not in left_out]
    key = tuple(column.name for column in table.primary_key.columns)
    serial = table.autoincrement_column is not None
    return Shape(name=table.name, columns=tuple(columns), key=key, serial=serial)


def _kind(column: sa.Column[Any]) -> str:
    for kind, type_ in (("whole", sa.Integer), ("real", sa.Float), ("text", sa.Text)):
        # Sealed words are carried as they are: their type opens nothing here.
        if isinstance(column.type, (type_, SealedText) if kind == "text" else type_):
            return kind
    raise TypeError(f"{column} is of a type that is carried nowhere")


# ---- reading -----------------------------------------------------------------------------------


async def read(tx: AsyncConnection, shape: Shape, to: IO[bytes] | None = None) -> Tally:
    """Read a table through, write its rows to a file, and tell what there was."""
    count = total = 0
    async for line in _lines(tx, shape):
        count += 1
        total += _digest(line)
        if to is not None:
            to.write(line)
    last = await _last_id(tx, shape) if shape.serial else 0
    return Tally(rows=count, digest=f"{total % _MODULUS:064x}", last=last)


def tally_of(lines: Iterable[bytes], last: int) -> Tally:
    """What is said of a table that lies in a file."""
    count = total = 0
    for line in lines:
        count += 1
        total += _digest(line)
    return Tally(rows=count, digest=f"{total % _MODULUS:064x}", last=last)


def _digest(line: bytes) -> int:
    return int.from_bytes(hashlib.sha256(line).digest(), "big")


async def _lines(tx: AsyncConnection, shape: Shape) -> Any:
    table = shape.table
    keys = [table.c[name] for name in shape.key]
    places = [[name for name, _ in shape.columns].index(name) for name in shape.key]
    kinds = [kind for _, kind in shape.columns]
    query = sa.select(table).order_by(*keys).limit(_PAGE)
    page = query
    while True:
        rows = (await tx.execute(page)).all()
        for row in rows:
            values = [_plain(kind, value) for kind, value in zip(kinds, row, strict=True)]
            yield json.dumps(values, separators=(",", ":")).encode() + b"\n"
        if len(rows) < _PAGE:
            return
        last = [rows[-1][place] for place in places]
        page = query.where(_after(keys, last))


def _after(keys: list[Any], last: list[Any]) -> sa.ColumnElement[bool]:
    if len(keys) == 1:
        return keys[0] > last[0]  # type: ignore[no-any-return]  # a column compares to a condition
    types = [key.type for key in keys]
    return sa.tuple_(*keys) > sa.tuple_(*last, types=types)


def _plain(kind: str, value: Any) -> Value:
    """The same value from either database."""
    if value is None:
        return None
    if kind == "text":
        # What a NUL becomes on PostgreSQL, whose text can't hold one.
        return str(value).replace("\0", "\N{REPLACEMENT CHARACTER}")
    return float(value) if kind == "real" else int(value)


# ---- writing -----------------------------------------------------------------------------------


async def fill(tx: AsyncConnection, sheets: Iterable[Sheet]) -> None:
    """Write these rows into tables that have none."""
    for sheet in sheets:
        insert = sa.insert(sheet.shape.table)
        names = [name for name, _ in sheet.shape.columns]
        for page in _pages(sheet.lines()):
            rows = [dict(zip(names, json.loads(line), strict=True)) for line in page]
            await tx.execute(insert, rows)
        if sheet.shape.serial:
            await _go_on_after(tx, sheet.shape, sheet.tally.last)


def _pages(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    page: list[bytes] = []
    for line in lines:
        page.append(line)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page


async def _last_id(tx: AsyncConnection, shape: Shape) -> int:
    """The last id that was given, also where its row is gone: it is not given again."""
    if tx.dialect.name == "sqlite":
        asked = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return int((await tx.execute(asked, {"name": shape.name})).scalar() or 0)
    counter = await _counter(tx, shape)
    asked = sa.text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {counter}")
    return int((await tx.execute(asked)).scalar_one())


async def _go_on_after(tx: AsyncConnection, shape: Shape, last: int) -> None:
    if tx.dialect.name == "sqlite":
        values = {"name": shape.name, "last": last}
        await tx.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        new = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
        await tx.execute(new, values)
        return
    counter = await _counter(tx, shape)
    await tx.execute(
        sa.text("SELECT setval(CAST(:counter AS regclass), :last, :given)"),
        {"counter": counter, "last": max(last, 1), "given": last > 0},
    )


async def _counter(tx: AsyncConnection, shape: Shape) -> str:
    asked = sa.text("SELECT pg_get_serial_sequence(:name, :key)")
    found = await tx.execute(asked, {"name": f'"{shape.name}"', "key": shape.key[0]})
    return str(found.scalar_one())
