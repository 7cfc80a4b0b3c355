"""erase: delete the bytes of what was erased, refused, or sent twice.

For an erased case (`words`) it also empties the database's log, which keeps what was overwritten.
"""

from __future__ import annotations

from functools import partial

from bot.jobs.queue import Job, Later, Outcome
from bot.jobs.shell import Shell
from bot.store import files


async def run(shell: Shell, job: Job) -> Outcome:
    """Delete blobs. One that isn't there may yet be written: its row keeps it for `unerased`."""
    for upload_id in job.texts("uploads"):
        await shell.partials.delete(upload_id)
    gone = [blob_id for blob_id in job.texts("blobs") if await shell.blobs.delete(blob_id)]
    known = partial(files.blobs_gone, blob_ids=gone)
    if "words" in job.args:
        # On record first: a second run doesn't find them, and wouldn't know that they are gone.
        await shell.db.write(known)
        if not await shell.db.empty_log():
            raise Later(5.0, "database_read")
    return Outcome(effect=known)


async def unerased(shell: Shell) -> None:
    """Delete again what erased files left: a download may have ended after its erasure.

    One that only ends after this finds that its file is erased, and undoes itself.
    """
    left = await shell.db.read(files.erased_blobs)
    for blob_id in left:
        await shell.blobs.delete(blob_id)
    if left:
        await shell.db.write(partial(files.blobs_gone, blob_ids=left))
