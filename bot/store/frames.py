"""Frames: how bytes lie sealed. Bytes in, bytes out; whose key it is and where they lie is known elsewhere.

A header holds a random key of this blob, wrapped by the key of its case. Frames follow, each sealed by
itself (AES-256-GCM) with its place among the plain bytes, so that none can be moved, swapped, left out
or taken from another blob; an end frame, which holds nothing, says how many bytes there are. A file on
its way is the same without its end. A checksum over what is sealed lets a backup see damage without a
key; it protects from nobody.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from isal.isal_zlib import crc32

from bot.store.keyring import BrokenSeal

#: Plain bytes of a frame, at most; only those at the end of what was added at once have fewer.
FRAME = 256 * 1024

MAGIC = b"\x00sealed\n"
_VERSION = 1
_NONCE, _KEY, _TAG = 12, 32, 16
_SUM = struct.Struct(">I")
#: Magic, version, the id of the case's key; the nonce and the blob's own key, wrapped; a checksum.
_NAMES, _WRAPPED = struct.Struct(">8sB8s"), struct.Struct(f">{_NONCE}s{_KEY + _TAG}s")
HEADER = _NAMES.size + _WRAPPED.size + _SUM.size
#: How many plain bytes, a checksum of what follows, the place of the first of them, the nonce. The
#: number stands once more at the end, so that the last frame is found from there.
_HEAD, _FOOT = struct.Struct(f">IIQ{_NONCE}s"), struct.Struct(">I")
_SUMMED = 8
#: What a frame takes beside its bytes, and what the largest takes.
AROUND = _HEAD.size + _TAG + _FOOT.size
WHOLE = FRAME + AROUND
#: A frame's place and its kind, behind the id of the blob: what it is sealed with.
_BOUND = struct.Struct(">16sQB")
_DATA, _END = 0, 1

#: Reads so many sealed bytes from a place on; fewer only where they end.
Read = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How far whole frames reach: `end` in sealed bytes, without the end frame, `size` in plain ones."""

    end: int
    size: int
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The beginning of a sealed blob: the id of its case's key, and its own key, wrapped by that."""

    key_id: str
    nonce: bytes
    wrapped: bytes

    def cipher(self, blob_id: str, secret: bytes) -> Cipher:
        """What opens the blob, by the case's key. Raises BrokenSeal where it is another's."""
        bound = _names(self.key_id) + bytes.fromhex(blob_id)
        try:
            own = AESGCM(secret).decrypt(self.nonce, self.wrapped, bound)
        except InvalidTag:
            raise BrokenSeal("the header is not of this blob and key") from None
        return Cipher(blob_id, own)


def new_header(blob_id: str, key_id: str, secret: bytes) -> tuple[bytes, Cipher]:
    """The header of a new blob, and what seals its frames. Ids are letters of hexadecimal."""
    own, nonce, names = os.urandom(_KEY), os.urandom(_NONCE), _names(key_id)
    wrapped = AESGCM(secret).encrypt(nonce, own, names + bytes.fromhex(blob_id))
    header = names + _WRAPPED.pack(nonce, wrapped)
    return header + _SUM.pack(crc32(header)), Cipher(blob_id, own)


def read_header(head: bytes) -> Header:
    """The header that these bytes are. Raises BrokenSeal."""
    if len(head) < HEADER or crc32(head[: -_SUM.size]) != _SUM.unpack(head[-_SUM.size :])[0]:
        raise BrokenSeal("the header was changed or is cut off")
    _magic, version, key_id = _NAMES.unpack_from(head)
    if version != _VERSION:
        raise BrokenSeal(f"sealed by a newer version ({version})")
    nonce, wrapped = _WRAPPED.unpack_from(head, _NAMES.size)
    return Header(key_id=key_id.hex(), nonce=nonce, wrapped=wrapped)


def is_sealed(head: bytes) -> bool:
    """Whether what begins so is sealed."""
    return head[: len(MAGIC)] == MAGIC


