"""unsay: take messages out of the chat itself, where a channel can: a password, or all of an erased case.

What can't be deleted any more (Telegram's limit is 48 hours) stays, and the patient is asked to delete
the chat.
"""

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
    wanted = [job.text("message")] if "message" in job.args else job.texts("messages")
    try:
        for message in wanted:
            await channel.unsay(chat.address, message)
    except Retry as error:
        if job.attempt < _TRIES:
            raise Later(error.after, error.reason) from error
    return NOTHING
