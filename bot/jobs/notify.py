"""notify: tell the coordinators of a case, by one of the ways that are set up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast, get_args

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff.notices import NoticeFailed, UnknownDestination, notice_text, send
from bot.jobs.queue import NOTHING, Job, Later, Outcome, Permanent, Queue
from bot.jobs.shell import Shell
from bot.store import cases
from checklist.progress import checklist_for
from handlers.effects import NoticeReason

_log = structlog.get_logger(__name__)


async def ask(
    tx: AsyncConnection,
    queue: Queue,
    destinations: Sequence[str],
    *,
    case_id: str,
    reason: NoticeReason,
    key: str,
) -> None:
    """Ask for a notice: one job for each destination, once ever for each key."""
    for destination in destinations:
        args = {"case": case_id, "reason": reason, "notice": key, "destination": destination}

        async def tell(tx: AsyncConnection, args: dict[str, Any] = args) -> None:
            await queue.add(tx, "notify", args, case_id=case_id, priority=1)

        await queue.once(tx, f"notify:{case_id}:{key}:{destination}", tell)


async def run(shell: Shell, job: Job) -> Outcome:
    """Send it, in the words of this moment: what is missing may have come since.

    Where an earlier attempt was cut short the notice may have arrived; it says so.
    """
    reason = job.text("reason")
    if reason not in get_args(NoticeReason):
        raise Permanent("unknown_reason")
    case_id = job.text("case")
    case = await shell.db.read(partial(cases.load_case, case_id=case_id))
    there = case is not None and not case.erased
    text = notice_text(
        case_id,
        cast(NoticeReason, reason),
        checklist_for(case, shell.catalog) if case is not None and there else None,
        shell.languages,
        locale=shell.settings.coordinator_locale,
        address=f"{shell.settings.base_url}/desk/cases/{case_id}" if there else "",
        maybe_seen=job.doubtful,
    )
    destination = job.text("destination")
    try:
        await send(destination, text, settings=shell.settings)
    except UnknownDestination:
        raise Permanent("unknown_destination") from None
    except NoticeFailed as error:
        # The operator's to set right, and the job's row holds no words.
        _log.warning("notice_failed", job=job.id, destination=destination, why=str(error))
        raise Later(
            error.retry_after or 0.0, "notice_failed", doubtful=error.maybe_arrived
        ) from error
    return NOTHING
