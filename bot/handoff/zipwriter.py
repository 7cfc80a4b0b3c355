"""Writing a zip as a stream: nothing is patched afterwards, so nothing has to be seekable.

Every entry is read, checked against its hash and measured before its first byte goes out: a package
is whole or it is not written, and its headers are complete, without the trailing data descriptors
that some readers refuse (APPNOTE.TXT 6.3, 4.3.9). The bytes depend on the input alone.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

#: An entry longer than this waits for its header on the disk.
_IN_MEMORY: Final = 16 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
#: Deflated only where a first piece shrinks to less than this part of itself: pixels that are
#: compressed already cost time and win nothing.
_WORTH_IT: Final = 0.9
_SAMPLE: Final = 64 * 1024

_STORED, _DEFLATED = 0, 8
_UTF8_NAME = 0x800
_VERSION, _VERSION64 = 20, 45
_LIMIT32, _LIMIT16 = 0xFFFFFFFF, 0xFFFF

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")


class EntryMismatch(Exception):
    """The bytes of an entry are not those that were expected; `name` is its name in the zip."""

    def __init__(self, name: str) -> None:
        """Keep the name."""
        super().__init__(f"{name}: the stored bytes are not those that were received")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An entry to be written. `read` yields its bytes, which must have this `sha256` and `size`."""

    name: str
    read: Callable[[], Iterable[bytes]]
    sha256: str
    size: int
    modified: datetime


def write_zip(members: Iterable[Member], folder: Path) -> Iterator[bytes]:
    """The zip's bytes. Raises `EntryMismatch` before a changed entry is written.

    A large entry waits in a nameless file in `folder`, which needs room for the largest.
    """
    directory: list[bytes] = []
    offset = 0
    for member in members:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder)) as spool:
            packed = _pack(member, spool)
            header = _local_header(member, packed)
            yield header
            spool.seek(0)
            while chunk := spool.read(_CHUNK):
                yield chunk
        directory.append(_central_header(member, packed, offset))
        offset += len(header) + packed.length
    yield from directory
    yield _end(len(directory), sum(map(len, directory)), offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packed:
    method: int
    crc: int
    length: int


def _pack(member: Member, spool: IO[bytes]) -> _Packed:
    digest, crc, size = hashlib.sha256(), 0, 0
    method, squeeze = _STORED, None
    for chunk in member.read():
        if size == 0 and chunk and _shrinks(chunk):
            method, squeeze = _DEFLATED, zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        size += len(chunk)
        digest.update(chunk)
        crc = zlib.crc32(chunk, crc)
        spool.write(squeeze.compress(chunk) if squeeze else chunk)
    if squeeze:
        spool.write(squeeze.flush())
    if size != member.size or digest.hexdigest() != member.sha256:
        raise EntryMismatch(member.name)
    return _Packed(method=method, crc=crc, length=spool.tell())


def _shrinks(chunk: bytes) -> bool:
    # From the middle: a header shrinks well whatever follows it.
    start = max(0, (len(chunk) - _SAMPLE) // 2)
    sample = chunk[start : start + _SAMPLE]
    return len(zlib.compress(sample, 1)) < _WORTH_IT * len(sample)


# ---- headers -----------------------------------------------------------------------------------


def _local_header(member: Member, packed: _Packed) -> bytes:
    name = member.name.encode()
    wide = member.size >= _LIMIT32 or packed.length >= _LIMIT32
    extra = struct.pack("<2H2Q", 1, 16, member.size, packed.length) if wide else b""
    return (
        _LOCAL.pack(
            b"PK\x03\x04",
            _VERSION64 if wide else _VERSION,
            _UTF8_NAME,
            packed.method,
            *_dos_time(member.modified),
            packed.crc,
            _LIMIT32 if wide else packed.length,
            _LIMIT32 if wide else member.size,
            len(name),
            len(extra),
        )
        + name
        + extra
    )


def _central_header(member: Member, packed: _Packed, offset: int) -> bytes:
    name = member.name.encode()
    values = (member.size, packed.length, offset)
    wide = [value for value in values if value >= _LIMIT32]
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    size, length, at = (min(value, _LIMIT32) for value in values)
    version = _VERSION64 if wide else _VERSION
    return (
        _CENTRAL.pack(
            b"PK\x01\x02",
            version,
            version,
            _UTF8_NAME,
            packed.method,
            *_dos_time(member.modified),
            packed.crc,
            length,
            size,
            len(name),
            len(extra),
            0,
            0,
            0,
            0,
            at,
        )
        + name
        + extra
    )


def _end(count: int, size: int, offset: int) -> bytes:
    end = _END.pack(
        b"PK\x05\x06",
        0,
        0,
        min(count, _LIMIT16),
        min(count, _LIMIT16),
        min(size, _LIMIT32),
        min(offset, _LIMIT32),
        0,
    )
    if count < _LIMIT16 and size < _LIMIT32 and offset < _LIMIT32:
        return end
    end64 = _END64.pack(b"PK\x06\x06", 44, _VERSION64, _VERSION64, 0, 0, count, count, size, offset)
    return end64 + _LOCATOR64.pack(b"PK\x06\x07", 0, offset + size, 1) + end


def _dos_time(moment: datetime) -> tuple[int, int]:
    utc = moment.astimezone(UTC)
    year = min(max(utc.year, 1980), 2107)
    return (
        utc.hour << 11 | utc.minute << 5 | utc.second // 2,
        (year - 1980) << 9 | utc.month << 5 | utc.day,
    )
