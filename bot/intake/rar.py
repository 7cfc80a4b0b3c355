"""RAR 5: what libarchive doesn't tell of its members, and the same archive without its password.

libarchive (3.6) unpacks RAR 5, but looks at no checksum and takes a locked member's ciphertext for
its bytes. An archive is opened by decrypting each member's packed data into a new archive with plain
headers, which libarchive then unpacks. The layout is RARLAB's, https://www.rarlab.com/technote.htm. What
came before it is in `rar4.py`.
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
_CRYPT_RECORD = 1
_HAS_CHECK, _MIXED = 1, 2
#: A header is smaller than this by the standard; the name is its longest part.
_HEADER_CAP = 2 * MIB
#: The most rounds that the standard allows, as a power of two.
_ROUNDS = 24
_BLOCK = 16
_LAST_BLOCK = 0x40


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The checksum of a member's bytes; in a locked archive it is mixed with a key."""

    crc: int
    mac: bytes = b""

    def fits(self, crc: int) -> bool:
        """Whether bytes with this CRC-32 are the member's."""
        if self.mac:
            digest = hmac.digest(self.mac, struct.pack("<L", crc), "sha256")
            crc = 0
            for part in struct.unpack("<8L", digest):
                crc ^= part
        return crc == self.crc


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """A block: its type, the fields of that type, its extra records, and where its data lie."""

    type: int
    fields: bytes
    extra: dict[int, bytes]
    data_at: int
    data_size: int


@dataclass(frozen=True, slots=True)
class _Keys:
    """What a password comes to with a salt."""

    key: bytes
    mac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a file's header says: whether its data are locked, and their checksum, if it has one."""

    locked: bool
    check: Check | None


def told_of(source: int) -> list[Told]:
    """What each file header says, in order; [] for anything but RAR 5.

    Raises `BadData` where even the headers are locked.
    """
    if os.pread(source, len(_MARK), 0) != _MARK:
        return []
    return [
        Told(locked=_CRYPT_RECORD in header.extra, check=_check(_fields(header).crc, None))
        for header in _headers(source, None)
        if header.type == _FILE
    ]


def without_password(source: int, password: str, to: BinaryIO) -> list[Told]:
    """Write the archive in the clear; what its headers say, with all checksums readable.

    Raises `BadData`, `locked` where the password is wrong, and where it is no RAR 5.
    """
    if os.pread(source, len(_MARK), 0) != _MARK:
        raise BadData(locked=False)
    ring = _Ring(password)
    told: list[Told] = []
    to.write(_MARK)
    for header in _headers(source, ring):
        if header.type == _MAIN:
            to.write(_block(_MAIN, _vint(_number(header.fields, 0)[0] & _SOLID)))
        elif header.type == _FILE:
            told.append(_rewrite(source, header, ring, to))
    to.write(_block(_END, _vint(0)))
    to.flush()
    return told


class _Ring:
    """The keys of one password; deriving one takes a tenth of a second, so each is kept."""

    def __init__(self, password: str) -> None:
        self._password = password.encode("utf-8", "replace")
        self._keys: dict[tuple[bytes, int], _Keys] = {}

    def keys(self, record: bytes, flags: int, at: int, iv: int = 0) -> _Keys:
        """The keys for an encryption record, whose count of rounds lies at `at`, before the salt.

        `iv` bytes lie between the salt and the check of the password, if `flags` say there is one.
        """
        rounds, salt = record[at], record[at + 1 : at + 17]
        if rounds > _ROUNDS or len(salt) < 16:
            raise BadData(locked=False)
        check_at = at + 17 + iv
        wanted = record[check_at : check_at + 8] if flags & _HAS_CHECK else b""
        if (salt, rounds) not in self._keys:
            key, mac, check = (
                hashlib.pbkdf2_hmac("sha256", self._password, salt, (1 << rounds) + more)
                for more in (0, 16, 32)
            )
            folded = bytes(
                check[n] ^ check[n + 8] ^ check[n + 16] ^ check[n + 24] for n in range(8)
            )
            if wanted and folded != wanted:
                raise BadData(locked=True)
            self._keys[salt, rounds] = _Keys(key, mac)
        return self._keys[salt, rounds]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """The fields of a file's header; `rest` begins with how it is compressed."""

    flags: int
    size: int
    attributes: int
    crc: int | None
    rest: bytes


def _fields(header: _Header) -> _Fields:
    flags, at = _number(header.fields, 0)
    size, at = _number(header.fields, at)
    attributes, at = _number(header.fields, at)
    at += 4 if flags & _HAS_TIME else 0
    crc = None
    if flags & _HAS_CRC:
        crc = int.from_bytes(header.fields[at : at + 4], "little")
        at += 4
    rest = header.fields[at:]
    return _Fields(flags=flags, size=size, attributes=attributes, crc=crc, rest=rest)


def _check(crc: int | None, mac: bytes | None) -> Check | None:
    return None if crc is None else Check(crc=crc, mac=mac or b"")


