"""A question that only a doctor can answer: say so kindly, and offer to put it to the specialist."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.case import Answer, Case, Entry
from checklist.text import Text, _
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

_CHOICES = (
    Choice(id="yes", label=_("Yes, add it")),
    Choice(id="no", label=_("No, go on")),
)


ADDED = _("I added it to your questions.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceAside:
    """The refusal in four parts: can't, why, what instead, an offer."""

    id: str = "advice"

    def prompt(self, view: View) -> Prompt:
        """The fixed words of the class that was seen, and the offer."""
        offer = _(
            "I can add this to your questions for the specialist: “{question}” Shall I?",
            question=view.session.draft.get("held", ""),
        )
        return Prompt(
            text=(refusal(view.session.draft.get("safety", "")), offer),
            choices=_CHOICES,
            expects="choice",
        )

    def read(self, view: View, said: Said) -> Said | None:
        """A plain yes or no."""
        choice = pick(view, _CHOICES, said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Add the question, or not; then go on where the form stood."""
        phase, held = view.session.phase, view.session.draft.get("held", "")
        if said.choice == "no" or not held:
            return Move(case=view.case, phase=phase)
        return Move(case=with_question(view, held), phase=phase, say=(ADDED,))


def put_aside(view: View) -> tuple[View, tuple[Text, ...]]:
    """Go on without an answer to the question in between; a question to a doctor is not lost by it."""
    held, offered = view.session.draft.get("held", ""), view.session.aside == "advice"
    view = replace(view, session=replace(view.session, aside=""))
    if not (offered and held):
        return view, ()
    return replace(view, case=with_question(view, held)), (ADDED,)


def refusal(safety: str) -> Text:
    """Why the assistant does not answer, by the class of what was asked."""
    match safety:
        case "dosing":
            return _(
                "Please don't stop or change a medicine because of this chat. "
                "Ask the doctor who gave it. If you feel ill now, call for emergency help."
            )
        case "guarantee":
            return _(
                "A second opinion may agree with your doctor. No one can promise another answer."
            )
        case _:
            return _(
                "I can't tell you what your results mean or what to do. I am not a doctor. "
                "The specialist can answer that."
            )


def with_question(view: View, words: str) -> Case:
    """The case with one more question for the specialist."""
    known = view.case.answer("questions") or Answer(step="questions", at=view.now)
    entries = (*known.entries, Entry(text=words))
    entries = tuple(
        replace(e, chosen=sum(x.chosen for x in entries[:i]) < 3) for i, e in enumerate(entries)
    )
    return view.case.with_answer(replace(known, entries=entries))


ASIDE = AdviceAside()
