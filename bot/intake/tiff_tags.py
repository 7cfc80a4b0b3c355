"""TIFF directories, as far as it takes to turn a picture and to forget where it was taken (TIFF 6.0).

The EXIF of every other format is one too. BigTIFF has the same with wider numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_ORIENTATION: Final = 0x0112
#: Bytes of a value, by its type; the last three are BigTIFF's.
_SIZES: Final = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    16: 8, 17: 8, 18: 8,
}  # fmt: skip
#: How a number of such a type is unpacked: a place in the file, or how much lies there.
_NUMBERS: Final = {3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}
#: Where strips, tiles and a small JPEG lie, and how long they are.
_DATA: Final = ((0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202))
#: Tables of a JPEG as TIFF 6.0 had it (section 22): of quantities, and of codes.
_QUANTITIES: Final = 0x0207
#: How the pixels are packed; 1 or nothing where they aren't.
_PACKING: Final = 0x0103
_TABLES: Final = frozenset({_QUANTITIES, 0x0208, 0x0209})
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
class _Layout:
    """How the numbers of a file are written: `order` as `struct` has it, and whether it is a BigTIFF."""

    order: str
    big: bool
    first: int

    @property
    def head(self) -> int:
        """The length of what stands before all directories."""
        return 16 if self.big else 8

    @property
    def counting(self) -> int:
        """The length of the number of entries."""
        return 8 if self.big else 2

    @property
    def entry(self) -> int:
        """The length of an entry."""
        return 20 if self.big else 12

    @property
    def wide(self) -> str:
        """A place in the file, as `struct` has it."""
        return "Q" if self.big else "L"

    @property
    def room(self) -> int:
        """How long a place is, and a value that stands in its entry, at most."""
        return 8 if self.big else 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    at: int
    tag: int
    kind: int
    #: Where the value lies, begin and end, and whether that is in the entry.
    begin: int
    end: int
    inside: bool


def orientation_of(tiff: bytes) -> int:
    """How the picture is turned, 1 to 8; 1 where nothing says so."""
    try:
        layout = _layout(tiff)
        found = [one for one in _entries(tiff, layout, layout.first) if one.tag == _ORIENTATION]
        value = next(iter(_numbers(tiff, layout, found[0])), 1) if found else 1
    except Odd:
        return 1
    return value if 1 <= value <= 8 else 1


def only_orientation(turned: int) -> bytes:
    """The EXIF of a picture of which nothing is told but how it is turned."""
    entry = struct.pack(">HHLHH", _ORIENTATION, 3, 1, turned, 0)
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", 1) + entry + bytes(4)


def forget(tiff: bytes) -> bytes:
    """A TIFF with nothing but what it takes to draw it, all in its place. Raises `Odd`."""
    data, layout = bytearray(tiff), _layout(tiff)
    at, seen = layout.first, set[int]()
    used = [(0, layout.head)]
    while at and at not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(at)
        at = _forget_in(data, tiff, layout, at, used)
    if at and at not in seen:
        raise Odd
    # What nothing points to any more goes: the place, a small picture, what an editor left behind.
    _keep_only(data, used)
    return bytes(data)


_Places = list[tuple[int, int]]


def _forget_in(data: bytearray, tiff: bytes, layout: _Layout, at: int, used: _Places) -> int:
    """Forget in one directory, and add what it uses of the file; where the next one begins."""
    entries = list(_entries(tiff, layout, at))
    end = at + layout.counting + layout.entry * len(entries)
    following = tiff[end : end + layout.room]
    if len(following) != layout.room:
        raise Odd
    kept = [one for one in entries if one.tag in _DRAWN]
    packed = struct.pack(layout.order + ("Q" if layout.big else "H"), len(kept))
    packed += b"".join(tiff[one.at : one.at + layout.entry] for one in kept) + following
    data[at : end + layout.room] = packed.ljust(end + layout.room - at, b"\0")
    used.append((at, at + len(packed)))
    for begin, after in _used(tiff, layout, kept):
        if begin < layout.head or (begin < end and at < after):
            # It would be rewritten with the directory that it lies in.
            raise Odd
        used.append((begin, after))
    return int(struct.unpack(layout.order + layout.wide, following)[0])


def _used(tiff: bytes, layout: _Layout, kept: Iterable[_Entry]) -> Iterator[tuple[int, int]]:
    """Where the values of these entries lie, and what they point to. Raises `Odd` where nobody knows."""
    known = {one.tag: one for one in kept}
    if not _says_all(tiff, layout, known):
        raise Odd
    for one in known.values():
        if not one.inside:
            yield one.begin, one.end
    for where, how_long in _DATA:
        if where in known and how_long not in known:
            raise Odd
        if where in known:
            begins = _numbers(tiff, layout, known[where])
            lengths = _numbers(tiff, layout, known[how_long])
            if len(begins) != len(lengths):
                raise Odd
            for begin, length in zip(begins, lengths, strict=True):
                yield begin, begin + length
    for tag in _TABLES & known.keys():
        for begin in _numbers(tiff, layout, known[tag]):
            # Of a table of codes its first 16 bytes say how many there are.
            codes = 16 + sum(tiff[begin : begin + 16])
            yield begin, begin + (64 if tag == _QUANTITIES else codes)


def _says_all(tiff: bytes, layout: _Layout, known: Mapping[int, _Entry]) -> bool:
    """Whether the strips of a picture that isn't packed are as long as it is. Some writers say less."""

    def numbers(tag: int) -> Sequence[int]:
        return _numbers(tiff, layout, known[tag]) if tag in known else ()

    if tuple(numbers(_PACKING)) not in ((), (1,)) or 0x0117 not in known:
        return True
    width, height = sum(numbers(0x0100)), sum(numbers(0x0101))
    bits = sum(numbers(0x0102)) or sum(numbers(0x0115)) or 1
    return sum(numbers(0x0117)) >= (width * bits + 7) // 8 * height


