"""What the parts of a written date come to, on a given day."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

from checklist.calendars import BUDDHIST, Calendar
from checklist.date_eras import possible_days
from checklist.date_tokens import (
    DAY_AND_MONTH,
    FOREIGN_MONTH,
    MONTH,
    NUMBER,
    NUMERIC_DAY,
    NUMERIC_MONTH,
    RELATIVE_DAY,
    RELATIVE_MONTH,
    RELATIVE_WEEK,
    RELATIVE_YEAR,
    SEASON,
    UNIT_OR_YEAR_MARK,
    WEEKDAY,
    YEAR,
    Token,
    is_year,
)
from checklist.dates import Ambiguous, PartialDate
from checklist.words import EITHER, Order

Toward = Literal["past", "future"]
Reading: TypeAlias = "PartialDate | Ambiguous | None"

_UNITS = "Uabc"
_OFFSETS = {"L": -1, "T": 0, "X": 1}
_WINTER = 4
#: "A month and a half" is so many days, and no day: more of them than a week has.
_ROUGHLY, _EXACT_DAYS = "days", 7
#: Of "a year and a half" and "a month and a half", what is counted.
_AND_A_HALF = {("month", 18): 12, ("day", 45): 30}
_LONGEST_LIFE = 115
_YEARS_AHEAD = 10
#: More readings than these are not asked about.
_MOST_READINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Against what a date is read.

    `certain` is False where a numeric date can be either order, `unit_alone` where "year" without a
    number is not one year. `calendars` are those that the language writes years of without a mark.
    """

    today: date
    order: Order
    certain: bool
    toward: Toward
    unit_alone: bool = True
    birth: bool = False
    calendars: tuple[Calendar, ...] = ()


def read_date(parts: Sequence[Token], frame: Frame) -> Reading:
    """The date that tokens in a known order come to; None where no calendar has it."""
    try:
        return _read(parts, frame)
    except (ValueError, OverflowError):
        return None


def _read(parts: Sequence[Token], frame: Frame) -> Reading:
    kinds = "".join(part.kind for part in parts)
    by_kind = {part.kind: part for part in reversed(parts)}
    if "Q" in kinds:
        return None
    if FOREIGN_MONTH in kinds or any(part.calendars for part in parts):
        return _other_calendar(parts, by_kind, frame)
    if found := by_kind.get(NUMERIC_DAY):
        return _numeric_day(found, frame)
    if found := by_kind.get(NUMERIC_MONTH):
        return PartialDate(year=found.parts[0], month=found.parts[1])
    if found := by_kind.get(DAY_AND_MONTH):
        return _day_and_month(found, frame)
    offset = next((_OFFSETS[kind] for kind in kinds if kind in _OFFSETS), None)
    if offset is None and set(kinds) & set("APGB"):
        counted = NUMBER in kinds or any(p.value > 1 for p in parts if p.kind in _UNITS)
        if not (counted or frame.unit_alone):
            return None
        return _some_time_away(parts, ahead=bool(set(kinds) & set("GB")), frame=frame)
    if re.fullmatch("P?LN[Uabc]|P?N[Uabc]L", kinds):
        return _some_time_away(parts, ahead=False, frame=frame)
    for kind in (RELATIVE_DAY, RELATIVE_WEEK):
        if found := by_kind.get(kind):
            return _relative(found.unit, found.value, frame)
    if offset is not None and UNIT_OR_YEAR_MARK in kinds and set(kinds) & set("MSmb"):
        by_kind[RELATIVE_YEAR] = Token(kind=RELATIVE_YEAR, start=0, end=0, value=offset)
    elif offset is not None:
        return _beside(by_kind, offset, frame)
    return _calendar(parts, by_kind, frame)


# ---- numbers ------------------------------------------------------------------------------------


