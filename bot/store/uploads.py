"""Uploads: files on their way, and the batches in which they were picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.schema import batch, upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a link holds that was not told of yet: how many files, and their announced bytes."""

    files: int
    size: int


async def add_batch(
    tx: AsyncConnection,
    *,
    batch_id: str,
    link_id: str,
    case_id: str,
    folder: str,
    files: int,
    size: int,
    now: float,
) -> None:
    """Files were picked in one go, so many, of so many bytes in all."""
    values = {
        "id": batch_id,
        "link_id": link_id,
        "case_id": case_id,
        "folder": folder,
        "files": files,
        "size": size,
        "made_at": now,
        "touched_at": now,
    }
    await tx.execute(sa.insert(batch), values)


async def find_batch(tx: AsyncConnection, batch_id: str) -> Row | None:
    """Every column of a batch."""
    return (await tx.execute(sa.select(batch).where(batch.c.id == batch_id))).first()


async def close_batch(tx: AsyncConnection, batch_id: str, now: float) -> bool:
    """Nothing more will come of it; False where that was known."""
    mine = sa.update(batch).where(batch.c.id == batch_id, batch.c.state == "open")
    return bool((await tx.execute(mine.values(state="closed", touched_at=now))).rowcount)


async def batch_told(tx: AsyncConnection, batch_id: str) -> None:
    """The conversation knows of it."""
    await tx.execute(sa.update(batch).where(batch.c.id == batch_id).values(state="told"))


async def add(
    tx: AsyncConnection,
    *,
    upload_id: str,
    batch_id: str,
    link_id: str,
    case_id: str,
    name: str,
    media_type: str,
    length: int,
    now: float,
) -> None:
    """A file is to come. `name` is its path within a folder that was picked."""
    values = {
        "id": upload_id,
        "batch_id": batch_id,
        "link_id": link_id,
        "case_id": case_id,
        "name": name,
        "media_type": media_type,
        "length": length,
        "made_at": now,
    }
    await tx.execute(sa.insert(upload), values)
    await tx.execute(sa.update(batch).where(batch.c.id == batch_id).values(touched_at=now))


async def find(tx: AsyncConnection, upload_id: str, link_id: str) -> Row | None:
    """Every column of an upload of this link, or None."""
    query = sa.select(upload).where(upload.c.id == upload_id, upload.c.link_id == link_id)
    return (await tx.execute(query)).first()


async def by_id(tx: AsyncConnection, upload_id: str) -> Row | None:
    """Every column of an upload, or None."""
    return (await tx.execute(sa.select(upload).where(upload.c.id == upload_id))).first()


async def of_batch(tx: AsyncConnection, batch_id: str) -> Sequence[Row]:
    """The uploads of a batch in the order in which they were announced."""
    query = sa.select(upload).where(upload.c.batch_id == batch_id)
    return (await tx.execute(query.order_by(upload.c.made_at, upload.c.id))).all()


async def unfinished(tx: AsyncConnection) -> Sequence[Row]:
    """All uploads that are still to come, or that nobody was told of."""
    return (await tx.execute(sa.select(upload).where(upload.c.state != "told"))).all()


async def untold_batches(tx: AsyncConnection) -> Sequence[str]:
    """The batches of which something came that nobody was told of."""
    query = sa.select(upload.c.batch_id).where(upload.c.state == "whole").distinct()
    return (await tx.execute(query)).scalars().all()


async def whole(tx: AsyncConnection, upload_id: str, now: float) -> bool:
    """All of it has come; False where that was known."""
    mine = sa.update(upload).where(upload.c.id == upload_id, upload.c.state == "open")
    fresh = bool((await tx.execute(mine.values(state="whole"))).rowcount)
    if fresh:
        its = sa.select(upload.c.batch_id).where(upload.c.id == upload_id).scalar_subquery()
        await tx.execute(sa.update(batch).where(batch.c.id == its).values(touched_at=now))
    return fresh


async def told(tx: AsyncConnection, upload_ids: Sequence[str]) -> None:
    """The conversation knows of these."""
    for start in range(0, len(upload_ids), 500):
        some = upload_ids[start : start + 500]
        await tx.execute(sa.update(upload).where(upload.c.id.in_(some)).values(state="told"))


async def held(tx: AsyncConnection, link_id: str) -> Held:
    """What is on its way by a link."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(upload.c.length), 0)).where(
        upload.c.link_id == link_id, upload.c.state == "open"
    )
    files, size = (await tx.execute(query)).one()
    return Held(files=files, size=size)


async def sent(tx: AsyncConnection, link_id: str) -> int:
    """The bytes that were announced by a link in all, whatever became of them."""
    query = sa.select(sa.func.coalesce(sa.func.sum(upload.c.length), 0))
    return int((await tx.execute(query.where(upload.c.link_id == link_id))).scalar_one())


async def remove(tx: AsyncConnection, upload_id: str) -> bool:
    """The sender doesn't want to send it any more; False where all of it has come."""
    gone = sa.delete(upload).where(upload.c.id == upload_id, upload.c.state == "open")
    return bool((await tx.execute(gone)).rowcount)


async def stale(tx: AsyncConnection, before: float) -> Sequence[str]:
    """The ids of uploads that were announced before then and never came."""
    query = sa.select(upload.c.id).where(upload.c.state == "open", upload.c.made_at < before)
    return (await tx.execute(query)).scalars().all()


async def forget_told(tx: AsyncConnection, before: float) -> None:
    """Forget the batches that were picked before then and of which nothing is still to be told."""
    left = sa.select(upload.c.batch_id).where(upload.c.state != "told")
    old = sa.select(batch.c.id).where(batch.c.made_at < before, batch.c.id.not_in(left))
    await tx.execute(sa.delete(upload).where(upload.c.batch_id.in_(old)))
    await tx.execute(sa.delete(batch).where(batch.c.made_at < before, batch.c.id.not_in(left)))


async def known(tx: AsyncConnection) -> set[str]:
    """The ids of all uploads and batches."""
    ids = sa.union(sa.select(upload.c.id), sa.select(batch.c.id))
    return set((await tx.execute(ids)).scalars())


async def named(tx: AsyncConnection) -> set[str]:
    """The ids of those that may be blobs which no file's row names yet."""
    ids = sa.union(
        sa.select(upload.c.id).where(upload.c.state == "whole"),
        sa.select(batch.c.id).where(batch.c.state != "told"),
    )
    return set((await tx.execute(ids)).scalars())


async def scrub(tx: AsyncConnection, case_id: str) -> list[str]:
    """Forget the uploads of a case; the ids of partials and blobs that are yet to be deleted."""
    mine = sa.select(upload.c.id).where(upload.c.case_id == case_id)
    ids = list((await tx.execute(mine)).scalars())
    ids += (await tx.execute(sa.select(batch.c.id).where(batch.c.case_id == case_id))).scalars()
    await tx.execute(sa.delete(upload).where(upload.c.case_id == case_id))
    await tx.execute(sa.delete(batch).where(batch.c.case_id == case_id))
    return ids
