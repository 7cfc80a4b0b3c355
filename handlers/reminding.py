"""Reminding: the timer of a reminder has run out, and it is said: by day, and where it is still wanted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from checklist.letters import letter_named, sent_for
from checklist.progress import awaited
from handlers.asides import password
from handlers.asides.advice import put_aside
from handlers.effects import Effect, SetTimer
from handlers.moving import Heard
from handlers.reminders import (
    ABOUT,
    AFTER,
    REMINDER,
    STOP_BY_WORD,
    by_day,
    next_reminder,
    still_promised,
    wanted,
    words_about,
)
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import TimerFired

#: Questions in between that must keep standing: what is written to them is heard like nothing else.
_KEPT: Final = ("emergency", password.ID)

#: Two reminders are so far apart.
_APART: Final = timedelta(hours=20)


def reminded(view: View, timer: TimerFired) -> Heard:
    """Say hello again, after one, three, seven and twenty-one days of silence."""
    case, session = view.case, view.session
    if not wanted(case) or not case.consented or case.submitted_at is not None:
        return view, ()
    if session.reminders >= len(AFTER):
        return view, ()
    if late := _too_early(view, timer):
        return view, late
    view = replace(view, session=replace(session, reminders=session.reminders + 1))
    view, said = _said(view, "", nudge=True)
    return view, (*said, *next_reminder(view.case, view.session, view.now))


def expected(view: View, timer: TimerFired) -> Heard:
    """Ask for what was to come, unless it has come, something else was said, or it was stopped."""
    item_id = timer.key.rpartition(":")[2]
    answer, item = view.case.answer(item_id), view.catalog.item(item_id)
    if answer is None or item is None or not awaited(view.case, item):
        return view, ()
    if not view.case.consented:
        return view, ()
    if not still_promised(view.case, answer.at):
        return view, ()
    return (view, late) if (late := _too_early(view, timer)) else _said(view, item_id, nudge=False)


def letter_due(view: View, timer: TimerFired) -> Heard:
    """Ask whether the hospital has answered a letter."""
    number = timer.key.rpartition(":")[2]
    letter = letter_named(view.case.letters, number)
    if letter is None or letter.said_at is None:
        return view, ()
    if sent_for(view.case.letters, letter.item) != letter:
        # It was answered, or a second one for the same is on its way.
        return view, ()
    if view.case.choice(letter.item) in ("have", "none"):
        # It was said since that it is here, or that there is none.
        return view, ()
    if not still_promised(view.case, letter.said_at):
        return view, ()
    return (view, late) if (late := _too_early(view, timer)) else _said(view, number, nudge=False)


def _too_early(view: View, timer: TimerFired) -> tuple[Effect, ...]:
    """The timer once more, where it ran out at night or on the heels of another reminder.

    The work may have been held up; and one a day is enough, whatever they are about.
    """
    last, soonest = view.session.reminded_at, view.now
    if last is not None and view.now - last < _APART:
        soonest = last + _APART
    at = by_day(view.case, soonest)
    return () if at == view.now else (SetTimer(name=timer.name, key=timer.key, at=at),)


def _said(view: View, about: str, *, nudge: bool) -> Heard:
    view = replace(view, session=replace(view.session, reminded_at=view.now))
    # What is written to a coordinator is for them: a "yes" to a person answers no reminder.
    if view.session.aside in _KEPT or view.session.mode == "human":
        words = (*words_about(view, about), STOP_BY_WORD)
        return view, reply_of(view, words, ask=False, nudge=nudge)
    view, noted = put_aside(view)
    draft = {**view.session.draft, ABOUT: about}
    view = replace(view, session=replace(view.session, aside=REMINDER, draft=draft))
    return view, reply_of(view, noted, ask=True, nudge=nudge)
