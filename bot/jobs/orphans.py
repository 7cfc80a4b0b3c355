"""Orphans: blobs that no row names, left by a process that died between storing and committing."""

from __future__ import annotations

import time
from functools import partial

import structlog

from bot.jobs.shell import Shell
from bot.store import codec
from bot.store.blob_owners import owners

_log = structlog.get_logger(__name__)

#: A blob is younger than this while somebody may still be about to name it.
_GRACE_SECONDS = 3600.0


async def sweep(shell: Shell) -> int:
    """Delete the blobs that are nobody's and old enough; how many. They are a patient's records.

    None is deleted while what may name one can't be read: it may be brought back, by its key.
    """
    old = await shell.blobs.older_than(time.time() - _GRACE_SECONDS)
    if not old:
        return 0
    named = await shell.db.read(partial(owners, now=codec.seconds(shell.clock())))
    orphans = old - named.cases.keys()
    if orphans and not named.whole:
        _log.error("orphaned_files_kept", files=len(orphans), remedy="second-opinion doctor")
        return 0
    for blob_id in orphans:
        await shell.blobs.delete(blob_id)
    if orphans:
        _log.info("orphaned_files_deleted", files=len(orphans))
    return len(orphans)
