"""Office hours: when somebody answers is said honestly, in the office's own time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.office import office_at
from bot.paths import load_languages
from bot.settings import Settings
from handlers.office import when_answered

HOURS = {
    "office_hours": "Mon-Fri 9:00-12:00; mon-fri 13:00-18:00; Sat 10:00-13:00",
    "office_time_zone": "Asia/Shanghai",
    "office_closed": "2026-11-30",
}


def settings(**values: Any) -> Settings:
    return Settings.model_validate({**HOURS, **values})


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-25T02:00", ""),  # Wednesday, 10:00 in Shanghai
        ("2026-11-25T04:30", "Wednesday at 13:00"),  # the midday break
        ("2026-11-25T10:00", "Thursday at 9:00"),  # closes at 18:00 sharp
        ("2026-11-28T06:00", "Tuesday at 9:00"),  # Saturday afternoon, and Monday is a day off
        ("2026-11-29T23:00", "Tuesday at 9:00"),
    ],
)
def test_patients_are_told_when_somebody_is_there_again(at: str, opens: str) -> None:
    office = office_at(settings(), datetime.fromisoformat(at).replace(tzinfo=UTC))
    (text,) = when_answered(office)
    said = load_languages().say(text, "en").replace("\u2068", "").replace("\u2069", "")
    if opens:
        assert said.endswith(f"They are there again on {opens} (Shanghai time).")
    else:
        assert said.endswith("They are there now.")


def test_a_case_of_the_night_is_due_some_time_after_the_opening() -> None:
    night = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)  # Thursday, 4:00 in Shanghai
    office = office_at(settings(escalate_after_minutes=90), night)
    assert office.due(night) == datetime(2026, 11, 26, 2, 30, tzinfo=UTC)


def test_hours_follow_the_clock_of_the_place_through_the_year() -> None:
    """Nine o'clock in Berlin is seven in July and eight in December, in UTC."""
    for day, utc in (("2026-07-06", 7), ("2026-12-07", 8)):
        known = settings(office_time_zone="Europe/Berlin")
        before = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=UTC)
        opens = office_at(known, before).opens_at
        assert opens is not None
        assert opens.astimezone(UTC) == before + timedelta(hours=utc)


def test_without_hours_nothing_is_promised() -> None:
    office = office_at(settings(office_hours=""), datetime(2026, 11, 25, tzinfo=UTC))
    assert when_answered(office) == when_answered(None) == ()
    assert office.opens_at is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("office_hours", "9 to 5", "Mon-Fri 9:00-18:00"),
        ("office_hours", "Mon-Fry 9:00-18:00", "Mon-Fri 9:00-18:00"),
        ("office_hours", "Mon 18:00-9:00", "Mon-Fri 9:00-18:00"),
        ("office_hours", "Mon 25:00-26:00", "Mon-Fri 9:00-18:00"),
        ("office_time_zone", "Beijing", "Asia/Shanghai"),
        ("office_closed", "Christmas", "2026-12-25"),
    ],
)
def test_hours_that_can_not_be_read_are_said_at_the_start(
    name: str, value: str, words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(**{name: value})
