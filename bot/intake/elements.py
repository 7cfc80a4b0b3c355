"""Values of header elements, however badly they were written: a bad value is an absent value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from bot.intake.dicom_tags import tag_of
from checklist.dates import PartialDate

_UID = re.compile(r"[0-9][0-9.]{0,63}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,12}")
_SHORTS = frozenset({"Rows", "Columns", "BitsAllocated", "SamplesPerPixel"})


def raw_value(dataset: Any, name: str) -> object:
    """The value as it was written, or as pydicom has read it: enough to compare, cheap to get."""
    element = _element(dataset, name)
    value = element.value if element is not None else None
    return value if isinstance(value, bytes) else str(value)


def _value(dataset: Any, name: str) -> Any:
    try:
        return dataset.get(name)
    except Exception:  # one value that can't be read doesn't spoil the others
        return None


def text(dataset: Any, name: str) -> str:
    """The first value as a person reads it, on one line."""
    value = _value(dataset, name)
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        value = value[0] if len(value) else ""
    return " ".join(str(value).replace("\0", " ").split())


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
    if isinstance(value, bytes) and name in _SHORTS:
        order: Literal["little", "big"] = "little" if element.is_little_endian else "big"
        return int.from_bytes(value[:2], order) if len(value) >= 2 else None
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


def date_value(dataset: Any, name: str) -> PartialDate | None:
    """A date, also with the dots or dashes that the standard took out in 1993."""
    digits = re.sub(r"[.\-/]", "", text(dataset, name))
    if not re.fullmatch(r"(18|19|20)\d{6}", digits[:8]):
        return None
    try:
        return PartialDate(year=int(digits[:4]), month=int(digits[4:6]), day=int(digits[6:8]))
    except ValueError:
        return None


def person_name(dataset: Any) -> str:
    """The patient's name, readable: `Wang Xiaodong (王小东)` from `Wang^Xiaodong=王^小东`."""
    groups = [" ".join(group.replace("^", " ").split()) for group in _name(dataset).split("=")]
    first, *others = [group for group in dict.fromkeys(groups) if group] or [""]
    return f"{first} ({others[0]})" if others else first


def _name(dataset: Any) -> str:
    value = _value(dataset, "PatientName")
    raw = getattr(value, "original_string", b"")
    declared = text(dataset, "SpecificCharacterSet")
    if not declared and isinstance(raw, bytes) and not raw.isascii():
        # Without a character set a name must be ASCII; the many that aren't are mostly UTF-8.
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return str(value or "").replace("\0", "")
