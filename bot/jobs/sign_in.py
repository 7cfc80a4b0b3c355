"""sign_in: send a coordinator the link that they asked for, by every way that leads to them alone.

The link is made when it is sent, so that no job's row ever holds one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff.notices import NoticeFailed, UnknownDestination
from bot.handoff.personal import send_to
from bot.jobs.queue import NOTHING, Job, Later, Outcome, Permanent, Queue
from bot.jobs.shell import Shell
from bot.store import audit, coordinators, desk_sessions
from bot.store.codec import seconds
from bot.store.coordinators import Person
from bot.tokens import new_token
from checklist.text import _

_log = structlog.get_logger(__name__)

#: Whoever asked for it is waiting for it.
LASTS = timedelta(minutes=15)
#: More links than that nobody needs at a time, and nobody is to be flooded.
_MOST_OPEN = 3
_TRIES = 3
_PAUSE_SECONDS = 2.0

Way = Literal["telegram", "mail"]

_WORDS = _(
    "Your sign-in link for the coordinators' desk. It works once, for {minutes} minutes. "
    "Did you not ask for it? Then leave it, and nothing happens."
)


async def ask(tx: AsyncConnection, queue: Queue, person: Person, now: float) -> bool:
    """Ask for a link, where one can be sent; False where there are enough of them already."""
    if not person.can_be_written_to:
        return False
    if await desk_sessions.open_links(tx, person.id, now) >= _MOST_OPEN:
        return False
    await audit.add(
        tx, case_id="", at=now, actor=f"coordinator {person.name}", action="asked_to_sign_in"
    )
    args = {"coordinator": person.id}
    return await queue.add(tx, "sign_in", args, key=f"sign_in:{person.id}", priority=2)


async def run(shell: Shell, job: Job) -> Outcome:
    """Send it. It is enough that one of the ways works."""
    person_id = job.text("coordinator")
    person = await shell.db.read(lambda tx: coordinators.by_id(tx, person_id))
    if person is None or not person.can_be_written_to:
        return NOTHING
    token = new_token()
    await shell.db.write(
        lambda tx: desk_sessions.add_link(
            tx, token, coordinator_id=person_id, now=seconds(shell.clock()), lasts=LASTS
        )
    )
    words = _WORDS.with_(minutes=int(LASTS.total_seconds() // 60))
    said = shell.languages.say(words, shell.settings.coordinator_locale)
    text = f"{said}\n{shell.settings.base_url}/desk/sign-in/{token}"
    results = [await _sent(shell, job, kind, address, text) for kind, address in _ways(person)]
    if "sent" in results:
        return NOTHING
    if "failed" in results and job.attempt < _TRIES:
        raise Later(_PAUSE_SECONDS, "sign_in_link_failed")
    raise Permanent("sign_in_link_failed")


def _ways(person: Person) -> list[tuple[Way, str]]:
    ways: list[tuple[Way, str]] = [("telegram", person.telegram_id), ("mail", person.email)]
    return [(kind, address) for kind, address in ways if address]


async def _sent(
    shell: Shell, job: Job, kind: Way, address: str, text: str
) -> Literal["sent", "failed", "no_way"]:
    """Send it by one way. What may have arrived counts as sent: one can ask again."""
    try:
        await send_to(kind, address, text, settings=shell.settings)
    except UnknownDestination as error:
        _log.warning("sign_in_link_failed", job=job.id, by=kind, why=str(error))
        return "no_way"
    except NoticeFailed as error:
        _log.warning("sign_in_link_failed", job=job.id, by=kind, why=str(error))
        return "sent" if error.maybe_arrived and kind == "telegram" else "failed"
    return "sent"
