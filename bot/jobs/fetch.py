"""fetch: bring a file that a patient sent from its channel into the store."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Blocked, LaysFiles, Named, Rejected, Releases, Retry
from bot.jobs import release, uploaded, virus_scan
from bot.jobs.queue import Job, Later, Outcome, Permanent
from bot.jobs.shell import Shell
from bot.store import files, inbox
from bot.store.blobs import Blob, file_pieces, new_blob_id, stored_in
from bot.store.db import Row
from bot.store.room import Room, room_of
from bot.store.sealed import sealed
from bot.watching import measures
from checklist.findings import Finding, FindingCode
from checklist.text import Text, _
from handlers.updates import NoRoom, RecordIndexed

#: Seconds until it is looked again whether a full case has more room.
_FULL = 60.0

_NOT_ARRIVED = _("This file did not arrive. Please send it once more.")
_TOO_LARGE = _(
    "This file is too large to be taken in one piece. "
    "Please send it in smaller parts, or write /human and a person will help you."
)


async def run(shell: Shell, job: Job) -> Outcome:
    """Store the file and have it read; or, where its bytes are known, say of what it is a copy."""
    row = await shell.db.read(partial(files.find, file_id=job.text("file")))
    if row is None or row.state != "wanted":
        return Outcome()
    stored = stored_in(row.fetch_ref)
    blob, name = (await _stored(shell, row), row.name) if stored else await _got(shell, row)
    return Outcome(
        effect=partial(_keep, shell=shell, row=row, blob=blob, name=name),
        # What the channel stored stays for another try; a blob of ours would be nobody's.
        undo=None if blob.id == stored else partial(shell.blobs.delete, blob.id),
    )


async def give_up(shell: Shell, job: Job, reason: str) -> Outcome:
    """Tell the conversation that there will be no file."""
    row = await shell.db.read(partial(files.find, file_id=job.text("file")))
    if row is None or row.state != "wanted":
        return Outcome()
    return Outcome(effect=partial(_refuse, shell=shell, row=row, reason=reason))


# ---- getting the bytes -------------------------------------------------------------------------


async def _stored(shell: Shell, row: Row) -> Blob:
    """The channel stored it on arrival, perhaps before there was a case: it is only measured."""
    try:
        return await shell.blobs.settle(stored_in(row.fetch_ref) or "", case_id=row.case_id)
    except FileNotFoundError:
        raise Permanent("gone") from None


async def _got(shell: Shell, row: Row) -> tuple[Blob, str]:
    """The bytes, and the file's name, which some channels only tell with them."""
    channel = shell.channels.get(row.channel)
    if channel is None:
        raise Later(60.0, "channel_off")
    if (await shell.db.read(partial(_room, shell=shell, row=row))).is_full:
        # It stays where it is until a coordinator has allowed more.
        await shell.db.write(partial(_full, shell=shell, row=row))
        raise Later(_FULL, "case_full")
    blob_id = new_blob_id()
    # Its id is on record before its bytes are, so that an erasure meanwhile finds it. Each try has
    # an id of its own: one that was taken away must not touch what the next one stores.
    await shell.db.write(partial(_announce, shell=shell, row=row, blob_id=blob_id))
    limit = shell.settings.max_file_bytes
    try:
        path = await channel.lies_at(row.fetch_ref) if isinstance(channel, LaysFiles) else None
        if path is not None:
            return await _taken_over(shell, row.case_id, path, blob_id, limit), row.name
        coming = channel.fetch(row.fetch_ref)
        blob = await shell.blobs.put(_limited(coming, limit), case_id=row.case_id, blob_id=blob_id)
        return blob, row.name or (coming.name if isinstance(coming, Named) else "")
    except Retry as error:
        raise Later(error.after, error.reason) from error
    except (Rejected, Blocked) as error:
        raise Permanent(error.reason) from error


async def _taken_over(shell: Shell, case_id: str, path: Path, blob_id: str, limit: int) -> Blob:
    """Make a file that lies on a disk of ours the blob: moved, or read where it can't be.

    It is gone from there then. A server of the operator's own would keep it for ever, and an erasure
    must find all that there is. Where the job is run again, the server has it brought again.
    """
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
        if size > limit:
            raise Rejected("too_large")
        try:
            await shell.blobs.adopt(path, blob_id, case_id=case_id)
            return await shell.blobs.measure(blob_id)
        except PermissionError:
            # Another user's folder, of which this one may read.
            if await shell.blobs.exists(blob_id):
                return await shell.blobs.measure(blob_id)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        blob = await shell.blobs.put(file_pieces(path), case_id=case_id, blob_id=blob_id)
    except FileNotFoundError:
        # Somebody else has sent the same file, and that one was taken over just now.
        raise Retry("moved") from None
    with suppress(OSError):
        await asyncio.to_thread(path.unlink)
    return blob


