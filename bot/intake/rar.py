"""Which members of a RAR 5 archive are locked: libarchive takes their ciphertext for their bytes.

The layout is RARLAB's technote, https://www.rarlab.com/technote.htm. RAR 4 needs no such help.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from bot.intake.limits import MIB, Refused

_MARK = b"Rar!\x1a\x07\x01\x00"
_FILE, _ENCRYPTION, _END = 2, 4, 5
_HAS_EXTRA, _HAS_DATA = 1, 2
_CRYPT_RECORD = 1
#: A header is smaller than this by the standard; the name is its longest part.
_HEADER_CAP = 2 * MIB


def locked_members(descriptor: int) -> list[bool]:
    """For each file header in order, whether its data are locked; [] for anything but RAR 5.

    Raises `Refused` where even the headers are locked.
    """
    if os.pread(descriptor, len(_MARK), 0) != _MARK:
        return []
    locked: list[bool] = []
    for kind, extra in _headers(descriptor):
        if kind == _ENCRYPTION:
            raise Refused("encrypted_archive")
        if kind == _FILE:
            locked.append(_CRYPT_RECORD in _records(extra))
    return locked


def _headers(descriptor: int) -> Iterator[tuple[int, bytes]]:
    """The type and the extra area of each header, as far as the headers make sense."""
    at = len(_MARK)
    while True:
        # A checksum of four bytes, then the size of what follows the size.
        start = os.pread(descriptor, 16, at)
        size, used = _number(start, 4)
        if not size or size > _HEADER_CAP:
            return
        header = os.pread(descriptor, size, at + used)
        if len(header) < size:
            return
        kind, next_ = _number(header, 0)
        flags, next_ = _number(header, next_)
        extra_size = data_size = 0
        if flags & _HAS_EXTRA:
            extra_size, next_ = _number(header, next_)
        if flags & _HAS_DATA:
            data_size, next_ = _number(header, next_)
        yield kind, header[len(header) - extra_size :] if extra_size else b""
        if kind == _END:
            return
        at += used + size + data_size


def _records(extra: bytes) -> Iterator[int]:
    """The types of the records of an extra area."""
    at = 0
    while at < len(extra):
        size, at = _number(extra, at)
        yield _number(extra, at)[0]
        at += max(size, 1)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and where the next thing begins."""
    value = 0
    for count, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << 7 * count
        if not byte & 0x80:
            return value, at + count + 1
    return 0, len(data)
