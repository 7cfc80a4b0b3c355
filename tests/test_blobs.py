"""Bytes that are said to be stored are stored, whole, and nothing else is."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.blobs import named_in, new_blob_id, stored_in
from bot.store.blobs_folder import FolderBlobs


async def stream(*pieces: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if error is not None:
        raise error


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def read(blobs: FolderBlobs, blob_id: str) -> bytes:
    return b"".join([piece async for piece in blobs.open(blob_id)])


@pytest.mark.parametrize("pieces", [[], [b""], [b"a", b"", b"bc"], [b"x" * 3_000_000] * 5])
async def test_bytes_come_back_with_their_hash_and_size(
    tmp_path: Path, pieces: list[bytes]
) -> None:
    blobs, whole = FolderBlobs(tmp_path), b"".join(pieces)
    blob = await blobs.put(stream(*pieces), case_id="case")
    assert (blob.sha256, blob.size) == (hashlib.sha256(whole).hexdigest(), len(whole))
    assert await read(blobs, blob.id) == whole == blobs.path(blob.id).read_bytes()
    assert await blobs.measure(blob.id) == blob


@pytest.mark.parametrize("size", [0, 100, 20_000_000])
async def test_a_stream_that_fails_leaves_nothing_and_its_own_error(
    tmp_path: Path, size: int
) -> None:
    with pytest.raises(LookupError, match="mine"):
        await FolderBlobs(tmp_path).put(
            stream(b"x" * size, error=LookupError("mine")), case_id="case"
        )
    assert not files_in(tmp_path)


async def test_a_put_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_000_000
            begun.set()
            await asyncio.sleep(0.001)

    task = asyncio.create_task(FolderBlobs(tmp_path).put(endless(), case_id="case"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        while files_in(tmp_path):
            await asyncio.sleep(0.01)


async def test_the_file_and_its_folders_are_synced_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def spy(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    blobs = FolderBlobs(tmp_path)
    path = blobs.path((await blobs.put(stream(b"x"), case_id="case")).id)
    assert synced == [str(path), str(path.parent), str(tmp_path)]


async def test_a_delete_may_be_repeated(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    blob = await blobs.put(stream(b"x"), case_id="case")
    assert await blobs.delete(blob.id)
    assert not await blobs.delete(blob.id)
    assert not await blobs.exists(blob.id)
    with pytest.raises(FileNotFoundError):
        await read(blobs, blob.id)


async def test_a_try_may_be_repeated_under_its_id(tmp_path: Path) -> None:
    blobs, blob_id = FolderBlobs(tmp_path), new_blob_id()
    await blobs.put(stream(b"first"), case_id="case", blob_id=blob_id)
    await blobs.put(stream(b"second"), case_id="case", blob_id=blob_id)
    assert await read(blobs, blob_id) == b"second"


@pytest.mark.parametrize("blob_id", ["../../etc/passwd", "", "ab", "A" * 32, "a" * 33])
async def test_what_is_not_an_id_is_refused(tmp_path: Path, blob_id: str) -> None:
    with pytest.raises(ValueError, match="not the id of a blob"):
        FolderBlobs(tmp_path).path(blob_id)


async def test_what_a_dead_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    blob = await blobs.put(stream(b"x"), case_id="case")
    old, young = (blobs.path(blob.id).with_name(f"{new_blob_id()}#1") for _ in range(2))
    for staged in (old, young):
        staged.write_bytes(b"half")
    an_hour_ago = time.time() - 4000
    os.utime(old, (an_hour_ago, an_hour_ago))
    assert await blobs.sweep() == 1
    assert set(files_in(tmp_path)) == {blobs.path(blob.id), young}, "an export may run beside"


async def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    async def large() -> AsyncIterator[bytes]:
        piece = os.urandom(1 << 18)
        for _ in range(1200):
            yield piece

    blobs = FolderBlobs(tmp_path)
    await blobs.put(stream(b"x"), case_id="case")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    blob = await blobs.put(large(), case_id="case")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert blob.size == 300 << 20
    assert grown < 64 << 10, f"{grown >> 10} MB more for a file of 300 MB"


def test_a_reference_to_stored_bytes_is_told_from_a_channels_own() -> None:
    blob_id = new_blob_id()
    assert stored_in(blob_id) == stored_in(f"blob:{blob_id}") == blob_id
    assert stored_in("AgACAgIAAxkBAAMDZ1") is None
    assert named_in(f'{{"ref":"{blob_id}"}}') == [blob_id]
