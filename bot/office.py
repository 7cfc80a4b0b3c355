"""Office hours: what the operator has set, and when the office is next open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from handlers.office import Office

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(
    r"(?P<first>[a-z]{3})(?:\s*-\s*(?P<last>[a-z]{3}))?\s+"
    r"(?P<opens>\d{1,2}:\d{2})\s*-\s*(?P<closes>\d{1,2}:\d{2})"
)
#: After so many days without an opening nothing is promised.
_LOOK_AHEAD = 60


class OfficeSettings(Protocol):
    """What of the settings this module reads."""

    @property
    def office_hours(self) -> str:
        """`Mon-Fri 9:00-18:00; Sat 10:00-13:00`, "" for none."""
        ...

    @property
    def office_time_zone(self) -> str:
        """An IANA name."""
        ...

    @property
    def office_closed(self) -> str:
        """Days on which it is closed, ISO, with spaces between."""
        ...

    @property
    def escalate_after_minutes(self) -> int:
        """How long a case may wait for somebody."""
        ...


def zone_of(settings: OfficeSettings) -> ZoneInfo:
    """The office's time zone."""
    return ZoneInfo(settings.office_time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The hours of each weekday (0 is Monday), and the days on which nobody is there."""

    hours: Mapping[int, tuple[tuple[time, time], ...]]
    zone: ZoneInfo
    closed: frozenset[date]

    def opens_at(self, now: datetime) -> datetime | None:
        """The next opening in the office's time zone; None while it is open, or never opens."""
        here = now.astimezone(self.zone)
        for days in range(_LOOK_AHEAD):
            day = here.date() + timedelta(days=days)
            for opens, closes in self._on(day):
                start = datetime.combine(day, opens, self.zone)
                if start <= here < datetime.combine(day, closes, self.zone):
                    return None
                if start > here:
                    return start
        return None

    def _on(self, day: date) -> tuple[tuple[time, time], ...]:
        return () if day in self.closed else self.hours.get(day.weekday(), ())


def office_at(settings: OfficeSettings, now: datetime) -> Office:
    """The office as the settings have it at this moment."""
    patience = timedelta(minutes=settings.escalate_after_minutes)
    week = week_of(settings.office_hours, settings.office_time_zone, settings.office_closed)
    if not week.hours:
        return Office(patience=patience)
    place = week.zone.key.rpartition("/")[2].replace("_", " ")
    return Office(opens_at=week.opens_at(now), place=place, patience=patience)


@lru_cache(maxsize=8)
def week_of(hours: str, zone: str, closed: str) -> Week:
    """The settings as values. Raises ValueError, whose words name the part that can't be read."""
    try:
        where = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"no such time zone: {zone!r}; use a name like Asia/Shanghai") from None
    try:
        days = frozenset(date.fromisoformat(day) for day in closed.replace(",", " ").split())
    except ValueError:
        raise ValueError("write closed days like 2026-12-25, with spaces between") from None
    found: dict[int, tuple[tuple[time, time], ...]] = {}
    for part in filter(None, (part.strip() for part in hours.lower().split(";"))):
        for day, span in _spans(part):
            found[day] = tuple(sorted((*found.get(day, ()), span)))
    return Week(hours=found, zone=where, closed=days)


def _spans(part: str) -> list[tuple[int, tuple[time, time]]]:
    read = _SPAN.fullmatch(part)
    wrong = ValueError(
        f"can't read {part!r}; write hours like: Mon-Fri 9:00-18:00; Sat 10:00-13:00"
    )
    if read is None:
        raise wrong
    first, last = read["first"], read["last"] or read["first"]
    if first not in _DAYS or last not in _DAYS:
        raise wrong
    try:
        opens, closes = (time.fromisoformat(read[key].zfill(5)) for key in ("opens", "closes"))
    except ValueError:
        raise wrong from None
    if closes <= opens:
        raise wrong
    start = _DAYS.index(first)
    count = (_DAYS.index(last) - start) % 7 + 1
    return [((start + n) % 7, (opens, closes)) for n in range(count)]
