"""The fast way through a header: from element to element over bytes, stopping where pixels begin.

It gives what `pydicom.read_partial` gives, or nothing at all. Whatever is odd about a file (bytes
that end early, a deflated data set, an encoding that contradicts the declared one, a sequence that
is wanted or that can't be stepped over, a DICOMDIR) is left to pydicom, which is the authority. The
tests compare both, value by value, on every file that pydicom is tested with.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bot.intake.dicom_tags import may_be_sequence, tag_of, vr_of

_IMPLICIT = b"1.2.840.10008.1.2"
_BIG_ENDIAN = b"1.2.840.10008.1.2.2"
DEFLATED = b"1.2.840.10008.1.2.1.99"

_SYNTAX = 0x00020010
_INSTANCE_IN_META = 0x00020003
_CLASS_IN_META = 0x00020002
_CHARACTER_SET, _INSTANCE = 0x00080005, 0x00080018
_DIRECTORY = b"1.2.840.10008.1.3.10"
#: Here begin the pixels, in whichever of the three elements they are.
_PIXELS = 0x7FE00008
_ITEM, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE0DD
_ITEMS = 0xFFFE
_NO_LENGTH = 0xFFFFFFFF
_DEEPEST = 16

#: Value representations of PS3.5 §7.1.2: the first have a length of four bytes, after two of nothing.
_LONG = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_SHORT = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
#: Representations whose plain values are read here; their other values are read by pydicom.
_PLAIN = frozenset({"AE", "AS", "CS", "DA", "LO", "PN", "SH", "TM", "UI"})

#: A declared character set that can be compared as it is.
_PRINTABLE = re.compile(rb"[ -~]*\0*")

_EXPLICIT_LITTLE = struct.Struct("<HH2sH")
_EXPLICIT_BIG = struct.Struct(">HH2sH")
_TAG_LENGTH = struct.Struct("<HHL")
_TAG_LENGTH_BIG = struct.Struct(">HHL")
_LENGTH_LITTLE = struct.Struct("<L")
_LENGTH_BIG = struct.Struct(">L")


class Raw(NamedTuple):
    """An element as it lies in the file. `vr` is None where the file doesn't write it."""

    vr: str | None
    value: bytes
    is_little_endian: bool


class Wanted(NamedTuple):
    """What is asked of a header. An object that has one of the sequences is left to pydicom."""

    tags: frozenset[int]
    sequences: frozenset[int]

    @classmethod
    def of(cls, names: Iterable[str]) -> Wanted:
        """By the names that the standard gives them, such as `PatientName`."""
        vrs = {tag_of(name): vr_of(name) for name in names}
        sequences = frozenset(tag for tag, vr in vrs.items() if vr == "SQ")
        return cls(frozenset(vrs) - sequences, sequences)


class _Odd(Exception):
    """This file is for pydicom."""


class Elements:
    """Elements by tag, with as much of a pydicom data set's ways as `elements.py` needs."""

    def __init__(self, found: Mapping[int, Raw], *, implicit: bool, little: bool) -> None:
        """`found` are the elements that were wanted."""
        self._found = found
        self._parsed: Any = None
        self.original_encoding = (implicit, little)

    def get_item(self, tag: int) -> Raw | None:
        """The element as it was written."""
        return self._found.get(tag)

    def __contains__(self, name: str) -> bool:
        """Whether there is such an element."""
        return tag_of(name) in self._found

    def get(self, name: str) -> Any:
        """The value: text where it is plain ASCII, in all other cases what pydicom makes of it."""
        raw = self._found.get(tag_of(name))
        if raw is None:
            return None
        vr, value = vr_of(name), raw.value
        if vr in _PLAIN and raw.vr in (vr, None) and value.isascii() and b"\x1b" not in value:
            if vr != "PN":
                return value.partition(b"\\")[0].decode("ascii")
            if not (b"\\" in value or b"=" in value or b"\0" in value.rstrip(b"\0")):
                return value.rstrip(b"\0").decode("ascii")
        return self._by_pydicom().get(name)

    def _by_pydicom(self) -> Any:
        """The same elements as a data set of pydicom's, which takes a while to be imported."""
        if self._parsed is None:
            from pydicom.charset import convert_encodings, default_encoding
            from pydicom.dataelem import RawDataElement, convert_raw_data_element
            from pydicom.dataset import Dataset
            from pydicom.tag import BaseTag

            implicit, little = self.original_encoding
            made: dict[Any, Any] = {
                BaseTag(tag): RawDataElement(
                    BaseTag(tag), raw.vr, len(raw.value), raw.value, 0, implicit, little
                )
                for tag, raw in self._found.items()
            }
            self._parsed = Dataset(made)
            declared = made.get(BaseTag(tag_of("SpecificCharacterSet")))
            encoding: str | list[str] = default_encoding
            if declared is not None:
                encoding = convert_encodings(convert_raw_data_element(declared).value)
            self._parsed.set_original_encoding(implicit, little, encoding)
        return self._parsed


