"""Reminders: one message, one next thing, further and further apart, and then silence."""

from __future__ import annotations

from datetime import datetime, timedelta

from checklist.case import Case
from checklist.text import Text, _
from handlers.effects import Effect, SetTimer
from handlers.session import Session
from handlers.step import View
from handlers.wording import step_title

#: Days after the patient's last word. After the last of them nothing more is sent.
AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=21))


def next_reminder(case: Case, session: Session, now: datetime) -> tuple[Effect, ...]:
    """The timer of the next reminder; none before consent, after the hand-over, or after the last."""
    last = session.last_inbound_at or now
    if not case.consented or case.submitted_at is not None or session.reminders >= len(AFTER):
        return ()
    return (
        SetTimer(name="reminder", key=f"{case.id}:reminder", at=last + AFTER[session.reminders]),
    )


def reminder_words(view: View) -> tuple[Text, ...]:
    """What a reminder says; the standing question follows it."""
    if view.session.reminders + 1 >= len(AFTER):
        return (
            _(
                "I have not heard from you for some time. I keep what you sent, and I won't write "
                "again. When you are ready, just write to me. To erase everything, write “delete”."
            ),
        )
    return (_("Hello again. When you have a moment, we can go on where we stopped."),)


def expected_words(view: View, item_id: str) -> tuple[Text, ...]:
    """Asking for an item that was to come by now."""
    title = step_title(item_id, view.catalog)
    return (_("You wanted to get this by now: {item}. Do you have it?", item=title),)
