"""Archives that no honest program writes: byte by byte, by the books of their formats."""

from __future__ import annotations

import binascii
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from isal import isal_zlib

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Raw:
    """A member of a zip as it shall lie there: nothing about it need be true."""

    name: bytes
    packed: bytes
    crc: int
    size: int
    method: int = 8
    flags: int = 0
    #: The upper half is the Unix mode; 0xA1FF is a symbolic link.
    mode: int = 0


def raw(name: bytes, data: bytes, *, deflate: bool = True, flags: int = 0, mode: int = 0) -> Raw:
    """An honest member under any name."""
    return Raw(
        name=name,
        packed=deflated(data) if deflate else data,
        crc=binascii.crc32(data),
        size=len(data),
        method=8 if deflate else 0,
        flags=flags,
        mode=mode,
    )


def deflated(data: bytes) -> bytes:
    """A raw deflate stream."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zip_of(members: Iterable[Raw]) -> bytes:
    """A zip of these members."""
    body, directory, count = b"", b"", 0
    for one in members:
        directory += _central(one, len(body))
        body += local_header(one) + one.packed
        count += 1
    return body + directory + _end(count, len(directory), len(body))


def local_header(one: Raw) -> bytes:
    """What stands before the bytes of a member."""
    return (
        struct.pack(
            "<4s5H3L2H",
            *(b"PK\x03\x04", 20, one.flags, one.method, 0x51E0, 0x5C8C),
            *(one.crc, len(one.packed), one.size, len(one.name), 0),
        )
        + one.name
    )


def _central(one: Raw, offset: int, *, packed: int | None = None) -> bytes:
    return (
        struct.pack(
            "<4s6H3L5H2L",
            *(b"PK\x01\x02", 0x0314, 20, one.flags, one.method, 0x51E0, 0x5C8C),
            *(one.crc, len(one.packed) if packed is None else packed, one.size),
            *(len(one.name), 0, 0, 0, 0, one.mode << 16, offset),
        )
        + one.name
    )


def _end(count: int, size: int, offset: int) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, offset, 0)


def zeros(name: bytes, mib: int) -> Raw:
    """A member that unfolds to so many MiB of nothing, with a right CRC, made in no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    crc, nothing = 0, bytes(MIB)
    for _ in range(mib):
        crc = isal_zlib.crc32(nothing, crc)
    last = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    return Raw(name=name, packed=piece * mib + last, crc=crc, size=mib * MIB)


def overlapping(kernel: bytes, count: int) -> bytes:
    """Entries that all lie at the same place: `count` times what one unfolds to."""
    one = raw(b"kernel", kernel)
    body = local_header(one) + one.packed
    directory = b"".join(_central(one, 0) for _ in range(count))
    return body + directory + _end(count, len(directory), len(body))


def quoted_overlap(kernel: bytes, count: int) -> bytes:
    """D. Fifield's better zip bomb (2019): each member quotes the header of the next.

    A deflate block that is stored holds the next local header, and the stream runs on into the
    next member's. Every CRC is right, so a reader that only checks those sees honest members.
    """
    last = raw(b"%06d" % count, kernel)
    contents, streams, headers = [kernel], [last.packed], [local_header(last)]
    entries = [last]
    for number in range(count - 1, 0, -1):
        quote = struct.pack("<BHH", 0, len(headers[-1]), len(headers[-1]) ^ 0xFFFF)
        content = headers[-1] + contents[-1]
        stream = quote + headers[-1] + streams[-1]
        one = Raw(
            name=b"%06d" % number,
            packed=stream,
            crc=isal_zlib.crc32(content, 0),
            size=len(content),
        )
        contents, streams = [content], [stream]
        headers, entries = [*headers, local_header(one)], [*entries, one]
    body, directory, at = headers[-1] + streams[-1], b"", 0
    for one in reversed(entries):
        directory += _central(one, at)
        at += len(local_header(one)) + 5  # past the head of the block that quotes the next
    return body + directory + _end(count, len(directory), len(body))


# ---- RAR ---------------------------------------------------------------------------------------


def rar5(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A RAR 5 archive that only stores: no free program writes RAR.

    The layout is https://www.rarlab.com/technote.htm; a checksum and a length stand before each
    header, and numbers are written seven bits at a time.
    """
    out = b"Rar!\x1a\x07\x01\x00" + _block(_number(1) + _number(0) + _number(0))
    for name, data in files:
        label = name.encode()
        header = b"".join(
            [
                *(_number(2), _number(2), _number(len(data))),
                *(_number(4), _number(len(data)), _number(0o100644)),
                struct.pack("<L", binascii.crc32(data)),
                *(_number(0), _number(1), _number(len(label)), label),
            ]
        )
        out += _block(header) + data
    return out + _block(_number(5) + _number(0) + _number(0))


def _block(header: bytes) -> bytes:
    sized = _number(len(header)) + header
    return struct.pack("<L", binascii.crc32(sized)) + sized


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
