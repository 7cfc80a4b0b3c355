"""Which date: the buttons with which a patient settles a date that can be read in several ways."""

from __future__ import annotations

from checklist.dates import Ambiguous, PartialDate
from checklist.text import BUTTON, Text
from handlers.replies import Choice


def date_choices(found: Ambiguous) -> tuple[Choice, ...]:
    """A button for each reading, the likelier one first."""
    return tuple(
        Choice(
            id=f"date{number}", label=Text(msgid="{date}", context=BUTTON, params={"date": option})
        )
        for number, option in enumerate(found.options, start=1)
    )


def date_of(found: Ambiguous, choice: str) -> PartialDate:
    """The reading that a button stands for, in the words that were written."""
    return found.options[int(choice.removeprefix("date")) - 1]
