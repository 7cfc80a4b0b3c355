"""Orphans: blobs that no row names, left by a process that died between storing and committing."""

from __future__ import annotations

import time
from functools import partial

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.shell import Shell
from bot.store import codec, links, opinions, translations, uploads
from bot.store.blobs import named_in
from bot.store.schema import file, inbox, package, record

_log = structlog.get_logger(__name__)

#: A blob is younger than this while somebody may still be about to name it.
_GRACE_SECONDS = 3600.0


async def sweep(shell: Shell) -> int:
    """Delete the blobs that are nobody's and old enough; how many. They are a patient's records."""
    old = await shell.blobs.older_than(time.time() - _GRACE_SECONDS)
    if not old:
        return 0
    orphans = old - await shell.db.read(partial(named, now=codec.seconds(shell.clock())))
    for blob_id in orphans:
        await shell.blobs.delete(blob_id)
    if orphans:
        _log.info("orphaned_files_deleted", files=len(orphans))
    return len(orphans)


async def named(tx: AsyncConnection, now: float = 0.0) -> set[str]:
    """Every blob that a row names, or a message that is yet to be read.

    A copy for a patient is somebody's while its link has not ended at `now`.
    """
    files = await tx.execute(sa.select(file.c.blob_id, file.c.plain_blob_id))
    built = await tx.execute(sa.select(package.c.blob_id, package.c.cover_blob_id))
    shown = await tx.execute(sa.select(record.c.body))
    found = {blob_id for row in (*files, *built) for blob_id in row if blob_id}
    found |= await awaited(tx)
    found |= await uploads.named(tx)
    found |= await opinions.named(tx)
    found |= await translations.named(tx)
    found |= await links.copies_named(tx, now)
    for (text,) in shown:
        found |= set(named_in(text))
    return found


async def awaited(tx: AsyncConnection) -> set[str]:
    """Blobs that came with a message, and are yet to be read or fetched."""
    wanted = await tx.execute(sa.select(file.c.fetch_ref).where(file.c.state == "wanted"))
    unread = await tx.execute(sa.select(inbox.c.raw).where(inbox.c.state != "done"))
    return {blob_id for (text,) in (*wanted, *unread) for blob_id in named_in(text)}
