"""Blobs in a bucket of an S3-compatible store, for several servers that share them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import obstore
from obstore.store import ObjectStore

from bot.store.blobs import (
    GRACE_SECONDS,
    ID,
    PIECE,
    Blob,
    file_pieces,
    key_of,
    new_blob_id,
    put_stream,
)
from bot.store.bucket_file import BucketFile, beginning
from bot.store.scratch import Scratch

_FOLDER = "files"
#: What is held in memory of one file on its way: so many parts of this size. S3 takes none under
#: 5 MiB but the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
_PART, _PARTS = 6 * 1024 * 1024, 2


class BucketBlobs:
    """The blobs below `files/` of a bucket; `scratch` holds those that somebody seeks in."""

    def __init__(self, store: ObjectStore, scratch: Scratch) -> None:
        """Use this bucket, which is open."""
        self._store = store
        self._scratch = scratch

    async def put(self, stream: AsyncIterator[bytes], *, case_id: str, blob_id: str = "") -> Blob:
        """Store what the stream gives; nothing is there before all of it is."""
        blob_id = blob_id or new_blob_id()
        sha256, size = await put_stream(
            self._store, _key(blob_id), stream, part=_PART, parts=_PARTS
        )
        return Blob(id=blob_id, sha256=sha256, size=size)

    async def write(self, blob_id: str, stream: AsyncIterator[bytes | bytearray]) -> None:
        """Store what the stream gives as `put` does, without measuring it."""
        await put_stream(
            self._store, _key(blob_id), stream, part=_PART, parts=_PARTS, measured=False
        )

    async def raw(self, blob_id: str) -> BucketFile:
        """The bytes, to be read anywhere. Raises FileNotFoundError."""
        head, size, mark = await beginning(self._store, _key(blob_id))
        return BucketFile(self._store, ((_key(blob_id), size),), head, mark)

    async def replace(self, blob_id: str, stream: AsyncIterator[bytes | bytearray]) -> None:
        """Write it under the same name: a bucket shows what was there until all of it has come."""
        await self.size(blob_id)
        await self.write(blob_id, stream)

    def place(self, blob_id: str) -> None:
        """It lies in the bucket."""

    async def settle(self, blob_id: str, *, case_id: str) -> Blob:
        """Measure a stored blob; it lies here as every case's do. Raises FileNotFoundError."""
        return await self.measure(blob_id)

    async def adopt(self, path: Path, blob_id: str, *, case_id: str) -> None:
        """Make a finished file of this machine the blob of this id; it is gone from `path` then."""
        if not path.exists() and await self.exists(blob_id):
            return
        await self.put(file_pieces(path), case_id=case_id, blob_id=blob_id)
        path.unlink()

    async def open(self, blob_id: str, start: int = 0) -> AsyncIterator[bytes]:
        """The bytes from `start` on, in pieces. Raises FileNotFoundError."""
        size = await self.size(blob_id)
        if start >= size:
            return
        options: obstore.GetOptions = {"range": (start, size)} if start else {}
        answer = await obstore.get_async(self._store, _key(blob_id), options=options)
        async for piece in answer.stream(min_chunk_size=PIECE):
            yield bytes(piece)

    async def size(self, blob_id: str) -> int:
        """How many bytes it has. Raises FileNotFoundError."""
        return int((await obstore.head_async(self._store, _key(blob_id)))["size"])

    async def measure(self, blob_id: str) -> Blob:
        """Read a stored blob through for its hash and size. Raises FileNotFoundError."""
        digest, size = hashlib.sha256(), 0
        async for piece in self.open(blob_id):
            await asyncio.to_thread(digest.update, piece)
            size += len(piece)
        return Blob(id=blob_id, sha256=digest.hexdigest(), size=size)

    async def delete(self, blob_id: str) -> bool:
        """Delete a blob; False when it was not there."""
        self._scratch.forget(blob_id)
        there = await self.exists(blob_id)
        with suppress(FileNotFoundError):
            await obstore.delete_async(self._store, _key(blob_id))
        return there

    @asynccontextmanager
    async def local(self, blob_id: str) -> AsyncIterator[Path]:
        """A copy on this machine. Raises FileNotFoundError."""

        async def fetch(to: Path) -> None:
            size = await self.size(blob_id)
            with to.open("wb") as file:
                async for piece in self.open(blob_id):
                    await asyncio.to_thread(file.write, piece)
            if to.stat().st_size != size:
                raise OSError(f"of a blob of {size} bytes came {to.stat().st_size}")

        async with self._scratch.holding(blob_id, fetch) as path:
            yield path

    def draft(self, blob_id: str) -> Path:
        """Where another process of this machine may write what is to be `keep`t under this id."""
        key_of(blob_id)
        return self._scratch.path(f"{blob_id}#0")

    async def keep(self, blob_id: str, *, case_id: str) -> None:
        """Make a finished draft a blob. Raises FileNotFoundError."""
        draft = self.draft(blob_id)
        await self.put(file_pieces(draft), case_id=case_id, blob_id=blob_id)
        # It is looked at soon: pictures are made of it, or it goes into a package.
        draft.replace(self._scratch.path(blob_id))

    async def exists(self, blob_id: str) -> bool:
        """Whether the blob is there."""
        try:
            await self.size(blob_id)
        except FileNotFoundError:
            return False
        return True

    async def older_than(self, moment: float) -> set[str]:
        """The ids of the blobs that were stored before then, by the clock of the bucket."""
        found: set[str] = set()
        async for batch in obstore.list(self._store, prefix=_FOLDER):
            for one in batch:
                name = str(one["path"]).rsplit("/", 1)[-1]
                if ID.fullmatch(name) and one["last_modified"].timestamp() < moment:
                    found.add(name)
        return found

    async def sweep(self) -> int:
        """Delete what is half-written on this machine; the bucket sees to what is so in it."""
        return await asyncio.to_thread(self._scratch.sweep, GRACE_SECONDS)


def _key(blob_id: str) -> str:
    return f"{_FOLDER}/{key_of(blob_id)}"
