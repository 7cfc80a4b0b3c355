"""A CT of 1600 slices as a zip, deflated or stored, for the benchmarks.

Each slice is 512 by 512 pixels of 16 bits (528 KB) under a header of about 190 elements, most of them
private, as a scanner writes it. A few dozen pictures take turns: nothing that reads a zip looks across
its members, and making pictures is what takes long.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.synthetic import SeriesPlan, StudyPlan, dataset, encoded

SLICES = 1600
_SIDE = 512
_PICTURES = 40
_PIXELS = struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OW", 0, _SIDE * _SIDE * 2)


def write_ct(path: Path, *, slices: int = SLICES, deflate: bool = True) -> Path:
    """Write the zip; returns its path."""
    pictures = [_picture(seed) for seed in range(min(_PICTURES, slices))]
    packed = [_deflated(picture, last=True) for picture in pictures] if deflate else pictures
    with path.open("wb") as file:
        directory, at = [], 0
        for index, header in enumerate(_headers(slices)):
            picture = index % len(pictures)
            crc = zlib.crc32(pictures[picture], zlib.crc32(header))
            size = len(header) + len(pictures[picture])
            body = (_deflated(header, last=False) if deflate else header, packed[picture])
            name = f"DICOM/IM{index + 1:06}".encode()
            fields = (20, 0, 8 if deflate else 0, 0, 0, crc, sum(map(len, body)), size)
            local = struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields, len(name), 0) + name
            entry = struct.pack(
                "<4s6H3L5H2L", *(b"PK\x01\x02", 20, *fields, len(name)), *[0] * 5, at
            )
            directory.append(entry + name)
            for piece in (local, *body):
                file.write(piece)
                at += len(piece)
        whole = b"".join(directory)
        count = len(directory)
        file.write(whole)
        file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(whole), at, 0))
    return path


def _deflated(data: bytes, *, last: bool) -> bytes:
    """A part of a raw stream that begins and ends on a byte, so that parts can be put together."""
    stream = zlib.compressobj(6, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


def _headers(slices: int) -> Iterator[bytes]:
    """The file of each slice up to its pixels, those of one picture with the other's numbers."""
    series = SeriesPlan(slices=slices, rows=2, columns=2, spacing=0.625)
    study = StudyPlan(series=(series,))
    for index in range(slices):
        made = dataset(study, series, index)
        made.Rows, made.Columns = _SIDE, _SIDE
        for group in (0x0009, 0x0019, 0x0027, 0x0043):
            block = made.private_block(group, "GEMS_NOBODY_01", create=True)
            for element in range(0x10, 0x38):
                block.add_new(element, "DS", f"{element}.{index:04}")
        del made.PixelData
        yield encoded(made) + _PIXELS


def _picture(seed: int) -> bytes:
    """A disc of tissue in air with smooth noise; it deflates to about 0.4 of its size."""
    noise = np.random.default_rng(seed)
    y, x = np.ogrid[:_SIDE, :_SIDE]
    inside = (x - 256) ** 2 + (y - 256) ** 2 < 210**2
    grain = noise.normal(0, 18, (_SIDE, _SIDE))
    grain = (grain + np.roll(grain, 1, 0) + np.roll(grain, 1, 1)) / 3
    pixels = np.where(inside, 1040 + grain, 24 + grain / 6)
    return pixels.clip(0, 4095).astype("<u2").tobytes()
