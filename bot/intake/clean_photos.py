"""A photo without what it says beside the picture: where it was taken, when, by which camera, of whom.

The picture itself stays bit for bit what it was: nothing is decoded, parts of the file are left out. How
it is turned and its colours stay. Originals are never touched; what can't be taken apart has no copy.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from bot.intake.bmp_headers import only_the_picture
from bot.intake.gif_blocks import without_words
from bot.intake.heic_boxes import without_metadata
from bot.intake.limits import MIB, Refused
from bot.intake.members import Members
from bot.intake.tiff_tags import Odd, forget, only_orientation, orientation_of

#: A phone's photo has some megabytes.
_MOST: Final = 256 * MIB


def cleaned(data: bytes, media_type: str) -> bytes:
    """The photo without its metadata, b"" where none can be made."""
    clean = _CLEANERS.get(media_type)
    if clean is None:
        return b""
    try:
        return clean(data)
    except (Odd, struct.error, IndexError):
        return b""


def clean_copy(path: Path, member: str, media_type: str) -> bytes:
    """The same of a stored file, or of a member of it. For a process with limits."""
    try:
        with Members() as members:
            data = members.open(path, member).read(_MOST + 1)
    except (Refused, OSError, KeyError):
        return b""
    return cleaned(data, media_type) if len(data) <= _MOST else b""


def write_clean_copy(path: Path, member: str, media_type: str, to: Path) -> tuple[str, int] | None:
    """Write it to a new file; its SHA-256 in hexadecimal and its size, None where there is none."""
    body = clean_copy(path, member, media_type)
    if not body:
        return None
    with to.open("xb") as out:
        out.write(body)
    return hashlib.sha256(body).hexdigest(), len(body)


# ---- JPEG (ITU T.81, B.1) ----------------------------------------------------------------------

_EXIF, _ICC = b"Exif\0\0", b"ICC_PROFILE\0"
_APP0, _APP1, _APP2, _APP14, _COMMENT, _SOS, _EOI = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE, 0xDA, 0xD9
#: Bytes of a JFIF segment without a small picture (ITU T.871, 10.1).
_JFIF = 18


def _jpeg(data: bytes) -> bytes:
    if data[:2] != b"\xff\xd8":
        raise Odd
    turned, kept = 1, []
    for marker, segment in _segments(data):
        if marker == _APP1 and segment[4:10] == _EXIF:
            turned = orientation_of(segment[10:])
        if of_the_picture := _of_the_picture(marker, segment):
            kept.append(of_the_picture)
    # JFIF must be first, where it is.
    first = kept[:1] if kept and kept[0][1] == _APP0 else []
    exif = [_app1(turned)] if turned != 1 else []
    return b"\xff\xd8" + b"".join((*first, *exif, *kept[len(first) :]))


def _app1(turned: int) -> bytes:
    body = _EXIF + only_orientation(turned)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _of_the_picture(marker: int, segment: bytes) -> bytes:
    """What of a segment it takes to draw the picture; b"" for none of it."""
    if marker == _APP0:
        # A small picture in it may show what was cut off from the large one. JFXX is one and no more.
        whole = segment[4:9] == b"JFIF\0" and len(segment) >= _JFIF
        return b"\xff\xe0\0\x10" + segment[4 : _JFIF - 2] + b"\0\0" if whole else b""
    if marker == _APP2:
        return segment if segment[4 : 4 + len(_ICC)] == _ICC else b""
    if marker == _APP14:
        # Which colours they are.
        return b"\xff\xee\0\x0e" + segment[4:16] if segment[4:9] == b"Adobe" else b""
    return b"" if 0xE0 <= marker <= 0xEF or marker == _COMMENT else segment


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each with its marker, up to the picture's end: behind it phones put films and more pictures."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise Odd
        while data[at + 1] == 0xFF:
            at += 1
        marker = data[at + 1]
        if marker == _EOI:
            yield marker, b"\xff\xd9"
            return
        end = at + 2 + int(struct.unpack_from(">H", data, at + 2)[0])
        if marker == _SOS:
            end = _end_of_scan(data, end)
        if end > len(data):
            raise Odd
        yield marker, data[at:end]
        at = end


def _end_of_scan(data: bytes, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise Odd
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at


# ---- PNG (W3C, third edition) ------------------------------------------------------------------

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OF_PNG = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT pHYs bKGD hIST cICP acTL fcTL fdAT".split()
)


def _png(data: bytes) -> bytes:
    if not data.startswith(_SIGNATURE):
        raise Odd
    at, turned, kept = len(_SIGNATURE), 1, []
    while True:
        length, kind = struct.unpack_from(">L4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise Odd
        if kind == b"eXIf":
            turned = orientation_of(data[at + 8 : end - 4])
        if kind in _OF_PNG:
            kept.append(data[at:end])
        at = end
        if kind == b"IEND":
            break
    exif = [_chunk(b"eXIf", only_orientation(turned))] if turned != 1 else []
    return _SIGNATURE + b"".join((*kept[:1], *exif, *kept[1:]))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


# ---- WebP (RFC 9649) ---------------------------------------------------------------------------

_OF_WEBP = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def _webp(data: bytes) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Odd
    at, turned, kept = 12, 1, []
    whole = min(len(data), 8 + int(struct.unpack_from("<L", data, 4)[0]))
    while at + 8 <= whole:
        kind, length = data[at : at + 4], int(struct.unpack_from("<L", data, at + 4)[0])
        end = at + 8 + length
        if end > len(data):
            raise Odd
        if kind == b"EXIF":
            turned = orientation_of(data[at + 8 : end].removeprefix(_EXIF))
        if kind in _OF_WEBP:
            kept.append((kind, data[at + 8 : end]))
        at = end + length % 2
    if turned != 1 and kept and kept[0][0] == b"VP8X":
        kept.append((b"EXIF", only_orientation(turned)))
    body = b"".join(_riff(kind, _flagged(kind, one, turned)) for kind, one in kept)
    return _riff(b"RIFF", b"WEBP" + body)


def _flagged(kind: bytes, body: bytes, turned: int) -> bytes:
    if kind != b"VP8X":
        return body
    flags = body[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if turned != 1 else 0)
    return bytes([flags]) + body[1:]


def _riff(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<L", len(body)) + body + b"\0" * (len(body) % 2)


_CLEANERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/tiff": forget,
    "image/heic": without_metadata,
    "image/gif": without_words,
    "image/bmp": only_the_picture,
}
