"""Ask for the country: it decides the emergency number, and how records are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from checklist.text import _
from handlers.replies import Prompt
from handlers.step import ONWARD, Move, Said, View, answered


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryStep:
    """A country in words. One that is not recognised is kept as it was written."""

    id: str = "country"

    def prompt(self, view: View) -> Prompt:
        """The question."""
        ask = view.of(
            _("Which country are you in now? For example: Kazakhstan."),
            _("Which country is the patient in now? For example: Kazakhstan."),
        )
        return Prompt(text=(ask,), expects="text")

    def read(self, view: View, said: Said) -> Said | None:
        """Any words, but for a plain yes, no or "later"."""
        words = said.text.strip()
        if said.choice is not None or view.meant(words) is not None:
            return None
        return Said(text=words) if any(sign.isalpha() for sign in words) else None

    def follow(self, view: View, said: Said) -> Move:
        """Keep the words, and the ISO 3166 code where the country is known."""
        code = view.languages.country(said.text) or ""
        return Move(case=answered(view, self.id, said, value=code), goto=ONWARD)


STEP = CountryStep()
