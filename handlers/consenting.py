"""Consenting: the points that are asked one by one, in which words, and how an answer is put on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from checklist.consents import OPTIONAL, Basis, Consent, Point, newest
from checklist.dates import PartialDate
from checklist.text import Text, _, _c
from handlers.basis import is_child
from handlers.effects import (
    Actor,
    Effect,
    NotifyCoordinators,
    ReadScans,
    RecordAudit,
)
from handlers.service import Service
from handlers.step import View

#: The question in between that asks one point, and what its draft holds: which.
AGREE: Final = "agree"

#: These are asked together, where papers are spoken of.
MACHINES: Final[tuple[Point, ...]] = ("machine_reading", "machine_translation")

#: The versions of the words below; each rises with every change to them, in any language.
VERSIONS: Final[Mapping[Point, str]] = {
    "abroad": "2026-11-26",
    "machine_reading": "2026-11-26",
    "machine_translation": "2026-11-26",
    "for_patient": "2026-11-26",
}

#: What each point is called in a list, and on its button.
NAMES: Final[Mapping[Point, Text]] = {
    "keep": _c("button", "Keep my records"),
    "abroad": _c("button", "Send it abroad"),
    "machine_reading": _c("button", "Machine reading"),
    "machine_translation": _c("button", "Machine drafts"),
}

#: What it is called that somebody has said why they answer for the patient.
RIGHT: Final = _("In what right")

# A lawyer must still review these words; see README, "What is not reviewed".
_ABROAD = _(
    "The specialist is in another country: {country}. May the coordinators send the case there? "
    "The law there may protect it less. If you say no, it is not sent."
)
_READING = _(
    "May a computer program read the words on scanned papers, so that coordinators find them? "
    "It runs here, and the papers go nowhere. You can say no."
)
_DRAFTS = _(
    "May a computer program write first drafts of translations of your papers? "
    "It gets their words, and a person checks each draft. You can say no."
)
_NOTED: Final = _("Thank you, I noted it.")
CHANGE: Final = _("You can change this at any time: write “withdraw”.")


def offered(view: View) -> tuple[Point, ...]:
    """The optional points that this service has a use for."""
    return offered_by(view.service)


def offered_by(service: Service) -> tuple[Point, ...]:
    """The optional points that a service has a use for."""
    has = {
        "abroad": bool(service.country),
        "machine_reading": service.reads,
        "machine_translation": service.translates,
    }
    return tuple(point for point in OPTIONAL if has[point])


def unasked(view: View, *points: Point) -> str:
    """The first of these points that is of use and was never asked; "" where there is none."""
    open_ = (p for p in offered(view) if p in points and newest(view.case.consents, p) is None)
    return next(open_, "")


def question(view: View, point: Point) -> Text:
    """The words that ask for an optional point."""
    match point:
        case "abroad":
            country = view.languages.country_name(view.service.country, view.locale)
            return _ABROAD.with_(country=country)
        case "machine_reading":
            return _READING
        case _:
            return _DRAFTS


def consent_of(
    view: View, point: Point, *, given: bool, shown: Sequence[Text], version: str, basis: Basis = ""
) -> Consent:
    """What was said of a point, with the hash of the words as they were shown in this language."""
    words = "\n".join(view.languages.say(text, view.locale) for text in shown)
    return Consent(
        version=version,
        given=given,
        locale=view.locale,
        at=view.now,
        point=point,
        sha256=sha256(words.encode("utf-8", "replace")).hexdigest(),
        basis=basis,
        by="helper" if view.by_helper else "patient",
    )


def may_agree_again(view: View, point: Point = "keep") -> bool:
    """Whether who writes here may give a consent that was taken back, or refused.

    What the patient said no to a helper does not give again, but for the guardian of a child.
    """
    said = newest(view.case.consents, point)
    if said is None or said.given or said.by != "patient" or not view.by_helper:
        return True
    return _is_guardian(view)


def _is_guardian(view: View) -> bool:
    """Whether the helper here answers for a child as its guardian.

    That is said by the helper who began; who joined by a code has said who they are to the patient.
    """
    case = view.case
    if not is_child(case, view.today) or case.basis != "guardian":
        return False
    chat = case.chat(view.session.id)
    joined = bool(view.session.joined_as)
    return (chat is not None and chat.relation == "parent") if joined else case.by_helper


def said_of(view: View, point: Point, *, given: bool) -> tuple[Consent, tuple[Effect, ...]]:
    """A yes or a no to an optional point, and what follows from it at once."""
    shown = (question(view, point),)
    consent = consent_of(view, point, given=given, shown=shown, version=VERSIONS[point])
    word = "yes" if given else "no"
    effects: tuple[Effect, ...] = (
        RecordAudit(actor=actor_of(view), action=f"consent.{point}.{word}", object=consent.version),
    )
    if point == "machine_reading":
        effects = (*effects, ReadScans(on=given))
    if not given and view.case.agrees(point) and view.case.submitted_at is not None:
        key = f"{view.case.id}:withdrawn:{view.session.version}"
        effects = (*effects, NotifyCoordinators(reason="withdrawn", key=key))
    return consent, effects


def line_of(point: Point, said: Consent | None) -> Text:
    """A point with its state, as a line of a list."""
    what = NAMES.get(point, RIGHT)
    if said is None:
        return _("• {what}: not asked yet, so no", what=what)
    yes, no = _("• {what}: yes, since {date}"), _("• {what}: no, since {date}")
    return (yes if said.given else no).with_(what=what, date=PartialDate.of(said.at.date()))


def thanks() -> tuple[Text, ...]:
    """What is said to an answer: how it can be changed, too."""
    return (_NOTED, CHANGE)


def actor_of(view: View) -> Actor:
    """Who said it."""
    return "helper" if view.by_helper else "patient"