def _keep_only(data: bytearray, places: _Places) -> None:
    done = 0
    for begin, end in sorted(places):
        if begin > done:
            stop = min(begin, len(data))
            data[done:stop] = bytes(max(0, stop - done))
        done = max(done, end)
    if done < len(data):
        data[done:] = bytes(len(data) - done)


def _layout(tiff: bytes) -> _Layout:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 16:
        raise Odd
    (version,) = struct.unpack_from(f"{order}H", tiff, 2)
    if version == 42:
        return _Layout(order=order, big=False, first=struct.unpack_from(f"{order}L", tiff, 4)[0])
    width, nothing, first = struct.unpack_from(f"{order}HHQ", tiff, 4)
    if (version, width, nothing) != (43, 8, 0):
        raise Odd
    return _Layout(order=order, big=True, first=first)


def _entries(tiff: bytes, layout: _Layout, at: int) -> Iterator[_Entry]:
    begin = at + layout.counting
    if begin > len(tiff):
        raise Odd
    (count,) = struct.unpack_from(layout.order + ("Q" if layout.big else "H"), tiff, at)
    if count > _MOST_ENTRIES or begin + layout.entry * count > len(tiff):
        raise Odd
    for place in range(begin, begin + layout.entry * count, layout.entry):
        tag, kind, length = struct.unpack_from(f"{layout.order}HH{layout.wide}", tiff, place)
        size = _SIZES.get(kind, 1) * length
        value = place + layout.entry - layout.room
        inside = size <= layout.room
        if not inside:
            (value,) = struct.unpack_from(layout.order + layout.wide, tiff, value)
            if value + size > len(tiff):
                raise Odd
        yield _Entry(at=place, tag=tag, kind=kind, begin=value, end=value + size, inside=inside)


def _numbers(tiff: bytes, layout: _Layout, entry: _Entry) -> Sequence[int]:
    form = _NUMBERS.get(entry.kind)
    if form is None:
        return ()
    count = (entry.end - entry.begin) // _SIZES[entry.kind]
    return struct.unpack_from(f"{layout.order}{count}{form}", tiff, entry.begin)
