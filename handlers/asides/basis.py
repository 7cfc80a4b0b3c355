"""Ask in what right somebody answers for the patient; of a child, whether a guardian agrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from checklist.consents import Basis
from checklist.text import Text, _
from handlers.basis import ADULT, BASES, CHILD, ID, OWN, is_child
from handlers.consenting import VERSIONS, actor_of, consent_of
from handlers.effects import Effect, NotifyCoordinators, OpenHandoff, RecordAudit
from handlers.office import when_answered
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

_OF_ADULT = tuple(Choice(id=basis, label=label) for basis, label in BASES.items())
_OF_CHILD = (
    Choice(id="guardian", label=_("Yes")),
    Choice(id="no_guardian", label=_("No")),
)
_WORDS = {"yes": "guardian", "no": "no_guardian"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisAside:
    """One question, by the age of the patient and by who writes."""

    id: str = ID

    def prompt(self, view: View) -> Prompt:
        """The question and its answers."""
        return Prompt(text=(_question(view),), choices=_choices(view), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A button, or a plain yes or no where that is what is asked.

        "I am her aunt" answers it in its way, and is no country: the first words are asked about once
        more. At the next ones it is left, for it stands again before the case is handed over.
        """
        choices = _choices(view)
        choice = pick(view, choices, said, near=False)
        if choice is None and choices is _OF_CHILD:
            choice = _WORDS.get(view.meant(said.text) or "")
        if choice is not None:
            return Said(text=said.text, choice=choice)
        again = said.choice is None and not view.session.tries and view.session.mode != "human"
        words = any(sign.isalpha() for sign in said.text)
        return Said(text=said.text) if again and words and not view.meant(said.text) else None

    def follow(self, view: View, said: Said) -> Move:
        """Keep it with the consents. Without a guardian a person is asked to help."""
        if said.choice is None:
            phase = view.session.phase
            return Move(case=view.case, phase=phase, aside=ID, say=(_SORRY,), understood=False)
        basis = cast(Basis, said.choice or "")
        given = basis != "no_guardian"
        label = next(c.label for c in _choices(view) if c.id == basis)
        consent = consent_of(
            view,
            "for_patient",
            given=given,
            shown=(_question(view), label),
            version=VERSIONS["for_patient"],
            basis=basis,
        )
        effects: tuple[Effect, ...] = (
            RecordAudit(actor=actor_of(view), action=f"basis.{basis}", object=consent.version),
        )
        say: tuple[Text, ...] = ()
        if not given:
            key = f"{view.case.id}:guardian:{view.session.version}"
            effects = (
                *effects, OpenHandoff(reason="asked"), NotifyCoordinators(reason="human", key=key),
            )  # fmt: skip
            needed = _NEEDED if view.case.submitted_at is None else _NEEDED_TOO
            say = (needed, *when_answered(view.office))
        case = view.case.with_consent(consent)
        return Move(case=case, phase=view.session.phase, say=say, effects=effects)


def _question(view: View) -> Text:
    if not is_child(view.case, view.today):
        return ADULT
    return CHILD if view.by_helper else OWN


def _choices(view: View) -> tuple[Choice, ...]:
    return _OF_CHILD if is_child(view.case, view.today) else _OF_ADULT


_SORRY = _("I am sorry, I did not understand that.")
_NEEDED = _(
    "A parent or guardian must agree before I can hand the case over. "
    "They can write here, or join with “/continue”. I told a coordinator."
)
_NEEDED_TOO = _(
    "A parent or guardian must agree too. They can write here, or join with “/continue”. "
    "I told a coordinator."
)

ASIDE = BasisAside()
