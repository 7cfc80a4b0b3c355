"""notify: tell the coordinators of a case, by one of the ways that are set up."""

from __future__ import annotations

from functools import partial
from typing import cast, get_args

from bot.handoff.notices import NoticeFailed, UnknownDestination, notice_text, send
from bot.jobs.queue import NOTHING, Job, Later, Outcome, Permanent
from bot.jobs.shell import Shell
from bot.store import cases
from checklist.progress import checklist_for
from handlers.effects import NoticeReason


async def run(shell: Shell, job: Job) -> Outcome:
    """Send it, in the words of this moment: what is missing may have come since.

    Where an earlier attempt died with its process the notice may have arrived; it says so.
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
    try:
        await send(job.text("destination"), text, settings=shell.settings)
    except UnknownDestination:
        raise Permanent("unknown_destination") from None
    except NoticeFailed as error:
        raise Later(error.retry_after or 0.0, "notice_failed") from error
    return NOTHING
