"""What in a PDF could run, open, send or hide something, in the standard's own words (ISO 32000-2).

It reads no more than names, so that what a viewer would still read of a broken file is seen too: spelled
with #-escapes, or within object streams. This is called in a limited process only.
"""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import a85decode
from collections.abc import Iterable, Iterator
from mmap import mmap
from typing import Final

from bot.intake.limits import MIB

#: What a name is called at the desk. Actions (12.6.4), what starts them, what is within.
_CALLED: Final = {
    b"JavaScript": "JavaScript",
    b"JS": "JavaScript",
    b"OpenAction": "OpenAction",
    b"AA": "OpenAction",
    b"Launch": "Launch",
    b"SubmitForm": "SubmitForm",
    b"ImportData": "SubmitForm",
    b"EmbeddedFile": "EmbeddedFiles",
    b"EmbeddedFiles": "EmbeddedFiles",
    b"FileAttachment": "EmbeddedFiles",
    b"RichMedia": "RichMedia",
    b"XFA": "XFA",
    b"Encrypt": "Encrypt",
}
#: What nobody could look into.
UNREAD: Final = "ObjStm"

#: All that may be said of a PDF.
PDF_NAMES: Final = tuple(sorted({*_CALLED.values(), UNREAD}))

_REGULAR = rb"[^\x00\t\n\f\r ()<>\[\]{}/%]"
_KNOWN = b"|".join(sorted(_CALLED, reverse=True))
_NAME = re.compile(
    rb"/((?:%s)(?!%s)|%s*?#[0-9A-Fa-f]{2}%s*)" % (_KNOWN, _REGULAR, _REGULAR, _REGULAR)
)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"\bstream\r?\n")
#: In bytes that are no words, two or three letters come by chance.
_BY_CHANCE: Final = 4
#: How far before a stream its dictionary may begin, and how much may come out of all of them.
_DICTIONARY, _MOST = 2048, 64 * MIB
#: A destination is a page to begin at: programs write it for every report, and it runs nothing.
_GOES = re.compile(rb"\s*(?:\[|<<[^<>]{0,200}/S\s*/GoTo(?!%s))" % _REGULAR)
#: A document has one; each that stands elsewhere is looked for in all of it.
_MOST_ACTIONS: Final = 20
_TO = re.compile(rb"\s*(\d{1,10})\s+(\d{1,5})\s+R")


#: A zip whose end is the end of the PDF is a zip to whoever takes it for one.
_END_OF_ZIP, _LAST = b"PK\x05\x06", 70_000


def pdf_active(data: bytes | mmap) -> tuple[str, ...]:
    """What was found, each once and in order; () for a document that is only to be read."""
    found: set[str] = set()
    left = _MOST
    at = 0
    pages = _Pages(data)
    for begin, end in _streams(data):
        found.update(_named(data, at, begin, pages))
        found.update(_named(data, begin, end, pages, shortest=_BY_CHANCE))
        dictionary = _unescaped(data[max(at, begin - _DICTIONARY) : begin])
        at = end
        if not re.search(rb"/ObjStm(?!%s)" % _REGULAR, dictionary):
            continue
        inner = _decoded(data[begin:end], dictionary, left)
        if inner is None:
            # Where all of it is encrypted, that is what there is to say.
            found.add(UNREAD)
        else:
            left -= len(inner)
            found.update(_named(inner, 0, len(inner), pages))
    found.update(_named(data, at, len(data), pages))
    if data.rfind(_END_OF_ZIP, max(0, len(data) - _LAST)) >= 0:
        found.add("EmbeddedFiles")
    if "Encrypt" in found:
        found.discard(UNREAD)
    return tuple(sorted(found))


def _streams(data: bytes | mmap) -> Iterator[tuple[int, int]]:
    """Where the bytes of each stream begin and end."""
    at = 0
    while (start := _STREAM.search(data, at)) is not None:
        end = data.find(b"endstream", start.end())
        at = len(data) if end < 0 else end
        yield start.end(), at


def _named(
    data: bytes | mmap, begin: int, end: int, pages: _Pages, *, shortest: int = 0
) -> Iterator[str]:
    for match in _NAME.finditer(data, begin, end):
        name = _unescaped(match[1])
        if name not in _CALLED or len(name) < shortest:
            continue
        if name == b"OpenAction" and pages.is_one(data, match.end()):
            continue
        yield _CALLED[name]


class _Pages:
    """Tells where an action is only the page to begin at, also when it stands elsewhere in the file."""

    def __init__(self, data: bytes | mmap) -> None:
        self._data = data
        self._known: dict[tuple[bytes, bytes], bool] = {}

    def is_one(self, data: bytes | mmap, at: int) -> bool:
        if _GOES.match(data, at):
            return True
        to = _TO.match(data, at)
        if to is None or len(self._known) > _MOST_ACTIONS:
            return False
        if to.groups() not in self._known:
            place = re.compile(rb"(?<!\d)%s\s{1,9}%s\s{1,9}obj\b" % to.groups())
            found = [one.end() for one in place.finditer(self._data)]
            goes = bool(found) and all(_GOES.match(self._data, end) for end in found)
            self._known[to[1], to[2]] = goes
        return self._known[to[1], to[2]]


def _unescaped(name: bytes) -> bytes:
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), name)


def _decoded(data: bytes, dictionary: bytes, most: int) -> bytes | None:
    """An object stream as it was, at most so long; None where its filters are others."""
    found = re.search(rb"/(?:Filter|F)\s*(\[[^\]]*\]|/%s+)" % _REGULAR, dictionary)
    for name in re.findall(rb"/(%s+)" % _REGULAR, found[1]) if found else ():
        decode = _FILTERS.get(name)
        if decode is None or re.search(rb"/Predictor\s+(?:[2-9]|1\d)", dictionary):
            return None
        try:
            data = decode(data, most)
        except (ValueError, zlib.error):
            return None
    return data


def _inflated(data: bytes, most: int) -> bytes:
    inflate = zlib.decompressobj()
    out = inflate.decompress(data.lstrip(b"\r\n"), max(1, most))
    if inflate.unconsumed_tail:
        raise ValueError("too long")
    return out


def _of_hex(data: bytes, _most: int) -> bytes:
    digits = re.sub(rb"\s", b"", data.partition(b">")[0])
    return binascii.unhexlify(digits + b"0" * (len(digits) % 2))


def _of_85(data: bytes, _most: int) -> bytes:
    return a85decode(data.partition(b"~>")[0].strip())


_FILTERS = {
    **dict.fromkeys((b"FlateDecode", b"Fl"), _inflated),
    **dict.fromkeys((b"ASCIIHexDecode", b"AHx"), _of_hex),
    **dict.fromkeys((b"ASCII85Decode", b"A85"), _of_85),
}


def office_active(names: Iterable[str]) -> tuple[str, ...]:
    """The same of an office file, by the names of its parts (ISO 29500, OpenDocument)."""
    found = set()
    for name in (name.lower() for name in names):
        if "vbaproject.bin" in name or name.startswith(("basic/", "scripts/")):
            found.add("macros")
        if "/activex/" in name:
            found.add("ActiveX")
        if "/embeddings/" in name and not name.endswith("/"):
            found.add("EmbeddedFiles")
    return tuple(sorted(found))
