"""Whether the pixels of a DICOM object are all there, by counting bytes; nothing is decoded."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from bot.intake.contents import Content
from bot.intake.elements import integer
from bot.intake.limits import MIB, Refused

DEFLATED = b"1.2.840.10008.1.2.1.99"
_DEFLATED_CAP = 256 * MIB
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_ENCAPSULATED = "1.2.840.10008.1.2.4"
_NO_LENGTH = 0xFFFFFFFF
_DELIMITER = b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"


def pixels_whole(content: Content, at: int, dataset: Any, syntax: str) -> bool | None:
    """Whether the pixels are all there; None where there are no pixels."""
    if syntax.encode() == DEFLATED:
        return True
    order = ">" if syntax == _BIG_ENDIAN or not dataset.original_encoding[1] else "<"
    element = content.head[at : at + 12]
    if len(element) < 8:
        return None if content.whole else True
    group = struct.unpack_from(order + "H", element)[0]
    if group != 0x7FE0:
        return None
    # What is declared and what was written differ in some files, so the element itself decides.
    if element[4:6] not in (b"OB", b"OW", b"UN", b"OF", b"OD", b"OV"):
        start, length = at + 8, struct.unpack_from(order + "L", element, 4)[0]
    elif len(element) == 12:
        start, length = at + 12, struct.unpack_from(order + "L", element, 8)[0]
    else:
        return False
    if length != _NO_LENGTH:
        end: int = start + max(length, _native_size(dataset, syntax))
        return end <= content.size
    if content.whole:
        return _fragments_end(content.head, start)
    return _DELIMITER in content.tail


def _native_size(dataset: Any, syntax: str) -> int:
    """Bytes that uncompressed pixels need, 0 where the header doesn't say."""
    sizes = [integer(dataset, name) for name in ("Rows", "Columns", "BitsAllocated")]
    if syntax.startswith(_ENCAPSULATED) or None in sizes or (sizes[2] or 0) < 8:
        return 0
    frames = integer(dataset, "NumberOfFrames") or 1
    samples = integer(dataset, "SamplesPerPixel") or 1
    rows, columns, bits = (size or 0 for size in sizes)
    # 4:2:2 colour is stored in two thirds of the bytes; such a header is not worth an alarm.
    return 0 if samples > 1 else rows * columns * bits // 8 * frames


def _fragments_end(data: bytes, at: int) -> bool:
    """Whether the items of compressed pixels lead to their delimiter."""
    while at + 8 <= len(data):
        group, element, length = struct.unpack_from("<HHL", data, at)
        if group != 0xFFFE:
            return False
        if element == 0xE0DD:
            return True
        at += 8 + length
    return False


def refuse_deflated_bomb(head: bytes) -> None:
    """Raise `Refused` for a data set that unfolds to more than a header and its pixels can be."""
    if head[128:132] != b"DICM" or head[132:136] != b"\x02\x00\x00\x00":
        raise Refused("damaged_instance")
    start = 144 + int.from_bytes(head[140:144], "little")
    stream, left, data = zlib.decompressobj(-zlib.MAX_WBITS), _DEFLATED_CAP, head[start:]
    while data and not stream.eof:
        left -= len(stream.decompress(data, MIB))
        data = stream.unconsumed_tail
        if left < 0:
            raise Refused("bomb")
