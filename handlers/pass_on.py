"""A question that nobody has written an answer to: offered to a coordinator, and never guessed.

Where it sounds like usual ones, these are buttons: a patient knows what they mean, and we don't.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.text import _
from handlers.faq_menu import answer_move, answer_to
from handlers.faq_near import nearest
from handlers.passing_on import with_passed_on
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

ID = "pass_on"
#: What the draft holds while it is offered.
HELD = "asked"
#: So many usual questions are offered; with the other buttons and the emergency there is room for ten.
_MOST = 3

_YES = Choice(id="yes", label=_("Yes, pass it on"))
_NO = Choice(id="no", label=_("No, go on"))
_USUAL = Choice(id="usual", label=_("Usual questions"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOnAside:
    """One tap passes it on. A no leaves the form where it stood."""

    id: str = ID

    def choices(self, view: View) -> tuple[Choice, ...]:
        """The usual questions that may be meant, then yes and no."""
        words = view.session.draft.get(HELD, "")
        near = nearest(words, view.faq, view.words, most=_MOST)
        rows = (Choice(id=f"q-{one.id}", label=one.short, description=one.ask) for one in near)
        return (*rows, _YES, _NO, _USUAL)

    def prompt(self, view: View) -> Prompt:
        """Say that it is not known, and offer a person who may know."""
        choices = self.choices(view)
        offer = _("I can't answer that. Shall I pass your question to a coordinator?")
        if choices[0] is not _YES:
            maybe = _("Maybe you mean one of these. I can't answer anything else.")
            pass_on = _("If it is none of them, shall I pass your question to a coordinator?")
            return Prompt(text=(maybe, pass_on), choices=choices, expects="choice")
        return Prompt(text=(offer,), choices=choices, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A plain yes or no, one of the usual questions, or their list."""
        choice = pick(view, self.choices(view), said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Answer, pass it on, or not; then go on where the form stood."""
        phase, words = view.session.phase, view.session.draft.get(HELD, "")
        draft = {key: value for key, value in view.session.draft.items() if key != HELD}
        kind, _dash, name = (said.choice or "").partition("-")
        question = view.faq.question(name) if kind == "q" else None
        if question is not None and question.leads != "emergency":
            view, say, effects = answer_to(view, question, words)
            return Move(case=view.case, phase=phase, draft=draft, say=say, effects=effects)
        if question is not None:
            return replace(answer_move(view, question), phase=phase)
        if said.choice == _USUAL.id:
            return Move(case=view.case, phase=phase, draft=draft, aside="faq")
        if said.choice == _NO.id or not words:
            return Move(case=view.case, phase=phase, draft=draft)
        case, say, effects = with_passed_on(view, words)
        return Move(case=case, phase=phase, draft=draft, say=say, effects=effects)


ASIDE = PassOnAside()
