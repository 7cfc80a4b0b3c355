"""One compressed frame to its samples. Native code reads untrusted bytes here: in a child only.

What the bytes are decides, not the transfer syntax that the header declares: the two differ in some
files, and a decoder of the right kind is the one that the bytes ask for.
"""

from __future__ import annotations

import struct
from typing import Any, TypeAlias

import imagecodecs
import numpy as np
from numpy.typing import NDArray

#: Samples of a frame: (rows, columns) or (rows, columns, 3).
Samples: TypeAlias = NDArray[Any]

#: Samples that a frame may have. The largest digital slides and mammograms have fewer.
MOST_SAMPLES = 120_000_000

RLE = "1.2.840.10008.1.2.5"

#: JPEG's start-of-frame markers; 0xC4, 0xC8 and 0xCC between them mean other things.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_LOSSLESS, _JPEG_LS = 0xC3, 0xF7
_HIGH_THROUGHPUT = b"\xff\x50"  # JPEG 2000's marker CAP, by which part 15 is announced
_CODESTREAM = b"\xff\x4f\xff\x51"


class NoPicture(Exception):
    """There is no picture; `reason` is a short code for the log, and holds nothing of a patient."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


def decoded(data: bytes, photometric: str, most: int) -> Samples:
    """The samples of one JPEG, JPEG-LS or JPEG 2000 frame; colours that JPEG turned are RGB again.

    A stream that says of itself that it unfolds to more than `most` samples is not decoded: seconds
    would go into an empty picture. Raises NoPicture.
    """
    try:
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data, photometric, most)
        at = 0 if data.startswith(_CODESTREAM) else data[:4096].find(_CODESTREAM)
        if at >= 0:
            return _jpeg2000(data[at:], most)
    except NoPicture:
        raise
    except Exception as error:  # whatever a decoder says of broken bytes
        raise NoPicture("damaged") from error
    raise NoPicture("unknown_codec")


def _jpeg(data: bytes, photometric: str, most: int) -> Samples:
    marker, rows, columns, components = _start_of_frame(data)
    _check(rows * columns * components, most)
    if marker == _JPEG_LS:
        return imagecodecs.jpegls_decode(data)
    if marker == _LOSSLESS:
        # Lossless JPEG turns no colours, and whatever its markers say, the header knows better.
        return np.ascontiguousarray(imagecodecs.jpegsof3_decode(data))
    if components == 3 and photometric == "RGB" and not _says_its_colours(data):
        return imagecodecs.jpeg8_decode(data, colorspace="RGB", outcolorspace="RGB")
    return imagecodecs.jpeg8_decode(data)


def _start_of_frame(data: bytes) -> tuple[int, int, int, int]:
    """The kind of JPEG, its rows, columns and components, before any decoder sees it."""
    at = 2
    while at + 10 <= len(data):
        if data[at] != 0xFF:
            raise NoPicture("damaged")
        marker = data[at + 1]
        if marker in _FRAMES:
            rows, columns, components = struct.unpack_from(">HHB", data, at + 5)
            return marker, rows, columns, components
        if marker == 0xFF:
            at += 1
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise NoPicture("damaged")


def _says_its_colours(data: bytes) -> bool:
    """Whether a marker of JFIF or of Adobe says what the components are."""
    head = data[:1024]
    return b"\xff\xe0\x00\x10JFIF" in head or b"\xff\xee\x00\x0eAdobe" in head


def _jpeg2000(data: bytes, most: int) -> Samples:
    if len(data) < 42:
        raise NoPicture("damaged")
    width, height, left, top = struct.unpack_from(">4L", data, 8)
    components = int.from_bytes(data[40:42], "big")
    _check((height - top) * (width - left) * components, most)
    size = int.from_bytes(data[4:6], "big")
    if data[4 + size : 6 + size] == _HIGH_THROUGHPUT:
        return imagecodecs.htj2k_decode(data, planar=False)
    return imagecodecs.jpeg2k_decode(data, planar=False)


def run_lengths(data: bytes, rows: int, columns: int, samples: int, bits: int) -> Samples:
    """The samples of one frame of DICOM's own run-length coding, PS3.5 annex G. Raises NoPicture.

    In Python, for imagecodecs' decoder follows offsets that lead out of the frame.
    """
    planes, size = samples * (bits // 8), rows * columns
    count, *offsets = struct.unpack_from("<16L", data) if len(data) >= 64 else (0,)
    if not 0 < planes == count <= 15:
        raise NoPicture("damaged")
    # The bytes of a sample lie in segments of their own, the highest first.
    ends = (*offsets[1:count], len(data))
    segments = [
        np.frombuffer(_unpacked(data[start:end], size), np.uint8)
        for start, end in zip(offsets[:count], ends, strict=True)
    ]
    whole = np.stack(segments).reshape(samples, bits // 8, rows, columns)
    found = np.ascontiguousarray(np.moveaxis(whole, 1, -1)).view(f">u{bits // 8}")[..., 0]
    return found[0] if samples == 1 else np.moveaxis(found, 0, -1)


def _unpacked(packed: bytes, size: int) -> bytes:
    """So many bytes of one segment."""
    out = bytearray()
    at = 0
    while len(out) < size and at + 1 < len(packed):
        run = packed[at]
        if run < 128:
            out += packed[at + 1 : at + 2 + run]
            at += 2 + run
        elif run > 128:
            out += packed[at + 1 : at + 2] * (257 - run)
            at += 2
        else:
            at += 1
    if len(out) < size:
        raise NoPicture("truncated")
    return bytes(out[:size])


def _check(samples: int, most: int) -> None:
    """Refuse what would unfold to more than it should."""
    if not 0 < samples <= most:
        raise NoPicture("too_large")
