"""ChoiceStep: a question with buttons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from checklist.text import Text
from handlers.replies import Choice, Prompt
from handlers.step import ONWARD, Move, Said, View, answered, chosen

_NOWHERE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceStep:
    """One of a few answers. `next` names the step that follows a choice, where it isn't the usual."""

    id: str
    ask: Text
    choices: tuple[Choice, ...]
    ask_helper: Text | None = None
    next: Mapping[str, str] = field(default_factory=lambda: _NOWHERE)

    def prompt(self, view: View) -> Prompt:
        """The question and its buttons."""
        ask = view.of(self.ask, self.ask_helper or self.ask)
        return Prompt(text=(ask,), choices=self.choices, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """The choice that was meant, with the words that meant it."""
        choice = chosen(view, self.id, self.choices, said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Keep the answer and go on."""
        goto = self.next.get(said.choice or "", ONWARD)
        return Move(case=answered(view, self.id, said), goto=goto)
