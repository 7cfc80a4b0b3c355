"""Partials in a folder, each a file whose size is how much of it has come."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from bot.store.blobs import GRACE_SECONDS, PIECE, Blobs
from bot.store.blobs_folder import FolderFile, swapped
from bot.store.partials import ID, Superseded

T = TypeVar("T")

_CLAIM, _BESIDE = ".claim", ".beside"


class FolderPartial:
    """The right to add to one file, until somebody else claims it. Close it in any case."""

    def __init__(self, descriptor: int, claim_file: Path, token: bytes, size: int) -> None:
        """Made by `FolderPartials.claim`."""
        self.size = size
        self._descriptor = descriptor
        self._claim_file = claim_file
        self._token = token

    async def add(self, data: bytes | bytearray | memoryview) -> None:
        """Add bytes at the end. Raises Superseded, and then nothing was added; OSError when full."""
        await self.add_each((data,))

    async def add_each(self, pieces: Iterable[bytes | bytearray | memoryview]) -> None:
        """Add pieces at the end; each is made when the one before it is written. Raises as `add` does."""

        def write() -> None:
            for piece in pieces:
                self._write(piece)

        await _in_thread(lambda: self._locked(write))

    async def cut(self, size: int) -> None:
        """Take back what was added after `size`. Raises Superseded."""

        def cut() -> None:
            os.ftruncate(self._descriptor, size)
            self.size = size

        await _in_thread(lambda: self._locked(cut))

    async def replace(self, stream: AsyncIterator[bytes | bytearray]) -> None:
        """Write it beside, and have it take the file's name while nobody else can claim the file."""
        path = self._claim_file.with_name(self._claim_file.name.removesuffix(_CLAIM))
        beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}{_BESIDE}")
        await swapped(beside, path, stream, self._locked)

    async def keep(self) -> None:
        """Have everything so far on the disk before this returns."""
        await _in_thread(lambda: os.fdatasync(self._descriptor))

    async def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    def _locked(self, act: Callable[[], None]) -> None:
        # Held only for one write, so that nobody waits for a connection, only for the disk.
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            if _claimed_by(self._claim_file) != self._token:
                raise Superseded
            act()
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _write(self, data: bytes | bytearray | memoryview) -> None:
        left = memoryview(data)
        try:
            while left:
                written = os.pwrite(self._descriptor, left, self.size)
                self.size += written
                left = left[written:]
        finally:
            left.release()


class FolderPartials:
    """A folder of files on their way. It must lie on the same disk as the blobs."""

    def __init__(self, root: Path) -> None:
        """Use this folder; it is made if it isn't there."""
        root.mkdir(parents=True, exist_ok=True)
        self._root = root.resolve()

    @property
    def aside(self) -> Path:
        """The folder itself."""
        return self._root

    async def claim(self, upload_id: str, *, case_id: str) -> FolderPartial:
        """The right to write to this one, from now on; its `size` is on the disk for good."""
        return await _in_thread(lambda: self._claim(upload_id))

    async def size(self, upload_id: str) -> int:
        """How many bytes have come; 0 for one of which nothing has come."""
        try:
            return self.path(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    async def open(self, upload_id: str) -> AsyncIterator[bytes]:
        """The bytes, in pieces. Raises FileNotFoundError where nothing has come."""
        file = await asyncio.to_thread(self.path(upload_id).open, "rb")
        try:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece
        finally:
            file.close()

    async def become(self, upload_id: str, blobs: Blobs, *, case_id: str) -> None:
        """Move the file to the blobs, which lie on the same disk."""
        await blobs.adopt(self.path(upload_id), upload_id, case_id=case_id)

    async def raw(self, upload_id: str) -> FolderFile:
        """What has come, to be read anywhere. Raises FileNotFoundError where nothing has."""
        return await asyncio.to_thread(FolderFile, self.path(upload_id))

    def place(self, upload_id: str) -> Path:
        """The file itself, which only changes its folder."""
        return self.path(upload_id)

    def path(self, upload_id: str) -> Path:
        """Where the bytes are."""
        if not ID.fullmatch(upload_id):
            raise ValueError("not the id of an upload")
        return self._root / upload_id

    async def grew_after(self, upload_id: str, moment: float) -> bool:
        """Whether bytes have come since then, in seconds since 1970 by the clock of the disk."""
        try:
            return self.path(upload_id).stat().st_mtime > moment
        except FileNotFoundError:
            return False

    async def delete(self, upload_id: str) -> None:
        """Forget it. A writer that is at work on it is superseded."""
        path = self.path(upload_id)
        self._claim_file(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)

    async def tidy(self, upload_id: str) -> None:
        """Delete what a `replace` that was killed has left beside."""
        for path in self._root.glob(f"{upload_id}.*{_BESIDE}"):
            with suppress(FileNotFoundError):  # It was finished just now.
                if path.stat().st_mtime < time.time() - GRACE_SECONDS:
                    path.unlink()

    async def ids(self) -> set[str]:
        """The ids of all that lie here."""
        names = (path.name.removesuffix(_CLAIM) for path in self._root.iterdir())
        return {name for name in names if ID.fullmatch(name)}

    def _claim(self, upload_id: str) -> FolderPartial:
        path = self.path(upload_id)
        token = secrets.token_bytes(16)
        _replace(self._claim_file(path), token)
        while True:
            fresh = not path.exists()
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if fresh:
                    # The name of a new file must last as well as its bytes.
                    sync(self._root)
                # Whoever was in the midst of a write has ended it when this lock is had.
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                try:
                    os.fdatasync(descriptor)
                    size = os.fstat(descriptor).st_size
                    still = _is_there(descriptor, path)
                finally:
                    fcntl.flock(descriptor, fcntl.LOCK_UN)
            except BaseException:
                os.close(descriptor)
                raise
            if still:
                break
            # It was replaced by what lies sealed, in this very moment.
            os.close(descriptor)
        return FolderPartial(descriptor, self._claim_file(path), token, size)

    def _claim_file(self, path: Path) -> Path:
        return path.with_name(path.name + _CLAIM)


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_there(descriptor: int, path: Path) -> bool:
    """Whether an open file is still the one of this name, or there is none any more."""
    with suppress(FileNotFoundError):
        there, here = path.stat(), os.fstat(descriptor)
        return (there.st_ino, there.st_dev) == (here.st_ino, here.st_dev)
    return True


def _claimed_by(file: Path) -> bytes:
    with suppress(FileNotFoundError):
        return file.read_bytes()
    return b""


def _replace(file: Path, data: bytes) -> None:
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    fresh.write_bytes(data)
    fresh.replace(file)


async def _in_thread(work: Callable[[], T]) -> T:
    """Run it in a thread; the caller waits for its end even when it is cancelled meanwhile.

    A thread can't be stopped, and a descriptor must not be closed under it.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        with suppress(Exception):
            await running
        raise