async def _announce(tx: AsyncConnection, *, shell: Shell, row: Row, blob_id: str) -> None:
    known = await files.find(tx, row.id)
    before = known.blob_id if known is not None else None
    await files.change(tx, row.id, blob_id=blob_id)
    if before:
        await _delete(tx, shell, row, before)


async def _limited(stream: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in stream:
        size += len(piece)
        if size > limit:
            raise Rejected("too_large")
        yield piece


async def _room(tx: AsyncConnection, *, shell: Shell, row: Row) -> Room:
    most = shell.settings
    return await room_of(tx, row.case_id, files=most.case_max_files, size=most.case_max_bytes)


async def _full(tx: AsyncConnection, *, shell: Shell, row: Row) -> None:
    await uploaded.tell_no_room(
        tx, case_id=row.case_id, session_id=row.session_id, at=shell.clock(), of="case"
    )


# ---- what follows ------------------------------------------------------------------------------


async def _keep(tx: AsyncConnection, *, shell: Shell, row: Row, blob: Blob, name: str) -> None:
    values: dict[str, Any] = {"blob_id": blob.id, "sha256": blob.sha256, "size": blob.size}
    values["name"] = sealed(row.case_id, name)
    await _release(tx, shell, row)
    came_as = stored_in(row.fetch_ref)
    if came_as and came_as != blob.id:
        await _delete(tx, shell, row, came_as)
    copy_of = await files.same_bytes(tx, row.case_id, blob.sha256, but=row.id)
    if copy_of is not None:
        kept = await files.change(tx, row.id, state="refused", reason="duplicate", **values)
        await _delete(tx, shell, row, blob.id)
        if kept:
            await files.change(tx, row.id, blob_id=None)
            update = RecordIndexed(
                file_id=row.id, original_name=name, duplicate_of=copy_of, kept=False
            )
            await _tell(tx, shell, row, update)
    elif await files.change(tx, row.id, state="stored", **values):
        measures.file_in(row.channel, blob.size)
        await virus_scan.then_index(tx, shell, file_id=row.id, case_id=row.case_id)
        await _say_if_nearly_full(tx, shell, row)
    else:
        await _delete(tx, shell, row, blob.id)


async def _say_if_nearly_full(tx: AsyncConnection, shell: Shell, row: Row) -> None:
    """Once for as much room as it has."""
    room = await _room(tx, shell=shell, row=row)
    if room.is_nearly_full:
        key = f"{row.case_id}:room_soon:{room.given}"
        await inbox.add_update(
            tx,
            case_id=row.case_id,
            session_id=row.session_id,
            key=key,
            update=NoRoom(key=key, of="case_soon"),
            at=shell.clock(),
        )


async def _refuse(tx: AsyncConnection, *, shell: Shell, row: Row, reason: str) -> None:
    known = await files.find(tx, row.id)
    if known is not None and known.blob_id:
        await _delete(tx, shell, row, known.blob_id)
    code, message = _words_for(reason)
    if code == "too_large":
        await _release(tx, shell, row)
    if await files.change(tx, row.id, state="refused", reason=code, blob_id=None):
        refusal = Finding(code=code, severity="error", message=message, path=row.name)
        update = RecordIndexed(file_id=row.id, original_name=row.name, refusal=refusal, kept=False)
        await _tell(tx, shell, row, update)


def _words_for(reason: str) -> tuple[FindingCode, Text]:
    return ("too_large", _TOO_LARGE) if reason == "too_large" else ("not_arrived", _NOT_ARRIVED)


async def _tell(tx: AsyncConnection, shell: Shell, row: Row, update: RecordIndexed) -> None:
    await inbox.add_update(
        tx,
        case_id=row.case_id,
        session_id=row.session_id,
        key=inbox.file_key(row.id),
        update=update,
        at=shell.clock(),
    )


async def _release(tx: AsyncConnection, shell: Shell, row: Row) -> None:
    """Have the vendor delete it, where it keeps what was sent: we have it, or never will."""
    if isinstance(shell.channels.get(row.channel), Releases):
        await release.ask(tx, shell.queue, row.channel, [row.fetch_ref])


async def _delete(tx: AsyncConnection, shell: Shell, row: Row, blob_id: str) -> None:
    await shell.queue.add(tx, "erase", {"blobs": [blob_id]}, case_id=row.case_id)
