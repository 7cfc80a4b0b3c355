"""Blobs in a folder.

obstore's LocalStore moves a finished file into place but never asks the disk to keep it, so that is
done here, before anybody is told that a file has arrived.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import obstore
from obstore.store import LocalStore

from bot.store.blobs import GRACE_SECONDS, ID, PIECE, Blob, key_of, new_blob_id, put_stream
from bot.store.frames import HEADER, WHOLE

# What is held in memory of one file on its way: so many parts of this size.
_PART, _PARTS = 4 * 1024 * 1024, 2


class FolderFile:
    """A file that is read anywhere, from a thread."""

    #: A few whole frames of a sealed one.
    at_once = 4 * WHOLE

    def __init__(self, path: Path) -> None:
        """Open it. Raises FileNotFoundError."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._descriptor).st_size
        self.head = self.read(0, HEADER)

    def read(self, at: int, count: int) -> bytes:
        """So many bytes from a place on; fewer only where they end."""
        return os.pread(self._descriptor, count, at)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)


class FolderBlobs:
    """A folder of blobs."""

    def __init__(self, root: Path) -> None:
        """Use this folder; it is made if it isn't there."""
        root.mkdir(parents=True, exist_ok=True)
        self._root = root.resolve()
        self._store = LocalStore(self._root)

    async def put(self, stream: AsyncIterator[bytes], *, case_id: str, blob_id: str = "") -> Blob:
        """Store what the stream gives, under `blob_id` or a new id. When this returns, it is kept.

        Memory doesn't grow with the size. When the stream raises, or the task is cancelled, nothing
        is stored, and the stream's exception is raised.
        """
        blob_id = blob_id or new_blob_id()
        sha256, size = await self._put(blob_id, stream, measured=True)
        return Blob(id=blob_id, sha256=sha256, size=size)

    async def write(self, blob_id: str, stream: AsyncIterator[bytes | bytearray]) -> None:
        """Store what the stream gives as `put` does, without measuring it."""
        await self._put(blob_id, stream, measured=False)

    async def _put(
        self, blob_id: str, stream: AsyncIterator[bytes | bytearray], *, measured: bool
    ) -> tuple[str, int]:
        made = await put_stream(
            self._store, key_of(blob_id), stream, part=_PART, parts=_PARTS, measured=measured
        )
        try:
            await asyncio.to_thread(self._settle, self.path(blob_id))
        except BaseException:
            self.path(blob_id).unlink(missing_ok=True)
            raise
        return made

    async def raw(self, blob_id: str) -> FolderFile:
        """The bytes, to be read anywhere. Raises FileNotFoundError."""
        return await asyncio.to_thread(FolderFile, self.path(blob_id))

    async def replace(self, blob_id: str, stream: AsyncIterator[bytes | bytearray]) -> None:
        """Write it beside, and have it take the blob's name. Who has the old one open reads on in it."""
        path = self.path(blob_id)
        beside = path.with_name(f"{blob_id}#{secrets.token_hex(8)}")
        await swapped(beside, path, stream)

    def place(self, blob_id: str) -> Path:
        """The file itself."""
        return self.path(blob_id)

    async def settle(self, blob_id: str, *, case_id: str) -> Blob:
        """Measure a stored blob; it lies here as every case's do. Raises FileNotFoundError."""
        return await self.measure(blob_id)

    async def adopt(self, path: Path, blob_id: str, *, case_id: str) -> None:
        """Make a finished file of the same disk the blob of this id; it is gone from `path` then.

        What is a blob already stays as it is, and `path` is left alone. Raises FileNotFoundError
        where neither is there.
        """
        await asyncio.to_thread(self._adopt, path, self.path(blob_id))

    def _adopt(self, path: Path, target: Path) -> None:
        if target.exists():
            return
        _sync(path)
        target.parent.mkdir(exist_ok=True)
        path.replace(target)
        self._settle(target)
        _sync(path.parent)

    async def open(self, blob_id: str, start: int = 0) -> AsyncIterator[bytes]:
        """The bytes from `start` on, in pieces. Raises FileNotFoundError."""
        async for piece in _read(self.path(blob_id), start):
            yield piece

    async def size(self, blob_id: str) -> int:
        """How many bytes it has. Raises FileNotFoundError."""
        return self.path(blob_id).stat().st_size

    @asynccontextmanager
    async def local(self, blob_id: str) -> AsyncIterator[Path]:
        """The file itself. Raises FileNotFoundError."""
        path = self.path(blob_id)
        if not path.exists():
            raise FileNotFoundError(blob_id)
        yield path

    async def measure(self, blob_id: str) -> Blob:
        """Read a stored blob through for its hash and size. Raises FileNotFoundError."""
        path = self.path(blob_id)

        def read() -> Blob:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256")
                return Blob(id=blob_id, sha256=digest.hexdigest(), size=file.tell())

        return await asyncio.to_thread(read)

    async def delete(self, blob_id: str) -> bool:
        """Delete a blob; False when it was not there."""
        try:
            await obstore.delete_async(self._store, key_of(blob_id))
        except FileNotFoundError:
            return False
        await asyncio.to_thread(_sync, self.path(blob_id).parent)
        return True

    def path(self, blob_id: str) -> Path:
        """Where the blob lies."""
        return self._root / key_of(blob_id)

    def draft(self, blob_id: str) -> Path:
        """Where another process may write what is to be `keep`t under this id.

        What is left of a draft is swept like any half-written blob.
        """
        path = self.path(blob_id)
        path.parent.mkdir(exist_ok=True)
        return path.with_name(f"{blob_id}#0")

    async def keep(self, blob_id: str, *, case_id: str) -> None:
        """Make a finished draft a blob. When this returns, it is kept. Raises FileNotFoundError."""
        draft, path = self.draft(blob_id), self.path(blob_id)

        def settle() -> None:
            _sync(draft)
            draft.rename(path)
            self._settle(path)

        await asyncio.to_thread(settle)

    async def exists(self, blob_id: str) -> bool:
        """Whether the blob is there."""
        return self.path(blob_id).is_file()

    async def older_than(self, moment: float) -> set[str]:
        """The ids of the blobs that were stored before then, in seconds since 1970."""
        return await asyncio.to_thread(self._older_than, moment)

    def _older_than(self, moment: float) -> set[str]:
        files = (path for path in self._root.glob("*/*") if ID.fullmatch(path.name))
        return {path.name for path in files if path.stat().st_mtime < moment}

    async def sweep(self) -> int:
        """Delete what a process that died left half-written; how many files."""
        return await asyncio.to_thread(self._sweep)

    def _sweep(self) -> int:
        # LocalStore writes to `name#1` and renames; its own listing hides such files.
        count = 0
        for path in self._root.glob("*/*#*"):
            with suppress(FileNotFoundError):  # It was finished just now.
                if path.stat().st_mtime < time.time() - GRACE_SECONDS:
                    path.unlink()
                    count += 1
        return count

    def _settle(self, path: Path) -> None:
        # The file, its name in its folder, and the folder's name, which may be new.
        for what in (path, path.parent, self._root):
            _sync(what)


async def _read(path: Path, start: int) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        file.seek(start)
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
    finally:
        file.close()


def _sync(path: Path) -> None:
    # A folder can only be opened for reading; that is enough to sync it.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def swapped(
    beside: Path,
    path: Path,
    stream: AsyncIterator[bytes | bytearray],
    within: Callable[[Callable[[], None]], None] = lambda swap: swap(),
) -> None:
    """Write a stream beside a file and onto the disk, and have it take the file's name and its time.

    `within` is called with what does the last step. Raises FileNotFoundError where the file is gone.
    """

    def swap() -> None:
        was = path.stat()
        os.utime(beside, ns=(was.st_atime_ns, was.st_mtime_ns))
        _sync(beside)
        beside.replace(path)
        _sync(path.parent)

    try:
        with beside.open("xb", buffering=0) as file:
            async for piece in stream:
                await asyncio.to_thread(_write_all, file, piece)
        await asyncio.to_thread(_sync, beside)
        await asyncio.to_thread(within, swap)
    finally:
        beside.unlink(missing_ok=True)


def _write_all(file: io.FileIO, piece: bytes | bytearray) -> None:
    left = memoryview(piece)
    while left:
        left = left[file.write(left) :]
