"""Translations: their stored documents, and what documents say. What became of them is in the case."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.schema import document_text, translation_file
from bot.store.sealed import sealed

#: So many values go into one statement; SQLite takes no more than 32,766.
_AT_ONCE = 500


async def add(
    tx: AsyncConnection,
    *,
    file_id: str,
    case_id: str,
    record_id: str,
    name: str,
    media_type: str,
    size: int,
    sha256: str,
    blob_id: str,
    now: float,
) -> None:
    """A translation was uploaded at the desk, or a machine has drafted one."""
    values = {
        "id": file_id,
        "case_id": case_id,
        "record_id": record_id,
        "name": sealed(case_id, name),
        "media_type": media_type,
        "size": size,
        "sha256": sha256,
        "blob_id": blob_id,
        "made_at": now,
    }
    await tx.execute(sa.insert(translation_file), values)


async def find(tx: AsyncConnection, case_id: str, file_id: str) -> Row | None:
    """The row of a translation of this case, or None."""
    table = translation_file
    query = sa.select(table).where(table.c.id == file_id, table.c.case_id == case_id)
    return (await tx.execute(query)).first()


async def of_case(tx: AsyncConnection, case_id: str) -> Sequence[Row]:
    """The translations of a case, in the order in which they came."""
    table = translation_file
    query = sa.select(table).where(table.c.case_id == case_id)
    return (await tx.execute(query.order_by(table.c.made_at, table.c.id))).all()


async def remove(tx: AsyncConnection, case_id: str, file_id: str) -> str | None:
    """Forget a translation and what it says; the id of its blob, which is yet to be deleted."""
    table = translation_file
    mine = sa.delete(table).where(table.c.id == file_id, table.c.case_id == case_id)
    blob_id: str | None = (await tx.execute(mine.returning(table.c.blob_id))).scalar()
    if blob_id is not None:
        await tx.execute(sa.delete(document_text).where(document_text.c.id == file_id))
    return blob_id


async def scrub(tx: AsyncConnection, case_id: str) -> list[str]:
    """Forget what there is of a case; the ids of the blobs, which are yet to be deleted."""
    await tx.execute(sa.delete(document_text).where(document_text.c.case_id == case_id))
    mine = sa.delete(translation_file).where(translation_file.c.case_id == case_id)
    return list((await tx.execute(mine.returning(translation_file.c.blob_id))).scalars())


# ---- what documents say ------------------------------------------------------------------------


async def keep_text(
    tx: AsyncConnection,
    *,
    document_id: str,
    case_id: str,
    state: str,
    pages: int | None,
    scanned: int,
    words: str,
    now: float,
) -> None:
    """Keep what a document says, in place of what it said before."""
    await tx.execute(sa.delete(document_text).where(document_text.c.id == document_id))
    values = {
        "id": document_id,
        "case_id": case_id,
        "state": state,
        "pages": pages,
        "scanned": scanned,
        "characters": sum(1 for sign in words if not sign.isspace()),
        "words": sealed(case_id, words),
        "made_at": now,
    }
    await tx.execute(sa.insert(document_text), values)


async def text_of(tx: AsyncConnection, document_id: str) -> Row | None:
    """What a document says; None where it was not read yet."""
    query = sa.select(document_text).where(document_text.c.id == document_id)
    return (await tx.execute(query)).first()


async def lengths(tx: AsyncConnection, document_ids: Collection[str]) -> Mapping[str, Row]:
    """How long documents are, by their ids, without their words; those that were not read are not in it."""
    table, found, ids = document_text.c, {}, list(document_ids)
    for start in range(0, len(ids), _AT_ONCE):
        query = sa.select(table.id, table.state, table.pages, table.scanned, table.characters)
        some = query.where(table.id.in_(ids[start : start + _AT_ONCE]))
        found.update({row.id: row for row in await tx.execute(some)})
    return found
