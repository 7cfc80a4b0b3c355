"""Blobs that lie sealed, in a store of any kind, each by the key of its case.

What was stored before there were keys is read as it is. Who must seek gets a plain copy in the scratch
of this machine, for minutes.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from bot.store import frames
from bot.store.blobs import (
    GRACE_SECONDS,
    Blob,
    Changed,
    RawBlobs,
    RawFile,
    file_pieces,
    key_of,
    new_blob_id,
    plain_pieces,
)
from bot.store.blobs_folder import FolderFile
from bot.store.frames import AROUND, HEADER, Cipher, Header
from bot.store.keyring import BrokenSeal
from bot.store.scratch import Scratch
from bot.store.sealed_streams import Opening, Sealing, header_of

#: Seconds for which a plain copy stays after its last use. Who looks through a study asks for one slice
#: after the other, with seconds in between; to open a disc of 700 MB anew takes less than two.
KEPT = 300.0


class CaseKey(Protocol):
    """A key: its id, 16 letters of hexadecimal, which stands in what it seals, and its 32 bytes."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def secret(self) -> bytes:
        """Its bytes."""
        ...


class BlobKeys(Protocol):
    """Where keys are had. Who keeps them, and how, is another's."""

    async def for_case(self, case_id: str) -> CaseKey:
        """The key that seals what is new of a case, made where there is none."""
        ...

    async def opened(self, key_id: str) -> bytes | None:
        """The 32 bytes of a key by its id; None where it was destroyed, with its case."""
        ...


