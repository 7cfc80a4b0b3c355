"""Files on their way that lie sealed: what comes is sealed as it comes, and nothing stored is rewritten.

How much has come is what whole frames hold. What a crash tore is cut off by whoever claims it next. An
upload that began before there were keys goes on plain, and is sealed when it becomes a blob.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.store import frames
from bot.store.blobs import Blobs, file_pieces, plain_pieces
from bot.store.frames import HEADER, Cipher, Extent, Header
from bot.store.partials import Partial, RawPartial, RawPartials, Superseded
from bot.store.scratch import Scratch
from bot.store.sealed_blobs import BlobKeys, CaseKey, SealedBlobs, cipher_of
from bot.store.sealed_streams import Opening, Sealing, header_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What lies there of a file; `header` is None where nothing is sealed yet."""

    header: Header | None
    extent: Extent
    plain: bool


class SealedPartial:
    """The right to add to one file, until somebody else claims it."""

    def __init__(
        self,
        store: RawPartials,
        inner: RawPartial,
        upload_id: str,
        cipher: Cipher | None,
        extent: Extent,
        key: Callable[[], Awaitable[CaseKey]],
    ) -> None:
        """Made by `SealedPartials.claim`. Without a `cipher` nothing is sealed yet; `key` is for that."""
        self._store = store
        self._inner = inner
        self._id = upload_id
        self._cipher = cipher
        self._key = key
        self._header = b""
        self._end = extent.end if cipher else 0
        self.size = extent.size

    async def add(self, data: bytes | bytearray | memoryview) -> None:
        """Seal bytes, and add them at the end."""
        if self._inner.size != self._end:
            # Something that was torn, or an end that is none any more.
            await self._inner.cut(self._end)
        if not self._end:
            key = await self._key()
            self._header, self._cipher = frames.new_header(self._id, key.id, key.secret)
        try:
            await self._inner.add_each(self._sealed(data))
        except OSError:
            # A frame that is there in part would stand in the way of the next, and takes room.
            with suppress(Exception):
                await self._inner.cut(self._end)
            raise

    def _sealed(self, data: bytes | bytearray | memoryview) -> Iterator[bytes | memoryview]:
        """Frames, each made when the one before it is written: only those that are written count."""
        if self._cipher is None or not len(data):
            return
        if not self._end:
            yield self._header
            self._end = HEADER
        for frame in self._cipher.seal(data, self.size):
            yield frame
            self._end += len(frame)
            self.size += len(frame) - frames.AROUND

    async def cut(self, size: int) -> None:
        """Take back what was added after `size`."""
        if not size:
            await self._inner.cut(0)
            self._cipher, self._end, self.size = None, 0, 0
            return
        await self._inner.keep()
        place, at, rest = await self._before(size)
        await self._inner.cut(place)
        self._end, self.size = place, at
        if rest:
            await self.add(rest)

    async def _before(self, size: int) -> tuple[int, int, bytes]:
        """Where the frame begins that holds this place, and what it holds before it."""
        file = await self._store.raw(self._id)

        def look() -> tuple[int, int, bytes]:
            place, at = frames.frame_with(file.read, size)
            if at >= size or self._cipher is None:
                return place, at, b""
            frame = memoryview(file.read(place, frames.WHOLE))
            pieces, _length, _last = self._cipher.opened(frame, at)
            return place, at, b"".join(pieces)[: size - at]

        try:
            return await asyncio.to_thread(look)
        finally:
            file.close()

    async def keep(self) -> None:
        """Have everything so far stored for good."""
        await self._inner.keep()

    async def close(self) -> None:
        """Let go of it."""
        await self._inner.close()


