"""The form stops when a text may describe an emergency: one short message, a number, two buttons.

The words are fixed (facts about such assistants: rephrasing makes them worse). There is no triage
here, no probing and no diagnosis; the absence of this message never means that all is well.
"""

from __future__ import annotations

from dataclasses import dataclass

from checklist.emergency import emergency_number
from checklist.text import Text, _
from handlers.effects import NotifyCoordinators, OpenHandoff, RecordAudit
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

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
    number = emergency_number(_country(view))
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


def _country(view: View) -> str:
    answer = view.case.answer("country")
    return answer.value if answer else ""


def alarm(view: View, safety: str, *, held: str) -> Move:
    """Stop the form, show help, and tell the coordinators. `held` is taken up again afterwards."""
    return Move(
        case=view.case,
        phase=view.session.phase,
        aside="emergency",
        draft={**view.session.draft, "safety": safety, "held": held},
        effects=(
            OpenHandoff(reason="emergency"),
            NotifyCoordinators(
                reason="emergency", key=f"{view.case.id}:emergency:{view.session.version}"
            ),
            RecordAudit(actor="assistant", action=f"safety.{safety}"),
        ),
    )


ASIDE = EmergencyAside()
