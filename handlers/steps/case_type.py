"""Ask what the case is about: it decides which items are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from checklist.text import _
from handlers.replies import Choice, Prompt
from handlers.step import ONWARD, Move, Said, View, answered, pick, suggested


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTypeStep:
    """One of the catalog's case types."""

    id: str = "case_type"

    def choices(self, view: View) -> tuple[Choice, ...]:
        """The case types, in the catalog's order."""
        return tuple(Choice(id=kind.id, label=kind.label) for kind in view.catalog.case_types)

    def prompt(self, view: View) -> Prompt:
        """The question."""
        return Prompt(
            text=(_("What is it about? This tells me which records the specialist needs."),),
            choices=self.choices(view),
            expects="choice",
        )

    def read(self, view: View, said: Said) -> Said | None:
        """The case type that was meant."""
        choices = self.choices(view)
        # A tumor of the brain is a tumor: the catalog begins with what asks for the most.
        meant = suggested(view, self.id, choices, said)
        choice = pick(view, choices, said) or next(iter(meant), None)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Keep it, and ask which of them it is, where there are several."""
        case = answered(view, self.id, said)
        if said.choice == view.case.choice(self.id):
            return Move(case=case, goto=ONWARD)
        # Which one it was is no answer any more.
        case = case.without_answer("case_kind")
        several = bool(view.catalog.kinds_of(said.choice))
        return Move(case=case, goto="case_kind" if several else ONWARD)


STEP = CaseTypeStep()
