"""Times: moments and spans of time as the coordinator's language writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from babel import Locale
from babel.dates import format_skeleton, format_time, format_timedelta, get_timezone_gmt

from checklist.text import Text
from handlers.languages import Languages

#: From so much of a unit on, the next larger one is told: "36 hours" says more than "2 days".
_THRESHOLD = 1.5


def moment_in(locale: Locale, at: datetime | None, zone: tzinfo) -> str:
    """A moment as the clock on the office's wall shows it, with how far that is from UTC; "" for none."""
    if at is None:
        return ""
    here = at.astimezone(zone)
    day = format_skeleton("yMMMd", here, locale=locale).replace("\u202f", "\u00a0")
    # The signs between a day and an hour are the language's own.
    both = str(locale.datetime_formats["medium"])
    moment = both.format(format_time(here, "HH:mm", locale=locale), day)
    far = get_timezone_gmt(here, width="long", locale=locale) if here.utcoffset() else "UTC"
    return f"{moment} {far}"


class Times:
    """Writes times in one language, for one office."""

    def __init__(
        self, languages: Languages, locale: str, clock: Callable[[], datetime], zone: tzinfo
    ) -> None:
        """Take the languages, the desk's locale, the clock, and the office's time zone."""
        self._languages = languages
        self._tag = locale
        self._locale = Locale.parse(locale, sep="-")
        self._clock = clock
        self._zone = zone

    def moment(self, at: datetime | None) -> str:
        """A moment; "" for none."""
        return moment_in(self._locale, at, self._zone)

    def lasts(self, since: datetime) -> str:
        """For how long something has lasted: "3 hours"."""
        return str(
            format_timedelta(
                max(self._clock() - since, timedelta(seconds=1)),
                granularity="minute",
                threshold=_THRESHOLD,
                locale=self._locale,
            )
        )

    def ago(self, at: datetime) -> str:
        """How long ago something was: "3 hours ago"."""
        return str(
            format_timedelta(
                min(at - self._clock(), timedelta(seconds=-1)),
                granularity="minute",
                threshold=_THRESHOLD,
                add_direction=True,
                locale=self._locale,
            )
        )

    def say(self, text: Text) -> str:
        """A text."""
        return self._languages.say(text, self._tag)