class Header(Elements):
    """The wanted elements of an object, its meta header, and where its pixels begin."""

    def __init__(
        self,
        found: Mapping[int, Raw],
        meta: Mapping[int, Raw],
        pixels_at: int,
        *,
        implicit: bool,
        little: bool,
    ) -> None:
        """Made by `walk`."""
        super().__init__(found, implicit=implicit, little=little)
        self.file_meta = Elements(meta, implicit=False, little=True)
        self.pixels_at = pixels_at


def walk(head: bytes, wanted: Wanted) -> Header | None:
    """The wanted elements of an object that begins with these bytes; None where pydicom must look."""
    try:
        meta, at = _meta(head, 132 if head[128:132] == b"DICM" else 0)
        implicit, little = _encoding(head, at, meta)
        if implicit:
            found, at = _implicit(head, at, wanted)
        else:
            found, at = _explicit(head, at, wanted, little)
        if at > len(head) or not _agrees(found, meta):
            return None
    except (_Odd, struct.error):
        return None
    return Header(found, meta, at, implicit=implicit, little=little)


def meta_of(head: bytes) -> tuple[Mapping[int, Raw], int] | None:
    """Group 2, and where it ends; None where pydicom must look."""
    try:
        return _meta(head, 132 if head[128:132] == b"DICM" else 0)
    except (_Odd, struct.error):
        return None


def _meta(head: bytes, at: int) -> tuple[dict[int, Raw], int]:
    """Group 2, and where it ends. It is little endian with written representations everywhere."""
    found: dict[int, Raw] = {}
    while head[at : at + 2] == b"\x02\x00":
        _, element, vr, length = _EXPLICIT_LITTLE.unpack_from(head, at)
        at += 8
        if vr in _LONG:
            (length,) = _LENGTH_LITTLE.unpack_from(head, at)
            at += 4
        elif vr not in _SHORT:
            raise _Odd
        value = head[at : at + length]
        at += length
        if at > len(head):
            raise _Odd
        found[0x00020000 | element] = Raw(vr.decode("ascii"), value, True)
    return found, at


def _encoding(head: bytes, at: int, meta: Mapping[int, Raw]) -> tuple[bool, bool]:
    """Whether representations are left out, and whether it is little endian."""
    first = head[at : at + 6]
    if len(first) < 6 or first[:2] == b"\0\0":
        raise _Odd  # nothing, or a command of the network protocol
    written = first[4:6] in _LONG or first[4:6] in _SHORT
    syntax = meta[_SYNTAX].value.rstrip(b"\0 ") if _SYNTAX in meta else None
    if syntax == DEFLATED:
        raise _Odd
    implicit = syntax == _IMPLICIT if syntax is not None else not written
    little = syntax != _BIG_ENDIAN if syntax is not None else not written or first[1] < 4
    if implicit == written or implicit == _letters(first[4:6]):
        raise _Odd
    return implicit, little


def _letters(vr: bytes) -> bool:
    return vr.isalpha() and vr.isupper()