def _numeric_day(found: Token, frame: Frame) -> Reading:
    first, second, third = found.parts
    if first > 31:
        return _day(first, second, third, frame)
    orders: tuple[Order, ...] = ("mdy", "dmy") if frame.order == "mdy" else ("dmy", "mdy")
    if found.separator == ".":
        orders = ("dmy", "mdy")
    readings = [
        reading
        for order in orders
        for year in _years(third, frame, short=bool(found.value))
        if (reading := _day(year, *((second, first) if order == "dmy" else (first, second)), frame))
    ]
    if found.separator == "." or frame.certain:
        in_order = [r for r in readings if r.day == (first if orders[0] == "dmy" else second)]
        readings = in_order or readings
    distinct = tuple(dict.fromkeys(readings))
    if len(distinct) > 1:
        return Ambiguous(options=distinct)
    return distinct[0] if distinct else None


def _years(written: int, frame: Frame, *, short: bool) -> tuple[int, ...]:
    if not short:
        return (written,)
    if "buddhist" in frame.calendars:
        return _short_buddhist(written, frame)
    if frame.toward == "future":
        return (2000 + written,)
    if not frame.birth:
        return (2000 + written if 2000 + written <= frame.today.year else 1900 + written,)
    return tuple(
        year
        for year in (1900 + written, 2000 + written)
        if frame.today.year - _LONGEST_LIFE <= year <= frame.today.year
    )


def _short_buddhist(written: int, frame: Frame) -> tuple[int, ...]:
    """What "66" can be in Thailand: 2566 of the Buddhist era; of ours, where it is not long ago."""
    today = frame.today.year
    oldest = today - _LONGEST_LIFE
    if not frame.birth:
        ours = 2000 + written
        latest = today + (_YEARS_AHEAD if frame.toward == "future" else 0)
        theirs = next(y for y in (2500, 2400) if y + written - BUDDHIST <= latest) + written
        found = (theirs - BUDDHIST, *((ours,) if ours <= latest else ()))
        return tuple(sorted(found, key=lambda year: abs(today - year)))
    years = (2500 + written - BUDDHIST, 2400 + written - BUDDHIST, 1900 + written, 2000 + written)
    return tuple(year for year in years if oldest <= year <= today)


def _day(year: int, month: int, day: int, frame: Frame) -> PartialDate | None:
    """The day, if there is one; a birth date never lies ahead."""
    if not is_year(year, frame.today):
        return None
    try:
        made = PartialDate(year=year, month=month, day=day)
    except ValueError:
        return None
    return None if frame.birth and date(year, month, day) > frame.today else made


def _day_and_month(found: Token, frame: Frame) -> Reading:
    day, month = found.parts if frame.order != "mdy" else reversed(found.parts)
    return PartialDate(year=_year_for(month, day, frame), month=month, day=day)


# ---- other calendars ----------------------------------------------------------------------------


def _other_calendar(parts: Sequence[Token], by_kind: dict[str, Token], frame: Frame) -> Reading:
    """A date of another calendar; a month that only another has, beside a common year, is the year."""
    told = next((part for part in parts if part.calendars), None)
    if told is None:
        offset = next((_OFFSETS[part.kind] for part in parts if part.kind in _OFFSETS), None)
        year = frame.today.year + offset if offset is not None else _year(by_kind, frame)
        return None if year is None or frame.birth else PartialDate(year=year)
    if told.kind == NUMERIC_DAY:
        dates = _numeric_parts(told, frame)
    elif told.kind == NUMERIC_MONTH:
        dates = [(told.parts[0], told.parts[1], None)]
    else:
        month, day = _month_and_day(parts, frame.order)
        dates = [(told.value, month, day if month else None)]
    found = possible_days(dates, told.calendars, exactly=frame.birth)
    kept = tuple(one for one in found if _can_be(one, frame))
    if len(kept) == 1:
        return kept[0]
    return Ambiguous(options=kept[:_MOST_READINGS]) if kept else None