def has_lost_its_head(head: bytes, read: Read, raw_size: int) -> bool:
    """Whether what doesn't begin as sealed ends so: damage to its first bytes mustn't show the rest."""
    return is_torn_header(head) or _last(read, raw_size) is not None


def is_torn_header(head: bytes) -> bool:
    """Whether this is all, and no more than some of a header: nothing was sealed behind it."""
    return len(head) < HEADER and MAGIC.startswith(head[: len(MAGIC)])


def _names(key_id: str) -> bytes:
    return _NAMES.pack(MAGIC, _VERSION, bytes.fromhex(key_id))


class Cipher:
    """Seals and opens the frames of one blob. Threads may share it."""

    def __init__(self, blob_id: str, own_key: bytes) -> None:
        """Take the id, 32 letters of hexadecimal, and the blob's own key."""
        self._id = bytes.fromhex(blob_id)
        self._aead = AESGCM(own_key)

    def seal(self, data: bytes | bytearray | memoryview, at: int) -> Iterator[memoryview]:
        """The frames of these bytes, which begin at this place, each only until the next is asked for.

        All are made in the same room: of many files on their way each holds no more than one.
        """
        whole = memoryview(data)
        room = memoryview(bytearray(min(len(whole), FRAME) + AROUND))
        for start in range(0, len(whole), FRAME):
            piece = whole[start : start + FRAME]
            frame = room[: len(piece) + AROUND]
            self._seal_into(frame, piece, at + start, _DATA)
            yield frame

    def sealed(self, data: bytes | bytearray | memoryview, at: int) -> bytearray:
        """The same frames, in one row."""
        whole = memoryview(data)
        row = bytearray(len(whole) + -(-len(whole) // FRAME) * AROUND)
        view = memoryview(row)
        for start in range(0, len(whole), FRAME):
            piece = whole[start : start + FRAME]
            self._seal_into(view[: len(piece) + AROUND], piece, at + start, _DATA)
            view = view[len(piece) + AROUND :]
        return row

    def end(self, size: int) -> bytearray:
        """The end frame of so many bytes."""
        frame = bytearray(AROUND)
        self._seal_into(memoryview(frame), memoryview(b""), size, _END)
        return frame

    def _seal_into(self, frame: memoryview, data: memoryview, at: int, kind: int) -> None:
        nonce, bound = os.urandom(_NONCE), _BOUND.pack(self._id, at, kind)
        inner = frame[_HEAD.size : -_FOOT.size]
        self._aead.encrypt_into(nonce, data, bound, inner)
        _HEAD.pack_into(frame, 0, len(data), 0, at, nonce)
        _FOOT.pack_into(frame, len(frame) - _FOOT.size, len(data))
        _SUM.pack_into(frame, _SUMMED - _SUM.size, crc32(frame[_SUMMED:]))

    def opened(self, sealed: memoryview, at: int) -> tuple[list[bytes], int, bool]:
        """What the whole frames at the beginning hold, how long they are, and whether it ends there.

        `at` is the place of their first plain byte. Raises BrokenSeal.
        """
        found: list[bytes] = []
        place = 0
        while (length := _length_of(sealed, place, at)) is not None:
            kind = _DATA if length else _END
            nonce = sealed[place + _HEAD.size - _NONCE : place + _HEAD.size]
            inner = sealed[place + _HEAD.size : place + _HEAD.size + length + _TAG]
            try:
                plain = self._aead.decrypt(nonce, inner, _BOUND.pack(self._id, at, kind))
            except InvalidTag:
                raise BrokenSeal(f"the frame at {at} was changed") from None
            place += length + AROUND
            at += length
            if kind == _END:
                return found, place, True
            found.append(plain)
        return found, place, False

    def size_by(self, end: bytes) -> int:
        """How many plain bytes there are, by the last `AROUND` sealed ones. Raises BrokenSeal."""
        if len(end) < AROUND:
            raise BrokenSeal("the end is missing")
        length, _sum, size, _nonce = _HEAD.unpack_from(end)
        if length or not self.opened(memoryview(end), size)[2]:
            raise BrokenSeal("the end is missing")
        return int(size)


def _length_of(sealed: memoryview | bytes, place: int, at: int) -> int | None:
    """The plain length of the frame that begins here; None where not all of it is there."""
    if len(sealed) < place + _HEAD.size:
        return None
    length, _sum, stands_at, _nonce = _HEAD.unpack_from(sealed, place)
    if stands_at != at or length > FRAME:
        raise BrokenSeal(f"at {at} there is another frame")
    return int(length) if len(sealed) >= place + length + AROUND else None


# ---- finding one's way, without a key ----------------------------------------------------------


def extent(read: Read, raw_size: int) -> Extent:
    """How far whole frames reach in what is `raw_size` long; a torn one behind them doesn't count.

    The last frame says it. Only where it is torn the others are read through.
    """
    last = _last(read, raw_size)
    if last is None:
        return _read_through(read)
    length, at = last
    end = raw_size if length else raw_size - AROUND
    return Extent(end=end, size=at + length, closed=not length)


def _last(read: Read, raw_size: int) -> tuple[int, int] | None:
    """Plain length and place of the frame with which it ends; None where that is no whole one."""
    room = raw_size - HEADER
    if room < AROUND:
        return None
    frame = memoryview(read(raw_size - AROUND, AROUND))
    (length,) = _FOOT.unpack_from(frame, len(frame) - _FOOT.size)
    if length > min(FRAME, room - AROUND):
        return None
    if length:
        frame = memoryview(read(raw_size - length - AROUND, length + AROUND))
    at = _whole(frame)
    return None if at is None else (length, at)


def check(read: Read) -> int:
    """Read a sealed blob through; how many plain bytes it holds. Raises BrokenSeal.

    It finds what a disk does to a file. What somebody does to it, only its key finds.
    """
    read_header(read(0, HEADER))
    found = _read_through(read)
    if not found.closed or read(found.end + AROUND, 1):
        raise BrokenSeal("a frame is damaged, or the end is missing")
    return found.size


def _read_through(read: Read) -> Extent:
    place, at = HEADER, 0
    while (length := _next(read, place, at)) is not None:
        if _whole(memoryview(read(place, length + AROUND))) != at:
            break
        if not length:
            return Extent(end=place, size=at, closed=True)
        place += length + AROUND
        at += length
    return Extent(end=place, size=at, closed=False)


def _next(read: Read, place: int, at: int) -> int | None:
    """The plain length of the frame that begins here by its head; None where there is none."""
    head = read(place, _HEAD.size)
    if len(head) < _HEAD.size:
        return None
    length, _sum, stands_at, _nonce = _HEAD.unpack(head)
    return int(length) if stands_at == at and length <= FRAME else None


def _whole(frame: memoryview) -> int | None:
    """The place of the frame that these bytes are; None where they are no whole frame."""
    if len(frame) < AROUND:
        return None
    length, summed, at, _nonce = _HEAD.unpack_from(frame)
    if length + AROUND != len(frame) or crc32(frame[_SUMMED:]) != summed:
        return None
    return int(at)


def frame_with(read: Read, start: int) -> tuple[int, int]:
    """Where the frame begins that holds the plain byte `start`, or the end: sealed place, plain place.

    In a blob that was sealed at one go the place is computed, else the frames before it are passed over
    by their heads. Where their row is broken it is the place of the break, which can't be opened.
    """
    if not start:
        return HEADER, 0
    number = start // FRAME
    place, at = HEADER + number * WHOLE, number * FRAME
    # That it is a frame indeed, and not bytes that look like one, is seen when it is opened.
    if not (number and _next(read, place, at)):
        place, at = HEADER, 0
    while (length := _next(read, place, at)) and at + length <= start:
        place += length + AROUND
        at += length
    return place, at
