"""BMP: put together anew, with nothing between its parts and behind them (wingdi.h, BITMAPV5HEADER)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from bot.intake.tiff_tags import Odd

_FILE: Final = 14
#: The lengths of headers: of OS/2, and of Windows from 3 to 5. The long one of OS/2 has words of programs.
_CORE, _OS2, _INFO, _V5 = 12, 64, 40, 124
_HEADERS: Final = frozenset((_CORE, _INFO, 52, 56, _OS2, 108, _V5))
_RGB, _RLE8, _RLE4, _MASKS, _MASKS_ALPHA = 0, 1, 2, 3, 6
_SRGB, _EMBEDDED, _LINKED = b"BGRs", b"DEBM", b"KNIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    width: int
    height: int
    bits: int
    packing: int

    @property
    def size(self) -> int:
        """The bytes of the pixels, where they aren't packed."""
        return (self.width * self.bits + 31) // 32 * 4 * self.height


def only_the_picture(bmp: bytes) -> bytes:
    """The headers, the colours and the pixels. Raises `Odd`, struct.error and IndexError."""
    if bmp[:2] != b"BM":
        raise Odd
    pixels_at, length = struct.unpack_from("<LL", bmp, 10)
    if length not in _HEADERS or pixels_at < _FILE + length:
        raise Odd
    shape = _shape(bmp, length)
    at = _FILE + length
    masks = b""
    if length == _INFO and shape.packing in (_MASKS, _MASKS_ALPHA):
        masks = bmp[at : at + (12 if shape.packing == _MASKS else 16)]
        at += len(masks)
    palette = _palette(
        bmp, at, pixels_at, shape, wide=3 if length == _CORE else 4, core=length == _CORE
    )
    pixels = _pixels(bmp, pixels_at, shape)
    header = bytearray(bmp[_FILE : _FILE + (_INFO if length == _OS2 else length)])
    profile = b""
    if length != _CORE:
        struct.pack_into("<L", header, 0, len(header))
        if shape.packing in (_RLE8, _RLE4):
            struct.pack_into("<L", header, 20, len(pixels))
        struct.pack_into("<L", header, 32, len(palette) // 4)
        if len(header) == _V5:
            profile = _profile(bmp, header, len(masks) + len(palette) + len(pixels))
    body = b"".join((header, masks, palette))
    begin = _FILE + len(body)
    whole = begin + len(pixels) + len(profile)
    return b"BM" + struct.pack("<LLL", whole, 0, begin) + body + pixels + profile


def _shape(bmp: bytes, length: int) -> _Shape:
    if length == _CORE:
        width, height, _planes, bits = struct.unpack_from("<HHHH", bmp, _FILE + 4)
        packing = _RGB
    else:
        width, height, _planes, bits, packing = struct.unpack_from("<llHHL", bmp, _FILE + 4)
    allowed = (_RGB,) if length == _OS2 else (_RGB, _RLE8, _RLE4, _MASKS, _MASKS_ALPHA)
    if width <= 0 or not height or packing not in allowed or bits not in (1, 2, 4, 8, 16, 24, 32):
        raise Odd
    return _Shape(width=width, height=abs(height), bits=bits, packing=packing)


def _palette(bmp: bytes, at: int, end: int, shape: _Shape, *, wide: int, core: bool) -> bytes:
    if shape.bits > 8:
        return b""
    told = 0 if core else struct.unpack_from("<L", bmp, _FILE + 32)[0]
    count = told or 1 << shape.bits
    if count > 1 << shape.bits or at + count * wide > end:
        raise Odd
    return bmp[at : at + count * wide]


def _pixels(bmp: bytes, at: int, shape: _Shape) -> bytes:
    end = at + shape.size
    if shape.packing in (_RLE8, _RLE4):
        end = _end_of_runs(bmp, at, halves=shape.packing == _RLE4)
    if not bmp[at:end]:
        raise Odd
    return bmp[at:end]


def _end_of_runs(bmp: bytes, at: int, *, halves: bool) -> int:
    """Where packed pixels end: at the mark that says so."""
    while True:
        count, what = bmp[at], bmp[at + 1]
        at += 2
        if count or not what:
            continue
        if what == 1:
            return at
        if what == 2:
            at += 2
            continue
        of_run = (what + 1) // 2 if halves else what
        at += of_run + of_run % 2


def _profile(bmp: bytes, header: bytearray, before: int) -> bytes:
    """The colours' profile, to be put at the end; one that lies elsewhere would name a file."""
    kind = bytes(header[56:60])
    at, size = struct.unpack_from("<LL", header, 112)
    profile = bmp[_FILE + at : _FILE + at + size] if kind == _EMBEDDED else b""
    if profile[36:40] != b"acsp" or len(profile) != size:
        profile = b""
    if kind in (_EMBEDDED, _LINKED) and not profile:
        header[56:60] = _SRGB
    struct.pack_into("<LLL", header, 112, (_V5 + before) if profile else 0, len(profile), 0)
    return profile
