"""A question that nobody has written an answer to: it is offered to a coordinator, and never guessed."""

from __future__ import annotations

from dataclasses import dataclass

from checklist.text import _
from handlers.passing_on import with_passed_on
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

ID = "pass_on"
#: What the draft holds while it is offered.
HELD = "asked"

_CHOICES = (
    Choice(id="yes", label=_("Yes, pass it on")),
    Choice(id="no", label=_("No, go on")),
    Choice(id="usual", label=_("Usual questions")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOnAside:
    """One tap passes it on. A no leaves the form where it stood."""

    id: str = ID

    def prompt(self, view: View) -> Prompt:
        """Say that it is not known, and offer a person who may know."""
        offer = _("I can't answer that. Shall I pass your question to a coordinator?")
        return Prompt(text=(offer,), choices=_CHOICES, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A plain yes or no, or the list."""
        choice = pick(view, _CHOICES, said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Pass it on, or not; then go on where the form stood."""
        phase, words = view.session.phase, view.session.draft.get(HELD, "")
        draft = {key: value for key, value in view.session.draft.items() if key != HELD}
        if said.choice == "usual":
            return Move(case=view.case, phase=phase, draft=draft, aside="faq")
        if said.choice == "no" or not words:
            return Move(case=view.case, phase=phase, draft=draft)
        case, say, effects = with_passed_on(view, words)
        return Move(case=case, phase=phase, draft=draft, say=say, effects=effects)


ASIDE = PassOnAside()
