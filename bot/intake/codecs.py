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


def decoded(data: bytes, photometric: str) -> Samples:
    """The samples of one JPEG, JPEG-LS or JPEG 2000 frame; colours that JPEG turned are RGB again.

    Raises NoPicture.
    """
    try:
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data, photometric)
        at = 0 if data.startswith(_CODESTREAM) else data[:4096].find(_CODESTREAM)
        if at >= 0:
            return _jpeg2000(data[at:])
    except NoPicture:
        raise
    except Exception as error:  # whatever a decoder says of broken bytes
        raise NoPicture("damaged") from error
    raise NoPicture("unknown_codec")


def _jpeg(data: bytes, photometric: str) -> Samples:
    marker, rows, columns, components = _start_of_frame(data)
    _check(rows, columns, components)
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


def _jpeg2000(data: bytes) -> Samples:
    if len(data) < 42:
        raise NoPicture("damaged")
    width, height, left, top = struct.unpack_from(">4L", data, 8)
    components = int.from_bytes(data[40:42], "big")
    _check(height - top, width - left, components)
    size = int.from_bytes(data[4:6], "big")
    if data[4 + size : 6 + size] == _HIGH_THROUGHPUT:
        return imagecodecs.htj2k_decode(data, planar=False)
    return imagecodecs.jpeg2k_decode(data, planar=False)


def run_lengths(data: bytes, rows: int, columns: int, samples: int, bits: int) -> Samples:
    """The samples of one frame of DICOM's own run-length coding. Raises NoPicture."""
    flat = np.dtype(f"<u{bits // 8}")
    try:
        found = np.frombuffer(imagecodecs.dicomrle_decode(data, flat), flat)
        planes = found[: rows * columns * samples].reshape(samples, rows, columns)
    except Exception as error:  # whatever the decoder says of broken bytes
        raise NoPicture("damaged") from error
    return planes[0] if samples == 1 else np.moveaxis(planes, 0, -1)


def _check(rows: int, columns: int, components: int) -> None:
    """Refuse what would unfold to more than any picture is."""
    if not 0 < rows * columns * components <= MOST_SAMPLES:
        raise NoPicture("too_large")
