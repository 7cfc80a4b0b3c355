"""Who sees what, where and how long; and below it what can be done about it, one button each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from checklist.text import Text, _, _c, _n
from handlers.asides.withdraw import begun
from handlers.copies import asked_for
from handlers.effects import LookUpAccess
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

ID = "privacy"

_GO_ON = Choice(id="go_on", label=_("Go on"))
_CHOICES = (
    Choice(id="withdraw", label=_c("button", "What I agreed to")),
    Choice(id="log", label=_c("button", "Who has looked")),
    Choice(id="export", label=_c("button", "Get a copy")),
    Choice(id="delete", label=_c("button", "Erase everything")),
    _GO_ON,
)

#: The usual question that the operator answers with where everything lies.
_WHERE = "where_kept"


#: The two words by which somebody has what the law gives them.
RIGHTS: Final = _(
    "“export” gives you a copy of all of it. “withdraw” takes back what you agreed to."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyAside:
    """The buttons under what `/privacy` has said."""

    id: str = ID

    def prompt(self, view: View) -> Prompt:
        """One short line, for the words were said before it."""
        ask = _("What would you like to see or do?")
        return Prompt(text=(ask,), choices=_CHOICES, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the buttons."""
        choice = pick(view, _CHOICES, said, near=False)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Open what was wanted."""
        here = Move(case=view.case, phase=view.session.phase)
        match said.choice:
            case "withdraw" if view.case.consented:
                return begun(view)
            case "log":
                return replace(here, aside=ID, effects=(LookUpAccess(),), ask=False)
            case "export":
                return replace(asked_for(view), aside=ID, ask=False)
            case "delete":
                return replace(here, aside="delete")
            case _:
                return here


def told(view: View) -> tuple[Text, ...]:
    """What is kept, who sees it, where it lies, and for how long."""
    return (
        _("What you write and send here is kept for one thing: to prepare your case."),
        _(
            "The coordinators see it. They pass it on to the specialist and a translator. "
            "Nobody else sees it."
        ),
        _("Whoever writes in a chat of your case sees it too. “chats” shows which there are."),
        *_where(view),
        *_how_long(view),
        _("Write “delete” at any time, and all of it is erased."),
        RIGHTS,
    )


def _where(view: View) -> Iterator[Text]:
    question = view.faq.question(_WHERE)
    yield from (view.faq.answer(question, view.locale) or ()) if question is not None else ()
    if view.service.country and view.case.agrees("abroad"):
        country = view.languages.country_name(view.service.country, view.locale)
        yield _("The specialist is in another country: {country}.", country=country)


def _how_long(view: View) -> Iterator[Text]:
    closed, silent = view.service.after_closing, view.service.of_silence
    if closed:
        yield _n(
            "It is erased {n} day after your case is closed.",
            "It is erased {n} days after your case is closed.",
            closed,
        )
    if silent:
        yield _n(
            "Before the hand-over it is erased after {n} day without a word from you. "
            "I write to you before that.",
            "Before the hand-over it is erased after {n} days without a word from you. "
            "I write to you before that.",
            silent,
        )


ASIDE = PrivacyAside()
