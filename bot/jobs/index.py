"""index: read a stored file, in a child process, and tell the conversation what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.intake.indexing import Indexed, index_file
from bot.jobs import machine_reading, reading
from bot.jobs.previews import with_previews
from bot.jobs.queue import Job, Outcome
from bot.jobs.shell import Shell
from bot.jobs.study_parts import counted_over_all_parts, with_lasting_ids
from bot.store import codec, files, inbox
from bot.store.blobs import new_blob_id
from bot.store.db import Row
from checklist.findings import Finding
from checklist.text import _
from handlers.updates import RecordIndexed

# A whole disc of 4 GB is read in a few minutes; what takes longer is at work on something else.
_TIMEOUT = 1800.0

_UNREAD = _("I could not look inside this file. It is kept, and a person will look at it.")


async def run(shell: Shell, job: Job) -> Outcome:
    """Index the file."""
    row = await shell.db.read(partial(files.find, file_id=job.text("file")))
    if row is None or row.state != "stored" or row.blob_id is None:
        return Outcome()
    # What is unpacked for reading is kept: nobody has to unpack it again.
    plain_id = new_blob_id()
    draft = shell.blobs.draft(plain_id)
    stored = row.plain_blob_id or row.blob_id
    try:
        async with shell.blobs.local(stored) as path, reading.told(shell, job, row) as progress:
            indexed = await shell.children.run(
                _TIMEOUT,
                index_file,
                path,
                file_id=row.id,
                name=row.name,
                item=row.item,
                received_at=codec.moment(row.received_at),
                caption=row.caption,
                channel=row.channel,
                sender=row.sender,
                progress=progress,
                plain=None if row.plain_blob_id else draft,
            )
        if indexed.copied:
            await shell.blobs.keep(plain_id, case_id=row.case_id)
    finally:
        draft.unlink(missing_ok=True)
    plain = plain_id if indexed.copied else row.plain_blob_id
    async with shell.blobs.local(plain or row.blob_id) as path:
        indexed = await with_previews(shell, row, path, with_lasting_ids(indexed, row.case_id))
    fresh = [*_previews(indexed), *([plain_id] if indexed.copied else [])]
    return Outcome(
        effect=partial(_write, shell=shell, row=row, indexed=indexed, plain=plain),
        undo=partial(_drop, shell, fresh),
    )


async def _drop(shell: Shell, blob_ids: Sequence[str]) -> None:
    for blob_id in blob_ids:
        await shell.blobs.delete(blob_id)


def _previews(indexed: Indexed) -> list[str]:
    return [blob_id for record in indexed.records for blob_id in record.blob_ids]


async def give_up(shell: Shell, job: Job, reason: str) -> Outcome:
    """Keep the file for a person to look at."""
    row = await shell.db.read(partial(files.find, file_id=job.text("file")))
    if row is None or row.state != "stored":
        return Outcome()
    refusal = Finding(code="not_read", severity="error", message=_UNREAD, path=row.name)
    indexed = Indexed(instances={}, refusal=refusal, kept=True)
    plain: str | None = row.plain_blob_id
    return Outcome(effect=partial(_write, shell=shell, row=row, indexed=indexed, plain=plain))


async def _write(
    tx: AsyncConnection, *, shell: Shell, row: Row, indexed: Indexed, plain: str | None
) -> None:
    refused = indexed.refusal
    values = {
        "state": "indexed" if refused is None else "refused",
        "reason": refused.code if refused else "",
        "blob_id": row.blob_id if indexed.kept else None,
        "plain_blob_id": plain if indexed.kept else None,
    }
    if not await files.change(tx, row.id, **values):
        # Its case was erased meanwhile, and the erasure couldn't know of what is new.
        made = [*_previews(indexed), *([plain] if plain else [])]
        await shell.queue.add(tx, "erase", {"blobs": made}, case_id=row.case_id)
        return
    if not indexed.kept:
        args = {"blobs": [one for one in (row.blob_id, plain) if one]}
        await shell.queue.add(tx, "erase", args, case_id=row.case_id)
    await _tell(tx, shell=shell, row=row, indexed=indexed)


async def _tell(tx: AsyncConnection, *, shell: Shell, row: Row, indexed: Indexed) -> None:
    """Keep where each instance lies, and tell the conversation what was found."""
    found = [(record_id, one) for record_id, all_ in indexed.instances.items() for one in all_]
    await files.index(tx, case_id=row.case_id, file_id=row.id, instances=found)
    await files.remember_listed(tx, case_id=row.case_id, file_id=row.id, named=indexed.listed)
    records = tuple(
        [await counted_over_all_parts(tx, record, row.case_id) for record in indexed.records]
    )
    await inbox.add_update(
        tx,
        case_id=row.case_id,
        session_id=row.session_id,
        # What could be opened is read, and told of, once more.
        key=inbox.file_key(row.id, row.plain_blob_id or ""),
        update=RecordIndexed(
            file_id=row.id,
            original_name=row.name,
            records=records,
            findings=indexed.findings,
            refusal=indexed.refusal,
            kept=indexed.kept,
            locked=indexed.locked,
        ),
        at=shell.clock(),
    )
    await machine_reading.ask(tx, shell=shell, case_id=row.case_id, records=records)
