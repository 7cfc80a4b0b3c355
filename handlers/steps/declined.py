"""After a no to keeping records: nothing was kept, and the door stays open."""

from __future__ import annotations

from dataclasses import dataclass

from checklist.text import _
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

_AGAIN = Choice(id="again", label=_("Start again"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedStep:
    """Whatever is said here asks for consent once more."""

    id: str = "declined"

    def prompt(self, view: View) -> Prompt:
        """Say that nothing was kept."""
        kept = _(
            "That is all right. I kept nothing of what you sent. "
            "If you change your mind, press the button or just write to me."
        )
        return Prompt(text=(kept,), choices=(_AGAIN,), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """The button, or any words."""
        choice = pick(view, (_AGAIN,), said)
        if choice is not None:
            return Said(text=said.text, choice=choice)
        return said if said.choice is None and said.text.strip() else None

    def follow(self, view: View, said: Said) -> Move:
        """Ask for consent once more."""
        return Move(case=view.case, goto="consent")


STEP = DeclinedStep()
