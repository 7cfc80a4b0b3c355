"""release: have a channel's vendor delete a file that went through it.

Of a patient's file it is asked for in the transaction in which our own copy is on record, and never
before; of a picture of ours, for when the vendor has carried it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Releases, Retry
from bot.jobs.queue import NOTHING, Job, Later, Outcome, Queue
from bot.jobs.shell import Shell


async def ask(
    tx: AsyncConnection,
    queue: Queue,
    channel: str,
    refs: Sequence[str],
    *,
    run_at: datetime | None = None,
) -> None:
    """Ask for files to be deleted, each by what it is fetched with; at once, or at that time.

    The job belongs to no case, so that it is done also when the case is erased meanwhile.
    """
    for ref in refs:
        args = {"channel": channel, "ref": ref}
        await queue.add(tx, "release", args, key=f"release:{channel}:{ref}", run_at=run_at)


async def run(shell: Shell, job: Job) -> Outcome:
    """Ask the vendor, until it answers."""
    channel = shell.channels.get(job.text("channel"))
    if not isinstance(channel, Releases):
        return NOTHING
    try:
        await channel.release(job.text("ref"))
    except Retry as error:
        raise Later(error.after, error.reason) from error
    return NOTHING
