"""The days that a report names, and what each of them is the day of.

Years of other calendars are understood: of the Buddhist era (Thailand), of the Republic of China,
and of the Hijra. A day of the Hijra is known to a day before or after, since its months begin with
the sight of the moon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final, Literal

from checklist.calendars import ROC, hijri_day
from checklist.dates import PartialDate
from checklist.day_forms import (
    DAY_AND_MONTH,
    DAY_FORMS,
    DAY_OF_MONTH,
    born_behind,
    common_year,
    is_buddhist,
    is_thai,
)
from checklist.day_order import day_first
from checklist.report_words.tables import MONTHS, words_of
from checklist.word_finding import has, last_place, likely

DayKind = Literal["scan", "written", "printed", "other", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of a text: where it stands and in which line, what it is the day of, and which days it may be."""

    start: int
    line: str
    kind: DayKind
    options: tuple[PartialDate, ...]


_NAMES = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_JOIN = rf"(?:(?:{'|'.join(map(re.escape, words_of('joins')))})\s)?"
_Y = r"(?:19|20|24|25|14)\d\d"
_TH = r"(?:st|nd|rd|th|er|o|-?го|-?е)?"
_DAYS = re.compile(
    rf"{DAY_FORMS}"
    rf"|(?<![\d.])(?P<y1>{_Y})\s?[-./年,]\s?(?P<m1>\d{{1,2}})\s?[-./月,]\s?(?P<d1>\d{{1,2}})(?!\d)"
    rf"|(?<![\d.])(?P<d2>\d{{1,2}})(?P<sep> ?[-./] ?)(?P<m2>\d{{1,2}})(?P=sep)(?P<y2>{_Y})(?!\d)"
    rf"|(?<![\d.])(?P<d7>\d{{1,2}})(?P<sep7>[./])(?P<m7>\d{{1,2}})(?P=sep7)(?P<short>\d\d)(?![\d.])"
    rf"|(?<!\d)(?P<d3>\d{{1,2}}){_TH}[\s.\-/]+{_JOIN}(?P<m3>{_NAMES})(?!\w)\.?,?"
    rf"[\s\-/]*{_JOIN}(?P<y3>{_Y})(?!\d)"
    rf"|(?<!\w)(?P<m4>{_NAMES})(?!\w)\.?[\s\-]+(?P<d4>\d{{1,2}}){_TH},?[\s\-]+{_JOIN}(?P<y4>{_Y})(?!\d)"
    rf"|(?<!\d)(?P<d12>\d{{1,2}})(?P<sep12>[-/])(?P<m12>{_NAMES})\.?(?P=sep12)(?P<short2>\d\d)(?![\d:])"
    rf"|(?<!\d)(?P<d8>\d{{1,2}}){_TH}\s+{_JOIN}(?P<m8>{_NAMES})(?!\w)"
    rf"|(?<!\w)(?P<m9>{_NAMES})\s+(?P<d9>\d{{1,2}}){_TH}(?![\w:])"
    rf"|(?<!\d)(?P<m10>\d{{1,2}})月(?P<d10>\d{{1,2}})[日号]"
    rf"|(?<!\w)(?P<m5>{_NAMES})(?!\w)\.?,?[\s/]+{_JOIN}(?P<y5>{_Y})(?!\d)"
    rf"|(?P<y11>{_Y})年(?P<m11>\d{{1,2}})月"
    rf"|{DAY_OF_MONTH}"
    rf"|{DAY_AND_MONTH}"
)
#: How far before a day its label can stand, in characters.
_LABEL: Final = 40
_OLDEST: Final = 1950


def days_of(
    plain: str, *, not_after: date, without_year: bool = False, beside: str = ""
) -> tuple[Day, ...]:
    """The days of a folded text in their order; `without_year` takes "12 April" for the last one.

    Whether its author writes the day or the month first may only show in what stands `beside` it.
    """
    found = list(_DAYS.finditer(plain))
    thai = is_thai(plain) or is_thai(beside)
    first = ""
    if any(map(_pair_of, found)):
        first = _order(found) or _order_beside(beside) or ("d" if day_first(plain) else "")
    days: list[Day] = []
    end = 0
    for match in found:
        options = _options(match, first, not_after, without_year=without_year, thai=thai)
        behind = _behind().match(plain, match.end())
        if options:
            window = plain[max(0, match.start() - _LABEL, end) : match.start()]
            kind = _kind_behind(behind) if behind else _kind(window)
            kind = "other" if born_behind(plain, match.end()) else kind
            line = plain[plain.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]
            days.append(Day(start=match.start(), line=line, kind=kind, options=options))
        end = behind.end() if behind else match.end()
    return tuple(days)


