"""unlock: try passwords on a locked file, have its plain copy read, and forget them.

The arguments are ids: the passwords themselves lie in a row of `secret`, which is deleted in the
transaction that settles the try. The database's log is emptied after each.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.intake.unlock import Unlocked, first_that_opens
from bot.jobs import virus_scan
from bot.jobs.queue import NOTHING, Job, Outcome, Queue
from bot.jobs.shell import Shell
from bot.store import audit, codec, files, inbox, passwords
from bot.store.blobs import new_blob_id
from bot.store.db import Row
from handlers.updates import UnlockOutcome, UnlockTried

# A disc is copied at some 50 MB a second, once the password is right.
_TIMEOUT = 1800.0


async def ask(
    tx: AsyncConnection,
    queue: Queue,
    *,
    file_id: str,
    case_id: str,
    session_id: str,
    words: Sequence[str],
    now: float,
) -> None:
    """Have passwords tried; `session_id` is the chat that gave them. Without words, those held."""
    if words:
        await passwords.hold(
            tx, file_id=file_id, case_id=case_id, session_id=session_id, words=words, now=now
        )
    await _add(tx, queue, file_id, case_id)


async def run(shell: Shell, job: Job) -> Outcome:
    """Try what is held for the file."""
    file_id = job.text("file")
    row = await shell.db.read(partial(files.find, file_id=file_id))
    held = await shell.db.read(partial(passwords.held_for, file_id=file_id))
    if row is None or row.blob_id is None:
        return Outcome(effect=partial(passwords.forget, file_id=file_id))
    if held is None:
        return Outcome(effect=partial(_tell, shell=shell, job=job, row=row, outcome="lapsed"))
    blob_id = new_blob_id()
    draft = shell.blobs.draft(blob_id)
    try:
        async with AsyncExitStack() as stack:
            stored = await stack.enter_async_context(shell.blobs.local(row.blob_id))
            plain = row.plain_blob_id and await stack.enter_async_context(
                shell.blobs.local(row.plain_blob_id)
            )
            outcome = await shell.children.run(
                _TIMEOUT,
                first_that_opens,
                plain or stored,
                held.words,
                draft,
                original=stored if plain else None,
            )
        if outcome == "unlocked":
            await shell.blobs.keep(blob_id, case_id=row.case_id)
    finally:
        draft.unlink(missing_ok=True)
    settled = partial(
        _settle, shell=shell, job=job, row=row, tried=held.words, outcome=outcome, blob_id=blob_id
    )
    return Outcome(effect=settled, undo=partial(shell.blobs.delete, blob_id))


async def give_up(shell: Shell, job: Job, reason: str) -> Outcome:
    """Forget the passwords, and tell that the file can't be opened."""
    row = await shell.db.read(partial(files.find, file_id=job.text("file")))
    if row is None:
        return NOTHING
    return Outcome(effect=partial(_tell, shell=shell, job=job, row=row, outcome="unreadable"))


# ---- what follows ------------------------------------------------------------------------------


async def _settle(
    tx: AsyncConnection,
    *,
    shell: Shell,
    job: Job,
    row: Row,
    tried: Sequence[str],
    outcome: Unlocked,
    blob_id: str,
) -> None:
    held = await passwords.held_for(tx, row.id)
    left = [word for word in (held.words if held else ()) if word not in tried]
    if outcome == "wrong_password" and left:
        # Another one was given meanwhile.
        await passwords.keep_only(tx, file_id=row.id, case_id=row.case_id, words=left)
        await _add(tx, shell.queue, row.id, row.case_id)
        return
    if outcome == "unlocked":
        await _read_again(tx, shell, row, blob_id)
    await _tell(tx, shell=shell, job=job, row=row, outcome=outcome)


async def _read_again(tx: AsyncConnection, shell: Shell, row: Row, blob_id: str) -> None:
    opened = {"state": "stored", "reason": "", "plain_blob_id": blob_id}
    known = await files.find(tx, row.id)
    if not await files.change(tx, row.id, **opened):
        await shell.queue.add(tx, "erase", {"blobs": [blob_id]}, case_id=row.case_id)
        return
    if known is not None and known.plain_blob_id:
        args = {"blobs": [known.plain_blob_id]}
        await shell.queue.add(tx, "erase", args, case_id=row.case_id)
    await virus_scan.then_index(tx, shell, file_id=row.id, case_id=row.case_id, anew=True)


async def _tell(
    tx: AsyncConnection, *, shell: Shell, job: Job, row: Row, outcome: UnlockOutcome
) -> None:
    """Forget the passwords, and say what came of them."""
    held = await passwords.held_for(tx, row.id)
    await passwords.forget(tx, row.id)
    await audit.add(
        tx,
        case_id=row.case_id,
        at=codec.seconds(shell.clock()),
        actor="system",
        action=f"password.{outcome}",
        object=row.id,
    )
    await inbox.add_update(
        tx,
        case_id=row.case_id,
        session_id=(held and held.session_id) or row.session_id,
        key=f"unlock:{job.id}",
        update=UnlockTried(
            file_id=row.id,
            outcome=outcome,
            by_coordinator=held is not None and held.session_id is None,
        ),
        at=shell.clock(),
    )
    # Overwritten in the file, they still lie in the database's log.
    await shell.queue.add(tx, "erase", {"blobs": [], "words": 1}, case_id=row.case_id)


async def _add(tx: AsyncConnection, queue: Queue, file_id: str, case_id: str) -> None:
    await queue.add(tx, "unlock", {"file": file_id}, key=f"unlock:{file_id}", case_id=case_id)
