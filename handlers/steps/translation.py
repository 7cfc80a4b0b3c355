"""Ask for the languages of the records: it decides what must be translated."""

from __future__ import annotations

from dataclasses import dataclass

from checklist.text import _, verbatim
from handlers.consenting import AGREE, MACHINES, unasked
from handlers.replies import Choice, Prompt
from handlers.step import ONWARD, Move, Said, View, answered, pick


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationStep:
    """A language by its button, or any languages in words."""

    id: str = "translation"

    def choices(self, view: View) -> tuple[Choice, ...]:
        """The languages on offer, and more than one."""
        names = tuple(
            Choice(id=tag, label=verbatim(view.languages.own_name(tag)))
            for tag in view.languages.offered
        )
        return (*names, Choice(id="several", label=_("More than one")))

    def prompt(self, view: View) -> Prompt:
        """The question, or the request for their names."""
        if view.session.phase == "which":
            ask = _("Which languages? For example: Russian and Kazakh.")
            return Prompt(text=(ask,), expects="text")
        ask = view.of(
            _("In which language are your records? Press a button, or write it."),
            _("In which language are the patient's records? Press a button, or write it."),
        )
        return Prompt(text=(ask,), choices=self.choices(view), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A choice, or any words."""
        choice = pick(view, self.choices(view), said)
        if choice is not None and view.session.phase != "which":
            return Said(text=said.text, choice=choice)
        has_words = any(sign.isalpha() for sign in said.text)
        return Said(text=said.text.strip()) if said.choice is None and has_words else None

    def follow(self, view: View, said: Said) -> Move:
        """Keep it, and say that translation is seen to."""
        if said.choice == "several":
            return Move(case=view.case, phase="which")
        case = answered(view, self.id, said, value=said.choice or "")
        care = _(
            "Thank you. The coordinators see to the translation. You need not translate anything."
        )
        more = unasked(view, *MACHINES)
        if not more:
            return Move(case=case, goto=ONWARD, say=(care,))
        return Move(case=case, goto=ONWARD, aside=AGREE, draft={AGREE: more}, say=(care,))


STEP = TranslationStep()
