"""TextStep: a question answered in the patient's own words."""

from __future__ import annotations

from dataclasses import dataclass

from checklist.text import Text
from handlers.replies import Prompt
from handlers.step import ONWARD, Move, Said, View, answered


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStep:
    """Free words, kept as they are."""

    id: str
    ask: Text
    ask_helper: Text | None = None

    def prompt(self, view: View) -> Prompt:
        """The question."""
        return Prompt(text=(view.of(self.ask, self.ask_helper or self.ask),), expects="text")

    def read(self, view: View, said: Said) -> Said | None:
        """Any words with a letter in them, but for a plain yes, no or "later"."""
        words = said.text.strip()
        if said.choice is not None or view.meant(words) is not None:
            return None
        return Said(text=words) if any(sign.isalpha() for sign in words) else None

    def follow(self, view: View, said: Said) -> Move:
        """Keep the words and go on."""
        return Move(case=answered(view, self.id, said), goto=ONWARD)
