"""Ask who is writing: the patient, or somebody who helps. The wording follows the answer afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.text import _
from handlers.replies import Choice, Prompt
from handlers.step import ONWARD, Move, Said, View, answered, chosen, pick

_CHOICES = (
    Choice(id="patient", label=_("I am the patient")),
    Choice(id="helper", label=_("I help a patient")),
)

RELATIONS = (
    Choice(id="parent", label=_("Mother or father")),
    Choice(id="spouse", label=_("Wife or husband")),
    Choice(id="child", label=_("Daughter or son")),
    Choice(id="relative", label=_("Another relative")),
    Choice(id="friend", label=_("A friend")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleStep:
    """Who is writing and, for a helper, their name and how they are related."""

    id: str = "role"

    def prompt(self, view: View) -> Prompt:
        """The question of the phase."""
        match view.session.phase:
            case "helper_name":
                return Prompt(
                    text=(_("Thank you for helping. What is your own name?"),), expects="text"
                )
            case "relation":
                return Prompt(
                    text=(_("Who are you to the patient? For example: I am the mother."),),
                    choices=RELATIONS,
                    expects="choice",
                )
            case _:
                return Prompt(text=(_("Who is writing here?"),), choices=_CHOICES, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A choice, or words where a name or a relation is asked for."""
        if view.session.phase == "helper_name":
            return said if said.text.strip() else None
        if view.session.phase == "relation":
            choice = pick(view, RELATIONS, said)
            if choice is None:
                return said if said.text.strip() else None
        else:
            choice = chosen(view, self.id, _CHOICES, said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Keep who is writing; ask a helper two things more."""
        match view.session.phase:
            case "helper_name":
                answer = replace(view.case.answers[self.id], note=said.text.strip())
                return Move(case=view.case.with_answer(answer), phase="relation")
            case "relation":
                relation = said.choice or said.text.strip()
                answer = replace(view.case.answers[self.id], value=relation)
                return Move(case=view.case.with_answer(answer), goto=ONWARD)
            case _:
                case = answered(view, self.id, said)
                if said.choice == "helper":
                    return Move(case=case, phase="helper_name")
                return Move(case=case, goto=ONWARD)


STEP = RoleStep()
