"""Dates of a document, in whatever form and language they are written there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from checklist.month_names import MONTHS
from checklist.written_numbers import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A date of a text, from `start` to `end` of it.

    `days` are what it may be: `2026-04-12`, `2026-04`, or `--04-12` without a year.
    """

    start: int
    end: int
    days: frozenset[str]


_NAME: Final = "|".join(
    re.escape(name.removesuffix("*")) + ("[а-яі]*" if name.endswith("*") else "")
    for name in sorted((n for names in MONTHS for n in names), key=len, reverse=True)
)
_ENDS: Final = r"(?![^\W\d_])"
_PARTS: Final = (
    r"(?<!\d)(?P<y>\d{4})\s?[-/.]\s?(?P<m>\d{1,2})\s?[-/.]\s?(?P<d>\d{1,2})(?!\d)",
    r"(?P<y>\d{4})\s?年\s?(?P<m>\d{1,2})\s?月(?:\s?(?P<d>\d{1,2})\s?[日号])?",
    r"(?<!\d)(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?[日号]",
    r"(?<![\d.,/-])(?P<a>\d{1,2})(?P<s>[./-])(?P<b>\d{1,2})(?P=s)(?P<yy>\d{4}|\d{2})(?![\d/]|[.,-]\d)",
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|-?го|\.|º)?\s+(?:of\s+|de\s+)?(?P<n>{_NAME})\.?{_ENDS}"
    r"(?:,?\s+(?:de\s+|del\s+)?(?P<y>\d{4})(?!\d))?",
    rf"(?<![^\W\d_])(?P<n>{_NAME})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<y>\d{{4}})(?!\d))?",
    rf"(?<![^\W\d_])(?P<n>{_NAME})\.?{_ENDS},?\s+(?:of\s+|de\s+)?(?P<y>\d{{4}})(?!\d)",
    r"(?<![\d./-])(?P<m>0[1-9]|1[0-2])[./](?P<y>(?:19|20)\d{2})(?![\d./])",
)


@lru_cache(maxsize=1)
def _forms() -> tuple[re.Pattern[str], ...]:
    """Compiled when a text is first compared, for they take a while."""
    return tuple(re.compile(form) for form in _PARTS)


#: Languages in which the month may come first.
_MONTH_FIRST: Final = frozenset({"en", ""})


def dates_of(text: str, language: str, taken: bytearray) -> Iterator[Written]:
    """The dates of a text. Their places are `taken` then."""
    simple = plain(text)
    language = language.split("-")[0]
    for form in _forms():
        for match in form.finditer(simple):
            if any(taken[match.start() : match.end()]):
                continue
            if days := _days(match.groupdict(), language):
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
                yield Written(start=match.start(), end=match.end(), days=days)


def _days(found: dict[str, str | None], language: str) -> frozenset[str]:
    if found.get("yy"):
        return _numeric(found, language)
    name = found.get("n")
    month = _month(name) if name else int(found.get("m") or 0)
    year = int(found["y"] or 0) if found.get("y") else None
    day = int(found["d"] or 0) if found.get("d") else None
    return frozenset(filter(None, [_day(year, month, day)]))


def _numeric(found: dict[str, str | None], language: str) -> frozenset[str]:
    """Day and month, or month and day where that can be meant."""
    a, b, year = (int(found.get(name) or 0) for name in ("a", "b", "yy"))
    if len(found["yy"] or "") == 2:
        year += 2000 if year < 50 else 1900
    orders = [(b, a)]
    if language in _MONTH_FIRST and found["s"] != ".":
        orders.append((a, b))
    return frozenset(filter(None, (_day(year, month, day) for month, day in orders)))


def _day(year: int | None, month: int, day: int | None) -> str:
    """As it is compared; "" where no calendar has it. 1447 and 2569 are years elsewhere."""
    try:
        # A leap year, where none is known.
        date(2024 if year is None or year > 2400 or year < 1600 else year, month, day or 1)
    except ValueError:
        return ""
    if year is None:
        return f"--{month:02d}-{day:02d}"
    return f"{year:04d}-{month:02d}" + (f"-{day:02d}" if day else "")


def _month(name: str) -> int:
    for number, names in enumerate(MONTHS, 1):
        if any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in names):
            return number
    raise ValueError(name)
