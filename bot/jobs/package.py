"""package: build what is handed over, of the case as it stands."""

from __future__ import annotations

from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff.assembly import PackageError
from bot.handoff.notices import destinations
from bot.handoff.package import build
from bot.jobs import notify
from bot.jobs.queue import NOTHING, Job, Outcome, Permanent
from bot.jobs.shell import Shell
from bot.store import cases, codec


async def run(shell: Shell, job: Job) -> Outcome:
    """Build it. The builder keeps one package of each version, so a second run changes nothing."""
    case = await shell.db.read(partial(cases.load_case, case_id=job.text("case")))
    if case is None or case.erased:
        return NOTHING
    try:
        await build(
            shell.db,
            shell.blobs,
            shell.languages,
            shell.catalog,
            shell.children.run,
            case.id,
            review_locale=shell.settings.review_locale,
            built_at=shell.clock(),
        )
    except PackageError as error:
        raise Permanent("package") from error
    return NOTHING


async def give_up(shell: Shell, job: Job, reason: str) -> Outcome:
    """Tell the coordinators, who wait for it: on the desk, and by every way that is set up."""
    case_id = job.text("case")
    case = await shell.db.read(partial(cases.load_case, case_id=case_id))
    if case is None or case.erased:
        return NOTHING

    async def tell(tx: AsyncConnection) -> None:
        await cases.open_handoff(tx, case_id, "failed", codec.seconds(shell.clock()))
        await notify.ask(
            tx,
            shell.queue,
            [found.id for found in destinations(shell.settings)],
            case_id=case_id,
            reason="failed",
            key=f"{case_id}:failed:package:{job.id}",
        )

    return Outcome(effect=tell)
