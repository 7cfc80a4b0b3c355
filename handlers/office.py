"""Office: when people are there, as far as the operator has said, in words for patients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from checklist.text import Text, _

_DAYS: Final = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The office at this moment.

    `opens_at` is its next opening in its own time zone, None while it is open; `place` names that
    zone for people ("Shanghai"), "" where no hours are kept. A case that nobody has taken is called
    out after `patience`.
    """

    opens_at: datetime | None = None
    place: str = ""
    patience: timedelta = timedelta(hours=4)

    def due(self, now: datetime) -> datetime:
        """When a case that has come now is called out, if nobody takes it."""
        return (self.opens_at or now) + self.patience


def when_answered(office: Office | None) -> tuple[Text, ...]:
    """When somebody will answer, said honestly; nothing where no office hours are known."""
    if office is None or not office.place:
        return ()
    if office.opens_at is None:
        return (_("The coordinators answer during office hours. They are there now."),)
    return (
        _(
            "The coordinators answer during office hours. They are there again on {day} at {time} "
            "({place} time).",
            day=_DAYS[office.opens_at.weekday()],
            time=f"{office.opens_at.hour}:{office.opens_at.minute:02}",
            place=office.place,
        ),
    )
