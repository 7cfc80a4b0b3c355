"""A store in which there is something of everything, for what has to carry all of it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.carrying.place import Place, alone_in
from bot.carrying.rows import Tally, shapes
from bot.settings import Settings
from bot.store import schema
from bot.store.blobs import new_blob_id
from bot.store.db import Database
from bot.store.own_keys import of_contact
from bot.store.schema import file, upload
from bot.store.sealed import SealedText, maybe_sealed

WORDS = ("", "Ана Петрова", "أحمد", "张伟 𠮷", "a\tb\nc\"'", "x" * 5000)


async def stream(data: bytes) -> AsyncIterator[bytes]:
    yield data


def row_of(table: sa.Table, n: int) -> dict[str, Any]:
    """A row with a value of its own in each column, but for those that a number is given to."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.name == "id" and table.autoincrement_column is column:
            row["id"] = 3 * n + 1
        elif isinstance(column.type, sa.Integer):
            row[column.name] = n if column.primary_key else (1 << 40) + n
        elif isinstance(column.type, sa.Float):
            row[column.name] = 1.8e9 + n / 7
        elif column.primary_key or column.name in ("key", "external_id", "token_hash", "address"):
            row[column.name] = f"{table.name}-{column.name}-{n}"
        else:
            nothing = column.nullable and n % 3 == 0
            row[column.name] = None if nothing else f"{n}{WORDS[n % len(WORDS)]}"
    whose = str(row.get("case_id", row.get("id")))
    if table is schema.contact:
        whose = of_contact(whose)
    words = [column.name for column in table.columns if isinstance(column.type, SealedText)]
    return row | {name: maybe_sealed(whose, row[name]) for name in words}


#: What names files that there are, or stands for more than itself.
_BY_HAND = (
    *("file", "upload", "job", "package", "opinion_file", "translation_file"),
    *("case_key", "house_key"),
)


async def fill(where: Path | str, place: Place, *, rows: int = 7) -> None:
    """Rows in every table, files, and uploads on their way."""
    async with await Database.open(where) as db:

        async def write(tx: AsyncConnection) -> None:
            for table in schema.metadata.sorted_tables:
                if table.name not in _BY_HAND:
                    await tx.execute(sa.insert(table), [row_of(table, n) for n in range(rows)])

        await db.write(write)
        for n in range(rows):
            await add_file(db, place, n, secrets.token_bytes(n * 1000))
            await add_upload(db, place, n, secrets.token_bytes(n * 700))
        for table in (schema.package, schema.opinion_file, schema.translation_file):
            await _add_document(db, place, table)
        await db.write(_jobs(db))


async def _add_document(db: Database, place: Place, table: sa.Table) -> None:
    blob = await place.blobs.put(stream(table.name.encode()), case_id="case")
    row = {**row_of(table, 1), "blob_id": blob.id, "size": blob.size}
    if "sha256" in table.c:
        row["sha256"] = blob.sha256
    if table is schema.package:
        row["cover_blob_id"] = None
    await db.write(lambda tx: tx.execute(sa.insert(table), row))


def _jobs(db: Database) -> Any:
    from bot.app import utc_now
    from bot.jobs.engines import queue_for

    async def add(tx: AsyncConnection) -> None:
        queue = queue_for(db, utc_now)
        for n in range(3):
            await queue.add(tx, "timer", {"timer": f"t{n}"}, key=f"timer:{n}", case_id=f"c{n}")
        await tx.execute(sa.insert(schema.job), {**_finished(), "state": "done"})

    return add


def _finished() -> dict[str, Any]:
    return {"kind": "erase", "args": json.dumps({"blobs": []}), "run_at": 1.0, "created_at": 1.0}


async def add_file(db: Database, place: Place, n: int, data: bytes) -> str:
    """A file that was stored; the id of its blob."""
    blob_id = new_blob_id()
    await place.blobs.put(stream(data), case_id="case", blob_id=blob_id)
    row = {**row_of(file, n), "id": f"file-{blob_id}", "blob_id": blob_id, "state": "stored"}
    row |= {"sha256": hashlib.sha256(data).hexdigest(), "plain_blob_id": None, "size": len(data)}
    await db.write(lambda tx: tx.execute(sa.insert(file), row))
    return blob_id


async def add_translation(db: Database, place: Place, name: str, data: bytes) -> str:
    """A translation that was stored; the id of its blob."""
    blob = await place.blobs.put(stream(data), case_id="case")
    row = {**row_of(schema.translation_file, 1), "id": name, "sha256": blob.sha256}
    row |= {"blob_id": blob.id, "size": blob.size}
    await db.write(lambda tx: tx.execute(sa.insert(schema.translation_file), row))
    return blob.id


async def add_upload(db: Database, place: Place, n: int, data: bytes) -> None:
    """A file on its way, of which these bytes have come."""
    upload_id = new_blob_id()
    partial = await place.partials.claim(upload_id, case_id="case")
    await partial.add(data)
    await partial.close()
    row = {**row_of(upload, n), "id": upload_id, "length": len(data) + n % 2}
    row["state"] = "open" if n % 2 else "whole"
    await db.write(lambda tx: tx.execute(sa.insert(upload), row))


async def tallies(settings: Settings) -> dict[str, Tally]:
    """What a place holds, as it says itself."""
    async with alone_in(settings) as place:
        return await place.tally(shapes())


async def contents(settings: Settings) -> dict[str, bytes]:
    """All files of a place, and what has come of those on their way."""
    async with alone_in(settings) as place:
        found = {}
        for blob_id in await place.blobs.older_than(float("inf")):
            found[blob_id] = b"".join([piece async for piece in place.blobs.open(blob_id)])
        for upload_id in await place.partials.ids():
            pieces = [piece async for piece in place.partials.open(upload_id)]
            found[f"upload {upload_id}"] = b"".join(pieces)
        return found


async def rows_of(where: Path | str, table: sa.Table) -> list[Any]:
    """The rows of a table, by their key."""
    query = sa.select(table).order_by(*table.primary_key.columns)

    async def read(tx: AsyncConnection) -> list[Any]:
        return list((await tx.execute(query)).all())

    async with await Database.open(where) as db:
        return await db.read(read)


def sealing() -> dict[str, str]:
    """The operator's key of this run, for a program that is given nothing else."""
    return {"SEALING_KEY": os.environ["SEALING_KEY"]}
