"""RAR 4, as WinRAR wrote it until 2013: the same archive without its password.

Each member's packed data are decrypted into a new archive with plain headers, which libarchive or
`unar` then unpacks. Nothing in the format tells a wrong password from damage but the checksums of what
comes out. The layout is in RARLAB's technote of that time ("RAR archive file format", version 4.x);
keys are 262,144 rounds of SHA-1 over the password in UTF-16, a salt and a counter.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO, NamedTuple

from bot.intake.libarchive import BadData, Reader
from bot.intake.limits import MIB
from bot.intake.rar import Check, Told, decryptor

MARK = b"Rar!\x1a\x07\x00"
_MAIN, _FILE, _END = 0x73, 0x74, 0x7B
_VOLUME, _SOLID, _HEADERS_LOCKED = 0x0001, 0x0008, 0x0080
_BEFORE, _AFTER, _LOCKED, _LARGE, _SALTED = 0x0001, 0x0002, 0x0004, 0x0100, 0x0400
_HAS_DATA = 0x8000

#: CRC, type, flags, and the size of the header.
_BLOCK = struct.Struct("<HBHH")
#: Packed and unpacked size, system, CRC, time, version, method, length of the name, attributes.
_MEMBER = struct.Struct("<LLBLLBBHL")
_HIGH = struct.Struct("<LL")
_STORED, _VERSION = 0x30, 29
_SALT, _CIPHER = 8, 16
_TURNS, _STRIDE = 16, 0x4000
#: Longer ones meet a mistake of that time in RAR's own SHA-1, which changes what it hashes.
_LONGEST = 28
#: So many locked members are tried to tell a wrong password from a damaged member.
_TRIED = 3


#: The key and the start of a cipher for a salt.
_Keys = Callable[[bytes], tuple[bytes, bytes]]


class _Header(NamedTuple):
    type: int
    flags: int
    fields: bytes
    data_at: int
    data_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the headers said: whether the members depend on each other, and of each member."""

    solid: bool
    told: list[Told]


def is_rar4(source: int) -> bool:
    """Whether it is an archive of this kind."""
    return os.pread(source, len(MARK), 0) == MARK


def without_password(source: int, password: str, to: BinaryIO) -> Opened:
    """Write the archive in the clear, whether the password is right or not; see `fits`.

    Raises `BadData`, `locked` where hidden headers show that the password is wrong, and not `locked`
    where it is no such archive, or of several volumes.
    """
    if not is_rar4(source):
        raise BadData(locked=False)
    keys = cache(lambda salt: _key(password, salt))
    told: list[Told] = []
    solid = False
    to.write(MARK)
    for header in _headers(source, keys):
        if header.type == _MAIN:
            if header.flags & _VOLUME:
                raise BadData(locked=False)
            solid = bool(header.flags & _SOLID)
            to.write(_block(_MAIN, header.flags & ~_HEADERS_LOCKED, header.fields))
        elif header.type == _FILE:
            told.append(_rewrite(source, header, keys, to))
    to.write(_block(_END, 0x4000, b""))
    to.flush()
    return Opened(solid=solid, told=told)


def fits(plain: int, told: list[Told]) -> bool:
    """Whether a locked member comes out whole of the archive in the clear, as libarchive reads it."""
    tried = 0
    reader = Reader(plain, ("rar",))
    try:
        for item, more in zip(reader, told, strict=False):
            if not more.locked or item.folder or more.check is None:
                continue
            if _whole(reader, more.check):
                return True
            tried += 1
            if tried == _TRIED:
                break
    except BadData:
        return False
    finally:
        reader.close()
        os.lseek(plain, 0, os.SEEK_SET)
    return not tried


def _whole(reader: Reader, check: Check) -> bool:
    crc = 0
    try:
        for piece in reader.data():
            crc = zlib.crc32(piece, crc)
    except BadData:
        return False
    return check.fits(crc)


