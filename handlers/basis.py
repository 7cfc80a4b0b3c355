"""In what right somebody answers for a patient: stated, kept with the consent, and not verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from checklist.case import Case
from checklist.consents import Basis, is_under_age, newest
from checklist.text import Text, _, _c
from handlers.step import Move, View

ID: Final = "basis"

#: After a no of a child's guardian it is not asked again so soon.
_AGAIN: Final = timedelta(days=1)

BASES: Final[Mapping[Basis, Text]] = {
    "asked": _c("button", "They asked me to"),
    "authorised": _c("button", "I am authorised"),
    "unable": _c("button", "They can't decide"),
}

ADULT: Final = _("The patient is an adult. In what right do you answer for them?")
CHILD: Final = _("The patient is under 18. Are you their parent or guardian?")
OWN: Final = _("You are under 18. Does your parent or guardian agree to this?")

#: How it is shown to coordinators and to the specialist, in a line of its own.
STATED: Final[Mapping[Basis, Text]] = {
    "asked": _("at the patient's wish (told, not checked)"),
    "authorised": _("authorised by the patient (told, not checked)"),
    "unable": _("since the patient can't decide (told, not checked)"),
    "guardian": _("parent or guardian of a child (told, not checked)"),
    "no_guardian": _("no parent or guardian has agreed yet"),
}


def is_child(case: Case, today: date) -> bool:
    """Whether the patient is under 18, by the birth date that was given."""
    born = case.answer("birth_date")
    return is_under_age(born.date if born is not None else None, today)


def is_wanted(view: View) -> bool:
    """Whether it must still be said: a helper says it once, for a child a guardian agrees.

    Who has joined by a code has said so among the points that they agreed to (`steps/joining.py`).
    """
    if is_child(view.case, view.today):
        return view.case.basis != "guardian"
    alone = view.by_helper and not view.session.joined_as
    return alone and view.case.basis in ("", "guardian", "no_guardian")


def is_open(view: View) -> bool:
    """Whether it is wanted, and was not answered just now: a guardian may agree on a later day."""
    said = newest(view.case.consents, "for_patient")
    lately = said is not None and view.now - said.at < _AGAIN
    return is_wanted(view) and not (lately and view.case.basis == "no_guardian")


def asked(view: View, move: Move) -> Move:
    """The move, with this question in between where it is wanted."""
    if not is_wanted(replace(view, case=move.case)):
        return move
    return replace(move, aside=ID)
