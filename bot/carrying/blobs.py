"""Files, carried from one store to another and read back there, byte by byte."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress

from bot.app import StartError
from bot.store import frames
from bot.store.blobs import Blob, Blobs, RawFile
from bot.store.keyring import BrokenSeal
from bot.store.partials import Partials

#: So many files are on their way at once: more hold more memory, and are no faster on one disk.
_AT_ONCE = 4


class CarryError(StartError):
    """It can't be carried there, or did not arrive as it was; the message says what to do."""


async def is_damaged(file: RawFile, blob_sha256: str, promised: str | None) -> bool:
    """Whether stored bytes aren't what they were. `promised` is the hash that their row gives.

    Of sealed bytes no row has a hash, and nothing is opened here: each frame has a checksum. It closes
    the file.
    """
    try:
        if not frames.is_sealed(file.head):
            if promised is not None or not file.size:
                return promised not in (None, blob_sha256)
            return await asyncio.to_thread(
                frames.has_lost_its_head, file.head, file.read, file.size
            )
        await asyncio.to_thread(frames.check, file.read)
    except BrokenSeal:
        return True
    finally:
        file.close()
    return False


async def each(ids: Iterable[str], act: Callable[[str], Awaitable[None]]) -> None:
    """Do it for every id, a few side by side; the first failure ends it, and is raised."""
    waiting = iter(sorted(ids))

    async def some() -> None:
        for one in waiting:
            await act(one)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(some())
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def everything(blobs: Blobs) -> set[str]:
    """The ids of all that a store holds."""
    return await blobs.older_than(float("inf"))


async def carry(source: Blobs, target: Blobs, blob_id: str) -> Blob:
    """Copy a blob, read it back, and compare. What an earlier try has brought is only compared.

    Raises CarryError where it is not the same there.
    """
    if await target.exists(blob_id):
        there = await target.measure(blob_id)
        if there == await source.measure(blob_id):
            return there
        await target.delete(blob_id)
    return await bring(source.open(blob_id), target, blob_id, size=await source.size(blob_id))


async def bring(stream: AsyncIterator[bytes], target: Blobs, blob_id: str, *, size: int) -> Blob:
    """Store a stream of so many bytes, read it back, and compare. Raises CarryError."""
    sent = await target.put(stream, case_id="", blob_id=blob_id)
    there = await target.measure(blob_id)
    if sent != there or sent.size != size:
        raise CarryError(f"the file {blob_id} did not arrive as it was: check the disk, and go on")
    return there


async def come(partials: Partials, upload_id: str) -> Blob | None:
    """Read what has come of a file on its way; None where it isn't there."""
    digest, size = hashlib.sha256(), 0
    try:
        async for piece in partials.open(upload_id):
            digest.update(piece)
            size += len(piece)
    except FileNotFoundError:
        return None
    return Blob(id=upload_id, sha256=digest.hexdigest(), size=size)


async def carry_partial(source: Partials, target: Partials, upload_id: str) -> Blob | None:
    """Copy what has come of a file on its way, and compare; None where it isn't there."""
    here = await come(source, upload_id)
    if here is None or here == await come(target, upload_id):
        return here
    return await bring_partial(source.open(upload_id), target, here)


async def bring_partial(stream: AsyncIterator[bytes], target: Partials, sent: Blob) -> Blob:
    """Store what has come of a file on its way, and compare. Raises CarryError."""
    await target.delete(sent.id)
    partial = await target.claim(sent.id, case_id="")
    try:
        async for piece in stream:
            await partial.add(piece)
        await partial.keep()
    finally:
        await partial.close()
    if await come(target, sent.id) != sent:
        raise CarryError(
            f"the upload {sent.id} did not arrive as it was: check the disk, and go on"
        )
    return sent


async def uploads_in(partials: Partials) -> set[str]:
    """The ids of all files on their way; none where there is no such folder yet."""
    with suppress(FileNotFoundError):
        return await partials.ids()
    return set()
