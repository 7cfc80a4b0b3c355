"""release: have a channel's vendor delete a file that a patient sent through it.

It is asked for in the transaction in which our own copy is on record, and never before.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Releases, Retry
from bot.jobs.queue import NOTHING, Job, Later, Outcome, Queue
from bot.jobs.shell import Shell


async def ask(tx: AsyncConnection, queue: Queue, channel: str, refs: Sequence[str]) -> None:
    """Ask for files to be deleted, each by what it is fetched with.

    The job belongs to no case, so that it is done also when the case is erased meanwhile.
    """
    for ref in refs:
        args = {"channel": channel, "ref": ref}
        await queue.add(tx, "release", args, key=f"release:{channel}:{ref}")


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
