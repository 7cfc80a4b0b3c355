"""machine_reading: have tesseract read a document that has no text, as an aid for the desk's search.

It is asked for in the transaction that tells of the record, and begins when the receipt is out; nothing
waits for it. What it reads is kept beside the record, and no fact of the case is taken from it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.intake.machine_reading import (
    PAGES,
    SECONDS,
    MachineReading,
    can_read_scans,
    installed_languages,
    languages_for,
    read_by_machine,
)
from bot.intake.previews import PDF, PHOTOS
from bot.jobs.children import ChildDied, TookTooLong
from bot.jobs.queue import NOTHING, Job, Outcome, Queue
from bot.jobs.shell import Shell
from bot.store import cases, codec, desk_rows, files, machine_readings
from checklist.records import Record
from handlers.effects import ReadScans

#: The receipt of a file is out by then.
_AFTER: Final = timedelta(seconds=30)
#: The child's own time is up before; a page may run over by its own.
_SECONDS: Final = SECONDS + 100.0


async def ask(
    tx: AsyncConnection, *, shell: Shell, case_id: str, records: Iterable[Record]
) -> None:
    """Have those read that may be scans, each once, where a machine is there that can."""
    if can_read_scans():
        await _queue(tx, shell.queue, case_id, records, shell.clock() + _AFTER)


async def switch(
    tx: AsyncConnection, queue: Queue, case_id: str, effect: ReadScans, now: float
) -> None:
    """Have everything read that came before the yes; after a no forget what was read."""
    if not effect.on:
        await machine_readings.forget(tx, case_id)
        await desk_rows.outdate(tx, case_id)
    elif can_read_scans():
        records = await cases.records_of(tx, case_id)
        await _queue(tx, queue, case_id, records, codec.moment(now) + _AFTER)


async def _queue(
    tx: AsyncConnection, queue: Queue, case_id: str, records: Iterable[Record], at: datetime
) -> None:
    for record in records:
        if may_be_scan(record):
            await queue.add(
                tx,
                "machine_reading",
                {"case": case_id, "record": record.id},
                key=f"machine_reading:{record.id}",
                run_at=at,
                case_id=case_id,
            )


def may_be_scan(record: Record) -> bool:
    """Whether it is a picture or a PDF; which of those have text is only known when they are read."""
    if record.study is not None or record.kind == "imaging_photo":
        return False
    return record.media_type in PHOTOS or record.media_type == PDF


async def run(shell: Shell, job: Job) -> Outcome:
    """Read it. What can't be read is not tried again."""
    case_id, record_id = job.text("case"), job.text("record")
    found = await shell.db.read(partial(_stored, case_id=case_id, record_id=record_id))
    if found is None:
        return NOTHING
    blob_id, record, tags = found
    languages = languages_for(
        (*tags, *shell.languages.offered), await asyncio.to_thread(installed_languages)
    )
    if not languages:
        return NOTHING
    try:
        async with shell.blobs.local(blob_id) as path:
            read = await shell.children.run(
                _SECONDS, read_by_machine, path, record.member, record.span, languages
            )
    except (TookTooLong, ChildDied, FileNotFoundError):
        return NOTHING
    if not read.words:
        return NOTHING
    return Outcome(effect=partial(_keep, shell=shell, job=job, read=read))


async def _keep(tx: AsyncConnection, *, shell: Shell, job: Job, read: MachineReading) -> None:
    case = await cases.load_case(tx, job.text("case"))
    # After an erasure a new case begins under the same number: what was read is not of that one.
    if case is None or case.erased or case.record(job.text("record")) is None:
        return
    if not case.agrees("machine_reading"):
        return
    await machine_readings.keep(
        tx,
        record_id=job.text("record"),
        case_id=case.id,
        pages=min(read.pages, PAGES),
        words=read.words,
        now=codec.seconds(shell.clock()),
    )
    await desk_rows.outdate(tx, case.id)


async def _stored(
    tx: AsyncConnection, *, case_id: str, record_id: str
) -> tuple[str, Record, tuple[str, ...]] | None:
    """The blob, the record, and the languages of its case; None where there is nothing to read."""
    case = await cases.load_case(tx, case_id)
    record = case.record(record_id) if case is not None and not case.erased else None
    if case is None or record is None or record.cut:
        return None
    if not case.agrees("machine_reading"):
        # Read anew where it is agreed to later.
        return None
    row = await files.find(tx, record.file_id)
    blob_id = (row.plain_blob_id or row.blob_id) if row is not None else None
    if not blob_id:
        return None
    tags = dict.fromkeys(tag for tag in (record.language, case.locale) if tag)
    return blob_id, record, tuple(tags)
