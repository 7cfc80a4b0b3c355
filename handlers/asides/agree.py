"""Ask for one optional point: its own question, with its own yes and no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checklist.consents import OPTIONAL, Point, answer_to, asked_of
from checklist.text import Text, _
from handlers.consenting import (
    AGREE,
    MACHINES,
    may_agree_again,
    question,
    said_of,
    thanks,
    unasked,
)
from handlers.effects import Effect, NoticeReason, NotifyCoordinators
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick
from handlers.steps.stopped import ONLY_THE_PATIENT

_LABELS = {"yes": _("Yes, I agree"), "no": _("No")}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeAside:
    """The point that the draft names. Each button names it too: one that is late still means it."""

    id: str = AGREE

    def prompt(self, view: View) -> Prompt:
        """The words of the point."""
        point = _asked(view)
        wish = asked_of(view.case.asked, point)
        open_ = wish is not None and answer_to(wish, view.case.consents) is None
        by = (_BY.with_(name=wish.by),) if open_ and wish is not None and wish.by else ()
        words = (*by, question(view, point))
        return Prompt(text=words, choices=_choices(point), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A button, or a plain yes or no. Consent is never guessed from a near miss."""
        if said.choice is not None:
            word, _dash, point = said.choice.partition("-")
            return said if word in _LABELS and point in OPTIONAL else None
        point = _asked(view)
        choice = pick(view, _choices(point), said, near=False)
        if choice is None and (meant := view.meant(said.text)) in _LABELS:
            choice = f"{meant}-{point}"
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Keep it, and ask the next one of those that are asked together."""
        word, _dash, name = (said.choice or "").partition("-")
        point: Point = _named(name)
        given = word == "yes"
        if not may_agree_again(view, point):
            # Nor does a helper's own no take the place of the patient's.
            return _left_as_it_is(view, (ONLY_THE_PATIENT,) if given else thanks())
        consent, effects = said_of(view, point, given=given)
        case = view.case.with_consent(consent)
        draft = {k: v for k, v in view.session.draft.items() if k != AGREE}
        following = ""
        if point in MACHINES:
            rest = (p for p in MACHINES if p != point and asked_of(view.case.asked, p) is None)
            following = unasked(view, *rest)
        if following:
            draft[AGREE] = following
        return Move(
            case=case,
            phase=view.session.phase,
            aside=AGREE if following else "",
            draft=draft,
            say=() if following else thanks(),
            effects=(*effects, *_told(view, point)),
            # After the hand-over that is all there is to say.
            ask=bool(following) or view.session.step != "done",
        )


def _left_as_it_is(view: View, say: tuple[Text, ...]) -> Move:
    draft = {k: v for k, v in view.session.draft.items() if k != AGREE}
    return Move(case=view.case, phase=view.session.phase, draft=draft, say=say)


def _told(view: View, point: Point) -> tuple[Effect, ...]:
    """Who wished to know hears that there is an answer."""
    wish = asked_of(view.case.asked, point)
    if wish is None or not wish.by or answer_to(wish, view.case.consents) is not None:
        return ()
    reason: NoticeReason = "changed" if view.case.submitted_at is None else "updated"
    key = f"{view.case.id}:{reason}:{view.session.version}"
    return (NotifyCoordinators(reason=reason, key=key),)


def _asked(view: View) -> Point:
    return _named(view.session.draft.get(AGREE, ""))


def _named(name: str) -> Point:
    return next((point for point in OPTIONAL if point == name), "abroad")


def _choices(point: str) -> tuple[Choice, ...]:
    return tuple(Choice(id=f"{word}-{point}", label=label) for word, label in _LABELS.items())


_BY: Final = _("{name}, a coordinator, asks you this. You are free to say yes or no.", name="")

ASIDE = AgreeAside()
