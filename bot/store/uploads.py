"""Uploads: files on their way, and the batches in which they were picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db import Row
from bot.store.schema import batch, upload
from bot.store.sealed import readable, sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Files of a batch that have come, and those that were announced and have not."""

    come: int
    coming: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a link has taken: unfinished files, open batches, and all bytes that were announced.

    `waiting` is the bytes that were announced by any link and have not come yet.
    """

    unfinished: int
    batches: int
    size: int
    waiting: int


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
        "folder": sealed(case_id, folder),
        "files": files,
        "size": size,
        "made_at": now,
        "touched_at": now,
    }
    await tx.execute(sa.insert(batch), values)


async def find_batch(tx: AsyncConnection, batch_id: str) -> Row | None:
    """Every column of a batch."""
    return (await tx.execute(sa.select(*readable(batch)).where(batch.c.id == batch_id))).first()


async def close_batch(tx: AsyncConnection, batch_id: str, now: float) -> bool:
    """Nothing more will come of it; False where that was known."""
    mine = sa.update(batch).where(batch.c.id == batch_id, batch.c.state == "open")
    return bool((await tx.execute(mine.values(state="closed", touched_at=now))).rowcount)


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
        "name": sealed(case_id, name),
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
    query = sa.select(*readable(upload)).where(upload.c.state != "told")
    return (await tx.execute(query)).all()


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


async def told(tx: AsyncConnection, upload_ids: Sequence[str]) -> bool:
    """The conversation knows of these; False when it knew of one of them, or one is gone."""
    changed = 0
    for start in range(0, len(upload_ids), 500):
        some = upload_ids[start : start + 500]
        mine = sa.update(upload).where(upload.c.id.in_(some), upload.c.state == "whole")
        changed += (await tx.execute(mine.values(state="told"))).rowcount
    return changed == len(upload_ids)


async def lost(tx: AsyncConnection, upload_ids: Sequence[str]) -> None:
    """Their bytes are gone: they can be sent once more."""
    mine = sa.delete(upload).where(upload.c.state == "whole")
    for start in range(0, len(upload_ids), 500):
        await tx.execute(mine.where(upload.c.id.in_(upload_ids[start : start + 500])))


async def count_come(tx: AsyncConnection, batch_id: str) -> int:
    """How many uploads of a batch are whole, those of one name counted each."""
    mine = sa.select(sa.func.count()).where(upload.c.batch_id == batch_id, upload.c.state != "open")
    return int((await tx.execute(mine)).scalar_one())


async def progress_of(tx: AsyncConnection, batch_id: str) -> Progress:
    """How many files of a batch have come, each name once, and how many of its names are yet to."""
    query = sa.select(upload.c.name, upload.c.state).where(upload.c.batch_id == batch_id)
    rows = (await tx.execute(query)).all()
    come = {row.name for row in rows if row.state != "open"}
    return Progress(come=len(come), coming=len({row.name for row in rows} - come))


async def taken(tx: AsyncConnection, link_id: str) -> Taken:
    """What a link has taken, and what is on its way in all."""
    mine, bytes_of = upload.c.link_id == link_id, sa.func.coalesce(sa.func.sum(upload.c.length), 0)
    unfinished = sa.select(sa.func.count()).where(mine, upload.c.state == "open")
    batches = sa.select(sa.func.count()).where(batch.c.link_id == link_id, batch.c.state == "open")
    row = (
        await tx.execute(
            sa.select(
                unfinished.scalar_subquery(),
                batches.scalar_subquery(),
                sa.select(bytes_of).where(mine).scalar_subquery(),
                sa.select(bytes_of).where(upload.c.state == "open").scalar_subquery(),
            )
        )
    ).one()
    return Taken(unfinished=row[0], batches=row[1], size=row[2], waiting=row[3])


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


async def scrub(tx: AsyncConnection, case_id: str, *, told: bool = True) -> list[str]:
    """Forget the uploads of a case; the ids of partials and blobs that are yet to be deleted.

    Without `told` those are not among them of which the conversation knows: they are files of the case.
    """
    mine = sa.select(upload.c.id).where(upload.c.case_id == case_id)
    mine = mine if told else mine.where(upload.c.state != "told")
    ids = list((await tx.execute(mine)).scalars())
    ids += (await tx.execute(sa.select(batch.c.id).where(batch.c.case_id == case_id))).scalars()
    await tx.execute(sa.delete(upload).where(upload.c.case_id == case_id))
    await tx.execute(sa.delete(batch).where(batch.c.case_id == case_id))
    return ids
