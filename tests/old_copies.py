"""A copy of a program's rows and files, and whatever can be read of it with the keys of a later time."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.blobs_folder import FolderBlobs
from bot.store.db import Database
from bot.store.keyring import KEYS, MARK
from bot.store.partials_folder import FolderPartials
from bot.store.schema import metadata
from bot.store.scratch import Scratch
from bot.store.sealed_blobs import KEPT, SealedBlobs
from bot.store.sealed_partials import SealedPartials

#: They are kept apart: who has those of now has none that was destroyed.
_KEYS = ("case_key", "house_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class OldCopy:
    """What lay there: values as they stood, by `table.column`; and a folder with the files."""

    values: tuple[tuple[str, str], ...]
    folder: Path


def copied(where: Path | str, data: Path, to: Path) -> OldCopy:
    """Copy the database at `where`, and the files in the folder `data`."""
    for name in ("blobs", "uploads"):
        if (data / name).exists():
            shutil.copytree(data / name, to / name)
    to.mkdir(exist_ok=True)
    rows = _of_file(where, to / "core.db") if isinstance(where, Path) else _of_server(where)
    return OldCopy(values=tuple(rows), folder=to)


def _of_file(path: Path, to: Path) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)
        for place, query in _queries():
            for (value,) in copy.execute(query):
                yield place, str(value)


def _of_server(url: str) -> Iterator[tuple[str, str]]:
    with psycopg.connect(url) as connection:
        for place, query in _queries():
            for (value,) in connection.execute(query.encode()):
                yield place, str(value)


def _queries() -> Iterator[tuple[str, str]]:
    for table in metadata.sorted_tables:
        for column in table.columns if table.name not in _KEYS else ():
            query = f'SELECT "{column.name}" FROM "{table.name}"'
            yield f"{table.name}.{column.name}", query


async def readable(copy: OldCopy, db: Database) -> list[tuple[str, str]]:
    """All that can be read of a copy with the keys that a database has now: where, and what."""
    found = [(place, value) for place, value in copy.values if not value.startswith(MARK)]
    for place, value in copy.values:
        if value.startswith(MARK):
            # One at a time: each may miss a key of its own.
            opened = await db.read(partial(_opened, place=place, value=value))
            found.append((place, opened or ""))
    return found + [item async for item in _files(copy, db)]


async def _opened(_tx: AsyncConnection, *, place: str, value: str) -> str | None:
    return KEYS.get().open(place, value)


async def _files(copy: OldCopy, db: Database) -> AsyncIterator[tuple[str, str]]:
    for path in sorted(copy.folder.rglob("*")):
        if path.is_file():
            yield f"the bytes of {path.name}", path.read_bytes().decode("latin-1")
    scratch = Scratch(copy.folder / "scratch", 1 << 30, KEPT)
    blobs = SealedBlobs(FolderBlobs(copy.folder / "blobs"), db.keys, scratch)
    partials = SealedPartials(FolderPartials(copy.folder / "uploads"), db.keys, scratch)
    for store, ids in (
        (blobs, await blobs.older_than(float("inf"))),
        (partials, await partials.ids() if (copy.folder / "uploads").exists() else set()),
    ):
        for one in sorted(ids):
            yield f"the file {one}", await _read(store, one)
    scratch.close()


async def _read(store: Any, one: str) -> str:
    with suppress(FileNotFoundError):
        return b"".join([piece async for piece in store.open(one)]).decode("latin-1")
    return ""
