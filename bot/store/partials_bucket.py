"""Partials in a bucket, each a row of pieces, so that a file may go on at another server.

A piece is an object that is named by its place in the file and written only once: of two who write at
one place, the second learns that somebody was there. So the pieces never overlap, and how far a file is
is where the unbroken row of them ends. The newest claim is an object beside them.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import ObjectStore

from bot.store.blobs import Blobs, put_stream
from bot.store.bucket_file import BucketFile, beginning
from bot.store.partials import ID, Superseded

_FOLDER = "uploads"
_CLAIM = "claim"
#: Bytes of a piece, at least. A smaller one would be a request for little, and of a larger one more is
#: lost with its server, and more is held in memory of each file on its way.
_PIECE = 1024 * 1024
#: So many pieces are on their way to the bucket at once; each is held twice meanwhile.
_AT_ONCE = 6
#: Bytes of a part of an object that is written in several.
_PART = 6 * 1024 * 1024


class BucketPartial:
    """The right to add to one file, until somebody else claims it."""

    def __init__(
        self, store: ObjectStore, room: asyncio.Semaphore, upload_id: str, token: bytes, size: int
    ) -> None:
        """Made by `BucketPartials.claim`."""
        self._store = store
        self._room = room
        self._id = upload_id
        self._token = token
        self._stored = size
        self._held = bytearray()
        self._lost = False

    @property
    def size(self) -> int:
        """How many bytes there are, with those that are held."""
        return self._stored + len(self._held)

    async def add(self, data: bytes | bytearray | memoryview) -> None:
        """Add bytes at the end; they are held until there is a piece of them."""
        if self._lost:
            raise Superseded
        if self._held or len(data) < _PIECE:
            self._held += data
            data = b""
        if len(self._held) >= _PIECE:
            await self._store_held()
        elif data:
            # What is a piece already is not copied once more.
            await self._store_piece(data)

    async def add_each(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Add pieces at the end; what can't be stored is still held, as after `add`."""
        if self._lost:
            raise Superseded

        def hold() -> None:
            for piece in pieces:
                self._held += piece

        await asyncio.to_thread(hold)
        if len(self._held) >= _PIECE:
            await self._store_held()

    async def cut(self, size: int) -> None:
        """Take back what was added after `size`."""
        await self._check()
        keep = max(0, size - self._stored)
        del self._held[keep:]
        # From the end, so that their row is never broken.
        for start, length in reversed(await _pieces(self._store, self._id)):
            if start + length <= size:
                break
            where = _place(self._id, start)
            rest = await _read(self._store, where) if start < size else b""
            await _delete(self._store, where)
            if rest:
                await obstore.put_async(self._store, where, rest[: size - start], mode="create")
        self._stored = min(self._stored, size)

    async def keep(self) -> None:
        """Have all that is held stored."""
        if self._held:
            await self._store_held()

    async def replace(self, stream: AsyncIterator[bytes | bytearray]) -> None:
        """Write it as the first piece, which then reaches over all the others; these are deleted."""
        await self._check()
        await put_stream(
            self._store, _place(self._id, 0), stream, part=_PART, parts=2, measured=False
        )
        self._held.clear()
        self._lost = True
        await _tidy(self._store, self._id)

    async def close(self) -> None:
        """Store what is held, unless somebody else has claimed it."""
        if not self._lost:
            with suppress(Superseded):
                await self.keep()

    async def _store_held(self) -> None:
        held, self._held = self._held, bytearray()
        try:
            await self._store_piece(held)
        except BaseException:
            # It may be tried again; where it was stored all the same, the next try learns that.
            self._held = held if not self._lost else self._held
            raise

    async def _store_piece(self, piece: bytes | bytearray | memoryview) -> None:
        async with self._room:
            await self._check()
            where = _place(self._id, self._stored)
            try:
                await obstore.put_async(self._store, where, bytes(piece), mode="create")
            except AlreadyExistsError:
                self._lost = True
                self._held.clear()
                raise Superseded from None
        self._stored += len(piece)

    async def _check(self) -> None:
        if await _claimed_by(self._store, self._id) != self._token:
            self._lost = True
            self._held.clear()
            raise Superseded


