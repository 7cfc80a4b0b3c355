"""The form stops when a text may describe an emergency: one short message, a number, two buttons.

The words are fixed (facts about such assistants: rephrasing makes them worse). There is no triage
here, no probing and no diagnosis; the absence of this message never means that all is well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from checklist.case import Case
from checklist.emergency import emergency_number
from checklist.text import Text, _
from handlers.effects import Effect, NotifyCoordinators, OpenHandoff, RecordAudit
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

#: Help of one class is not shown again so soon after "it is not now", or a history could not be told;
#: nor are coordinators told again of the same.
COOLDOWN = timedelta(minutes=10)

_CALLING = Choice(id="calling", label=_("I have help now"))
_NOT_NOW = Choice(id="not_now", label=_("It is not now"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyAside:
    """Help first. What had been written is taken up again after "it is not now"."""

    id: str = "emergency"

    def prompt(self, view: View) -> Prompt:
        """The fixed words of the class that was seen."""
        return Prompt(text=_words(view), choices=(_CALLING, _NOT_NOW), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the two buttons."""
        choice = pick(view, (_CALLING, _NOT_NOW), said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Wait, or go on where the form stopped."""
        if said.choice == "calling":
            wait = _("Good. I wait here. When you want to go on, just write to me.")
            return Move(case=view.case, phase=view.session.phase, say=(wait,), ask=False)
        good = _("I am glad. If it gets bad, please call for help at once. We go on now.")
        return Move(case=view.case, phase=view.session.phase, say=(good,))


def _words(view: View) -> tuple[Text, ...]:
    match view.session.draft.get("safety"):
        case "self_harm":
            first = _(
                "I am sorry that you feel this much pain. You deserve help now. Please stay with "
                "someone you trust. I am an automated assistant and can't give this help."
            )
        case "danger":
            first = _(
                "I am sorry. You deserve to be safe. "
                "I am an automated assistant and can't protect you."
            )
        case _:
            first = _("This may be an emergency. I am not a doctor and can't check you.")
    number = number_of(view.case)
    call = (
        _("Please call {number} now, or go to the nearest emergency room.", number=number)
        if number
        else _(
            "Please call your local emergency number now, or go to the nearest emergency room. "
            "The number 112 works on many mobile phones."
        )
    )
    honest = _(
        "If you can't call, ask someone near you. I told the coordinators, but they may not read "
        "it at once. Don't wait for them."
    )
    return (first, call, honest)


def number_of(case: Case) -> str:
    """The number of the country that the patient named, or "" where it isn't known for sure.

    It is never told from a phone's prefix: people travel, and helpers live elsewhere.
    """
    answer = case.answer("country")
    return (emergency_number(answer.value) or "") if answer else ""


def if_now(view: View) -> Text:
    """One line for what may be of now after all."""
    number = number_of(view.case)
    if number:
        return _("If this is happening now, please call {number}.", number=number)
    return _("If this is happening now, please call your local emergency number.")


def is_cooling(view: View, safety: str) -> bool:
    """Whether "it is not now" was said of help of this class just now."""
    last = view.session.last_help_at
    same = view.session.last_help in ("", safety)
    return same and last is not None and view.now - last < COOLDOWN


def cooled(view: View, safety: str) -> View:
    """The view after "it is not now"."""
    session = replace(view.session, last_help_at=view.now, last_help=safety)
    return replace(view, session=session)


def _is_told(view: View, safety: str) -> bool:
    last = view.session.told_help_at
    return view.session.told_help == safety and last is not None and view.now - last < COOLDOWN


def with_told(view: View, effects: tuple[Effect, ...]) -> View:
    """The view after a turn, with it noted that coordinators were told of an emergency."""
    told = any(isinstance(e, NotifyCoordinators) and e.reason == "emergency" for e in effects)
    if not told:
        return view
    safety = view.session.draft.get("safety", "")
    session = replace(view.session, told_help_at=view.now, told_help=safety)
    return replace(view, session=session)


def alarm(view: View, safety: str, *, held: str) -> Move:
    """Stop the form, show help, and tell the coordinators. `held` is taken up again afterwards."""
    draft = {**view.session.draft, "safety": safety, "held": held}
    audit = RecordAudit(actor="assistant", action=f"safety.{safety}")
    effects: tuple[Effect, ...] = (OpenHandoff(reason="emergency"), audit)
    if not _is_told(view, safety):
        key = f"{view.case.id}:emergency:{view.session.version}"
        effects = (*effects, NotifyCoordinators(reason="emergency", key=key))
    return Move(
        case=view.case, phase=view.session.phase, aside="emergency", draft=draft, effects=effects
    )


ASIDE = EmergencyAside()
