"""Sealing and opening streams: plain bytes in, sealed ones out, and back, a batch at a time.

Each batch is worked on in a thread while the one before it is written or used: the cipher and the hash
let go of the interpreter.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

from bot.store import frames
from bot.store.blobs import RawFile
from bot.store.frames import FRAME, HEADER, WHOLE, Cipher, Header, frame_with
from bot.store.keyring import BrokenSeal

#: Plain bytes that are sealed in one go: a thread is worth its while for these.
BATCH = 4 * FRAME

#: So many frames are worth a thread where nobody waits for the first of them.
_FRAMES_EACH = 64


async def header_of(file: RawFile) -> Header | None:
    """The header of a file, None for one that was never sealed. Raises BrokenSeal."""
    if frames.is_sealed(file.head):
        return frames.read_header(file.head)
    if await asyncio.to_thread(frames.has_lost_its_head, file.head, file.read, file.size):
        raise BrokenSeal("the beginning was changed or is cut off")
    return None


class Sealing:
    """A stream on its way to be stored: sealed, and measured as it was."""

    def __init__(self, stream: AsyncIterator[bytes], header: bytes, cipher: Cipher) -> None:
        """Take the plain stream, and a new blob's header and cipher."""
        self._stream = stream
        self._header = header
        self._cipher = cipher
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Of the plain bytes so far, in hexadecimal."""
        return self._digest.hexdigest()

    async def sealed(self, *, ended: bool = True) -> AsyncIterator[bytes | bytearray]:
        """Header, frames and end. Every frame but the last is full, so that places can be computed.

        What is on its way is not `ended`.
        """
        yield self._header
        held = bytearray()
        async for piece in self._stream:
            whole: bytes | bytearray = piece
            if held or len(piece) < BATCH:
                held += piece
                whole = held
            if (full := len(whole) - len(whole) % FRAME) >= BATCH:
                view = memoryview(whole)
                yield await asyncio.to_thread(self._frames, view[:full])
                held = bytearray(view[full:])
        if held:
            yield await asyncio.to_thread(self._frames, memoryview(held))
        if ended:
            yield self._cipher.end(self.size)

    def _frames(self, data: memoryview) -> bytearray:
        self._digest.update(data)
        row = self._cipher.sealed(data, self.size)
        self.size += len(data)
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What one read gave: plain bytes, and where the next one begins; whether it was the last."""

    pieces: list[bytes]
    place: int
    at: int
    last: bool


class Opening:
    """A sealed file that is read through from some place on. It closes the file."""

    def __init__(self, file: RawFile, cipher: Cipher, *, closed: bool = True) -> None:
        """A file that must be `closed` has an end frame; of another one, what is torn is left out."""
        self._file = file
        self._cipher = cipher
        self._closed = closed

    async def plain(self, start: int) -> AsyncIterator[bytes]:
        """The bytes from there on. Raises BrokenSeal before any byte that isn't what was sealed."""
        async for pieces in self.batches(start):
            for piece in pieces:
                yield piece

    async def batches(self, start: int) -> AsyncIterator[list[bytes]]:
        """The same, as many at once as were opened at once."""
        thread = partial(asyncio.get_running_loop().run_in_executor, None)
        ahead = thread(self._first, start)
        # Who asks for a range may have it with the first batch: nothing is read ahead of that.
        waits = start > 0
        try:
            while True:
                batch = await asyncio.shield(ahead)
                if not (batch.last or waits):
                    ahead = thread(self._next, batch)
                yield batch.pieces
                if batch.last:
                    return
                if waits:
                    ahead = thread(self._next, batch)
                waits = False
        finally:
            # A thread may be at it still.
            ahead.add_done_callback(self._let_go)

    async def each(self, use: Callable[[bytes], object]) -> int:
        """Hand all of it to `use`, in a thread and a frame at a time; how many bytes there were.

        Raises BrokenSeal. It holds one frame, and is for what runs beside much else.
        """
        batch = _Batch(pieces=[], place=HEADER, at=0, last=False)
        thread = partial(asyncio.get_running_loop().run_in_executor, None)
        going = None
        try:
            while not batch.last:
                going = thread(self._go_on, batch, use)
                batch = await asyncio.shield(going)
            return batch.at
        finally:
            if going is not None:
                going.add_done_callback(self._let_go)

    def _go_on(self, batch: _Batch, use: Callable[[bytes], object]) -> _Batch:
        for _ in range(_FRAMES_EACH):
            if batch.last:
                break
            batch = self._next(batch, WHOLE)
            for piece in batch.pieces:
                use(piece)
            batch.pieces.clear()
        return batch

    def _first(self, start: int) -> _Batch:
        place, at = frame_with(self._file.read, start)
        before = _Batch(pieces=[], place=place, at=at, last=False)
        if not start:
            return self._next(before)
        batch = self._next(before, WHOLE)
        if batch.pieces:
            batch.pieces[0] = batch.pieces[0][start - at :]
        return batch

    def _next(self, before: _Batch, count: int = 0) -> _Batch:
        sealed = memoryview(self._file.read(before.place, count or self._file.at_once))
        pieces, length, last = self._cipher.opened(sealed, before.at)
        place = before.place + length
        if not length:
            if self._closed:
                raise BrokenSeal("the end is missing")
            last = True
        elif last and self._file.read(place, 1):
            raise BrokenSeal("something lies behind the end")
        at = before.at + sum(map(len, pieces))
        return _Batch(pieces=pieces, place=place, at=at, last=last)

    def _let_go(self, ahead: asyncio.Future[_Batch]) -> None:
        if not ahead.cancelled():
            ahead.exception()
        self._file.close()
