"""Slides, blocks and films at the desk: what is there, and the forms that are possible now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from checklist.case import Case
from checklist.marks import mark_of_parcels
from checklist.physical import KINDS, Parcel, Told, may
from checklist.text import Text, _, _c
from handlers.parcel_words import KIND_NAMES, STATES, things_of
from handlers.updates import Action

Say = Callable[[Text], str]
Time = Callable[[datetime | None], str]

PARCELS: Mapping[str, Text] = {
    "title": _("Slides, blocks and films"),
    "hint": _(
        "Ask the receiving laboratory first, and enter here what it wants. The patient is told at "
        "once, and told to have nothing cut before."
    ),
    "none": _("Nothing goes by post so far."),
    "wish": _("What the laboratory wants"),
    "which": _("Which block or stain"),
    "count": _("How many"),
    "coating": _("Slides"),
    "coating_any": _("Not said"),
    "coated": _("Coated (charged)"),
    "plain": _("Plain"),
    "thickness": _("Thickness"),
    "words": _("In your words, such as the address (the patient sees them under your name)"),
    "wish_send": _c("button", "Tell the patient"),
    "step": _("What became of it"),
    "state": _("It is"),
    "day": _("Date, where it was not today (2026-03-14)"),
    "courier": _("Courier"),
    "tracking": _("Tracking number"),
    "step_send": _c("button", "Note it"),
    "back": _c("button", "Undo the last step"),
    "open": _("The patient told of it elsewhere"),
    "kind": _("Kind"),
    "amount": _("How many, and which numbers"),
    "open_send": _c("button", "Add it"),
    "by_patient": _("the patient"),
    "said": _("The patient wrote"),
}

#: The forms of this section: what each is called, and its fields beside the parcel's number.
PARCEL_FORMS: Mapping[Action, tuple[str, ...]] = {
    "parcel_open": ("kind", "amount"),
    "parcel_wish": ("which", "count", "coating", "thickness"),
    "parcel_step": ("state", "day", "courier", "tracking"),
    "parcel_back": (),
}


class ParcelsView:
    """Says in the desk's language what goes by post."""

    def __init__(self, say: Say, time: Time) -> None:
        """Take how a text and a time are said."""
        self._say = say
        self._time = time

    def of(self, case: Case) -> dict[str, Any]:
        """All parcels of a case, and what can be done with each."""
        return {
            "seen": mark_of_parcels(case),
            "kinds": [(kind, self._say(KIND_NAMES[kind])) for kind in KINDS],
            "all": [self._one(parcel) for parcel in case.parcels],
        }

    def _one(self, parcel: Parcel) -> dict[str, Any]:
        wish = parcel.wish
        said = PARCELS.get(wish.coating) if wish and wish.coating else None
        lines = (
            [
                (self._say(PARCELS["which"]), wish.which),
                (self._say(PARCELS["count"]), wish.count),
                (self._say(PARCELS["coating"]), self._say(said) if said else ""),
                (self._say(PARCELS["thickness"]), wish.thickness),
            ]
            if wish
            else []
        )
        steps = [state for state in STATES if state != "confirmed"]
        return {
            "number": parcel.number,
            "things": self._say(things_of(parcel)),
            "state": self._say(STATES[parcel.state]),
            "waits": parcel.state in ("asked", "lost"),
            "words": parcel.words,
            "wish": [(name, value) for name, value in lines if value],
            "wish_words": wish.words if wish else "",
            "courier": parcel.courier,
            "tracking": parcel.tracking,
            "way": [self._told(told) for told in parcel.way],
            "can_wish": may(parcel, "confirmed", "coordinator"),
            "steps": [
                (state, self._say(STATES[state]))
                for state in steps
                if may(parcel, state, "coordinator")
            ],
            "can_back": len(parcel.way) > 1 and parcel.way[-1].by == "coordinator",
        }

    def _told(self, told: Told) -> dict[str, str]:
        return {
            "state": self._say(STATES[told.state]),
            "day": told.day.iso if told.day else "",
            "at": self._time(told.at),
            "by": told.name or self._say(PARCELS["by_patient"]),
        }
