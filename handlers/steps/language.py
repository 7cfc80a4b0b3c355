"""Choose the language. It is guessed from the client's, or the first words, and confirmed here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.text import _, verbatim
from handlers.replies import Choice, Prompt
from handlers.step import ONWARD, Move, Said, View, answered, pick

_WHICH = _("Which language is best for you?")


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageStep:
    """The greeting and the list of languages, each by its own name."""

    id: str = "language"

    def choices(self, view: View) -> tuple[Choice, ...]:
        """The languages on offer, the likely one first."""
        offered = sorted(view.languages.offered, key=lambda tag: tag != view.locale)
        return tuple(
            Choice(id=tag, label=verbatim(view.languages.own_name(tag))) for tag in offered
        )

    def prompt(self, view: View) -> Prompt:
        """Say what this is, before anything else, and ask for the language."""
        if view.case.answer(self.id) is not None:
            return Prompt(text=(_WHICH,), choices=self.choices(view), expects="choice")
        return Prompt(
            text=(
                _(
                    "Hello. I am an automated assistant, not a person and not a doctor. "
                    "I help you get your medical records ready for a second opinion."
                ),
                _WHICH,
            ),
            choices=self.choices(view),
            expects="choice",
        )

    def read(self, view: View, said: Said) -> Said | None:
        """A language by its button, its own name, or its name in the language shown."""
        choice = pick(view, self.choices(view), said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Speak that language from here on."""
        locale = said.choice or view.locale
        case = replace(answered(view, self.id, said), locale=locale)
        return Move(case=case, goto=ONWARD, locale=locale)


STEP = LanguageStep()
