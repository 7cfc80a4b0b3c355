"""Writing a plain copy: a zip whose members are stored as they are, under the names they had.

It is written once into a file that can be sought in, member by member; one that turns out damaged
is taken back. Sizes are 64 bits wide throughout (APPNOTE.TXT 6.3, 4.5.3), so that none has to be
known before its bytes are. Names are kept as bytes, whatever their code page.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO, Final

_VERSION: Final = 45
#: The flag of an entry that is locked with a password.
_LOCKED: Final = 1
_WIDE, _WIDE16 = 0xFFFFFFFF, 0xFFFF
_NAME_CAP: Final = 0xFFFF

_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_SIZES = struct.Struct("<2H2Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_CENTRAL_SIZES = struct.Struct("<2H3Q")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_END = struct.Struct("<4s4H2LH")
#: 1980-01-01, the first day that a zip knows: the copy's bytes depend on its members alone.
_DAY: Final = 0x21


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    name: bytes
    crc: int
    size: int
    at: int
    flags: int = 0


class PlainZip:
    """A plain copy that is being written, from the beginning of `file`."""

    def __init__(self, file: BinaryIO) -> None:
        """Write nothing yet."""
        self._file = file
        self._kept: list[_Kept] = []
        self._name = b""
        self._at = self._crc = self._size = 0

    def start(self, name: bytes) -> None:
        """Start a member; the one before must have been kept or dropped."""
        self._name, self._at, self._crc, self._size = name[:_NAME_CAP], self._file.tell(), 0, 0
        self._file.write(self._local())

    def write(self, chunk: bytes | memoryview) -> None:
        """Add bytes to the member."""
        self._file.write(chunk)
        self._crc = zlib.crc32(chunk, self._crc)
        self._size += len(chunk)

    def keep(self, *, flags: int = 0) -> None:
        """The member is whole."""
        end = self._file.tell()
        self._file.seek(self._at)
        self._file.write(self._local(flags))
        self._file.seek(end)
        kept = _Kept(name=self._name, crc=self._crc, size=self._size, at=self._at, flags=flags)
        self._kept.append(kept)

    def drop(self) -> None:
        """The member is not to be had after all."""
        self._file.seek(self._at)
        self._file.truncate()

    def lost(self, name: bytes, *, locked: bool) -> None:
        """Name a member that can't be had, so that who reads the copy finds it locked or damaged."""
        self.start(name)
        self._crc = 1  # No bytes have this checksum.
        self.keep(flags=_LOCKED if locked else 0)

    def finish(self) -> None:
        """Write the directory. The file is not closed."""
        start = self._file.tell()
        for kept in self._kept:
            self._file.write(_central(kept))
        size, count = self._file.tell() - start, len(self._kept)
        end64 = (44, _VERSION, _VERSION, 0, 0, count, count, size, start)
        self._file.write(_END64.pack(b"PK\x06\x06", *end64))
        self._file.write(_LOCATOR64.pack(b"PK\x06\x07", 0, start + size, 1))
        end = (0, 0, _WIDE16, _WIDE16, _WIDE, _WIDE, 0)
        self._file.write(_END.pack(b"PK\x05\x06", *end))
        self._file.flush()

    def _local(self, flags: int = 0) -> bytes:
        sizes = _LOCAL_SIZES.pack(1, 16, self._size, self._size)
        fixed = (_VERSION, flags, 0, 0, _DAY, self._crc, _WIDE, _WIDE, len(self._name), len(sizes))
        return _LOCAL.pack(b"PK\x03\x04", *fixed) + self._name + sizes


def _central(kept: _Kept) -> bytes:
    sizes = _CENTRAL_SIZES.pack(1, 24, kept.size, kept.size, kept.at)
    fixed = (_VERSION, _VERSION, kept.flags, 0, 0, _DAY, kept.crc, _WIDE, _WIDE)
    rest = (len(kept.name), len(sizes), 0, 0, 0, 0, _WIDE)
    return _CENTRAL.pack(b"PK\x01\x02", *fixed, *rest) + kept.name + sizes
