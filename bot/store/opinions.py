"""Opinions: the stored documents of a specialist's answer. What became of it is in the case."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.schema import opinion_file as table
from bot.store.sealed import sealed


async def add(
    tx: AsyncConnection,
    *,
    file_id: str,
    case_id: str,
    name: str,
    media_type: str,
    size: int,
    blob_id: str,
    now: float,
) -> None:
    """A document was uploaded at the desk."""
    values = {
        "id": file_id,
        "case_id": case_id,
        "name": sealed(case_id, name),
        "media_type": media_type,
        "size": size,
        "blob_id": blob_id,
        "made_at": now,
    }
    await tx.execute(sa.insert(table), values)


async def find(tx: AsyncConnection, case_id: str, file_id: str) -> Row | None:
    """The row of a document of this case, or None."""
    query = sa.select(table).where(table.c.id == file_id, table.c.case_id == case_id)
    return (await tx.execute(query)).first()


async def of_case(tx: AsyncConnection, case_id: str) -> Sequence[Row]:
    """The documents of a case, in the order in which they came."""
    query = sa.select(table).where(table.c.case_id == case_id)
    return (await tx.execute(query.order_by(table.c.made_at, table.c.id))).all()


async def remove(tx: AsyncConnection, case_id: str, file_id: str) -> str | None:
    """Forget a document; the id of its blob, which is yet to be deleted."""
    mine = sa.delete(table).where(table.c.id == file_id, table.c.case_id == case_id)
    blob_id: str | None = (await tx.execute(mine.returning(table.c.blob_id))).scalar()
    return blob_id


async def scrub(tx: AsyncConnection, case_id: str) -> list[str]:
    """Forget the documents of a case; the ids of their blobs, which are yet to be deleted."""
    mine = sa.delete(table).where(table.c.case_id == case_id)
    return list((await tx.execute(mine.returning(table.c.blob_id))).scalars())
