"""Reminding: whether reminders are wanted, as it was said: a value on record like a consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminding:
    """A yes or a no to a version of words, in the language in which they were shown.

    `given` is None where it was asked, and other words came than an answer.
    `stopped_at` is when also what was promised for a day was not to be asked for any more, None
    where only reminders in silence were refused. `quiet_until` is how far the next one was put off.
    """

    given: bool | None
    version: str
    locale: str
    at: datetime
    stopped_at: datetime | None = None
    quiet_until: datetime | None = None
