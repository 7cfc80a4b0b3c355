"""RAR 5: which members are locked, and the same archive without its password.

libarchive reads RAR 5 but none that is locked: it takes a member's ciphertext for its bytes. So an
archive is opened by decrypting each member's packed data into a new archive with plain headers,
which libarchive then unpacks. The layout is RARLAB's, https://www.rarlab.com/technote.htm. RAR 4
has other ciphers and is not opened.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from bot.intake.libarchive import BadData
from bot.intake.limits import MIB

_MARK = b"Rar!\x1a\x07\x01\x00"
_MAIN, _FILE, _ENCRYPTION, _END = 1, 2, 4, 5
_HAS_EXTRA, _HAS_DATA = 1, 2
_SOLID = 4
_HAS_TIME, _HAS_CRC = 2, 4
_CRYPT_RECORD, _HASH_RECORD = 1, 2
_HAS_CHECK, _TWEAKED = 1, 2
#: A header is smaller than this by the standard; the name is its longest part.
_HEADER_CAP = 2 * MIB
_KDF_CAP = 24
_PIECE = MIB


@dataclass(slots=True, kw_only=True)
class _Header:
    """A block's header: its type, the fields of that type, its extra records, and its data."""

    type: int
    flags: int
    fields: bytes
    extra: dict[int, bytes]
    data_at: int
    data_size: int


@dataclass(frozen=True, slots=True)
class _Key:
    """What a password and a salt come to: the key, and the one that checksums are mixed with."""

    key: bytes
    mac: bytes
    check: bytes


def locked_members(source: int) -> list[bool]:
    """For each file header in order, whether its data are locked; [] for anything but RAR 5.

    Raises `BadData` where even the headers are locked.
    """
    if os.pread(source, len(_MARK), 0) != _MARK:
        return []
    headers = _headers(source, None)
    return [_CRYPT_RECORD in header.extra for header in headers if header.type == _FILE]


def without_password(source: int, password: str, to: BinaryIO) -> list[int | None]:
    """Write the archive in the clear; the CRC of each file in order, None for one that has none.

    Raises `BadData`, locked where the password is wrong, and where it is no RAR 5.
    """
    if os.pread(source, len(_MARK), 0) != _MARK:
        raise BadData(locked=False)
    keys = _Keys(password)
    checks: list[int | None] = []
    to.write(_MARK)
    for header in _headers(source, keys):
        if header.type == _MAIN:
            to.write(_block(_MAIN, 0, _vint(_number(header.fields, 0)[0] & _SOLID)))
        elif header.type == _FILE:
            checks.append(_write_file(source, header, keys, to))
        elif header.type == _END:
            break
    to.write(_block(_END, 0, _vint(0)))
    to.flush()
    return checks


def mixed(crc: int, mac: bytes) -> int:
    """A checksum as it stands in a locked archive, where it must not tell what is in it."""
    digest = hmac.digest(mac, struct.pack("<L", crc), "sha256")
    out = 0
    for at in range(0, len(digest), 4):
        out ^= int.from_bytes(digest[at : at + 4], "little")
    return out
