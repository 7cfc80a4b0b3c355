"""By day: no moment that a reminder may come is night in any zone of the patient's country."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checklist.daytime import EVENING, MORNING, is_daytime, next_daytime
from tests.country_hours import countries, zones_of

#: Winter and summer, on both halves of the earth, and Ramadan in Morocco.
DAYS = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC),
        datetime(2027, 2, 20, tzinfo=UTC), datetime(2026, 10, 10, tzinfo=UTC))  # fmt: skip
#: No hour is day in all of these: research stations, and islands where nobody lives.
NOWHERE = {"AQ", "UM"}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_it_is_day_in_every_zone_of_every_country(day: datetime) -> None:
    for country in set(countries()) - NOWHERE:
        zones = zones_of(country)
        for hour in range(0, 24, 3):
            at = next_daytime(day + timedelta(hours=hour, minutes=7), country)
            assert timedelta() <= at - day < timedelta(days=2)
            assert is_daytime(at, country)
            for zone in zones:
                local = at.astimezone(zone)
                assert MORNING <= local.hour < EVENING, (country, zone.key, local)


@pytest.mark.parametrize("country", ["RU", "US", "CN", "KZ", "NZ", "IN", "BR", "DE"])
def test_a_moment_by_day_stays(country: str) -> None:
    at = next_daytime(DAYS[0], country)
    assert next_daytime(at, country) == at


def test_where_the_country_is_not_known_the_moment_stays() -> None:
    for country in ("", "XX", "AQ"):
        assert next_daytime(DAYS[0], country) == DAYS[0]
