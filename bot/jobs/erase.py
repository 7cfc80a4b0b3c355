"""erase: delete the bytes of what was erased, refused, or sent twice."""

from __future__ import annotations

from functools import partial

from bot.jobs.queue import Job, Outcome
from bot.jobs.shell import Shell
from bot.store import files


async def run(shell: Shell, job: Job) -> Outcome:
    """Delete blobs. One that isn't there may yet be written: its row keeps it for `unerased`."""
    gone = [blob_id for blob_id in job.texts("blobs") if await shell.blobs.delete(blob_id)]
    return Outcome(effect=partial(files.blobs_gone, blob_ids=gone))


async def unerased(shell: Shell) -> None:
    """Delete again what erased files left: a download may have ended after its erasure.

    For the start, when nothing is being written.
    """
    left = await shell.db.read(files.erased_blobs)
    for blob_id in left:
        await shell.blobs.delete(blob_id)
    if left:
        await shell.db.write(partial(files.blobs_gone, blob_ids=left))
