"""Whether the pixels of a DICOM object are all there, by counting bytes; nothing is decoded."""

from __future__ import annotations

import struct
from typing import Any

from bot.intake.contents import Content
from bot.intake.elements import integer, text

_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_ENCAPSULATED = ("1.2.840.10008.1.2.4", "1.2.840.10008.1.2.5")
_JPEG = "1.2.840.10008.1.2.4."
#: Syntaxes that always lose detail: JPEG but its lossless processes, near-lossless JPEG-LS, lossy
#: JPEG 2000 of several components, JPEG XL made of JPEG, video.
_LOSSY = frozenset(
    f"{_JPEG}{n}" for n in (50, 51, *range(52, 57), *range(59, 65), 81, 111, *range(100, 109))
)
#: Syntaxes that may and may not; their code stream tells by which wavelet it was made.
_WAVELETS = frozenset(f"{_JPEG}{n}" for n in (91, 93, 203))
#: Syntaxes that keep many frames in one stream.
_STREAMS = frozenset(f"{_JPEG}{n}" for n in range(100, 109))
_NO_LENGTH = 0xFFFFFFFF
_DELIMITER = b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"


def pixels_whole(content: Content, at: int, dataset: Any, syntax: str) -> bool | None:
    """Whether the pixels are all there; None where there are no pixels."""
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
    frames = 1 if syntax in _STREAMS else (integer(dataset, "NumberOfFrames") or 1)
    if content.whole:
        return _fragments_end(content.head, start, frames)
    return _DELIMITER in content.tail and _offsets_fit(content, start, frames)


def _native_size(dataset: Any, syntax: str) -> int:
    """Bytes that uncompressed pixels need, 0 where the header doesn't say."""
    sizes = [integer(dataset, name) for name in ("Rows", "Columns", "BitsAllocated")]
    if syntax.startswith(_ENCAPSULATED) or None in sizes or (sizes[2] or 0) < 8:
        return 0
    frames = integer(dataset, "NumberOfFrames") or 1
    samples = integer(dataset, "SamplesPerPixel") or 1
    rows, columns, bits = (size or 0 for size in sizes)
    if text(dataset, "PhotometricInterpretation").endswith(("_422", "_420")):
        # Such colour is stored in fewer bytes, and headers often say so where it isn't.
        return 0
    return rows * columns * samples * bits * frames // 8


def _fragments_end(data: bytes, at: int, frames: int) -> bool:
    """Whether the items of compressed pixels lead to their delimiter, one or more a frame."""
    items = 0
    while at + 8 <= len(data):
        group, element, length = struct.unpack_from("<HHL", data, at)
        if group != 0xFFFE:
            return False
        if element == 0xE0DD:
            # The first item is the table of offsets.
            return items - 1 >= frames
        at += 8 + length
        items += 1
    return False


def _offsets_fit(content: Content, at: int, frames: int) -> bool:
    """Whether a table of offsets, where there is one, names a place in the file for each frame."""
    if content.head[at : at + 4] != b"\xfe\xff\x00\xe0":
        return False
    length = int.from_bytes(content.head[at + 4 : at + 8], "little")
    table = content.head[at + 8 : at + 8 + length]
    if not length or len(table) < length or length % 4:
        return True
    offsets = struct.unpack(f"<{length // 4}L", table)
    # Offsets have 32 bits, and begin anew in files that are longer than that.
    return len(offsets) >= frames and (max(offsets) < content.size or content.size >> 32 > 0)


def loses_detail(pixels: bytes, syntax: str) -> bool:
    """Whether a transfer syntax loses detail; `pixels` is how the pixel data begin."""
    if syntax in _LOSSY:
        return True
    if syntax not in _WAVELETS:
        return False
    # The coding style of JPEG 2000 (T.800 A.6.1): wavelet 0 is the one that can't be undone.
    at = pixels.find(b"\xff\x52", 0, 4096)
    return at >= 0 and pixels[at + 13 : at + 14] == b"\0"
