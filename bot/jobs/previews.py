"""Previews of what a file holds, made in processes with limits and stored as blobs.

They are made before the records are told of, so that the receipt can show them. None is worth a
wait, a failed job or a lost record: what can't be made in time isn't there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.intake import previews
from bot.intake.indexing import Indexed
from bot.intake.picks import picks_of
from bot.intake.previews import Previews
from bot.jobs.children import PLACES, Allowance, ChildDied, Children, TookTooLong
from bot.jobs.shell import Shell
from bot.store import cases, files
from bot.store.db import Row
from checklist.records import Record
from checklist.study import Instance

_log = structlog.get_logger(__name__)

#: What a decoder may use. A mammogram of 30 million pixels takes 400 MB on its way.
ALLOWANCE = Allowance(memory=2 << 30, file=2 << 30, seconds=20)

# Seconds. A receipt waits for all previews of a file no longer than `_OF_A_FILE`. A study stops by
# itself after `_OF_A_STUDY` and shows what it has; what is killed shows nothing.
_OF_A_FILE, _OF_A_STUDY, _OF_A_CALL = 20.0, 6.0, 12.0

#: Documents of one file that get a picture; a zip may hold hundreds.
_DOCUMENTS = 30


def decoders() -> Children:
    """A pool of their own, so that a decoder that dies takes nothing along."""
    return Children(PLACES, allowance=ALLOWANCE)


async def with_previews(shell: Shell, row: Row, path: Path, indexed: Indexed) -> Indexed:
    """The same, with pictures of its records, which are stored already. Never raises for a file.

    `path` is what was read: the file as it came, or its plain copy.

    The ids of studies must be their lasting ones: the picture of a study shows all its parts.
    """
    end = asyncio.get_running_loop().time() + _OF_A_FILE
    made = []
    documents = 0
    for record in indexed.records:
        documents += record.study is None
        left = end - asyncio.get_running_loop().time()
        if left > 1.0 and (record.study is not None or documents <= _DOCUMENTS):
            found = indexed.instances.get(record.id, ())
            record = await _with_preview(shell, row, path, record, found, min(left, _OF_A_CALL))
        made.append(record)
    return replace(indexed, records=tuple(made))


async def _with_preview(
    shell: Shell,
    row: Row,
    path: Path,
    record: Record,
    found: Sequence[Instance],
    seconds: float,
) -> Record:
    try:
        async with AsyncExitStack() as stack:
            work = await _work(shell, stack, row, path, record, found, seconds)
            if work is None:
                return record
            made = await shell.decoders.run(seconds, work)
        if made.failed:
            _log.info("preview_incomplete", record=record.id, kinds=list(made.failed))
        return await _pictured(shell, row.case_id, record, made)
    except (TookTooLong, ChildDied) as error:
        syntaxes = sorted({one.transfer_syntax_uid for one in found}) or [record.media_type]
        reason = type(error).__name__
        _log.warning("preview_not_made", record=record.id, reason=reason, kinds=syntaxes)
    except Exception as error:
        # Also a full disk: what was stored of it is named by nobody, and swept.
        _log.error("preview_failed", record=record.id, error=type(error).__name__)
    return record


async def _pictured(shell: Shell, case_id: str, record: Record, made: Previews) -> Record:
    if not made.small:
        return record
    return replace(
        record,
        preview_blob_id=(await shell.blobs.put(_whole(made.small), case_id=case_id)).id,
        preview_size=made.size,
        sheet_blob_id=(await shell.blobs.put(_whole(made.large), case_id=case_id)).id,
    )


async def _work(
    shell: Shell,
    stack: AsyncExitStack,
    row: Row,
    path: Path,
    record: Record,
    found: Sequence[Instance],
    seconds: float,
) -> Callable[[], Previews] | None:
    """What the child is to do, None where there is nothing to show; `stack` holds what it reads."""
    if record.study is None:
        if not previews.has_preview(record.media_type):
            return None
        return partial(previews.document_previews, path, record.member, record.media_type)
    others = await shell.db.read(partial(_earlier, row=row, record=record))
    paths = {
        blob_id: await stack.enter_async_context(shell.blobs.local(blob_id))
        for blob_id in dict.fromkeys(blob_id for blob_id, _ in others)
    }
    earlier = [(paths[blob_id], instance) for blob_id, instance in others]
    study, parts = record.study, [*earlier, *((path, one) for one in found)]
    if earlier:
        find = partial(cases.find_record, case_id=row.case_id, record_id=record.id)
        known = await shell.db.read(find)
        study = known.study.joined(study) if known and known.study else study
    # Its slices are sorted in a thread: a disc may have tens of thousands.
    picks = await asyncio.to_thread(picks_of, study, parts)
    return partial(previews.study_previews, picks, seconds=min(seconds / 2, _OF_A_STUDY))


async def _earlier(tx: AsyncConnection, *, row: Row, record: Record) -> list[tuple[str, Instance]]:
    """The objects of the study that came in other files, with the blobs they lie in."""
    rows: Mapping[str, Row | None] = {}
    found = []
    for file_id, instance in await files.instances_of(tx, record.id):
        if file_id == row.id:
            continue
        if file_id not in rows:
            rows = {**rows, file_id: await files.find(tx, file_id)}
        other = rows[file_id]
        if other is not None and other.blob_id and other.state == "indexed":
            found.append((other.plain_blob_id or other.blob_id, instance))
    return found


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data
