"""Slides, blocks and films: what the laboratory wants, and what became of them on their way."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast, get_args

from checklist.case import Case
from checklist.cover_text import partial_date
from checklist.marks import mark_of_parcels
from checklist.physical import (
    KINDS,
    STATES,
    Coating,
    IllegalStep,
    Parcel,
    State,
    Wish,
    opened,
    taken_back,
    told,
)
from checklist.physical_reading import read_amount, tidy
from checklist.text import Text, _
from handlers.acts.outcome import Acted, rebuilt, refused, shown_on_card, stale, trail
from handlers.asides import password
from handlers.asides.advice import put_aside
from handlers.asides.parcel import ABOUT, ID, QUESTION, wish_words
from handlers.parcel_words import line_of
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CoordinatorActed

#: Questions in between that must keep standing: what is written to them is heard like nothing else.
_KEPT: Final = ("emergency", password.ID)

_SHORT: Final = 120
_LONGEST: Final = 1000

_NEWS: Final = {
    "arrived": _("Good news: this has arrived."),
    "returned": _("This was sent back to you."),
    "lost": _("I am sorry. This can't be found just now. A coordinator looks for it."),
    "sent": _("A coordinator has noted this:"),
    "ready": _("A coordinator has noted this:"),
    "not_lent": _("A coordinator has noted this:"),
    "asked": _("A coordinator has noted this:"),
}


def open_(view: View, act: CoordinatorActed) -> Acted:
    """Things that a patient told of elsewhere (`values` `kind`, `amount`)."""
    kind = act.values.get("kind", "")
    if stale(act, mark_of_parcels(view.case)):
        return refused(view, act)
    if kind not in KINDS or not view.case.consented:
        return view, ()
    words = tidy(act.values.get("amount", ""), _SHORT)
    amount = read_amount(words, view.words)
    number = len(view.case.parcels) + 1
    parcel = opened(kind, number=number, at=view.now, by="coordinator", name=act.coordinator)
    parcel = replace(parcel, count=amount.count, ids=amount.ids, words=words)
    return _kept(view, act, parcel, "parcel.asked", ())


def wish(view: View, act: CoordinatorActed) -> Acted:
    """What the receiving laboratory wants (`which count coating thickness`, and words of one's own)."""
    parcel = _parcel(view.case, act)
    if parcel is None or stale(act, mark_of_parcels(view.case)):
        return refused(view, act)
    which, count, thickness = (
        tidy(act.values.get(name, ""), _SHORT) for name in ("which", "count", "thickness")
    )
    coating = act.values.get("coating", "")
    wanted = Wish(
        which=which,
        count=count,
        thickness=thickness,
        coating=cast(Coating, coating if coating in get_args(Coating) else ""),
        words=act.text.strip()[:_LONGEST],
    )
    if wanted == Wish():
        return view, ()
    try:
        parcel = told(
            parcel, "confirmed", at=view.now, by="coordinator", name=act.coordinator, wish=wanted
        )
    except IllegalStep:
        return refused(view, act)
    return _kept(
        view, act, parcel, "parcel.confirmed", wish_words(view, parcel, by=act.coordinator)
    )


def step(view: View, act: CoordinatorActed) -> Acted:
    """What became of it (`values` `state day courier tracking`). What can't follow is refused."""
    parcel, state = _parcel(view.case, act), act.values.get("state", "")
    if parcel is None or state not in STATES or stale(act, mark_of_parcels(view.case)):
        return refused(view, act)
    if state == "confirmed":
        # Without what it wants, that says nothing.
        return refused(view, act)
    try:
        parcel = told(
            parcel,
            cast(State, state),
            at=view.now,
            by="coordinator",
            name=act.coordinator,
            day=partial_date(act.values.get("day", "")),
            courier=tidy(act.values.get("courier", ""), _SHORT),
            tracking=tidy(act.values.get("tracking", ""), _SHORT),
        )
    except IllegalStep:
        return refused(view, act)
    return _kept(view, act, parcel, f"parcel.{state}", (_NEWS[state], line_of(parcel)))


def back(view: View, act: CoordinatorActed) -> Acted:
    """Take back what a coordinator noted last."""
    parcel = _parcel(view.case, act)
    if parcel is None or stale(act, mark_of_parcels(view.case)):
        return refused(view, act)
    try:
        parcel = taken_back(parcel, by="coordinator")
    except IllegalStep:
        return refused(view, act)
    mistake = _("That was a mistake. This is how it stands:")
    return _kept(view, act, parcel, "parcel.undone", (mistake, line_of(parcel)))


def _parcel(case: Case, act: CoordinatorActed) -> Parcel | None:
    number = act.values.get("parcel", "")
    return next((one for one in case.parcels if str(one.number) == number), None)


def _kept(
    view: View, act: CoordinatorActed, parcel: Parcel, action: str, say: tuple[Text, ...]
) -> Acted:
    view = replace(view, case=view.case.with_parcel(parcel))
    done = (trail(act, action, str(parcel.number)), shown_on_card(view), *rebuilt(view.case))
    if not say:
        return view, done
    if view.session.aside in _KEPT:
        # Help stands, and what is typed next may be a password; "parcel" shows the rest.
        return view, (*done, *reply_of(view, say, ask=False))
    if view.session.aside in ("", ID):
        draft = {k: v for k, v in view.session.draft.items() if k not in (QUESTION, ABOUT)}
        # What comes next is the patient's to tell, so those buttons are at hand.
        aside = ID if parcel.state == "confirmed" else ""
        view = replace(view, session=replace(view.session, aside=aside, draft=draft))
        return view, (*done, *reply_of(view, say, ask=False))
    view, noted = put_aside(view)
    return view, (*done, *reply_of(view, (*noted, *say), ask=False))
