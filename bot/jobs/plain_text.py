"""plain_text: read what a document says, for the desk of the translators."""

from __future__ import annotations

from functools import partial
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.intake.plain_text import PlainText, plain_text
from bot.jobs.children import ChildDied, TookTooLong
from bot.jobs.queue import NOTHING, Job, Outcome, Queue
from bot.jobs.shell import Shell
from bot.store import cases, codec, files, opinions, translations

_SECONDS = 30.0

UNREAD = PlainText(state="unread")


async def ask(tx: AsyncConnection, queue: Queue, case_id: str, document_id: str) -> None:
    """Have a document read, once: a record, a translation, or a document of an opinion."""
    await queue.add(
        tx,
        "plain_text",
        {"case": case_id, "document": document_id},
        key=f"plain_text:{document_id}",
        case_id=case_id,
    )


async def run(shell: Shell, job: Job) -> Outcome:
    """Read it. What can't be read is told of as such, and not tried again."""
    case_id, document_id = job.text("case"), job.text("document")
    found = await shell.db.read(partial(_stored, case_id=case_id, document_id=document_id))
    if found is None:
        return NOTHING
    blob_id, member, span = found
    try:
        async with shell.blobs.local(blob_id) as path:
            read = await shell.decoders.run(_SECONDS, plain_text, path, member, span)
    except (TookTooLong, ChildDied, FileNotFoundError):
        read = UNREAD
    return Outcome(effect=partial(_keep, shell=shell, job=job, read=read))


async def _keep(tx: AsyncConnection, *, shell: Shell, job: Job, read: PlainText) -> None:
    case_id, document_id = job.text("case"), job.text("document")
    # After an erasure a new case begins under the same number: what was read is not of that one.
    if await _stored(tx, case_id=case_id, document_id=document_id) is None:
        return
    await translations.keep_text(
        tx,
        document_id=document_id,
        case_id=case_id,
        state=read.state,
        pages=read.pages,
        scanned=read.scanned,
        words=read.words,
        now=codec.seconds(shell.clock()),
    )


_Stored: TypeAlias = tuple[str, str, tuple[int, int] | None]


async def _stored(tx: AsyncConnection, *, case_id: str, document_id: str) -> _Stored | None:
    """Where a document's bytes lie: the blob, its name in it, and its pages; None where it is gone."""
    case = await cases.load_case(tx, case_id)
    if case is None or case.erased:
        return None
    record = case.record(document_id)
    if record is not None:
        row = await files.find(tx, record.file_id)
        blob_id = (row.plain_blob_id or row.blob_id) if row is not None else None
        return (blob_id, record.member, record.span) if blob_id else None
    kept = await translations.find(tx, case_id, document_id) or await opinions.find(
        tx, case_id, document_id
    )
    return (kept.blob_id, "", None) if kept is not None else None