class SealedBlobs:
    """Seals what goes into a store, and opens what comes out of it."""

    def __init__(self, inner: RawBlobs, keys: BlobKeys, scratch: Scratch) -> None:
        """Take the store beneath, the keys, and where plain copies may lie."""
        self._inner = inner
        self._keys = keys
        self._scratch = scratch

    async def put(self, stream: AsyncIterator[bytes], *, case_id: str, blob_id: str = "") -> Blob:
        """Seal what the stream gives; the hash and the size are those of the plain bytes."""
        blob_id = blob_id or new_blob_id()
        key_of(blob_id)
        key = await self._keys.for_case(case_id)
        sealing = Sealing(stream, *frames.new_header(blob_id, key.id, key.secret))
        await self._inner.write(blob_id, sealing.sealed())
        return Blob(id=blob_id, sha256=sealing.sha256, size=sealing.size)

    async def adopt(self, path: Path, blob_id: str, *, case_id: str) -> None:
        """Seal a finished file of this machine under this id; it is gone from `path` then."""
        if await self._inner.exists(blob_id):
            return
        await self.put(file_pieces(path), case_id=case_id, blob_id=blob_id)
        await asyncio.to_thread(path.unlink)

    async def adopt_sealed(self, path: Path, blob_id: str, *, case_id: str) -> None:
        """Make a file that came sealed, frame by frame, the blob: it only gets its end.

        What has no frame yet, or came before there were keys, is sealed now. Raises FileNotFoundError.
        """
        if not path.exists():
            await self._inner.adopt(path, blob_id, case_id=case_id)
            return
        file = await asyncio.to_thread(FolderFile, path)
        try:
            torn = frames.is_torn_header(file.head)
            header = None if torn else await header_of(file)
        finally:
            file.close()
        if torn:
            await asyncio.to_thread(path.write_bytes, b"")
        if header is None:
            await self.adopt(path, blob_id, case_id=case_id)
            return
        cipher = await self._cipher_of(blob_id, header)
        await asyncio.to_thread(_end, path, cipher)
        await self._inner.adopt(path, blob_id, case_id=case_id)

    async def open(self, blob_id: str, start: int = 0) -> AsyncIterator[bytes]:
        """The plain bytes from `start` on. Raises FileNotFoundError, also where its key is destroyed.

        Raises BrokenSeal where it isn't what was sealed.
        """
        file, cipher = await self._opened(blob_id)
        if cipher is None:
            try:
                async for piece in plain_pieces(file, start):
                    start += len(piece)
                    yield piece
                return
            except Changed:
                pass
            finally:
                file.close()
            # It was sealed in this very moment; the plain bytes are the same.
            file, cipher = await self._opened(blob_id)
            if cipher is None:
                raise FileNotFoundError(blob_id)
        async for piece in Opening(file, cipher).plain(start):
            yield piece

    async def size(self, blob_id: str) -> int:
        """How many plain bytes it has. Raises as `open` does."""
        file, cipher = await self._opened(blob_id)
        try:
            if cipher is None:
                return file.size
            return await asyncio.to_thread(_size, file, cipher)
        finally:
            file.close()

    @asynccontextmanager
    async def local(self, blob_id: str) -> AsyncIterator[Path]:
        """A plain copy on this machine; what was never sealed, under a name of its own.

        It may be sealed meanwhile, and who looks at it opens it by its name, perhaps again and again.
        """
        file, cipher = await self._opened(blob_id)
        file.close()
        if cipher is None and (link := await asyncio.to_thread(self._linked, blob_id)) is not None:
            try:
                yield link
            finally:
                link.unlink(missing_ok=True)
            return

        async def fetch(to: Path) -> None:
            again, cipher = await self._opened(blob_id)
            with to.open("wb") as copy:
                if cipher is not None:
                    await Opening(again, cipher).each(copy.write)
                    return
                again.close()
                async for piece in self.open(blob_id):
                    await asyncio.to_thread(copy.write, piece)

        async with self._scratch.holding(blob_id, fetch) as path:
            yield path

    def _linked(self, blob_id: str) -> Path | None:
        """Another name of a file that lies plain; None where there can be none, or it is sealed by now."""
        place = self._inner.place(blob_id)
        if place is None:
            return None
        link = self._scratch.own / f"{blob_id}#{secrets.token_hex(8)}"
        try:
            link.hardlink_to(place)
        except OSError:
            # The scratch lies on another disk, or the disk knows no such names.
            return None
        with link.open("rb") as file:
            plain = not frames.is_sealed(file.read(HEADER))
        if not plain:
            link.unlink()
        return link if plain else None

    async def measure(self, blob_id: str) -> Blob:
        """Read a blob through for the hash and size of its plain bytes. Raises as `open` does."""
        file, cipher = await self._opened(blob_id)
        digest, size = hashlib.sha256(), 0
        if cipher is None:
            file.close()
            async for piece in self.open(blob_id):
                await asyncio.to_thread(digest.update, piece)
                size += len(piece)
            return Blob(id=blob_id, sha256=digest.hexdigest(), size=size)
        size = await Opening(file, cipher).each(digest.update)
        return Blob(id=blob_id, sha256=digest.hexdigest(), size=size)

    async def settle(self, blob_id: str, *, case_id: str) -> Blob:
        """Measure a blob; one that was sealed for another case is sealed anew, for this one."""
        file = await self._inner.raw(blob_id)
        try:
            header = await header_of(file)
        finally:
            file.close()
        if header is None or header.key_id == (await self._keys.for_case(case_id)).id:
            return await self.measure(blob_id)
        # Blobs are never changed, on which backups rely: so it is another one.
        return await self.put(self.open(blob_id), case_id=case_id)

    async def seal_old(self, blob_id: str, *, case_id: str, sha256: str | None = None) -> bool:
        """Seal in its place what was stored before there were keys; False where it lies sealed.

        Raises FileNotFoundError, BrokenSeal. What has another hash than `sha256` stays as it is: sealed it
        would pass for whole, and the copy that is whole would be let go.
        """
        file = await self._inner.raw(blob_id)
        try:
            if await header_of(file) is not None:
                return False
            key = await self._keys.for_case(case_id)
            header, cipher = frames.new_header(blob_id, key.id, key.secret)
            sealing = Sealing(plain_pieces(file), header, cipher)
            await self._inner.replace(blob_id, _if_whole(sealing, sha256))
        finally:
            file.close()
        return True

    async def unseal(self, blob_id: str) -> bool:
        """Have it lie plain, for a version that seals nothing; False where it does. Raises as `open` does."""
        file, cipher = await self._opened(blob_id)
        file.close()
        if cipher is None:
            return False
        await self._inner.replace(blob_id, self.open(blob_id))
        return True

    async def delete(self, blob_id: str) -> bool:
        """Delete a blob and its copy; False when it was not there."""
        self._scratch.forget(blob_id)
        return await self._inner.delete(blob_id)

    def draft(self, blob_id: str) -> Path:
        """Where a child, which knows no key, may write what is to be `keep`t: plain, in the scratch."""
        key_of(blob_id)
        return self._scratch.own / f"{blob_id}#0"

    async def keep(self, blob_id: str, *, case_id: str) -> None:
        """Seal a finished draft. Raises FileNotFoundError."""
        draft = self.draft(blob_id)
        await self.put(file_pieces(draft), case_id=case_id, blob_id=blob_id)
        # It is looked at soon: pictures are made of it, or it goes into a package.
        self._scratch.admit(draft, blob_id)

    async def exists(self, blob_id: str) -> bool:
        """Whether the blob is there."""
        return await self._inner.exists(blob_id)

    async def older_than(self, moment: float) -> set[str]:
        """The ids of the blobs that were stored before then, in seconds since 1970."""
        return await self._inner.older_than(moment)

    async def sweep(self) -> int:
        """Delete what is half-written, in the store and in the scratch."""
        swept = await asyncio.to_thread(self._scratch.sweep, GRACE_SECONDS)
        return swept + await self._inner.sweep()

    async def _opened(self, blob_id: str) -> tuple[RawFile, Cipher | None]:
        """The blob as it lies, and what opens it; None for what was never sealed."""
        file = await self._inner.raw(blob_id)
        try:
            header = await header_of(file)
            return file, await self._cipher_of(blob_id, header) if header else None
        except Changed:
            # It was sealed while it was looked at, which happens once.
            file.close()
            return await self._opened(blob_id)
        except BaseException:
            file.close()
            raise

    async def _cipher_of(self, blob_id: str, header: Header) -> Cipher:
        return await cipher_of(self._keys, blob_id, header)


async def cipher_of(keys: BlobKeys, blob_id: str, header: Header) -> Cipher:
    """What opens a blob. Raises FileNotFoundError where its key is destroyed, and BrokenSeal."""
    secret = await keys.opened(header.key_id)
    if secret is None:
        raise FileNotFoundError(blob_id)
    return header.cipher(blob_id, secret)


async def _if_whole(sealing: Sealing, sha256: str | None) -> AsyncIterator[bytes | bytearray]:
    async for frame in sealing.sealed():
        yield frame
    if sha256 not in (None, sealing.sha256):
        raise BrokenSeal("a file is not what its row says")


def _size(file: RawFile, cipher: Cipher) -> int:
    return cipher.size_by(file.read(max(HEADER, file.size - AROUND), AROUND))


def _end(path: Path, cipher: Cipher) -> None:
    """Put the end behind the frames of a file, unless an earlier try has."""
    with path.open("r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        def read(at: int, count: int) -> bytes:
            file.seek(at)
            return file.read(count)

        found = frames.extent(read, file.seek(0, 2))
        if not found.closed:
            file.seek(found.end)
            file.write(cipher.end(found.size))
            file.truncate()
