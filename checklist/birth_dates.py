"""Birth dates compared: slips of the pen, other calendars, and dates that only stand for a year."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final, Literal

from checklist.calendars import BUDDHIST, ROC, hijri_day, jalali_day

#: same: one day. close: nothing against it, but not the day. slip: a digit, perhaps mistyped.
DateEvidence = Literal["same", "close", "slip", "different", "silent"]

#: Years that stand for an unknown one.
_NO_YEAR: Final = (1, 1582, 1600, 1753, 1800, 1850, 1899, 1900, 1901, 9999)
#: So many years after them a child may have been born that bears a parent's name.
_GENERATION: Final = 15
#: Buddhist, Republic of China: by so many years the same day is counted otherwise.
_OTHER_ERAS: Final = (BUDDHIST, ROC)


def compare_birth_dates(one: str, other: str) -> DateEvidence:
    """Compare two ISO dates, whole or partial; "" and place holders say nothing."""
    a, b = _parts(one), _parts(other)
    if a is None or b is None:
        return "silent"
    if a[0] != b[0]:
        return _other_year(a, b)
    shared = list(zip(a[1:], b[1:], strict=False))
    if all(x == y for x, y in shared):
        return "same" if len(shared) == 2 else "close"
    if _stands_for_year(a) or _stands_for_year(b):
        return "close"
    if len(shared) == 2 and (a[1], a[2]) == (b[2], b[1]):
        return "same"  # day and month, the other way round
    return "slip" if _one_digit_off(a, b) else "different"


def a_generation_apart(one: str, other: str) -> bool:
    """Whether two dates are a parent's and a child's, if anybody's: no digits that were turned."""
    a, b = _parts(one), _parts(other)
    if a is None or b is None or sorted(f"{a[0]:04}") == sorted(f"{b[0]:04}"):
        return False
    return abs(a[0] - b[0]) >= _GENERATION


def _other_year(a: tuple[int, ...], b: tuple[int, ...]) -> DateEvidence:
    if abs(a[0] - b[0]) in _OTHER_ERAS and a[1:] == b[1:]:
        return "same"
    early, late = sorted((a, b))
    if 1250 < early[0] < 1500 < late[0] and len(early) == len(late) == 3:
        return _other_calendar(early, late)
    if _stands_for_year(a) or _stands_for_year(b):
        # A year that was reckoned from an age may be the one before or after.
        return "close" if abs(a[0] - b[0]) == 1 else "different"
    return "slip" if _one_digit_off(a, b) else "different"


def _other_calendar(early: tuple[int, ...], late: tuple[int, ...]) -> DateEvidence:
    """A year of the Hijra, by the moon or by the sun, beside one of the common calendar."""
    apart = []
    for read, unsure in ((hijri_day, 2), (jalali_day, 0)):
        try:
            apart.append(abs(read(*early[:3]) - date(*late[:3])) <= timedelta(days=unsure))
        except (ValueError, OverflowError):
            continue
    if any(apart):
        return "same"
    if not apart:
        return "different"
    return "slip" if late[0] - early[0] in (621, 622) else "different"


def _parts(text: str) -> tuple[int, ...] | None:
    """Year, month and day, as many as are known."""
    found = re.fullmatch(r"(\d{4})(?:-?(\d{2}))?(?:-?(\d{2}))?", text.strip())
    if found is None:
        return None
    parts = tuple(int(part) for part in found.groups() if part)
    if parts[0] in _NO_YEAR or parts == (1970, 1, 1):
        return None
    return tuple(part for part in parts if part)


def _stands_for_year(parts: tuple[int, ...]) -> bool:
    return parts[1:] in ((1, 1), (7, 1), (12, 31))


def _one_digit_off(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """One digit other, or two neighbours swapped."""
    if len(a) != len(b):
        return False
    x, y = (f"{p[0]:04}" + "".join(f"{part:02}" for part in p[1:]) for p in (a, b))
    apart = [i for i, (left, right) in enumerate(zip(x, y, strict=True)) if left != right]
    if len(apart) == 1:
        return True
    return (
        len(apart) == 2
        and apart[1] == apart[0] + 1
        and x[apart[0]] == y[apart[1]]
        and x[apart[1]] == y[apart[0]]
    )
