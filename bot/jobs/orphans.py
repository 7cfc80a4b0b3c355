"""Orphans: blobs that no row names, left by a process that died between storing and committing."""

from __future__ import annotations

import time
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.shell import Shell
from bot.store import codec
from bot.store.blob_owners import owners

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
    return set(await owners(tx, now))
