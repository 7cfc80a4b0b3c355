"""HEIC: the boxes of a photo, and what in them is not the picture (ISO 14496-12, ISO 23008-12).

Its metadata are overwritten where they lie, so that every place in the file stays what it was. How the
picture is turned is a property of the picture.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.intake.tiff_tags import Odd

#: What a picture is made of. A film beside it has boxes of its own, and says where it was taken too.
_OF_THE_PICTURE: Final = frozenset((b"ftyp", b"meta", b"mdat", b"free", b"skip"))
#: An EXIF that says nothing, behind the four bytes that say where it begins.
_NOTHING: Final = bytes(4) + b"MM\0*\0\0\0\x08" + bytes(6)
_WORDS: Final = frozenset((b"Exif", b"mime", b"uri "))
#: Properties of a picture that are words or times about it: a description, when it was made or changed.
_TELLING: Final = frozenset((b"udes", b"altt", b"crtt", b"mdft"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    kind: bytes
    at: int
    begin: int
    end: int


def without_metadata(heic: bytes) -> bytes:
    """The photo without its EXIF, XMP and films. Raises `Odd`."""
    data = bytearray(heic)
    boxes = list(_boxes(heic, 0, len(heic)))
    if not boxes or boxes[0].kind != b"ftyp":
        raise Odd
    metas = [box for box in boxes if box.kind == b"meta"]
    if len(metas) != 1:
        raise Odd
    inner = {box.kind: box for box in _boxes(heic, metas[0].begin + 4, metas[0].end)}
    if b"iinf" not in inner or b"iloc" not in inner:
        raise Odd
    kinds = dict(_items(heic, inner[b"iinf"]))
    for item, begin, end in _places(heic, inner[b"iloc"], inner.get(b"idat")):
        if kinds.get(item) in _WORDS:
            if end > len(heic):
                raise Odd
            said = _NOTHING if kinds[item] == b"Exif" and end - begin >= len(_NOTHING) else b""
            data[begin:end] = said.ljust(end - begin, b"\0" if kinds[item] == b"Exif" else b" ")
    for told in _properties(heic, inner):
        if told.kind in _TELLING:
            data[told.begin : told.end] = bytes(told.end - told.begin)
    for box in boxes:
        if box.kind not in _OF_THE_PICTURE:
            data[box.at + 4 : box.at + 8] = b"free"
            data[box.begin : box.end] = bytes(box.end - box.begin)
    return bytes(data)


def _properties(data: bytes, inner: Mapping[bytes, _Box]) -> Iterator[_Box]:
    if (around := inner.get(b"iprp")) is not None:
        for box in _boxes(data, around.begin, around.end):
            if box.kind == b"ipco":
                yield from _boxes(data, box.begin, box.end)


def _boxes(data: bytes, at: int, end: int) -> Iterator[_Box]:
    while at + 8 <= end:
        size, kind = struct.unpack_from(">L4s", data, at)
        begin = at + 8
        if size == 1:
            size = struct.unpack_from(">Q", data, begin)[0]
            begin += 8
        size = size or end - at
        if size < begin - at or at + size > end:
            raise Odd
        yield _Box(kind=kind, at=at, begin=begin, end=at + size)
        at += size


def _items(data: bytes, box: _Box) -> Iterator[tuple[int, bytes]]:
    """The number of each item, and its kind."""
    wide = data[box.begin] > 0
    for entry in _boxes(data, box.begin + (8 if wide else 6), box.end):
        version = data[entry.begin]
        if version == 2:
            number, _guard, kind = struct.unpack_from(">HH4s", data, entry.begin + 4)
        elif version == 3:
            number, _guard, kind = struct.unpack_from(">LH4s", data, entry.begin + 4)
        else:
            # Of before HEIC: what it is stands nowhere.
            raise Odd
        yield number, kind


def _places(data: bytes, box: _Box, idat: _Box | None) -> Iterator[tuple[int, int, int]]:
    """Of each item its number, and where a part of it begins and ends."""
    version = data[box.begin]
    sizes, more = data[box.begin + 4], data[box.begin + 5]
    of_offset, of_length, of_base, of_index = sizes >> 4, sizes & 15, more >> 4, more & 15
    at = box.begin + 6

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > box.end:
            raise Odd
        return int.from_bytes(data[at - size : at], "big")

    narrow = 2 if version < 2 else 4
    for _item in range(number(narrow)):
        item = number(narrow)
        method = number(2) & 15 if version in (1, 2) else 0
        number(2)
        base = number(of_base)
        for _extent in range(number(2)):
            number(of_index if version in (1, 2) else 0)
            begin = base + number(of_offset)
            length = number(of_length)
            if method == 1 and idat is not None:
                begin += idat.begin
            if method in (0, 1):
                yield item, begin, begin + length
