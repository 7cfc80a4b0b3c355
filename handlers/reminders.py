"""Reminders: who wants them, when the next one is due, and what they may say.

One message, one next thing, further and further apart, and then silence. None is sent without a yes to
them; an answer that was promised for a day is asked for without one, unless reminders were stopped
since. They come by day, and hold no word of anybody's health: they are read on a locked screen.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from checklist.case import Case
from checklist.daytime import next_daytime
from checklist.reminding import Reminding
from checklist.text import Text, _
from handlers.effects import Actor, CancelTimer, Effect, RecordAudit, SetTimer
from handlers.session import Session
from handlers.step import View

#: The version of the words by which somebody agreed to reminders.
VERSION: Final = "1"

#: The question whether they are wanted, and the reminder itself: ids of questions in between.
OPT_IN: Final = "reminders"
REMINDER: Final = "reminder"
#: What a draft holds where somebody asked for the switch: a no is then a no to all of them.
ASKED_FOR: Final = "reminders_all"
#: What a draft holds of what is reminded of: "", an item's id, or a letter's number.
ABOUT: Final = "reminder_of"

#: After the patient's last word. After the last of them nothing more is sent.
AFTER: Final = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=21))
#: By how much "Not now" puts off what comes next.
SNOOZE: Final = timedelta(days=3)

LAST_WORDS: Final = _(
    "I have not heard from you for some time. I keep what you sent, and I won't write "
    "again. When you are ready, just write to me. To erase everything, write “delete”."
)
HELLO: Final = _("Hello again. When you have a moment, we can go on where we stopped.")
HAVE_YOU: Final = _("You wanted to get something by now. Do you have it?")
STOP_BY_WORD: Final = _("To stop these messages, write “reminders”.")


def wanted(case: Case) -> bool:
    """Whether reminders were agreed to."""
    return case.reminding is not None and case.reminding.given is True


def still_promised(case: Case, since: datetime) -> bool:
    """Whether what was promised then may be asked for: reminders were not stopped after it."""
    stopped = case.reminding.stopped_at if case.reminding is not None else None
    return stopped is None or stopped <= since


def by_day(case: Case, at: datetime) -> datetime:
    """That moment, or the next one at which it is day where the patient is."""
    country = case.answer("country")
    return next_daytime(at, country.value if country else "")


def reminder_key(case: Case) -> str:
    """The key of a case's reminder: there is never more than one."""
    return f"{case.id}:reminder"


def expected_key(case: Case, item_id: str) -> str:
    """The key of the timer that asks again for an item."""
    return f"{case.id}:expected:{item_id}"


def letter_key(case: Case, number: int) -> str:
    """The key of the timer that asks whether a letter was answered."""
    return f"{case.id}:letter:{number}"


def next_reminder(case: Case, session: Session, now: datetime) -> tuple[Effect, ...]:
    """The timer of the next reminder; none unwanted, after the hand-over, or after the last."""
    if not wanted(case) or not case.consented or case.submitted_at is not None:
        return ()
    if session.reminders >= len(AFTER):
        return ()
    last = session.last_inbound_at or now
    if case.reminding is not None and case.reminding.quiet_until is not None:
        # "Not now" is a word too, of which the first reminder comes later.
        last = max(last, case.reminding.quiet_until - AFTER[0])
    at = by_day(case, max(last + AFTER[session.reminders], now))
    return (SetTimer(name="reminder", key=reminder_key(case), at=at),)


def asking_to_remind(view: View, case: Case) -> tuple[Case, str]:
    """The case, and the question in between whether reminders are wanted; "" where it was asked."""
    if case.reminding is not None or case.submitted_at is not None:
        return case, ""
    asked = Reminding(given=None, version=VERSION, locale=view.locale, at=view.now)
    return replace(case, reminding=asked), OPT_IN


def with_reminders(
    view: View, *, given: bool, stop: bool = False
) -> tuple[Case, tuple[Effect, ...]]:
    """The case with a yes or a no to reminders, and what follows: it is on record like a consent.

    With `stop` what was promised for a day is not asked for any more either.
    """
    said = Reminding(
        given=given, version=VERSION, locale=view.locale, at=view.now,
        stopped_at=view.now if stop else None,
    )  # fmt: skip
    case = replace(view.case, reminding=said)
    word = "yes" if given else "stopped" if stop else "no"
    actor: Actor = "helper" if view.by_helper else "patient"
    audit = RecordAudit(actor=actor, action=f"reminders.{word}", object=VERSION)
    ended = () if given else (CancelTimer(key=reminder_key(case)),)
    return case, (audit, *ended)


def words_about(view: View, about: str) -> tuple[Text, ...]:
    """What a reminder says."""
    if about.isdigit():
        letter = next((one for one in view.case.letters if str(one.number) == about), None)
        if letter is not None and letter.sent_on is not None:
            ask = _("You sent a letter on {date}. Has an answer come?", date=letter.sent_on)
            return (ask,)
    if about:
        return (HAVE_YOU,)
    # It is asked for after it was counted.
    return (LAST_WORDS,) if view.session.reminders >= len(AFTER) else (HELLO,)
