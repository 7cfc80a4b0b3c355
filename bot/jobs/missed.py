"""missed: ask Twilio now and then for messages whose webhook never reached us.

Twilio calls a webhook twice at most, so what is written while this program, its network or its proxy
is down is never told again. The job asks for what came since the last time that it could ask, and
what the webhook has brought already is known by its id. It is its own successor: how far it has
looked is written in the same transaction as the next look.

A start comes after an outage, if only of a moment: so there is one more look soon after each.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Retry
from bot.channels.whatsapp_inbox import take
from bot.channels.whatsapp_message import CHANNEL
from bot.jobs.queue import NOTHING, Job, Outcome
from bot.jobs.shell import Shell
from bot.store import codec, inbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.channels.whatsapp_listed import Listed

_log = structlog.get_logger(__name__)

_EVERY = timedelta(minutes=2)
# A webhook that is on its way comes first: it tells more than the list does.
_YOUNG = timedelta(seconds=20)
# Clocks differ, and Twilio may list a message late.
_OVERLAP = timedelta(minutes=10)
_FIRST = timedelta(hours=1)

_KEY, _SOON = "missed:whatsapp", "missed:whatsapp:soon"


@runtime_checkable
class Lists(Protocol):
    """The channel. Its module brings Twilio's library, for which nobody else is to pay."""

    def missed(self, since: datetime) -> AsyncIterator[Listed]:
        """What patients have written since then, oldest first. Raises Retry."""
        ...


async def keep_asking(shell: Shell) -> None:
    """Have it done from now on, and at once; where it was left off, it is gone on with."""
    if CHANNEL not in shell.channels:
        return
    now = shell.clock()

    async def work(tx: AsyncConnection) -> None:
        await _ask(tx, shell=shell, since=now - _FIRST, at=now)
        # When what was written in the last moments of the outage is old enough.
        await _ask(tx, shell=shell, since=now - _OVERLAP, at=now + _YOUNG, key=_SOON)

    await shell.db.write(work)


async def run(shell: Shell, job: Job) -> Outcome:
    """Take in what is in Twilio's list and not in the inbox."""
    channel = shell.channels.get(CHANNEL)
    if not isinstance(channel, Lists):
        # It begins again when WhatsApp is set up again.
        return NOTHING
    asked_at = shell.clock()
    since = codec.moment(float(job.text("since")))
    known = partial(inbox.is_known, channel=CHANNEL)
    try:
        async for listed in channel.missed(since):
            if listed.sent_at > asked_at - _YOUNG:
                continue
            # Most have been told already; to see so holds up nobody who writes.
            if not await shell.db.read(partial(known, external_id=listed.external_id)):
                form = await listed.form()
                await shell.db.write(partial(take, form=form, at=listed.sent_at))
    except Retry as error:
        # After the outage it is the next look that finds what was missed: it must not be far off.
        _log.warning("missed_not_asked", reason=error.reason, again_in=_EVERY.total_seconds())
    else:
        since = asked_at - _OVERLAP
    if job.key == _SOON:
        return NOTHING
    return Outcome(effect=partial(_ask, shell=shell, since=since, at=asked_at + _EVERY))


async def _ask(
    tx: AsyncConnection, *, shell: Shell, since: datetime, at: datetime, key: str = _KEY
) -> None:
    args = {"since": str(codec.seconds(since))}
    await shell.queue.add(tx, "missed", args, key=key, run_at=at, move=key == _SOON)
