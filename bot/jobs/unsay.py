"""unsay: take a password that a patient has written out of the chat itself, where a channel can."""

from __future__ import annotations

from functools import partial

from bot.channels.base import Retry
from bot.jobs.queue import NOTHING, Job, Later, Outcome
from bot.jobs.shell import Shell
from bot.store import cases

# It is a courtesy: the patient was told that the password isn't kept by us, and may delete it too.
_TRIES = 5


async def run(shell: Shell, job: Job) -> Outcome:
    """Ask the channel for it."""
    chat = await shell.db.read(partial(cases.session_of, session_id=job.text("session")))
    channel = shell.channels.get(chat.channel) if chat is not None else None
    if chat is None or channel is None:
        return NOTHING
    try:
        await channel.unsay(chat.address, job.text("message"))
    except Retry as error:
        if job.attempt < _TRIES:
            raise Later(error.after, error.reason) from error
    return NOTHING
