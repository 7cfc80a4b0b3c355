"""uploaded: what came by a private link becomes files of the case, a folder as one file.

A disc is more than its files: what its table of contents names and what belongs together is only
known of the whole. So the files of a folder are put into one zip, uncompressed, as they were.

What is packed is what is told of, no more and no less; each try packs a blob of its own, and what comes
later goes into another. Bytes are let go of only after their row says that they are told of.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
import time
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.queue import NOTHING, Job, Later, Outcome, Queue
from bot.jobs.shell import Shell
from bot.store import chat_codes, codec, deliveries, inbox, links, uploads
from bot.store.blobs import new_blob_id
from bot.store.db import Row
from handlers.updates import Attachment, FilesUploaded, NoRoom, UploadProgress

_log = structlog.get_logger(__name__)

#: The files of a folder come one after the other; when nothing came for this long, nothing will.
QUIET = timedelta(minutes=15)
#: Loose files that come together are told of together.
_TOGETHER = timedelta(seconds=1)
#: How far an upload is, is said after this long, and each further time after twice as long.
_FIRST_WORD = timedelta(minutes=1)
_LONGEST_GAP = timedelta(hours=1)
#: Seconds between two tries while the disk is full.
_FULL = 300.0

#: The oldest date that a zip can hold: when a file was made is not known here.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


async def came(tx: AsyncConnection, queue: Queue, upload: Row, now: float) -> None:
    """A file has come whole: have it told, with those that come with it."""
    if not await uploads.whole(tx, upload.id, now):
        return
    batch = await uploads.find_batch(tx, upload.batch_id)
    if batch is None:
        return
    ready = not batch.folder or await _complete(tx, batch)
    await ask(tx, queue, batch, now, after=_TOGETHER if ready else QUIET)


async def ask(
    tx: AsyncConnection, queue: Queue, batch: Row, now: float, *, after: timedelta = _TOGETHER
) -> None:
    """Have a batch told after a while, counted anew when this is asked again."""
    await queue.add(
        tx,
        "uploaded",
        {"batch": batch.id},
        key=f"uploaded:{batch.id}",
        run_at=codec.moment(now) + after,
        case_id=batch.case_id,
        move=True,
    )


async def run(shell: Shell, job: Job) -> Outcome:
    """Make files of what has come."""
    batch_id = job.text("batch")
    batch, rows, complete = await shell.db.read(partial(_read, batch_id=batch_id))
    ready = [row for row in rows if row.state == "whole"]
    if batch is None or not ready:
        return NOTHING
    if batch.folder and not complete and await _still_coming(shell, rows):
        raise Later(QUIET.total_seconds() / 3, "still_coming")
    try:
        stored = await (_folder if batch.folder else _files)(shell, batch, ready)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        await shell.db.write(partial(_no_room, shell=shell, batch=batch))
        raise Later(_FULL, "no_room") from error
    return Outcome(
        effect=partial(_tell, shell=shell, batch=batch, stored=stored),
        undo=partial(_undo, shell, stored),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What the conversation is to be told: the uploads that this settles, and their blobs.

    The bytes of those that are `lost` are gone. `made` are blobs that hold copies, while the uploads' own
    bytes are still there.
    """

    rows: Sequence[Row]
    attachments: tuple[Attachment, ...]
    lost: tuple[str, ...] = ()
    made: tuple[str, ...] = ()


async def _read(tx: AsyncConnection, *, batch_id: str) -> tuple[Row | None, Sequence[Row], bool]:
    batch = await uploads.find_batch(tx, batch_id)
    complete = batch is not None and await _complete(tx, batch)
    return batch, await uploads.of_batch(tx, batch_id), complete


async def _complete(tx: AsyncConnection, batch: Row) -> bool:
    """Whether nothing more is to come of a folder."""
    closed = bool(batch.state == "closed")
    # Asked for each of some thousand files: only the last needs more than a number.
    if not closed and await uploads.count_come(tx, batch.id) < batch.files:
        return False
    progress = await uploads.progress_of(tx, batch.id)
    return not progress.coming and (closed or progress.come >= int(batch.files))


async def _still_coming(shell: Shell, rows: Sequence[Row]) -> bool:
    """Whether bytes of a file that isn't whole have come lately, by the clock of the disk."""
    since = time.time() - QUIET.total_seconds()
    waiting = [row.id for row in rows if row.state == "open"]
    return any([await shell.partials.grew_after(upload_id, since) for upload_id in waiting])


# ---- single files ------------------------------------------------------------------------------


async def _files(shell: Shell, batch: Row, ready: Sequence[Row]) -> _Stored:
    found = [(row, await _file(shell, batch.case_id, row)) for row in ready]
    return _Stored(
        rows=[row for row, one in found if one is not None],
        attachments=tuple(one for _, one in found if one is not None),
        lost=tuple(row.id for row, one in found if one is None),
    )


