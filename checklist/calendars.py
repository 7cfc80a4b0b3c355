"""Years and days of other calendars, as far as they can be told in the common one.

Buddhist (Thailand) and Republic of China: the same days, other years. By the sun of the Hijra
(Iran): exact arithmetic. By its moon: months begin with the sight of the moon or with a printed
table, and arithmetic is right to a day before or after. So a day of it is kept as the month that
surely holds it. Of the old Chinese and Vietnamese calendar, whose months need tables, the year is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, Literal

from checklist.dates import PartialDate

Calendar = Literal["buddhist", "roc", "hijri", "jalali", "lunar", "gregorian"]

BUDDHIST: Final = 543
ROC: Final = 1911

#: In Siam a year began in April until 1940, the year 2483, which had nine months.
_NEW_YEAR_MOVED: Final = 2483
_HIJRA: Final = 227014
_NOWRUZ_1: Final = 226894
_LUNAR_IN_ONE_YEAR: Final = 10
#: The moon is seen, or the table says, a day before or after the arithmetic.
_UNSURE: Final = timedelta(days=1)


def calendars_of(year: int) -> tuple[Calendar, ...]:
    """The calendars in which a number of four digits is a year of somebody's life; () for none."""
    if 2430 <= year <= 2620:
        return ("buddhist",)
    # 1300 by the moon is 1882, by the sun 1921.
    if 1300 <= year <= 1480:
        return ("hijri", "jalali")
    return ()


def hijri_day(year: int, month: int, day: int) -> date:
    """The day by the arithmetic calendar, right to a day; raises `ValueError`, `OverflowError`."""
    if not (1 <= month <= 12 and 1 <= day <= 30):
        raise ValueError("no such day")
    days = day + (59 * (month - 1) + 1) // 2 + (year - 1) * 354 + (3 + 11 * year) // 30
    return date.fromordinal(_HIJRA + days)


def jalali_day(year: int, month: int, day: int) -> date:
    """The day of the Iranian calendar, exact from 1244 to 1472; raises `ValueError`."""
    if not (1 <= month <= 12 and 1 <= day <= _length(year, month)):
        raise ValueError("no such day")
    leaps = sum(_is_leap(one) for one in range(1, year))
    before = 31 * (month - 1) if month < 7 else 186 + 30 * (month - 7)
    return date.fromordinal(_NOWRUZ_1 + 365 * (year - 1) + leaps + before + day)


def _is_leap(year: int) -> bool:
    """Eight leap years in thirty-three."""
    return (25 * year + 11) % 33 < 8


def _length(year: int, month: int) -> int:
    if month < 7:
        return 31
    return 30 if month < 12 or _is_leap(year) else 29


def in_common(
    calendar: Calendar, year: int, month: int | None, day: int | None, *, exactly: bool = False
) -> tuple[PartialDate, ...]:
    """What a date of another calendar is in the common one: one date, or the few that it may be.

    It is never more exact than it was written: a year that lies in two is two, a month that does is
    their year. With `exactly` a day by the moon is the three that it may be.
    Raises `ValueError` or `OverflowError` where that calendar has no such date.
    """
    match calendar:
        case "buddhist":
            return tuple(_partial(one, month, day) for one in _buddhist(year, month))
        case "roc":
            return (_partial(year + ROC, month, day),)
        case "jalali":
            first = jalali_day(year, month or 1, day or 1)
            last_month = month or 12
            last = jalali_day(year, last_month, day or _length(year, last_month))
            return _that_hold(first, last)
        case "lunar":
            return tuple(PartialDate(year=one) for one in _lunar(year, month))
        case "hijri":
            return _by_the_moon(year, month, day, exactly=exactly)
        case _:
            return (_partial(year, month, day),)


def _buddhist(year: int, month: int | None) -> Iterator[int]:
    """Where the year began in April, its last three months are of the next common one."""
    yield year - BUDDHIST
    if year < _NEW_YEAR_MOVED and (month is None or month < 4):
        yield year - BUDDHIST + 1


def _lunar(year: int, month: int | None) -> Iterator[int]:
    """The old Chinese and Vietnamese year begins a month later or two: its last can be in the next."""
    yield year
    if month is not None and month > _LUNAR_IN_ONE_YEAR:
        yield year + 1


def _by_the_moon(
    year: int, month: int | None, day: int | None, *, exactly: bool
) -> tuple[PartialDate, ...]:
    first = hijri_day(year, month or 1, day or 1)
    if day is not None:
        if exactly:
            return tuple(PartialDate.of(first + n * _UNSURE) for n in (0, -1, 1))
        return _that_hold(first - _UNSURE, first + _UNSURE)
    next_year, next_month = (year, month + 1) if month and month < 12 else (year + 1, 1)
    last = hijri_day(next_year, next_month, 1) - _UNSURE
    if month is None:
        return _that_hold(first, last)
    return _that_hold(first - _UNSURE, last + _UNSURE)


def _that_hold(first: date, last: date) -> tuple[PartialDate, ...]:
    """The day, month or year that holds these days; two years, the one with more of them first."""
    if first == last:
        return (PartialDate.of(first),)
    if (first.year, first.month) == (last.year, last.month):
        return (PartialDate(year=first.year, month=first.month),)
    if first.year == last.year:
        return (PartialDate(year=first.year),)
    turn = date(last.year, 1, 1)
    years = (PartialDate(year=first.year), PartialDate(year=last.year))
    return years if turn - first >= last - turn else years[::-1]


def _partial(year: int, month: int | None, day: int | None) -> PartialDate:
    return PartialDate(year=year, month=month, day=day)
