"""virus_scan: have clamd look into a stored file before anybody else does, where there is a clamd.

A file in which it finds something is kept apart: nobody reads it, nothing of it is shown or handed over,
and the patient is told. While nobody answers, files are read all the same and marked as waiting, but no
package holds them.
"""

from __future__ import annotations

from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import clamd
from bot.jobs.queue import NOTHING, Job, Later, Outcome
from bot.jobs.shell import Shell
from bot.scan_stored import scan_stored
from bot.store import codec, files, inbox, scans
from bot.store.db import Row
from bot.store.scans import Scanned
from checklist.findings import Finding
from checklist.text import _
from handlers.updates import RecordIndexed

_log = structlog.get_logger(__name__)

#: Seconds: a disc has thousands of files.
_TIMEOUT = 1800.0
#: Seconds until nobody who answered is asked again.
_AGAIN = 30.0

#: What the patient reads.
INFECTED = _(
    "A safety check found a computer virus in this file, so I put it aside and will not use it. "
    "You did nothing wrong. Please ask the place that gave you the file for a new copy, "
    "or write /human and a person will help you."
)


async def then_index(
    tx: AsyncConnection, shell: Shell, *, file_id: str, case_id: str, anew: bool = False
) -> None:
    """Have a stored file read, after it was looked into where there is a scanner.

    `anew`: a reading that is under way knows an older copy, and is to settle nothing.
    """
    scanned = bool(shell.settings.clamd_address)
    if anew and scanned:
        await shell.queue.cancel(tx, f"index:{file_id}")
    kind = "virus_scan" if scanned else "index"
    await _add(tx, shell, kind, file_id, case_id, move=anew)


async def ask(tx: AsyncConnection, *, shell: Shell, case_id: str) -> int:
    """Have those files of a case looked into that nobody has; how many, none without a scanner."""
    if not shell.settings.clamd_address:
        return 0
    left = await scans.still_to_do(tx, case_id)
    for file_id in left:
        await _add(tx, shell, "virus_scan", file_id, case_id)
    return len(left)


async def run(shell: Shell, job: Job) -> Outcome:
    """Look into the file. While nobody answers it is read, marked, and looked into later."""
    row = await shell.db.read(partial(files.find, file_id=job.text("file")))
    if row is None or row.blob_id is None or row.state in ("wanted", "erased"):
        return NOTHING
    address = shell.settings.clamd_address
    if not address:
        # Switched off meanwhile: what nobody looked at is not clean, and is not held up either.
        said = Scanned(state="unscanned", what="no_scanner")
        return Outcome(effect=partial(_settle, shell=shell, row=row, said=said))
    blob_id = row.plain_blob_id or row.blob_id
    try:
        async with shell.blobs.local(blob_id) as path:
            verdict = await shell.children.run(
                _TIMEOUT, scan_stored, path, address, shell.settings.clamd_max_bytes
            )
    except clamd.Unreachable as error:
        _log.warning("virus_scanner_away", setting="CLAMD_ADDRESS", reason=str(error))
        await shell.db.write(partial(_wait, shell=shell, row=row))
        raise Later(_AGAIN, "no_scanner") from error
    said = Scanned(state=verdict.state, what=verdict.what)
    return Outcome(effect=partial(_settle, shell=shell, row=row, said=said))


async def give_up(shell: Shell, job: Job, reason: str) -> Outcome:
    """Say that nobody could look into it, and have it read."""
    row = await shell.db.read(partial(files.find, file_id=job.text("file")))
    if row is None or row.blob_id is None or row.state in ("wanted", "erased"):
        return NOTHING
    said = Scanned(state="unscanned", what="error")
    return Outcome(effect=partial(_settle, shell=shell, row=row, said=said))


# ---- what follows ------------------------------------------------------------------------------


async def _wait(tx: AsyncConnection, *, shell: Shell, row: Row) -> None:
    known = await files.find(tx, row.id)
    if known is not None and known.state != "erased":
        await _put(tx, shell, row, Scanned(state="waiting"))
        await _read_if_new(tx, shell, known)


async def _settle(tx: AsyncConnection, *, shell: Shell, row: Row, said: Scanned) -> None:
    known = await files.find(tx, row.id)
    if known is None or known.state == "erased":
        return
    await _put(tx, shell, row, said)
    if said.state == "infected":
        await _put_apart(tx, shell, known)
    else:
        await _read_if_new(tx, shell, known)


async def _put_apart(tx: AsyncConnection, shell: Shell, row: Row) -> None:
    """Take a file out of everything but the store, and have it told."""
    _log.warning("infected_file", file=row.id)
    for kind in ("index", "unlock"):
        await shell.queue.cancel(tx, f"{kind}:{row.id}")
    await files.change(tx, row.id, state="refused", reason="infected", plain_blob_id=None)
    if row.plain_blob_id:
        args = {"blobs": [row.plain_blob_id]}
        await shell.queue.add(tx, "erase", args, case_id=row.case_id)
    await files.index(tx, case_id=row.case_id, file_id=row.id, instances=())
    await files.remember_listed(tx, case_id=row.case_id, file_id=row.id, named=())
    refusal = Finding(code="infected", severity="error", message=INFECTED, path=row.name)
    await inbox.add_update(
        tx,
        case_id=row.case_id,
        session_id=row.session_id,
        # It may have been read before, while nobody could look into it.
        key=inbox.file_key(row.id, "infected"),
        update=RecordIndexed(file_id=row.id, original_name=row.name, refusal=refusal, kept=True),
        at=shell.clock(),
    )


async def _read_if_new(tx: AsyncConnection, shell: Shell, row: Row) -> None:
    if row.state == "stored":
        await _add(tx, shell, "index", row.id, row.case_id)


async def _put(tx: AsyncConnection, shell: Shell, row: Row, said: Scanned) -> None:
    now = codec.seconds(shell.clock())
    await scans.put(tx, file_id=row.id, case_id=row.case_id, said=said, now=now)


async def _add(
    tx: AsyncConnection, shell: Shell, kind: str, file_id: str, case_id: str, *, move: bool = False
) -> None:
    args = {"file": file_id}
    await shell.queue.add(tx, kind, args, key=f"{kind}:{file_id}", case_id=case_id, move=move)
