"""The consent was taken back: nobody works on the case, and what becomes of it is the patient's word."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.text import Text, _, _c, _n
from handlers.consenting import may_agree_again
from handlers.copies import asked_for
from handlers.flow import next_step
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

ID = "stopped"

_END = (
    Choice(id="erase", label=_c("button", "Erase everything")),
    Choice(id="copy", label=_c("button", "Get a copy")),
)
_AGAIN = Choice(id="again", label=_("Yes, I agree"))
ONLY_THE_PATIENT = _("The patient said no. Only the patient can agree again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedStep:
    """Whatever is written here, the same ways are shown; to agree again is the patient's, who said no."""

    id: str = ID

    def prompt(self, view: View) -> Prompt:
        """Say that the work has stopped, and ask what becomes of what is here."""
        stopped = _(
            "I have stopped, and nobody works on your case. What you sent is still kept. "
            "What shall I do with it?"
        )
        days = view.service.of_silence
        soon: tuple[Text, ...] = (
            (
                _n(
                    "If you choose nothing, I erase it after {n} day.",
                    "If you choose nothing, I erase it after {n} days.",
                    days,
                ),
            )
            if days
            else ()
        )
        theirs = () if may_agree_again(view) else (ONLY_THE_PATIENT,)
        return Prompt(text=(stopped, *theirs, *soon), choices=_choices(view), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the buttons, or any words."""
        choice = pick(view, _choices(view), said, near=False)
        if choice is not None:
            return Said(text=said.text, choice=choice)
        return said if said.choice is None and said.text.strip() else None

    def follow(self, view: View, said: Said) -> Move:
        """Ask before all is erased, make a copy, or ask for consent once more."""
        match said.choice:
            case "erase":
                return Move(case=view.case, aside="delete")
            case "copy":
                return replace(asked_for(view), ask=False)
            case "again":
                return Move(case=view.case, goto="consent")
            case _:
                return Move(case=view.case)


def _choices(view: View) -> tuple[Choice, ...]:
    return (*_END, _AGAIN) if may_agree_again(view) else _END


STEP = StoppedStep()


def halted(view: View) -> View:
    """The view of a chat whose case has stopped, or goes on, also where another chat has said so."""
    session = view.session
    if session.step == ID and not view.case.withdrawn:
        return replace(view, session=replace(session, step=next_step(view.case, view.catalog)))
    if not view.case.withdrawn or session.step in (ID, "consent", "joining"):
        return view
    aside = session.aside if session.aside in KEPT else ""
    session = replace(session, step=ID, phase="", aside=aside, return_to=None, stood=None)
    return replace(view, session=session)


#: The questions in between that stand all the same.
KEPT = frozenset({"delete", "language", "emergency", "privacy", "faq"})
