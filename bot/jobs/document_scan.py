"""document_scan: have clamd look into what coordinators and other systems upload, before it goes further.

Whoever uploads waits for the answer, and is told at once where something is found. While nobody answers
the document is marked as waiting and looked into later: no package holds it, and no opinion with it is
sent.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import clamd
from bot.clamd import Verdict
from bot.jobs.children import ChildDied, Children, TookTooLong
from bot.jobs.queue import NOTHING, Job, Later, Outcome, Queue
from bot.jobs.shell import Shell
from bot.scan_stored import scan_stored
from bot.settings import Settings
from bot.store import codec, inbox, opinions, scans, translations
from bot.store.blobs import Blobs
from bot.store.db import Row
from bot.store.scans import Scanned
from handlers.updates import CoordinatorActed

_log = structlog.get_logger(__name__)

#: Seconds: for a job, and for as long as somebody waits before a page.
_TIMEOUT, _PATIENCE = 1800.0, 30.0
#: Seconds until nobody who answered is asked again.
_AGAIN = 30.0

_WAITING = Scanned(state="waiting")


async def at_once(
    settings: Settings, blobs: Blobs, children: Children, blob_id: str
) -> Scanned | None:
    """What is known of a blob that somebody has just uploaded and waits for.

    None without a scanner, `waiting` where it doesn't answer or takes long.
    """
    if not settings.clamd_address:
        return None
    try:
        verdict = await _verdict(settings, blobs, children, blob_id, _PATIENCE)
    except (clamd.Unreachable, TookTooLong, ChildDied, OSError) as error:
        _log.warning("virus_scanner_away", setting="CLAMD_ADDRESS", reason=type(error).__name__)
        return _WAITING
    return Scanned(state=verdict.state, what=verdict.what)


async def keep(
    tx: AsyncConnection,
    queue: Queue,
    *,
    case_id: str,
    document_id: str,
    said: Scanned | None,
    now: float,
) -> None:
    """Keep what `at_once` has said, and have it looked into later where nobody could."""
    if said is None:
        return
    await scans.put(tx, file_id=document_id, case_id=case_id, said=said, now=now)
    if said.state == "waiting":
        await _add(tx, queue, case_id, document_id)


async def ask(
    tx: AsyncConnection,
    *,
    settings: Settings,
    queue: Queue,
    case_id: str,
    only: Collection[str] | None = None,
) -> int:
    """Have those documents of a case looked into that nobody has; how many, none without a scanner.

    `only` are the ids of those that count.
    """
    if not settings.clamd_address:
        return 0
    left = [
        one for one in await scans.documents_still_to_do(tx, case_id) if only is None or one in only
    ]
    for document_id in left:
        await _add(tx, queue, case_id, document_id)
    return len(left)


async def run(shell: Shell, job: Job) -> Outcome:
    """Look into it; where nobody answers, later."""
    row = await shell.db.read(partial(_stored, job=job))
    if row is None:
        return NOTHING
    if not shell.settings.clamd_address:
        # Switched off meanwhile: what nobody looked at is not clean, and is not held up either.
        return _settled(shell, job, Scanned(state="unscanned", what="no_scanner"))
    try:
        verdict = await _verdict(shell.settings, shell.blobs, shell.children, row.blob_id, _TIMEOUT)
    except clamd.Unreachable as error:
        _log.warning("virus_scanner_away", setting="CLAMD_ADDRESS", reason=str(error))
        await shell.db.write(partial(_keep, shell=shell, job=job, said=_WAITING))
        raise Later(_AGAIN, "no_scanner") from error
    return _settled(shell, job, Scanned(state=verdict.state, what=verdict.what))


async def give_up(shell: Shell, job: Job, reason: str) -> Outcome:
    """Say that nobody could look into it."""
    return _settled(shell, job, Scanned(state="unscanned", what="error"))


def _settled(shell: Shell, job: Job, said: Scanned) -> Outcome:
    return Outcome(effect=partial(_keep, shell=shell, job=job, said=said))


async def _keep(tx: AsyncConnection, *, shell: Shell, job: Job, said: Scanned) -> None:
    if await _stored(tx, job=job) is None:
        return
    case_id, document_id = job.text("case"), job.text("document")
    now = shell.clock()
    await scans.put(tx, file_id=document_id, case_id=case_id, said=said, now=codec.seconds(now))
    if said.state != "infected":
        return
    _log.warning("infected_document", document=document_id)
    found = (
        await opinions.remove(tx, case_id, document_id),
        await translations.remove(tx, case_id, document_id),
    )
    await shell.queue.add(tx, "erase", {"blobs": [one for one in found if one]}, case_id=case_id)
    acted = CoordinatorActed(
        action="document_infected",
        coordinator="",
        file_id=document_id,
        values={"reader": shell.settings.review_locale},
        key=f"infected-{document_id}",
    )
    await inbox.add_update(
        tx, case_id=case_id, key=f"desk:{case_id}:{acted.key}", update=acted, at=now
    )


async def _stored(tx: AsyncConnection, *, job: Job) -> Row | None:
    case_id, document_id = job.text("case"), job.text("document")
    kept = await opinions.find(tx, case_id, document_id)
    return kept or await translations.find(tx, case_id, document_id)


async def _verdict(
    settings: Settings, blobs: Blobs, children: Children, blob_id: str, seconds: float
) -> Verdict:
    async with blobs.local(blob_id) as path:
        return await children.run(
            seconds, scan_stored, path, settings.clamd_address, settings.clamd_max_bytes
        )


async def _add(tx: AsyncConnection, queue: Queue, case_id: str, document_id: str) -> None:
    await queue.add(
        tx,
        "document_scan",
        {"case": case_id, "document": document_id},
        key=f"document_scan:{document_id}",
        case_id=case_id,
    )
