"""Ask which of several kinds it is, where a broad type has some: it decides what is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.catalog import UNSURE
from checklist.text import _
from handlers.replies import Choice, Prompt
from handlers.step import ONWARD, Move, Said, View, answered, pick
from handlers.steps import review_mode

#: The answer of who passed the question over: the general list, and nothing is asked again.
_PASSED = "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseKindStep:
    """One of the narrower case types, or that it isn't known."""

    id: str = "case_kind"

    def choices(self, view: View) -> tuple[Choice, ...]:
        """What is under the broad type, in the catalog's order."""
        below = view.catalog.kinds_of(view.case.choice("case_type"))
        named = tuple(Choice(id=kind.id, label=kind.label) for kind in below)
        return (*named, Choice(id=UNSURE, label=_("I am not sure")))

    def prompt(self, view: View) -> Prompt:
        """The question."""
        ask = _("Which of these is it? If you are not sure, that is fine.")
        return Prompt(text=(ask,), choices=self.choices(view), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """The kind that was meant, or the answer to the next question.

        Who answers that one already, from a list of answers that was made before this question was
        there or by scrolling on, has passed this one over, and is not held up by it.
        """
        choice = pick(view, self.choices(view), said)
        if choice is None and said.choice is None and view.meant(said.text) == "not_known":
            choice = UNSURE
        if choice is None and view.case.choice(review_mode.STEP.id) is None:
            choice = pick(view, review_mode.STEP.choices, said, near=False)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Keep it and go on."""
        if said.choice in {choice.id for choice in self.choices(view)}:
            return Move(case=answered(view, self.id, said), goto=ONWARD)
        case = answered(view, self.id, Said(choice=_PASSED))
        return review_mode.STEP.follow(replace(view, case=case), said)


STEP = CaseKindStep()