def _numeric_parts(found: Token, frame: Frame) -> list[tuple[int, int | None, int | None]]:
    """Year, month and day; both ways where the language writes both."""
    first, second, third = found.parts
    if first > 31:
        return [(first, second, third)]
    day_first, month_first = (third, second, first), (third, first, second)
    if found.separator == "." or frame.order != "mdy":
        return [day_first] if second <= 12 else [month_first]
    return [month_first, day_first]


def _can_be(found: PartialDate, frame: Frame) -> bool:
    if not is_year(found.year, frame.today):
        return False
    ahead = date(found.year, found.month or 1, found.day or 1) > frame.today
    return not (ahead and (frame.birth or frame.toward == "past"))


# ---- so long ago, so long ahead -----------------------------------------------------------------


def _lengths(parts: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Each unit of a length of time with how many of it: ("2 years and 3 months")."""
    number = next((part.value for part in parts if part.kind == NUMBER), 1)
    tenths = 0
    for part in parts:
        if part.kind == NUMBER:
            number, tenths = part.value, sum(part.parts)
        elif part.kind in _UNITS and tenths:
            yield _with_tenths(number * 10 + tenths, part)
            number, tenths = 1, 0
        elif part.kind in _UNITS:
            # "2 ans et demi" is 2 and a half, not twice one and a half.
            whole = _AND_A_HALF.get((part.unit, part.value))
            count = number * (whole or part.value) + (part.value - whole if whole else 0)
            yield count, _ROUGHLY if part.unit == "day" and part.value > _EXACT_DAYS else part.unit
            number = 1


def _with_tenths(tenths: int, unit: Token) -> tuple[int, str]:
    """Read "2.5 years" in months and "1.5 months" in days, no more exactly than the unit was."""
    if unit.unit == "year":
        return tenths * 12 * unit.value // 10, "month"
    days = {"month": 30, "week": 7}.get(unit.unit, 1)
    return tenths * days * unit.value // 10, _ROUGHLY


def _some_time_away(parts: Sequence[Token], *, ahead: bool, frame: Frame) -> PartialDate:
    sign = 1 if ahead else -1
    days = months = 0
    finest = "year"
    for count, unit in _lengths(parts):
        if unit in ("day", "week", _ROUGHLY):
            days += count * (7 if unit == "week" else 1)
        else:
            months += count * (12 if unit == "year" else 1)
        if unit != "year" and not (unit == "month" and count >= 12):
            finest = unit
    when = _plus_months(frame.today, sign * months) + timedelta(days=sign * days)
    if finest == "day" or (finest == "week" and ahead):
        return PartialDate.of(when)
    return PartialDate(year=when.year, month=None if finest == "year" else when.month)


def _plus_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _relative(unit: str, offset: int, frame: Frame) -> PartialDate:
    if unit.endswith(EITHER):
        unit, offset = unit.rstrip(EITHER), offset if frame.toward == "future" else -offset
    match unit:
        case "day":
            return PartialDate.of(frame.today + timedelta(days=offset))
        case "week":
            when = frame.today + timedelta(weeks=offset)
            if offset > 0:
                return PartialDate.of(when)
            return PartialDate(year=when.year, month=when.month)
        case "month":
            when = _plus_months(frame.today, offset)
            return PartialDate(year=when.year, month=when.month)
        case _:
            return PartialDate(year=frame.today.year + offset)


# ---- last, this, next ---------------------------------------------------------------------------


def _beside(by_kind: dict[str, Token], offset: int, frame: Frame) -> Reading:
    """Read "last March", "this spring", "next Friday", "last year"."""
    today = frame.today
    if season := by_kind.get(SEASON):
        return _season_beside(season.value, offset, frame)
    if month := by_kind.get(MONTH):
        year = today.year
        if offset < 0 and month.value >= today.month:
            year -= 1
        elif offset > 0 and month.value <= today.month:
            year += 1
        return PartialDate(year=year, month=month.value)
    if weekday := by_kind.get(WEEKDAY):
        toward = frame.toward if offset == 0 else "past" if offset < 0 else "future"
        return _weekday(weekday.value, today, toward)
    unit = next(part for kind, part in by_kind.items() if kind in _UNITS)
    if unit.value > 1:
        return _some_time_away([unit], ahead=offset > 0, frame=frame)
    return _relative(unit.unit, offset * unit.value, frame)


def _season_beside(season: int, offset: int, frame: Frame) -> Reading:
    """A winter counts to the year in which it begins.

    In November "last summer" is this year's to some people and the year before's to others.
    """
    today = frame.today
    if offset == 0:
        return PartialDate(year=_year_for_season(season, frame), season=season)
    current = today.year - (1 if season == _WINTER and today.month < 3 else 0)
    if offset > 0:
        begun = season * 3 <= today.month or current < today.year
        return PartialDate(year=current + int(begun), season=season)
    before = PartialDate(year=current - 1, season=season)
    if season != _WINTER and today.month > season * 3 + 2:
        return Ambiguous(options=(PartialDate(year=current, season=season), before))
    return before


def _weekday(weekday: int, today: date, toward: Toward) -> PartialDate:
    if toward == "future":
        ahead = (weekday - today.isoweekday()) % 7 or 7
        return PartialDate.of(today + timedelta(days=ahead))
    back = (today.isoweekday() - weekday) % 7 or 7
    return PartialDate.of(today - timedelta(days=back))


# ---- the calendar -------------------------------------------------------------------------------


def _calendar(parts: Sequence[Token], by_kind: dict[str, Token], frame: Frame) -> Reading:
    year = _year(by_kind, frame)
    month, day = _month_and_day(parts, frame.order)
    if relative := by_kind.get(RELATIVE_MONTH):
        at = _plus_months(frame.today, relative.value)
        year, month = at.year, at.month
    if season := by_kind.get(SEASON):
        known = year if year is not None else _year_for_season(season.value, frame)
        return PartialDate(year=known, season=season.value)
    if month is None:
        if weekday := by_kind.get(WEEKDAY):
            return _weekday(weekday.value, frame.today, frame.toward)
        return None if year is None or day is not None else PartialDate(year=year)
    if year is None:
        year = _year_for(month, day, frame)
    return PartialDate(year=year, month=month, day=day)


def _year(by_kind: dict[str, Token], frame: Frame) -> int | None:
    if found := by_kind.get(YEAR):
        return found.value
    if found := by_kind.get(RELATIVE_YEAR):
        return frame.today.year + found.value
    return None


def _month_and_day(parts: Sequence[Token], order: Order) -> tuple[int | None, int | None]:
    """The month, named or as a number with its mark, and the number that is left."""
    kinds = "".join(part.kind for part in parts)
    month = next((part for part in parts if part.kind in (MONTH, FOREIGN_MONTH)), None)
    numbers = [index for index, part in enumerate(parts) if part.kind == NUMBER]
    if month is None:
        after = [i for i in numbers if kinds[i + 1 : i + 2] in ("m", "b")]
        before = [i for i in numbers if i and kinds[i - 1] in "mb"]
        # "3 сарын 12", but "12 tháng 3".
        marked = (*after, *before) if order == "ymd" else (*before, *after)
        if marked:
            month = parts[marked[0]]
            numbers.remove(marked[0])
    day = parts[numbers[0]].value if numbers else None
    return (month.value if month else None), day


def _year_for(month: int, day: int | None, frame: Frame) -> int:
    """The year of a date written without one: the nearest in the direction that was asked."""
    today = frame.today
    written, now = (month, day or 0), (today.month, today.day if day else 0)
    if frame.toward == "future":
        return today.year + int(written < now)
    return today.year - int(written > now)


def _year_for_season(season: int, frame: Frame) -> int:
    today = frame.today
    if frame.toward == "future":
        return today.year + int(season * 3 + 2 < today.month)
    return today.year - int(season * 3 > today.month)
