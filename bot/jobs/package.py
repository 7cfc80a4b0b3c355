"""package: build what is handed over, of the case as it stands."""

from __future__ import annotations

from functools import partial

from bot.handoff.package import PackageError, build
from bot.jobs.queue import NOTHING, Job, Outcome, Permanent
from bot.jobs.shell import Shell
from bot.store import cases


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
            case.id,
            review_locale=shell.settings.review_locale,
            built_at=shell.clock(),
        )
    except PackageError as error:
        raise Permanent("package") from error
    return NOTHING