def _rewrite(source: int, header: _Header, ring: _Ring, to: BinaryIO) -> Told:
    """Write a file's block in the clear."""
    said = _fields(header)
    record = header.extra.get(_CRYPT_RECORD)
    keys, mac, iv = None, b"", b""
    length = header.data_size
    if record is not None:
        flags, start = _number(record, _number(record, 0)[1])
        keys = ring.keys(record, flags, start, iv=_BLOCK)
        mac = keys.mac if flags & _MIXED else b""
        iv = record[start + 17 : start + 17 + _BLOCK]
        # What is locked is padded to whole blocks of the cipher; in the clear that is too long.
        stored = not _number(said.rest, 0)[0] >> 7 & 7
        length = min(said.size, length) if stored else _packed_length(source, header, keys, iv)
    plain = _vint(said.flags & 1) + _vint(said.size) + _vint(said.attributes) + said.rest
    to.write(_block(_FILE, plain, length))
    left = length
    for piece in _data(source, header, keys, iv):
        to.write(piece[:left])
        left -= len(piece[:left])
    return Told(locked=record is not None, check=_check(said.crc, mac))


def _data(source: int, header: _Header, keys: _Keys | None, iv: bytes) -> Iterator[bytes]:
    cipher = decryptor(keys.key, iv) if keys else None
    for at in range(0, header.data_size, MIB):
        piece = os.pread(source, min(MIB, header.data_size - at), header.data_at + at)
        yield cipher.update(piece) if cipher else piece


def _packed_length(source: int, header: _Header, keys: _Keys, iv: bytes) -> int:
    """How long a member's packed data are without their padding: until the end of its last block."""
    at = 0
    while at < header.data_size:
        # In this mode any block can be decrypted by the one before it.
        first = at // _BLOCK * _BLOCK
        before = os.pread(source, _BLOCK, header.data_at + first - _BLOCK) if first else iv
        two = os.pread(source, 2 * _BLOCK, header.data_at + first)
        if len(before) < _BLOCK or len(two) % _BLOCK:
            break
        head: bytes = decryptor(keys.key, before).update(two)[at - first :]
        if len(head) < 3:
            break
        width = (head[0] >> 3 & 3) + 1
        at += 2 + width + int.from_bytes(head[2 : 2 + width], "little")
        if head[0] & _LAST_BLOCK:
            return min(at, header.data_size)
    return header.data_size


def decryptor(key: bytes, iv: bytes):  # type: ignore[no-untyped-def]  # its type is not public
    """What decrypts AES in the mode of both kinds of RAR, from the block before the first."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()


# ---- headers -----------------------------------------------------------------------------------


def _headers(source: int, ring: _Ring | None) -> Iterator[_Header]:
    """The headers in order, as far as they make sense; those that are locked by the ring's keys."""
    at = len(_MARK)
    key = b""
    while True:
        head, data_at = _raw_header(source, at, key)
        if not head:
            return
        header = _parsed(head, data_at)
        if header.type == _ENCRYPTION:
            if ring is None:
                raise BadData(locked=True)
            flags, start = _number(header.fields, _number(header.fields, 0)[1])
            key = ring.keys(header.fields, flags, start).key
        yield header
        if header.type == _END:
            return
        at = data_at + header.data_size


def _raw_header(source: int, at: int, key: bytes) -> tuple[bytes, int]:
    """What follows the size of a header, and where it ends; b"" where there is none."""
    cipher = None
    if key:
        iv = os.pread(source, _BLOCK, at)
        if len(iv) < _BLOCK:
            return b"", at
        cipher = decryptor(key, iv)
        at += _BLOCK
    start = os.pread(source, _BLOCK, at)
    if cipher:
        start = cipher.update(start)
    # A checksum of four bytes, then the size of what follows the size.
    size, used = _number(start, 4)
    if not size or size > _HEADER_CAP:
        return b"", at
    whole = used + size
    on_disk = -(-whole // _BLOCK) * _BLOCK if cipher else whole
    rest = os.pread(source, max(0, on_disk - len(start)), at + len(start))
    data = start + (cipher.update(rest) if cipher else rest)
    if len(data) < whole or zlib.crc32(data[4:whole]) != int.from_bytes(data[:4], "little"):
        return b"", at
    return data[used:whole], at + on_disk


def _parsed(head: bytes, data_at: int) -> _Header:
    kind, at = _number(head, 0)
    flags, at = _number(head, at)
    extra_size = data_size = 0
    if flags & _HAS_EXTRA:
        extra_size, at = _number(head, at)
    if flags & _HAS_DATA:
        data_size, at = _number(head, at)
    end = max(at, len(head) - extra_size)
    return _Header(
        type=kind,
        fields=head[at:end],
        extra=dict(_records(head[end:])),
        data_at=data_at,
        data_size=data_size,
    )


def _records(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of an extra area: type and body."""
    at = 0
    while at < len(extra):
        size, at = _number(extra, at)
        kind, body = _number(extra, at)
        yield kind, extra[body : at + size]
        at += max(size, 1)


def _block(kind: int, fields: bytes, data_size: int | None = None) -> bytes:
    """A block's header; its data are to follow."""
    data = b"" if data_size is None else _vint(data_size)
    header = _vint(kind) + _vint(_HAS_DATA if data else 0) + data + fields
    body = _vint(len(header)) + header
    return struct.pack("<L", zlib.crc32(body)) + body


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and where the next thing begins."""
    value = 0
    for count, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << 7 * count
        if not byte & 0x80:
            return value, at + count + 1
    return 0, len(data)


def _vint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
