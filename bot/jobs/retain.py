"""retain: look for cases whose time is over, and tell the conversation of them.

It is its own successor. What it finds it only adds to the inbox; the turn looks again, warns or erases.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.queue import Job, Outcome
from bot.jobs.shell import Shell
from bot.service import service_of
from bot.store import codec, forgetting, inbox
from bot.store.forgetting import Quiet
from handlers.retention import (
    AWAITED,
    SETTLED,
    UNASKED,
    due_at,
    over_at,
    warned_since,
    warns_for,
)
from handlers.service import Service
from handlers.updates import RetentionDue

_EVERY: Final = timedelta(hours=6)
#: Nothing is due that was heard of within this time.
_QUIET: Final = timedelta(hours=12)
_KEY: Final = "retain"


async def keep_looking(shell: Shell) -> None:
    """Have it done from now on, and at once."""
    now = shell.clock()
    await shell.db.write(partial(_ask, shell=shell, at=now))


async def run(shell: Shell, job: Job) -> Outcome:
    """Look through the cases that have been quiet, some at a time."""
    now, service, after = shell.clock(), service_of(shell.settings), ""
    before = codec.seconds(now - _QUIET)
    # On a page nobody is rung for: that it stands there tells nobody.
    ringing = [n for n, c in shell.channels.items() if not c.capabilities.idempotent]
    look = partial(forgetting.quiet, before=before, ringing=ringing)
    while page := await shell.db.read(partial(look, after_id=after)):
        after = page.last_id
        due = [(one.case.id, update) for one in page.cases if (update := due_of(one, service, now))]
        if due:
            await shell.db.write(partial(_tell, due=due, at=now))
    return Outcome(effect=partial(_ask, shell=shell, at=now + _EVERY))


def due_of(quiet: Quiet, service: Service, now: datetime) -> RetentionDue | None:
    """What is due of a case now, None for nothing."""
    last = codec.moment(quiet.last_at)
    if quiet.case.erased:
        # What was erased is gone; a day later so is whose chat it was.
        over = now >= last + UNASKED
        return RetentionDue(what="erase", reason="unasked", last_at=last) if over else None
    found = due_at(quiet.case, service, last)
    if found is None:
        return None
    reason, at = found
    if reason == "unasked":
        # Nobody agreed to anything, but somebody may be talking with a coordinator, or wait for one.
        done, asked = codec.moment(quiet.seen_to_at), codec.moment(quiet.asked_at)
        at = max(at, done + UNASKED, asked + AWAITED)
        return RetentionDue(what="erase", reason=reason, last_at=last) if now >= at else None
    ahead = warns_for(reason, service)
    warned_at = warned_since(quiet.case, last)
    if warned_at is None:
        due = now >= at - ahead
        return RetentionDue(what="warn", reason=reason, last_at=last) if due else None
    reached = None if quiet.reached_at is None else codec.moment(quiet.reached_at)
    ends = over_at(quiet.case, at, ahead, reached)
    if now < (warned_at + SETTLED if ends is None else ends):
        return None
    what: Literal["unreached", "erase"] = "unreached" if ends is None else "erase"
    return RetentionDue(what=what, reason=reason, last_at=last, reached_at=reached)


async def _tell(tx: AsyncConnection, *, due: list[tuple[str, RetentionDue]], at: datetime) -> None:
    for case_id, update in due:
        # Once a day at most, however often it is looked for.
        key = f"retain:{case_id}:{update.what}:{at.date().isoformat()}"
        await inbox.add_update(tx, case_id=case_id, key=key, update=update, at=at)


async def _ask(tx: AsyncConnection, *, shell: Shell, at: datetime) -> None:
    await shell.queue.add(tx, "retain", {}, key=_KEY, run_at=at)
