"""The bodies of uploads: bytes on their way from a connection to the disk."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from bot.store.partials import Partial, Superseded

ALGORITHMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "md5": hashlib.md5}
_MISMATCH = 460
#: Bytes that are held before they are written, and seconds: so much of each file a crash may take.
#: On a fast line the bytes are many and the writes few; on a slow one each byte is soon on the disk.
_BUFFER = 1024 * 1024
_HOLD = 0.05
#: Seconds for which a connection may be silent.
_IDLE = 60.0


class Refused(Exception):
    """The request can't be served; `status` is HTTP's, or the protocol's 460."""

    def __init__(self, status: int, reason: str = "", **headers: str) -> None:
        """Keep the status, a reason for programs, and headers."""
        super().__init__(status)
        self.status = status
        self.reason = reason
        self.headers = headers


class Checksum:
    """What the bytes of one request must come to."""

    def __init__(self, algorithm: str, wanted: bytes) -> None:
        """`wanted` is the digest by one of the `ALGORITHMS`."""
        self.digest = ALGORITHMS[algorithm](usedforsecurity=False)
        self._wanted = wanted

    @property
    def right(self) -> bool:
        """Whether what went into `digest` is what was wanted."""
        return self.digest.digest() == self._wanted


class _Behind:
    """Writes one piece while the next is received, so that no more than two are ever held.

    It is `broken` when a write failed: what comes behind would stand in its place.
    """

    def __init__(self, partial: Partial) -> None:
        self.broken = False
        self._partial = partial
        self._writing: asyncio.Task[None] | None = None

    def write(self, data: bytearray) -> None:
        """Write it. What was begun before must be done."""
        self._writing = asyncio.create_task(self._partial.add(data))

    async def done(self) -> None:
        """What was begun is written, also when this is cancelled. Raises as `Partial.add` does."""
        if (writing := self._writing) is None:
            return
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            raise
        finally:
            if writing.done():
                self._writing = None
                self.broken = writing.cancelled() or writing.exception() is not None


async def take(request: Request, partial: Partial, length: int) -> None:
    """Add the body. What came before a broken connection stays; what is more than `length` does not."""
    start = received = partial.size
    behind, buffer = _Behind(partial), bytearray()
    clock = asyncio.get_running_loop().time
    written = clock()
    try:
        async for piece in _lively(request):
            received += len(piece)
            if received > length:
                raise Refused(413, "more than Upload-Length")
            buffer += piece
            if len(buffer) >= _BUFFER or clock() > written + _HOLD:
                await behind.done()
                # From here on nobody but it writes these bytes.
                begun, buffer = buffer, bytearray()
                behind.write(begun)
                written = clock()
        await behind.done()
        begun, buffer = buffer, bytearray()
        behind.write(begun)
        await behind.done()
    except asyncio.CancelledError:
        # Who ends the program wants no answer, not even that the disk is full.
        with suppress(Superseded, OSError):
            await _keep(behind, partial, buffer)
        raise
    except ClientDisconnect:
        with suppress(Superseded):
            await _keep(behind, partial, buffer)
        raise
    except Refused:
        await behind.done()
        await partial.cut(start)
        raise
    finally:
        # Nobody may let go of the file under a thread that writes to it.
        with suppress(Exception):
            await behind.done()


async def _keep(behind: _Behind, partial: Partial, rest: bytearray) -> None:
    """Each byte that came over a slow connection is worth keeping."""
    await behind.done()
    if not behind.broken:
        await partial.add(rest)


async def take_checked(
    request: Request, partial: Partial, length: int, checksum: Checksum, folder: Path
) -> None:
    """Add the body only when it is right; until then it lies in a file without a name.

    Nobody could say of bytes that a crash left behind whether they are right.
    """
    with tempfile.TemporaryFile(dir=folder) as aside:
        taken = 0
        async for piece in _lively(request):
            taken += len(piece)
            if partial.size + taken > length:
                raise Refused(413, "more than Upload-Length")
            checksum.digest.update(piece)
            await asyncio.to_thread(aside.write, piece)
        if not checksum.right:
            raise Refused(_MISMATCH, "checksum")
        aside.seek(0)
        while piece := await asyncio.to_thread(aside.read, _BUFFER):
            await partial.add(piece)


async def ignore(request: Request) -> None:
    """Receive a body of which nothing is needed."""
    async for _piece in _lively(request):
        pass


async def _lively(request: Request) -> AsyncIterator[bytes]:
    """The pieces of the body; ClientDisconnect when none comes for a long time."""
    loop = asyncio.get_running_loop()
    pieces = request.stream().__aiter__()
    while True:
        try:
            async with asyncio.timeout_at(loop.time() + _IDLE):
                piece = await anext(pieces, None)
        except TimeoutError:
            raise ClientDisconnect from None
        if piece is None:
            return
        yield piece