async def _file(shell: Shell, case_id: str, row: Row) -> Attachment | None:
    try:
        await shell.partials.become(row.id, shell.blobs, case_id=case_id)
    except FileNotFoundError:
        _log.error("upload_lost", upload=row.id)
        return None
    return Attachment(
        fetch_ref=f"blob:{row.id}",
        filename=row.name.rsplit("/", 1)[-1],
        media_type=row.media_type,
        size=row.length,
    )


# ---- folders -----------------------------------------------------------------------------------


async def _folder(shell: Shell, batch: Row, ready: Sequence[Row]) -> _Stored:
    # A try of its own packs a blob of its own: an earlier one that was taken away may not have ended
    # yet, and is to throw away nothing but what it made. What a crash leaves is swept as an orphan.
    blob_id = new_blob_id()
    # Nothing is ever lost of an empty one.
    there = {row.id for row in ready if await shell.partials.size(row.id) == row.length}
    lost = tuple(row.id for row in ready if row.id not in there)
    for upload_id in lost:
        _log.error("upload_lost", upload=upload_id)
    ready = [row for row in ready if row.id in there]
    if not ready:
        return _Stored(rows=(), attachments=(), lost=lost)
    target = shell.blobs.draft(blob_id)
    try:
        await _zip(shell, _names(ready), target)
        size = target.stat().st_size
        await shell.blobs.keep(blob_id, case_id=batch.case_id)
    finally:
        target.unlink(missing_ok=True)
    attachment = Attachment(
        fetch_ref=f"blob:{blob_id}",
        filename=f"{batch.folder}.zip",
        media_type="application/zip",
        size=size,
    )
    return _Stored(rows=ready, attachments=(attachment,), made=(blob_id,), lost=lost)


def _names(rows: Sequence[Row]) -> dict[str, Row]:
    """Each upload by a name of its own: of two that bear one name, neither may be lost."""
    named: dict[str, Row] = {}
    for row in rows:
        name, number = str(row.name), 1
        while name in named:
            number += 1
            name = f"{number}-{row.name}" if "/" not in row.name else f"{number}/{row.name}"
        named[name] = row
    return named


