"""timer: a time that a turn has set comes back to it as an update."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.queue import Job, Outcome
from bot.jobs.shell import Shell
from bot.store import inbox
from handlers.updates import TimerFired


async def run(shell: Shell, job: Job) -> Outcome:
    """Add `TimerFired` to the inbox of the chat that set the timer."""

    async def fire(tx: AsyncConnection) -> None:
        if job.case_id is None:
            return
        await inbox.add_update(
            tx,
            case_id=job.case_id,
            session_id=job.text("session"),
            # A timer that is set again after it has fired is another job.
            key=f"timer:{job.id}",
            update=TimerFired(name=job.text("name"), key=job.text("timer")),
            at=shell.clock(),
        )

    return Outcome(effect=fire)
