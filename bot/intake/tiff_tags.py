"""TIFF directories, as far as it takes to turn a picture and to forget where it was taken (TIFF 6.0).

The EXIF of every other format is one too.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

_ORIENTATION: Final = 0x0112
#: Where the directories of EXIF, of the place and of the camera's maker begin.
_POINTERS: Final = frozenset({0x8769, 0x8825, 0xA005, 0x014A})
#: Bytes of a value, by its type.
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
#: What it takes to draw the picture; all else is forgotten. The last is the colour profile.
_DRAWN: Final = frozenset(
    {
        *range(0x00FE, 0x0100), *range(0x0100, 0x0108), 0x010A, 0x0111, _ORIENTATION,
        *range(0x0115, 0x011D), *range(0x0120, 0x0126), 0x0128, 0x0129, 0x012D, 0x013D, 0x013E,
        *range(0x013F, 0x014A), 0x014C, *range(0x0152, 0x0158), 0x015B,
        *range(0x0200, 0x020A), *range(0x0211, 0x0215), 0x8773,
    }
)  # fmt: skip
_MOST_ENTRIES, _MOST_DIRECTORIES = 4096, 2000


class Odd(ValueError):
    """It is not what it says that it is: nothing is made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    at: int
    tag: int
    value: int
    #: Where the value lies, if it isn't in the entry: begin and end.
    place: tuple[int, int] | None


def orientation_of(tiff: bytes) -> int:
    """How the picture is turned, 1 to 8; 1 where nothing says so."""
    try:
        order, first = _header(tiff)
        found = [entry for entry in _entries(tiff, order, first) if entry.tag == _ORIENTATION]
    except Odd:
        return 1
    value = _short(tiff, order, found[0].at + 8) if found else 1
    return value if 1 <= value <= 8 else 1


def only_orientation(turned: int) -> bytes:
    """The EXIF of a picture of which nothing is told but how it is turned."""
    entry = struct.pack(">HHLHH", _ORIENTATION, 3, 1, turned, 0)
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", 1) + entry + bytes(4)


def forget(tiff: bytes) -> bytes:
    """A TIFF with nothing but what it takes to draw it. Raises `Odd`."""
    data = bytearray(tiff)
    order, at = _header(tiff)
    seen: set[int] = set()
    while at and at not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(at)
        at = _forget_in(data, tiff, order, at)
    return bytes(data)


_Order = Literal["<", ">"]


def _forget_in(data: bytearray, tiff: bytes, order: _Order, at: int) -> int:
    """Forget in one directory; where the next one begins."""
    entries = list(_entries(tiff, order, at))
    end = at + 2 + 12 * len(entries)
    following = tiff[end : end + 4]
    kept = [tiff[one.at : one.at + 12] for one in entries if one.tag in _DRAWN]
    for entry in entries:
        if entry.tag not in _DRAWN:
            _erase(data, tiff, order, entry, set())
    packed = struct.pack(f"{order}H", len(kept)) + b"".join(kept) + following
    data[at : end + 4] = packed.ljust(end + 4 - at, b"\0")
    return int(struct.unpack(f"{order}L", following)[0]) if len(following) == 4 else 0


def _erase(data: bytearray, tiff: bytes, order: _Order, entry: _Entry, seen: set[int]) -> None:
    if entry.place is not None:
        begin, end = entry.place
        data[begin:end] = bytes(end - begin)
    if entry.tag not in _POINTERS or entry.value in seen:
        return
    seen.add(entry.value)
    try:
        inner = list(_entries(tiff, order, entry.value))
    except Odd:
        return
    for one in inner:
        _erase(data, tiff, order, one, seen)
    begin, end = entry.value, min(len(data), entry.value + 6 + 12 * len(inner))
    data[begin:end] = bytes(end - begin)


def _header(tiff: bytes) -> tuple[_Order, int]:
    order: _Order
    if tiff[:4] == b"II*\0":
        order = "<"
    elif tiff[:4] == b"MM\0*":
        order = ">"
    else:
        raise Odd
    if len(tiff) < 8:
        raise Odd
    return order, int(struct.unpack_from(f"{order}L", tiff, 4)[0])


def _entries(tiff: bytes, order: _Order, at: int) -> Iterator[_Entry]:
    count = _short(tiff, order, at)
    if count > _MOST_ENTRIES or at + 2 + 12 * count > len(tiff):
        raise Odd
    for number in range(count):
        place = at + 2 + 12 * number
        tag, kind, length, value = struct.unpack_from(f"{order}HHLL", tiff, place)
        size = _SIZES.get(kind, 1) * length
        outside = size > 4
        if outside and value + size > len(tiff):
            raise Odd
        yield _Entry(
            at=place, tag=tag, value=value, place=(value, value + size) if outside else None
        )


def _short(tiff: bytes, order: _Order, at: int) -> int:
    if at + 2 > len(tiff):
        raise Odd
    return int(struct.unpack_from(f"{order}H", tiff, at)[0])