class SealedPartials:
    """Seals the files on their way of a store. They become blobs of the store of the same kind."""

    def __init__(self, inner: RawPartials, keys: BlobKeys, scratch: Scratch) -> None:
        """Take the store beneath, the keys, and where what has no name may lie."""
        self._inner = inner
        self._keys = keys
        self._scratch = scratch

    @property
    def aside(self) -> Path:
        """In the scratch, for it is plain."""
        return self._scratch.own

    async def claim(self, upload_id: str, *, case_id: str) -> Partial:
        """The right to write to this one, from now on; what a crash tore is cut off."""
        inner = await self._inner.claim(upload_id, case_id=case_id)
        try:
            found = await self._look(upload_id)
            if found.plain:
                return inner
            header, extent = found.header, found.extent
            cipher = await cipher_of(self._keys, upload_id, header) if header else None
            key = partial(self._keys.for_case, case_id)
            if not extent.closed and inner.size > (extent.end if cipher else 0):
                await inner.cut(extent.end if cipher else 0)
            return SealedPartial(self._inner, inner, upload_id, cipher, extent, key)
        except BaseException:
            await inner.close()
            raise

    async def size(self, upload_id: str) -> int:
        """How many plain bytes have come; 0 for one of which nothing has come."""
        try:
            found = await self._look(upload_id)
        except FileNotFoundError:
            return 0
        return found.extent.size

    async def open(self, upload_id: str) -> AsyncIterator[bytes]:
        """The plain bytes. Raises FileNotFoundError where nothing has come, or the key is destroyed."""
        file = await self._inner.raw(upload_id)
        torn = frames.is_torn_header(file.head)
        try:
            header = None if torn else await header_of(file)
            cipher = await cipher_of(self._keys, upload_id, header) if header else None
        except BaseException:
            file.close()
            raise
        if cipher is not None:
            async for piece in Opening(file, cipher, closed=False).plain(0):
                yield piece
            return
        file.close()
        if not torn:
            async for piece in self._inner.open(upload_id):
                yield piece

    async def become(self, upload_id: str, blobs: Blobs, *, case_id: str) -> None:
        """Make it a blob: a file only gets its end; of pieces a blob with full frames is made."""
        if not isinstance(blobs, SealedBlobs):
            raise TypeError("sealed files become sealed blobs")
        if (path := self._inner.place(upload_id)) is not None:
            await blobs.adopt_sealed(path, upload_id, case_id=case_id)
        elif not await blobs.exists(upload_id):
            await blobs.put(self.open(upload_id), case_id=case_id, blob_id=upload_id)

    async def seal_old(self, upload_id: str, *, case_id: str, idle_since: float) -> bool:
        """Seal in its place what began before there were keys and has not grown since then.

        False where it lies sealed, grows, or somebody goes on with it in this moment.
        """
        await self._inner.tidy(upload_id)
        if await self._inner.grew_after(upload_id, idle_since) or not await self._is_plain(
            upload_id
        ):
            return False
        right = await self._inner.claim(upload_id, case_id=case_id)
        file = await self._inner.raw(upload_id)
        try:
            if await header_of(file) is not None:
                return False
            key = await self._keys.for_case(case_id)
            header, cipher = frames.new_header(upload_id, key.id, key.secret)
            sealing = Sealing(plain_pieces(file), header, cipher)
            await right.replace(sealing.sealed(ended=False))
        except Superseded:
            return False
        finally:
            file.close()
            await right.close()
        return True

    async def unseal(self, upload_id: str) -> bool:
        """Have it lie plain, for a version that seals nothing; False where it does. Raises as `open` does.

        What a kill leaves of it is less than had come, and its sender goes on from there.
        """
        if (await self._look(upload_id)).header is None:
            return False
        copy = self._scratch.own / f"{upload_id}#open"
        try:
            with copy.open("wb") as file:
                async for piece in self.open(upload_id):
                    await asyncio.to_thread(file.write, piece)
            right = await self._inner.claim(upload_id, case_id="")
            try:
                await right.cut(0)
                async for piece in file_pieces(copy):
                    await right.add(piece)
                await right.keep()
            finally:
                await right.close()
        finally:
            copy.unlink(missing_ok=True)
        return True

    async def _is_plain(self, upload_id: str) -> bool:
        try:
            found = await self._look(upload_id)
        except FileNotFoundError:
            return False
        return found.plain and bool(found.extent.size)

    async def grew_after(self, upload_id: str, moment: float) -> bool:
        """Whether bytes have come since then, in seconds since 1970 by the clock of the store."""
        return await self._inner.grew_after(upload_id, moment)

    async def delete(self, upload_id: str) -> None:
        """Forget it. A writer that is at work on it is superseded."""
        await self._inner.delete(upload_id)

    async def ids(self) -> set[str]:
        """The ids of all that are here."""
        return await self._inner.ids()

    async def _look(self, upload_id: str) -> _Found:
        file = await self._inner.raw(upload_id)
        try:
            if frames.is_torn_header(file.head):
                nothing = Extent(end=0, size=0, closed=False)
                return _Found(header=None, extent=nothing, plain=False)
            header = await header_of(file)
            if header is None:
                whole = Extent(end=file.size, size=file.size, closed=False)
                return _Found(header=None, extent=whole, plain=True)
            extent = await asyncio.to_thread(frames.extent, file.read, file.size)
            return _Found(header=header, extent=extent, plain=False)
        finally:
            file.close()