class BucketPartials:
    """The files on their way below `uploads/` of a bucket."""

    def __init__(self, store: ObjectStore, aside: Path) -> None:
        """Use this bucket, which is open; `aside` is a folder of this machine."""
        aside.mkdir(parents=True, exist_ok=True)
        self._store = store
        self._aside = aside.resolve()
        self._room = asyncio.Semaphore(_AT_ONCE)

    @property
    def aside(self) -> Path:
        """A folder of this machine for files without a name."""
        return self._aside

    async def claim(self, upload_id: str, *, case_id: str) -> BucketPartial:
        """The right to write to this one, from now on."""
        token = secrets.token_bytes(16)
        await obstore.put_async(self._store, _name(upload_id, _CLAIM), token)
        return BucketPartial(self._store, self._room, upload_id, token, await self.size(upload_id))

    async def size(self, upload_id: str) -> int:
        """How many bytes have come."""
        pieces = await _pieces(self._store, upload_id)
        return sum(size for _, size in pieces)

    async def open(self, upload_id: str) -> AsyncIterator[bytes]:
        """The bytes, piece by piece. Raises FileNotFoundError where nothing has come."""
        pieces = await _pieces(self._store, upload_id)
        if not pieces and await _claimed_by(self._store, upload_id) == b"":
            raise FileNotFoundError(upload_id)
        for start, _size in pieces:
            yield await _read(self._store, _place(upload_id, start))

    async def become(self, upload_id: str, blobs: Blobs, *, case_id: str) -> None:
        """Write its pieces into one blob; they stay until they are deleted."""
        if not await blobs.exists(upload_id):
            await blobs.put(self.open(upload_id), case_id=case_id, blob_id=upload_id)

    async def raw(self, upload_id: str) -> BucketFile:
        """What has come, to be read anywhere. Raises FileNotFoundError where nothing has."""
        pieces = await _pieces(self._store, upload_id)
        if not pieces and await _claimed_by(self._store, upload_id) == b"":
            raise FileNotFoundError(upload_id)
        head = (await beginning(self._store, _place(upload_id, 0)))[0] if pieces else b""
        objects = [(_place(upload_id, start), size) for start, size in pieces]
        return BucketFile(self._store, objects, head)

    def place(self, upload_id: str) -> None:
        """It is a row of pieces, of which a blob is written anew."""

    async def grew_after(self, upload_id: str, moment: float) -> bool:
        """Whether a piece has come since then, by the clock of the bucket."""
        async for batch in obstore.list(self._store, prefix=_name(upload_id, "")):
            if any(one["last_modified"].timestamp() > moment for one in batch):
                return True
        return False

    async def delete(self, upload_id: str) -> None:
        """Forget it, the claim first: whoever writes to it finds that it is not theirs."""
        await _delete(self._store, _name(upload_id, _CLAIM))
        async for batch in obstore.list(self._store, prefix=_name(upload_id, "")):
            for one in batch:
                await _delete(self._store, str(one["path"]))

    async def tidy(self, upload_id: str) -> None:
        """Delete pieces that the one before them reaches over."""
        await _tidy(self._store, upload_id)

    async def ids(self) -> set[str]:
        """The ids of all that are here."""
        found: set[str] = set()
        async for batch in obstore.list(self._store, prefix=_FOLDER):
            found |= {str(one["path"]).split("/")[-2] for one in batch}
        return {name for name in found if ID.fullmatch(name)}


def _name(upload_id: str, name: str) -> str:
    if not ID.fullmatch(upload_id):
        raise ValueError("not the id of an upload")
    return f"{_FOLDER}/{upload_id}/{name}"


def _place(upload_id: str, start: int) -> str:
    return _name(upload_id, f"{start:015d}")


async def _tidy(store: ObjectStore, upload_id: str) -> None:
    row = await _pieces(store, upload_id)
    end = sum(size for _, size in row)
    for start in (await _found(store, upload_id)).keys() - {start for start, _ in row}:
        if start < end:
            await _delete(store, _place(upload_id, start))


async def _found(store: ObjectStore, upload_id: str) -> dict[int, int]:
    """The size of each piece by where it begins."""
    found: dict[int, int] = {}
    async for batch in obstore.list(store, prefix=_name(upload_id, "")):
        for one in batch:
            name = str(one["path"]).rsplit("/", 1)[-1]
            if name.isascii() and name.isdigit():
                found[int(name)] = int(one["size"])
    return found


async def _pieces(store: ObjectStore, upload_id: str) -> list[tuple[int, int]]:
    """Where each piece begins and its size, as far as the row of them is unbroken."""
    found = await _found(store, upload_id)
    row: list[tuple[int, int]] = []
    at = 0
    while found.get(at):
        row.append((at, found[at]))
        at += found[at]
    return row


async def _read(store: ObjectStore, key: str) -> bytes:
    return bytes(await (await obstore.get_async(store, key)).bytes_async())


async def _claimed_by(store: ObjectStore, upload_id: str) -> bytes:
    try:
        return await _read(store, _name(upload_id, _CLAIM))
    except FileNotFoundError:
        return b""


async def _delete(store: ObjectStore, key: str) -> None:
    with suppress(FileNotFoundError):
        await obstore.delete_async(store, key)