def _kind(window: str) -> DayKind:
    """What the nearest label before a day says."""
    line = window[window.rfind("\n") + 1 :]
    if has(words_of("any_day"), line):
        # A line that calls it a day is about no label of the line before.
        window = line
    nearest: tuple[int, int, DayKind] = (-1, 0, "")
    for kind, words in _labels():
        for word in likely(words, window):
            place = last_place(word, window)
            if place >= 0:
                nearest = max(nearest, (place + len(word), len(word), kind))
    return nearest[2]


def _kind_behind(found: re.Match[str]) -> DayKind:
    if found["scan"]:
        return "scan"
    return "printed" if found["printed"] else "written"


@cache
def _behind() -> re.Pattern[str]:
    """A verb right behind a day: between them are the day's own ending, "day", "of the year".

    With a colon behind it, it is the label of the next day.
    """
    scan, written, printed = (
        "|".join(map(re.escape, words_of(name)))
        for name in ("scan_behind", "written_behind", "printed_behind")
    )
    between = r"(?: ?-? ?н[дыи]\w*| ?одор\w*| ?ж\.| ?жыл[ыгд]?\w*| ?куни| ?كو)? ?"
    return re.compile(
        rf"{between}{between}(?:(?P<scan>{scan})|(?P<written>{written})|(?P<printed>{printed}))"
        r"(?![^.,;\n]{0,20}[:：])"
    )


@cache
def _labels() -> tuple[tuple[DayKind, tuple[str, ...]], ...]:
    return (
        ("scan", words_of("scan_day")),
        ("written", words_of("written_day")),
        ("printed", words_of("printed_day")),
        ("other", words_of("other_day", "earlier")),
    )


def _pair_of(found: re.Match[str]) -> tuple[int, int] | None:
    """The two numbers of which one is the day and the other the month."""
    one, other = (found["d2"], found["m2"]) if found["d2"] else (found["d7"], found["m7"])
    return (int(one), int(other)) if one else None


@lru_cache(maxsize=64)
def _order_beside(beside: str) -> str:
    """The same, as the days and the language of a larger text show. Each line of it is asked about."""
    return _order(list(_DAYS.finditer(beside))) or ("d" if day_first(beside) else "")


def _order(found: Sequence[re.Match[str]]) -> str:
    """Which comes first in numbers, "d" or "m", as another day of the text shows; "" for unknown."""
    pairs = [pair for match in found if (pair := _pair_of(match))]
    if any(one > 12 for one, _other in pairs) and not any(other > 12 for _one, other in pairs):
        return "d"
    if any(other > 12 for _one, other in pairs):
        return "m"
    return ""


def _options(
    match: re.Match[str], first: str, today: date, *, without_year: bool, thai: bool
) -> tuple[PartialDate, ...]:
    year, month, day = _numbers(match, today, thai=thai)
    words = match.group().strip()
    if year is None:
        years = (today.year, today.year - 1) if without_year else ()
        dated = (_partial(one, month, day, words, today) for one in years)
        return tuple(one for one in dated if one is not None)[:1]
    if 1400 <= year < 1500:
        return _of_hijra(year, month, day, words, today)
    separator = (match["sep"] or match["sep7"] or "").strip()
    if separator and day is not None and month is not None:
        if (separator == "." or is_buddhist(match["y2"])) and first != "m":
            first = "d"
        if first == "m" or (month > 12 >= day):
            day, month = month, day
        elif first != "d" and day <= 12 and day != month:
            both = ((month, day), (day, month))
            dated = (_partial(year, m, d, words, today) for m, d in both)
            return tuple(one for one in dated if one is not None)
    found = _partial(year, month, day, words, today)
    return (found,) if found else ()


def _numbers(
    match: re.Match[str], today: date, *, thai: bool
) -> tuple[int | None, int | None, int | None]:
    year: int | None = None
    month = day = None
    for key, value in match.groupdict().items():
        if value is None or key.startswith("sep"):
            continue
        number = MONTHS[value] if value in MONTHS else int(value)
        match key[0]:
            case "y":
                year = common_year(number, today)
            case "r":
                year = number + ROC
            case "s":
                year = common_year(number, today, thai=thai)
            case "m":
                month = number
            case _:
                day = number
    return year, month, day


def _partial(
    year: int, month: int | None, day: int | None, words: str, today: date
) -> PartialDate | None:
    try:
        found = PartialDate(year=year, month=month, day=day, words=words)
    except ValueError:
        return None
    return found if year >= _OLDEST and date(year, month or 1, day or 1) <= today else None


def _of_hijra(
    year: int, month: int | None, day: int | None, words: str, today: date
) -> tuple[PartialDate, ...]:
    """The three days that a day of the Hijra may be, by the arithmetic calendar."""
    if month is None or day is None or not (1 <= month <= 12 and 1 <= day <= 30):
        return ()
    middle = hijri_day(year, month, day)
    return tuple(_nearby(middle, words, today))


def _nearby(middle: date, words: str, today: date) -> Iterator[PartialDate]:
    for offset in (0, -1, 1):
        one = middle + timedelta(days=offset)
        if one <= today:
            yield PartialDate.of(one, words)
