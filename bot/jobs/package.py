"""package: build what is handed over, of the case as it stands."""

from __future__ import annotations

from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff.assembly import PackageError
from bot.handoff.notices import destinations
from bot.handoff.package import PackageRow, build
from bot.jobs import document_scan, notify, virus_scan
from bot.jobs.announcing import announce
from bot.jobs.queue import NOTHING, Job, Later, Outcome, Permanent
from bot.jobs.shell import Shell
from bot.store import cases, codec
from checklist.case import Case
from handlers.happenings import Happening

#: Seconds until it is looked again whether all files of the case are scanned.
_UNTIL_SCANNED = 20.0


async def run(shell: Shell, job: Job) -> Outcome:
    """Build it. The builder keeps one package of each version, so a second run changes nothing."""
    case = await shell.db.read(partial(cases.load_case, case_id=job.text("case")))
    if case is None or case.erased or case.withdrawn:
        return NOTHING
    if await shell.db.write(partial(_unscanned, shell=shell, case_id=case.id)):
        raise Later(_UNTIL_SCANNED, "not_scanned")
    try:
        built = await build(
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
    return Outcome(effect=partial(_announce, shell, case, built))


async def _unscanned(tx: AsyncConnection, *, shell: Shell, case_id: str) -> int:
    """How many files and documents of the case are yet to be looked into; that is asked for."""
    files = await virus_scan.ask(tx, shell=shell, case_id=case_id)
    return files + await document_scan.ask(
        tx, settings=shell.settings, queue=shell.queue, case_id=case_id
    )


async def _announce(shell: Shell, case: Case, built: PackageRow, tx: AsyncConnection) -> None:
    """Tell other systems of a package, once."""
    now = codec.seconds(shell.clock())
    endpoints = [one.id for one in shell.settings.webhook_endpoints]

    async def tell(tx: AsyncConnection) -> None:
        ready = (Happening(kind="package.ready"),)
        await announce(tx, shell.queue, endpoints, case, ready, now, package=built.version)

    await shell.queue.once(tx, f"announced:package:{built.id}", tell)


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
