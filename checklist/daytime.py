"""Daytime: when a reminder may come, by the clock of the patient's country.

From 9 to 20. Where a country has several zones, only the hours that are day in all of them, in summer
and in winter: nobody is asked where exactly they live. Russia's is one hour long (10 to 11 in Moscow).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from checklist.country_hours import HOURS

MORNING: Final = 9
EVENING: Final = 20

_QUARTER: Final = timedelta(minutes=15)
_DAY: Final = timedelta(days=1)

_OFFSETS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {country: offsets for offsets, countries in HOURS.items() for country in countries.split()}
)


def next_daytime(at: datetime, country: str) -> datetime:
    """That moment (UTC) where it is day in the country (alpha-2), else the next morning.

    Of a country that isn't known nothing can be said, and the moment stays: a whole number of days
    after somebody's last word they are likely to be awake again.
    """
    offsets = _OFFSETS.get(country.strip().upper())
    if offsets is None:
        return at
    least, most = offsets
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    # It is morning last where clocks are furthest behind, and evening first where they are ahead.
    opens = midnight + timedelta(hours=MORNING) - least * _QUARTER
    closes = midnight + timedelta(hours=EVENING) - most * _QUARTER
    while closes - _DAY > at:
        opens, closes = opens - _DAY, closes - _DAY
    while closes <= at:
        opens, closes = opens + _DAY, closes + _DAY
    return max(at, opens)


def is_daytime(at: datetime, country: str) -> bool:
    """Whether a reminder may come at that moment."""
    return next_daytime(at, country) == at
