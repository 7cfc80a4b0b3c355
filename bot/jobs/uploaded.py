"""uploaded: what came by a private link becomes files of the case, a folder as one file.

A disc is more than its files: what its table of contents names and what belongs together is only
known of the whole. So the files of a folder are put into one zip, uncompressed, as they were.
"""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.queue import NOTHING, Job, Outcome, Queue
from bot.jobs.shell import Shell
from bot.store import codec, inbox, links, uploads
from bot.store.db import Row
from handlers.updates import Attachment, FilesUploaded, UploadProgress

_log = structlog.get_logger(__name__)

#: The files of a folder come one after the other; when none came for this long, none will.
QUIET = timedelta(minutes=15)
#: Loose files that come together are told of together.
_TOGETHER = timedelta(seconds=1)
#: How far an upload is, is said after this long, and each further time after twice as long.
_FIRST_WORD = timedelta(minutes=1)
_LONGEST_GAP = timedelta(hours=1)

#: The oldest date that a zip can hold: when a file was made is not known here.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


async def came(tx: AsyncConnection, queue: Queue, upload: Row, now: float) -> None:
    """A file has come whole: have it told, with those that come with it."""
    if not await uploads.whole(tx, upload.id, now):
        return
    batch = await uploads.find_batch(tx, upload.batch_id)
    if batch is None:
        return
    ready = not batch.folder or await _all_here(tx, batch)
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
    batch, rows = await shell.db.read(partial(_read, batch_id=batch_id))
    ready = [row for row in rows if row.state == "whole"]
    if batch is None or not ready:
        return NOTHING
    if batch.folder:
        return await _folder(shell, batch, rows, ready)
    attachments = [one for row in ready if (one := await _file(shell, row)) is not None]
    told = _Told(batch=batch, rows=ready, attachments=tuple(attachments))
    return Outcome(effect=partial(_tell, shell=shell, told=told))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the conversation is to be told of a batch. `rows` are the uploads that this settles."""

    batch: Row
    rows: Sequence[Row]
    attachments: tuple[Attachment, ...]
    announced: int = 0


async def _read(tx: AsyncConnection, *, batch_id: str) -> tuple[Row | None, Sequence[Row]]:
    return await uploads.find_batch(tx, batch_id), await uploads.of_batch(tx, batch_id)


async def _all_here(tx: AsyncConnection, batch: Row) -> bool:
    rows = await uploads.of_batch(tx, batch.id)
    whole = sum(row.state != "open" for row in rows)
    closed = bool(batch.state == "closed")
    return whole >= int(batch.files) or (closed and whole == len(rows))


async def _file(shell: Shell, row: Row) -> Attachment | None:
    try:
        await shell.blobs.adopt(shell.partials.path(row.id), row.id)
    except FileNotFoundError:
        _log.error("upload_lost", upload=row.id)
        return None
    finally:
        shell.partials.delete(row.id)
    return Attachment(
        fetch_ref=f"blob:{row.id}",
        filename=row.name.rsplit("/", 1)[-1],
        media_type=row.media_type,
        size=row.length,
    )


# ---- folders -----------------------------------------------------------------------------------


async def _folder(shell: Shell, batch: Row, rows: Sequence[Row], ready: Sequence[Row]) -> Outcome:
    target = shell.partials.path(batch.id)
    if not shell.blobs.exists(batch.id):
        sources = [(row.name, shell.partials.path(row.id)) for row in ready]
        await asyncio.to_thread(_zip, sources, target)
        await shell.blobs.adopt(target, batch.id)
    attachment = Attachment(
        fetch_ref=f"blob:{batch.id}",
        filename=f"{batch.folder}.zip",
        media_type="application/zip",
        size=shell.blobs.path(batch.id).stat().st_size,
    )
    announced = max(batch.files, len(rows))
    told = _Told(batch=batch, rows=ready, attachments=(attachment,), announced=announced)
    return Outcome(effect=partial(_tell, shell=shell, told=told))


def _zip(sources: Sequence[tuple[str, Path]], target: Path) -> None:
    """Put files into a zip as they are. A half-written one of an earlier try is written anew."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, strict_timestamps=False) as made:
        for name, path in sources:
            if not path.exists():
                continue
            entry = zipfile.ZipInfo(name, date_time=_ZIP_EPOCH)
            with path.open("rb") as source, made.open(entry, "w", force_zip64=True) as member:
                while piece := source.read(1024 * 1024):
                    member.write(piece)


# ---- telling -----------------------------------------------------------------------------------


async def _tell(tx: AsyncConnection, *, shell: Shell, told: _Told) -> None:
    batch, ids = told.batch, [row.id for row in told.rows]
    if await uploads.find_batch(tx, batch.id) is None:
        return  # Erased meanwhile, and what lies on the disk is nobody's: the sweep takes it.
    await uploads.told(tx, ids)
    if batch.folder:
        await uploads.batch_told(tx, batch.id)
        await shell.queue.add(tx, "erase", {"uploads": ids}, case_id=batch.case_id)
    link = await links.find(tx, batch.link_id)
    if link is None or not told.attachments:
        return
    await inbox.add_update(
        tx,
        case_id=batch.case_id,
        session_id=link.session_id,
        key=f"uploaded:{ids[0]}",
        update=FilesUploaded(
            attachments=told.attachments,
            sender=link.name,
            item=link.item,
            announced=told.announced,
            came=len(ids) if told.announced else 0,
        ),
        at=shell.clock(),
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
    batch, rows = await shell.db.read(partial(_read, batch_id=job.text("batch")))
    if batch is None or batch.state == "told" or all(row.state != "open" for row in rows):
        return NOTHING
    received = sum(
        shell.partials.size(row.id) if row.state == "open" else row.length for row in rows
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


async def sweep(shell: Shell) -> None:
    """Find what came whole and was never told of, and forget what never came."""
    now = codec.seconds(shell.clock())
    rows = await shell.db.read(uploads.unfinished)
    # A process may have died between the last byte and its row.
    whole = [row for row in rows if _is_whole(shell, row)]

    async def tell(tx: AsyncConnection) -> list[str]:
        for row in whole:
            await came(tx, shell.queue, row, now)
        for batch_id in await uploads.untold_batches(tx):
            batch = await uploads.find_batch(tx, batch_id)
            if batch is not None:
                quiet = now - batch.touched_at > QUIET.total_seconds()
                ready = quiet or not batch.folder or await _all_here(tx, batch)
                await ask(tx, shell.queue, batch, now, after=_TOGETHER if ready else QUIET)
        gone = list(await uploads.stale(tx, now - LASTS.total_seconds()))
        for upload_id in gone:
            await uploads.remove(tx, upload_id)
        await uploads.forget_told(tx, now - LASTS.total_seconds())
        await links.forget_ended(tx, now - LASTS.total_seconds())
        return gone

    for upload_id in await shell.db.write(tell):
        shell.partials.delete(upload_id)
    await _delete_strays(shell)


def _is_whole(shell: Shell, row: Row) -> bool:
    if row.state != "open":
        return False
    path = shell.partials.path(row.id)
    return path.exists() and path.stat().st_size == row.length


async def _delete_strays(shell: Shell) -> None:
    """What lies in the folder and is no upload's: its case was erased while it was on its way."""
    there = shell.partials.ids()
    if not there:
        return
    named = await shell.db.read(uploads.known)
    for upload_id in there - named:
        shell.partials.delete(upload_id)
