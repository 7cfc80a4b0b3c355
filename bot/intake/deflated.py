"""A data set that is deflated (1.2.840.10008.1.2.1.99), of which the beginning is inflated.

pydicom inflates such an object as a whole, and 200 KB may be 200 MB. Here it becomes the beginning of
the same object in plain explicit little endian, no longer than the beginning of any other object.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

from bot.intake.contents import HEAD, TAIL, Content
from bot.intake.limits import MIB, Refused
from bot.intake.walker import DEFLATED, Raw, meta_of

_PLAIN = b"1.2.840.10008.1.2.1"
_CAP = 256 * MIB
_SYNTAX = 0x00020010
_STEP = 64 * 1024
#: The size of what is not known to end.
_ENDLESS = 1 << 62


def inflated(content: Content) -> Content:
    """The object as if it had not been deflated, and as it is where it wasn't.

    Raises `Refused` for one that unfolds to more than a header and its pixels can be.
    """
    head = content.head
    if DEFLATED not in head:
        return content
    meta = meta_of(head)
    if meta is None:
        # Who reads this in another way may find that it is deflated, and inflate all of it.
        raise Refused("damaged_instance")
    syntax, start = meta[0].get(_SYNTAX), meta[1]
    if syntax is None or syntax.value.rstrip(b"\0 ") != DEFLATED:
        return content
    plain = _without(head[:start], syntax)
    data, tail, size = _unfolded(head[start:], HEAD - start, content.whole)
    return replace(content, head=plain + data, tail=tail, size=start + size)


def refuse_bomb(head: bytes) -> None:
    """Raise `Refused` for a deflated object that unfolds to more than that, whoever inflates it."""
    meta = meta_of(head)
    if meta is None:
        raise Refused("damaged_instance")
    _unfolded(head[meta[1] :], 0, True)


def _without(meta: bytes, syntax: Raw) -> bytes:
    """The meta header with the plain syntax in the place of the deflated one, and of its length."""
    before = struct.pack("<HH2sH", 2, 0x10, b"UI", len(syntax.value))
    value = _PLAIN.ljust(len(syntax.value), b"\0")
    plain = meta.replace(before + syntax.value, before + value)
    if DEFLATED in plain:
        raise Refused("damaged_instance")
    return plain


def _unfolded(packed: bytes, room: int, whole: bool) -> tuple[bytes, bytes, int]:
    """The beginning and the end of what a stream unfolds to, and how long that is.

    The end of a stream that is not all there, but was all sent, is where it breaks off.
    """
    stream, head, tail, size = zlib.decompressobj(-zlib.MAX_WBITS), bytearray(), b"", 0
    for at in range(0, len(packed), _STEP):
        piece = packed[at : at + _STEP]
        while piece and not stream.eof:
            chunk = stream.decompress(piece, MIB)
            piece = stream.unconsumed_tail
            size += len(chunk)
            if size > _CAP:
                raise Refused("bomb")
            head += chunk[: max(0, room - len(head))]
            tail = (tail + chunk)[-TAIL:]
    return bytes(head), tail, size if stream.eof or whole else _ENDLESS
