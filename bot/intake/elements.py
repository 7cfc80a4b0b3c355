"""Values of header elements, however badly they were written: a bad value is an absent value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.intake.charsets import readable
from bot.intake.dicom_tags import tag_of
from checklist.dates import PartialDate

_UID = re.compile(r"[0-9][0-9.]{0,63}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,12}")
#: Whole numbers that are no text, and how many bytes they have.
_BINARY = {
    "Rows": 2,
    "Columns": 2,
    "BitsAllocated": 2,
    "SamplesPerPixel": 2,
    "InConcatenationNumber": 2,
    "InConcatenationTotalNumber": 2,
    "FrameAcquisitionNumber": 2,
    "InStackPositionNumber": 4,
    "TemporalPositionIndex": 4,
}


def raw_value(dataset: Any, name: str) -> object:
    """The value as it was written, or as pydicom has read it: enough to compare, cheap to get."""
    element = _element(dataset, name)
    value = element.value if element is not None else None
    return value if isinstance(value, bytes) else str(value)


def text(dataset: Any, name: str) -> str:
    """The first value as a person reads it, on one line, in whatever character set it is."""
    return _one_line(_decoded(dataset, name)[0].partition("\\")[0])


def _decoded(dataset: Any, name: str) -> tuple[str, bool]:
    """The value as text, and whether its character set was guessed."""
    element = _element(dataset, name)
    value = element.value if hasattr(element, "value") else element
    if isinstance(value, bytes):
        if value.isascii() and b"\x1b" not in value:
            return value.decode("ascii"), False
        return readable(value.rstrip(b"\0 "), texts(dataset, "SpecificCharacterSet"))
    if value is None:
        return "", False
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = value[0] if len(value) else ""
    return str(value), False


def _one_line(value: str) -> str:
    return " ".join(value.replace("\0", " ").split())


def texts(dataset: Any, name: str) -> tuple[str, ...]:
    """The values of an element that is plain ASCII by the standard, without pydicom's checks."""
    element = _element(dataset, name)
    value = element.value if hasattr(element, "value") else element
    if value is None or (isinstance(value, str | bytes) and not value):
        return ()
    if isinstance(value, bytes):
        return tuple(part.strip(" \0") for part in value.decode("latin-1").split("\\"))
    values = [value] if isinstance(value, str | int) else list(value)
    return tuple(str(item).strip() for item in values)


def mark(dataset: Any, name: str) -> str:
    """The value of a binary element as something to compare, "" where there is none."""
    element = _element(dataset, name)
    value = element.value if hasattr(element, "value") else element
    return value.hex() if isinstance(value, bytes) else str(value if value is not None else "")


def _element(dataset: Any, name: str) -> Any:
    """The element as it lies in the file, or as pydicom has converted it already."""
    return dataset.get_item(tag_of(name))


def uid(dataset: Any, name: str) -> str:
    """A UID without what is no part of it, or ""."""
    found = _UID.match(next(iter(texts(dataset, name)), ""))
    return found.group() if found else ""


def integer(dataset: Any, name: str) -> int | None:
    """A whole number, of a text or of a binary element."""
    element = _element(dataset, name)
    value = getattr(element, "value", None)
    if isinstance(value, bytes) and name in _BINARY:
        order: Literal["little", "big"] = "little" if element.is_little_endian else "big"
        return int.from_bytes(value[: _BINARY[name]], order) if value else None
    first = next(iter(texts(dataset, name)), "")
    return int(first) if _INTEGER.fullmatch(first) else None


def numbers(dataset: Any, name: str, count: int) -> tuple[float, ...]:
    """Exactly so many decimal numbers, or none."""
    try:
        found = tuple(float(item) for item in texts(dataset, name))
    except ValueError:
        return ()
    finite = len(found) == count and all(abs(number) < 1e9 for number in found)
    return found if finite else ()


def normal_position(
    cosines: tuple[float, ...], corner: tuple[float, ...]
) -> tuple[tuple[float, ...], float | None]:
    """The orientation to compare, and the distance along the slice normal in mm, or () and None."""
    if not (cosines and corner):
        return (), None
    a, b, c, d, e, f = cosines
    normal = (b * f - c * e, c * d - a * f, a * e - b * d)
    orientation = tuple(round(value, 3) + 0.0 for value in cosines)
    return orientation, sum(n * x for n, x in zip(normal, corner, strict=True))


def date_value(dataset: Any, name: str) -> PartialDate | None:
    """A date, also with the dots or dashes that the standard took out in 1993."""
    digits = re.sub(r"[.\-/]", "", text(dataset, name))
    if not re.fullmatch(r"(18|19|20)\d{6}", digits[:8]):
        return None
    try:
        return PartialDate(year=int(digits[:4]), month=int(digits[4:6]), day=int(digits[6:8]))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name: readable, the bytes it was read from where they were no plain ASCII, and how sure."""

    readable: str
    raw: bytes = b""
    guessed: bool = False


def person_name(dataset: Any) -> PersonName:
    """The patient's name with its other scripts: `Wang Xiaodong (王 小东)`.

    The groups of `Wang^Xiaodong=王^小东` may be Latin, ideographic and phonetic (PS3.5 6.2.1.2); each
    is kept, since which of them a report or a passport uses is not known.
    """
    element = _element(dataset, "PatientName")
    value = getattr(element, "value", None)
    if not isinstance(value, bytes):
        # pydicom has converted it already, and keeps what it was made from.
        value = getattr(value, "original_string", None) or str(value or "").encode()
    declared = texts(dataset, "SpecificCharacterSet")
    decoded, guessed = readable(value.rstrip(b"\0 "), declared)
    groups = [_one_line(group.replace("^", " ")) for group in decoded.split("=")]
    first, *others = [group for group in dict.fromkeys(groups) if group] or [""]
    plain = value.isascii() and b"\x1b" not in value
    return PersonName(
        " ".join([first, *(f"({group})" for group in others)]), b"" if plain else value, guessed
    )