async def _zip(shell: Shell, sources: dict[str, Row], target: Path) -> None:
    """Put uploads into a zip as they are. Raises FileNotFoundError where one is gone."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, strict_timestamps=False) as made:
        for name, row in sources.items():
            entry = zipfile.ZipInfo(name, date_time=_ZIP_EPOCH)
            with made.open(entry, "w", force_zip64=True) as member:
                async for piece in shell.partials.open(row.id) if row.length else _nothing():
                    await asyncio.to_thread(member.write, piece)


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for piece in nothing:
        yield piece


# ---- telling -----------------------------------------------------------------------------------


async def _tell(tx: AsyncConnection, *, shell: Shell, batch: Row, stored: _Stored) -> None:
    ids = [row.id for row in stored.rows]
    both = [*ids, *stored.lost]
    if await uploads.find_batch(tx, batch.id) is None:
        # Its case was erased or stopped meanwhile, which couldn't know of what is new.
        args = {"blobs": [*ids, *stored.made], "uploads": both}
        await shell.queue.add(tx, "erase", args, case_id=batch.case_id)
        return
    if not await uploads.told(tx, ids):
        raise RuntimeError("an upload was told of twice")
    await uploads.lost(tx, stored.lost)
    # Of a folder the zip is kept; of single files the bytes are the blobs.
    await shell.queue.add(tx, "erase", {"uploads": both}, case_id=batch.case_id)
    link = await links.find(tx, batch.link_id)
    if link is None:
        return  # Erased, with its case.
    progress = await uploads.progress_of(tx, batch.id)
    await inbox.add_update(
        tx,
        case_id=batch.case_id,
        session_id=link.session_id,
        # What is lost may come once more, and be lost once more.
        key=f"uploaded:{ids[0] if ids else secrets.token_hex(16)}",
        update=FilesUploaded(
            attachments=stored.attachments,
            sender=link.name,
            item=link.item,
            announced=max(batch.files, progress.come + progress.coming) if batch.folder else 0,
            came=progress.come if batch.folder else 0,
            lost=len(stored.lost),
        ),
        at=shell.clock(),
    )


async def _undo(shell: Shell, stored: _Stored) -> None:
    """Nothing was written: a copy is of no use, for the next try may pack more."""
    for blob_id in stored.made:
        await shell.blobs.delete(blob_id)


async def _no_room(tx: AsyncConnection, *, shell: Shell, batch: Row) -> None:
    link = await links.find(tx, batch.link_id)
    if link is not None:
        await tell_no_room(tx, case_id=link.case_id, session_id=link.session_id, at=shell.clock())


async def tell_no_room(
    tx: AsyncConnection,
    *,
    case_id: str,
    session_id: str,
    at: datetime,
    of: Literal["disk", "case"] = "disk",
) -> None:
    """Have the patient and the coordinators told that the disk, or the case, is full, once a day."""
    key = f"{case_id}:{'no_room' if of == 'disk' else 'case_full'}:{at.date()}"
    await inbox.add_update(
        tx,
        case_id=case_id,
        session_id=session_id,
        key=key,
        update=NoRoom(key=key, of=of),
        at=at,
    )


# ---- how far it is -----------------------------------------------------------------------------


async def watch(
    tx: AsyncConnection, queue: Queue, batch: Row, now: float, *, gap: timedelta = _FIRST_WORD
) -> None:
    """Have the chat told after a while how far a batch is, unless it is there by then."""
    await queue.add(
        tx,
        "upload_progress",
        {"batch": batch.id, "gap": int(gap.total_seconds())},
        key=f"upload_progress:{batch.id}",
        run_at=codec.moment(now) + gap,
        case_id=batch.case_id,
    )


async def run_progress(shell: Shell, job: Job) -> Outcome:
    """Say how far it is, if it has come any further; and look again later."""
    batch, rows, complete = await shell.db.read(partial(_read, batch_id=job.text("batch")))
    if batch is None or complete:
        return NOTHING
    received = sum(
        [await shell.partials.size(row.id) if row.state == "open" else row.length for row in rows]
    )
    said = int(str(job.args.get("said", 0)))
    gap = timedelta(seconds=min(2 * int(str(job.args["gap"])), int(_LONGEST_GAP.total_seconds())))
    if shell.clock() - codec.moment(batch.touched_at) > timedelta(days=1) and received == said:
        return NOTHING

    async def tell(tx: AsyncConnection) -> None:
        link = await links.find(tx, batch.link_id)
        if link is None:
            return
        if said < received < batch.size:
            await inbox.add_update(
                tx,
                case_id=batch.case_id,
                session_id=link.session_id,
                key=f"upload_progress:{job.id}",
                update=UploadProgress(received=received, total=batch.size),
                at=shell.clock(),
            )
        await shell.queue.add(
            tx,
            "upload_progress",
            {"batch": batch.id, "gap": int(gap.total_seconds()), "said": received},
            key=job.key,
            run_at=shell.clock() + gap,
            case_id=batch.case_id,
        )

    return Outcome(effect=tell)


# ---- housekeeping ------------------------------------------------------------------------------

#: So long a file may be on its way.
LASTS = timedelta(days=7)
# What a vendor reported of a message; nothing new is reported of one that is older.
_REPORTED = timedelta(days=30)


async def sweep(shell: Shell) -> None:
    """Find what came whole and was never told of, and forget what never came."""
    now = codec.seconds(shell.clock())
    rows = await shell.db.read(uploads.unfinished)
    # A process may have died between the last byte and its row.
    whole = [row for row in rows if await _is_whole(shell, row)]

    async def tell(tx: AsyncConnection) -> list[str]:
        for row in whole:
            await came(tx, shell.queue, row, now)
        for batch_id in await uploads.untold_batches(tx):
            batch = await uploads.find_batch(tx, batch_id)
            if batch is not None:
                quiet = now - batch.touched_at > QUIET.total_seconds()
                ready = quiet or not batch.folder or await _complete(tx, batch)
                await ask(tx, shell.queue, batch, now, after=_TOGETHER if ready else QUIET)
        gone = list(await uploads.stale(tx, now - LASTS.total_seconds()))
        for upload_id in gone:
            await uploads.remove(tx, upload_id)
        await uploads.forget_told(tx, now - LASTS.total_seconds())
        await links.forget_ended(tx, now - LASTS.total_seconds())
        await chat_codes.forget(tx, now)
        await deliveries.forget(tx, now - _REPORTED.total_seconds())
        return gone

    for upload_id in await shell.db.write(tell):
        await shell.partials.delete(upload_id)
    await _delete_strays(shell)


async def _is_whole(shell: Shell, row: Row) -> bool:
    whole: bool = await shell.partials.size(row.id) == row.length
    return bool(row.state == "open") and whole


async def _delete_strays(shell: Shell) -> None:
    """What lies in the folder and is no upload's: of an erased case, or a zip that was half-made."""
    there = await shell.partials.ids()
    if not there:
        return
    known = await shell.db.read(uploads.known)
    recent = time.time() - QUIET.total_seconds()
    for upload_id in there - known:
        if not await shell.partials.grew_after(upload_id, recent):
            await shell.partials.delete(upload_id)