def _rewrite(source: int, header: _Header, keys: _Keys, to: BinaryIO) -> Told:
    """Write a member's block in the clear."""
    if len(header.fields) < _MEMBER.size:
        raise BadData(locked=False)
    packed, size, system, crc, time, version, method, length, mode = _MEMBER.unpack_from(
        header.fields
    )
    if header.flags & (_BEFORE | _AFTER):
        raise BadData(locked=False)
    at = _MEMBER.size
    high = size_high = 0
    if header.flags & _LARGE:
        high, size_high = _HIGH.unpack_from(header.fields, at)
        at += _HIGH.size
    name, rest = header.fields[at : at + length], header.fields[at + length :]
    told = Told(locked=bool(header.flags & _LOCKED), check=Check(crc=crc))
    flags, cipher = header.flags, None
    left = header.data_size
    if told.locked:
        if version < _VERSION:  # Older ciphers, of the last century.
            raise BadData(locked=False)
        salt, rest = (rest[:_SALT], rest[_SALT:]) if flags & _SALTED else (b"", rest)
        cipher = decryptor(*keys(salt))
        flags &= ~(_LOCKED | _SALTED)
        if method == _STORED:  # In the clear, what fills the last block of the cipher is too much.
            left = min(left, size | size_high << 32)
    high, packed = divmod(left, 1 << 32)
    if high:
        flags |= _LARGE
    member = _MEMBER.pack(packed, size, system, crc, time, version, method, length, mode)
    wide = _HIGH.pack(high, size_high) if flags & _LARGE else b""
    to.write(_block(_FILE, flags, member + wide + name + rest))
    for at in range(0, header.data_size, MIB):
        piece = os.pread(source, min(MIB, header.data_size - at), header.data_at + at)
        piece = cipher.update(piece) if cipher else piece
        to.write(piece[:left])
        left -= len(piece[:left])
    return told


# ---- headers -----------------------------------------------------------------------------------


def _headers(source: int, keys: _Keys) -> Iterator[_Header]:
    """The headers in order, as far as they make sense; those that are hidden by the keys."""
    at, hidden = len(MARK), False
    while True:
        head, data_at = _raw_header(source, at, keys if hidden else None)
        if not head:
            if hidden and at <= len(MARK) + 64:
                raise BadData(locked=True)
            return
        _crc, kind, flags, _size = _BLOCK.unpack_from(head)
        fields = head[_BLOCK.size :]
        data_size = 0
        if (kind == _FILE or flags & _HAS_DATA) and len(fields) >= 4:
            data_size = int.from_bytes(fields[:4], "little")
        if kind == _FILE and flags & _LARGE and len(fields) >= _MEMBER.size + _HIGH.size:
            data_size |= _HIGH.unpack_from(fields, _MEMBER.size)[0] << 32
        yield _Header(kind, flags, fields, data_at, data_size)
        if kind == _END:
            return
        hidden = hidden or (kind == _MAIN and bool(flags & _HEADERS_LOCKED))
        at = data_at + data_size


def _raw_header(source: int, at: int, keys: _Keys | None) -> tuple[bytes, int]:
    """A header, and where it ends; b"" where there is none."""
    cipher = None
    if keys is not None:
        salt = os.pread(source, _SALT, at)
        if len(salt) < _SALT:
            return b"", at
        cipher = decryptor(*keys(salt))
        at += _SALT
    start = os.pread(source, _CIPHER, at)
    if cipher and len(start) == _CIPHER:
        start = cipher.update(start)
    if len(start) < _BLOCK.size:
        return b"", at
    crc, _kind, _flags, size = _BLOCK.unpack_from(start)
    on_disk = -(-size // _CIPHER) * _CIPHER if cipher else size
    rest = os.pread(source, max(0, on_disk - len(start)), at + len(start))
    data = (start + (cipher.update(rest) if cipher else rest))[:size]
    if size < _BLOCK.size or len(data) < size or zlib.crc32(data[2:]) & 0xFFFF != crc:
        return b"", at
    return data, at + on_disk


def _block(kind: int, flags: int, fields: bytes) -> bytes:
    body = struct.pack("<BHH", kind, flags, _BLOCK.size + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body


# ---- keys --------------------------------------------------------------------------------------


def _key(password: str, salt: bytes) -> tuple[bytes, bytes]:
    """The key of AES-128 and the block before the first, of a password and a salt."""
    if len(password) > _LONGEST:
        raise BadData(locked=True)
    seed = password.encode("utf-16-le", "replace") + salt
    digest, start = hashlib.sha1(usedforsecurity=False), b""
    for turn in range(_TURNS):
        first = turn * _STRIDE
        digest.update(seed + first.to_bytes(3, "little"))
        start += digest.digest()[19:20]
        digest.update(
            b"".join(
                seed + count.to_bytes(3, "little") for count in range(first + 1, first + _STRIDE)
            )
        )
    words = struct.unpack(">4L", digest.digest()[:16])
    return struct.pack("<4L", *words), start
