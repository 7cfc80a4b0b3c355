"""copy: put together everything that is kept of a case, for the patient who asked for it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.copies.copy_json import copy_json
from bot.copies.gathering import Kept, gather
from bot.copies.readable import as_page, as_text
from bot.handoff.assembly import PackageError, Plan
from bot.handoff.package import assembled
from bot.jobs.queue import NOTHING, Job, Outcome, Permanent, Queue
from bot.jobs.shell import Shell
from bot.store import cases, inbox
from bot.store.blobs import Blob
from handlers.effects import MakeCopy
from handlers.updates import CopyMade

PAGE: Final = "index.html"
TEXT: Final = "copy.txt"
JSON: Final = "copy.json"


async def ask(tx: AsyncConnection, queue: Queue, case_id: str, wanted: MakeCopy) -> None:
    """Have one made; two that are asked for while one waits are one."""
    args = {"copy": wanted.copy_id, "locale": wanted.locale}
    await queue.add(tx, "copy", args, key=f"copy:{case_id}", case_id=case_id)


async def run(shell: Shell, job: Job) -> Outcome:
    """Make it, and tell the chats of the case."""
    case_id = job.case_id or ""
    kept = await shell.db.read(partial(gather, case_id=case_id))
    if kept is None:
        return NOTHING
    plan = await asyncio.to_thread(_plan, shell, kept, job.text("locale"))
    try:
        blob = await assembled(shell.blobs, case_id, plan, {}, shell.children.run)
    except PackageError as error:
        raise Permanent("copy") from error
    return Outcome(
        effect=partial(_tell, shell=shell, job=job, blob=blob),
        undo=partial(shell.blobs.delete, blob.id),
    )


def _plan(shell: Shell, kept: Kept, locale: str) -> Plan:
    now = shell.clock()
    made = (
        (PAGE, as_page(kept, locale, shell.languages, shell.catalog)),
        (TEXT, as_text(kept, locale, shell.languages, shell.catalog)),
        (JSON, copy_json(kept, locale, shell.languages, shell.catalog, made_at=now)),
    )
    return Plan(made=made, entries=kept.entries, built_at=now)


async def give_up(shell: Shell, job: Job, reason: str) -> Outcome:
    """Say that none could be made."""
    return Outcome(effect=partial(_tell, shell=shell, job=job, blob=None))


async def _tell(tx: AsyncConnection, *, shell: Shell, job: Job, blob: Blob | None) -> None:
    case_id = job.case_id or ""
    known = await cases.load_case(tx, case_id)
    if known is None or known.erased:
        if blob is not None:
            await shell.queue.add(tx, "erase", {"blobs": [blob.id]}, case_id=case_id)
        return
    update = CopyMade(
        copy_id=job.text("copy"),
        blob_id=blob.id if blob is not None else "",
        size=blob.size if blob is not None else 0,
    )
    await inbox.add_update(
        tx, case_id=case_id, key=f"copy:{job.id}", update=update, at=shell.clock()
    )
