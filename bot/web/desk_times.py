"""Times: moments and spans of time as the coordinator's language writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from babel import Locale
from babel.dates import format_skeleton, format_time, format_timedelta

from checklist.text import Text
from handlers.languages import Languages

#: From so much of a unit on, the next larger one is told: "36 hours" says more than "2 days".
_THRESHOLD = 1.5


class Times:
    """Writes times in one language."""

    def __init__(self, languages: Languages, locale: str, clock: Callable[[], datetime]) -> None:
        """Take the languages, the desk's locale, and the clock."""
        self._languages = languages
        self._tag = locale
        self._locale = Locale.parse(locale, sep="-")
        self._clock = clock

    def moment(self, at: datetime | None) -> str:
        """A moment, in UTC; "" for none."""
        if at is None:
            return ""
        day = format_skeleton("yMMMd", at, locale=self._locale)
        return f"{day}, {format_time(at, 'short', locale=self._locale)} UTC".replace("\u202f", " ")

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