def _explicit(head: bytes, at: int, wanted: Wanted, little: bool) -> tuple[dict[int, Raw], int]:
    found: dict[int, Raw] = {}
    tags, sequences = wanted
    watched = tags | sequences
    unpack = (_EXPLICIT_LITTLE if little else _EXPLICIT_BIG).unpack_from
    length_at = (_LENGTH_LITTLE if little else _LENGTH_BIG).unpack_from
    short, end = _SHORT, len(head)
    # This loop is most of what a header costs: a scanner's has two hundred elements.
    while at < end:
        group, element, vr, length = unpack(head, at)
        tag = group << 16 | element
        if tag >= _PIXELS:
            if group == _ITEMS:
                raise _Odd
            break
        start = at + 8
        if vr not in short:
            if vr not in _LONG or tag in sequences:
                raise _Odd
            (length,) = length_at(head, start)
            start += 4
            if length == _NO_LENGTH:
                if vr != b"SQ" or tag in tags:
                    raise _Odd
                at = _after_sequence(head, start, implicit=False, little=little)
                continue
        at = start + length
        if tag in watched:
            if tag in sequences:
                raise _Odd
            found[tag] = Raw(vr.decode("ascii"), head[start:at], little)
    return found, at


def _implicit(head: bytes, at: int, wanted: Wanted) -> tuple[dict[int, Raw], int]:
    found: dict[int, Raw] = {}
    tags, sequences = wanted
    unpack = _TAG_LENGTH.unpack_from
    end = len(head)
    while at < end:
        group, element, length = unpack(head, at)
        tag = group << 16 | element
        if tag >= _PIXELS:
            if group == _ITEMS:
                raise _Odd
            break
        if tag in sequences:
            raise _Odd
        start = at + 8
        if length == _NO_LENGTH:
            if tag in tags or not may_be_sequence(tag):
                raise _Odd
            at = _after_sequence(head, start, implicit=True, little=True)
            continue
        at = start + length
        if tag in tags:
            found[tag] = Raw(None, head[start:at], True)
    return found, at


def _after_sequence(head: bytes, at: int, *, implicit: bool, little: bool, depth: int = 0) -> int:
    """Where a sequence of unknown length ends."""
    if depth > _DEEPEST:
        raise _Odd
    unpack = (_TAG_LENGTH if little else _TAG_LENGTH_BIG).unpack_from
    while True:
        group, element, length = unpack(head, at)
        tag = group << 16 | element
        at += 8
        if tag == _SEQUENCE_END:
            return at
        if tag != _ITEM:
            raise _Odd
        end = None if length == _NO_LENGTH else at + length
        at = _after_item(head, at, end, implicit=implicit, little=little, depth=depth)


def _after_item(
    head: bytes, at: int, end: int | None, *, implicit: bool, little: bool, depth: int
) -> int:
    """Where an item ends, which is at `end` where its length is written."""
    explicit = (_EXPLICIT_LITTLE if little else _EXPLICIT_BIG).unpack_from
    lengths = (_TAG_LENGTH if little else _TAG_LENGTH_BIG).unpack_from
    while at != end:
        group, element, length = lengths(head, at)
        start = at + 8
        if group == _ITEMS:
            if end is None and element == 0xE00D:
                return start
            raise _Odd
        vr = b""
        if not implicit:
            _, _, vr, length = explicit(head, at)
            if vr in _LONG:
                (length,) = (_LENGTH_LITTLE if little else _LENGTH_BIG).unpack_from(head, start)
                start = at + 12
            elif vr not in _SHORT:
                raise _Odd
        if length == _NO_LENGTH:
            if vr != b"SQ" and not (implicit and may_be_sequence(group << 16 | element)):
                raise _Odd
            at = _after_sequence(head, start, implicit=implicit, little=little, depth=depth + 1)
        else:
            at = start + length
        if at > len(head) or (end is not None and at > end):
            raise _Odd
    return at


def _agrees(found: Mapping[int, Raw], meta: Mapping[int, Raw]) -> bool:
    """Whether the object is the one that its meta header names; what was misread never is."""
    declared = found.get(_CHARACTER_SET)
    if declared is not None and not _PRINTABLE.fullmatch(declared.value):
        return False
    instance = found.get(_INSTANCE)
    if instance is None or not instance.value.strip(b"\0 "):
        return False
    if _CLASS_IN_META in meta and meta[_CLASS_IN_META].value.rstrip(b"\0 ") == _DIRECTORY:
        return False
    named = meta.get(_INSTANCE_IN_META)
    return named is None or named.value.rstrip(b"\0 ") == instance.value.rstrip(b"\0 ")
