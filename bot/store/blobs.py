"""Blobs: the bytes of files, each under a random name and never changed.

They lie in a folder (`blobs_folder.py`) or in a bucket of an S3-compatible store (`blobs_bucket.py`),
and sealed in either (`sealed_blobs.py`).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import obstore
from obstore.store import ObjectStore

#: Bytes read at once.
PIECE = 1024 * 1024

#: Seconds for which what is half-written may be somebody's: a command may run beside.
GRACE_SECONDS = 3600.0
ID = re.compile(r"[0-9a-f]{32}")
_IN_TEXT = re.compile(rf"(?<![0-9a-f]){ID.pattern}(?![0-9a-f])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Stored bytes: their id, the SHA-256 in hexadecimal, and how many they are."""

    id: str
    sha256: str
    size: int


class Blobs(Protocol):
    """What every kind of store does.

    What a method has stored is kept when it returns: on the disk, or acknowledged by the bucket. Where
    bytes are sealed, `case_id` says for which case.
    """

    async def put(self, stream: AsyncIterator[bytes], *, case_id: str, blob_id: str = "") -> Blob:
        """Store what the stream gives, under `blob_id` or a new id.

        Memory doesn't grow with the size. When the stream raises, or the task is cancelled, nothing
        is stored, and the stream's exception is raised.
        """
        ...

    async def adopt(self, path: Path, blob_id: str, *, case_id: str) -> None:
        """Make a finished file the blob of this id; it is gone from `path` then.

        What is a blob already stays as it is. Raises FileNotFoundError where neither is there.
        """
        ...

    def open(self, blob_id: str, start: int = 0) -> AsyncIterator[bytes]:
        """The bytes from `start` on, in pieces. Raises FileNotFoundError."""
        ...

    async def size(self, blob_id: str) -> int:
        """How many bytes it has. Raises FileNotFoundError."""
        ...

    async def measure(self, blob_id: str) -> Blob:
        """Read a stored blob through for its hash and size. Raises FileNotFoundError."""
        ...

    async def settle(self, blob_id: str, *, case_id: str) -> Blob:
        """Measure a blob that came with a message, whose chat may have left the case of then.

        Where it was sealed for another, what is measured is another one, of this case: then the first is
        yet to be deleted. Raises FileNotFoundError.
        """
        ...

    async def delete(self, blob_id: str) -> bool:
        """Delete a blob; False when it was not there."""
        ...

    def local(self, blob_id: str) -> AbstractAsyncContextManager[Path]:
        """A file of this machine with the bytes, for those who must seek in them.

        It is not to be written to, and may be gone when the block ends. Raises FileNotFoundError.
        """
        ...

    def draft(self, blob_id: str) -> Path:
        """Where another process of this machine may write what is to be `keep`t under this id.

        What is left of a draft is swept like any half-written blob.
        """
        ...

    async def keep(self, blob_id: str, *, case_id: str) -> None:
        """Make a finished draft a blob. Raises FileNotFoundError."""
        ...

    async def exists(self, blob_id: str) -> bool:
        """Whether the blob is there."""
        ...

    async def older_than(self, moment: float) -> set[str]:
        """The ids of the blobs that were stored before then, in seconds since 1970."""
        ...

    async def sweep(self) -> int:
        """Delete what a process that died left half-written; how many files."""
        ...


class RawFile(Protocol):
    """Stored bytes as they lie, to be read anywhere, in a thread. Close it."""

    @property
    def size(self) -> int:
        """How many there were when it was opened."""
        ...

    @property
    def head(self) -> bytes:
        """The first bytes, as many as a header of sealed ones has, or all."""
        ...

    @property
    def at_once(self) -> int:
        """So many bytes are worth a read; fewer cost as much."""
        ...

    def read(self, at: int, count: int) -> bytes:
        """So many bytes from a place on; fewer only where they end."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class RawBlobs(Blobs, Protocol):
    """A store that keeps bytes as it gets them, beneath one that seals."""

    async def write(self, blob_id: str, stream: AsyncIterator[bytes | bytearray]) -> None:
        """Store what the stream gives as `put` does, without measuring it."""
        ...

    async def raw(self, blob_id: str) -> RawFile:
        """The bytes, to be read anywhere. Raises FileNotFoundError."""
        ...

    async def replace(self, blob_id: str, stream: AsyncIterator[bytes | bytearray]) -> None:
        """Have what the stream gives lie in place of a blob: all of it, or it is as it was.

        Only for sealing what lies plain: else blobs are never changed. Raises FileNotFoundError.
        """
        ...

    def place(self, blob_id: str) -> Path | None:
        """The file itself; None where it lies on no disk of this machine."""
        ...


def new_blob_id() -> str:
    """An id for `put`: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def key_of(blob_id: str) -> str:
    """Under which name a blob lies in its store. Raises ValueError for what is no id."""
    if not ID.fullmatch(blob_id):
        raise ValueError("not the id of a blob")
    return f"{blob_id[:2]}/{blob_id}"


def stored_in(fetch_ref: str) -> str | None:
    """The blob that an attachment's `fetch_ref` names, where its bytes are stored already."""
    blob_id = fetch_ref.removeprefix("blob:")
    return blob_id if ID.fullmatch(blob_id) else None


def named_in(text: str) -> list[str]:
    """What may be the ids of blobs in a text that isn't understood."""
    return _IN_TEXT.findall(text)


async def file_pieces(path: Path) -> AsyncIterator[bytes]:
    """A file of this machine, as a stream. Raises FileNotFoundError."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
    finally:
        file.close()


class Changed(OSError):
    """What is being read lies sealed since: it is to be opened anew, and read on at the same place."""


async def plain_pieces(file: RawFile, start: int = 0) -> AsyncIterator[bytes]:
    """The bytes of a file as they lie, from there on. Raises Changed, OSError where it is cut short."""
    at = start
    while at < file.size:
        piece = await asyncio.to_thread(file.read, at, max(PIECE, file.at_once))
        if not piece:
            raise OSError("a stored file is shorter than it was")
        at += len(piece)
        yield piece


class _Source:
    """A stream on its way through: what it was, and how it failed."""

    def __init__(self, stream: AsyncIterator[bytes | bytearray], *, measured: bool) -> None:
        """Take the stream; nothing is read yet."""
        self._stream = stream
        self._measured = measured
        self.digest = hashlib.sha256()
        self.size = 0
        self.failure: BaseException | None = None

    async def pieces(self) -> AsyncIterator[bytes | bytearray]:
        """Its bytes. obstore tells of an exception in words of its own, so it is kept here."""
        try:
            async for piece in self._stream:
                if self._measured:
                    self.digest.update(piece)
                self.size += len(piece)
                if piece:
                    yield piece
        except Exception as error:
            self.failure = error
            raise


async def put_stream(
    store: ObjectStore,
    key: str,
    stream: AsyncIterator[bytes | bytearray],
    *,
    part: int,
    parts: int,
    measured: bool = True,
) -> tuple[str, int]:
    """Write a stream into a store, `parts` of `part` bytes at a time; its SHA-256 and its size.

    When the stream raises, nothing is stored and its exception is raised.
    """
    source = _Source(stream, measured=measured)
    pieces = source.pieces()
    try:
        await obstore.put_async(store, key, pieces, chunk_size=part, max_concurrency=parts)
    except BaseException:
        if source.failure is not None:
            raise source.failure from None
        raise
    return source.digest.hexdigest(), source.size
