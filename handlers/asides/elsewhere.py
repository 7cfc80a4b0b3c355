"""Go on in another chat, or let the patient or a helper join the case with a chat of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from checklist.text import Text, _, _c
from handlers.codes import CODE_LASTS, in_groups, new_code
from handlers.effects import MakeCode, RecordAudit
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

_ME = Choice(id="me", label=_("I will"))
_PATIENT = Choice(id="patient", label=_("The patient"))
_HELPER = Choice(id="helper", label=_("Somebody who helps"))
_WRITERS: Mapping[str, Literal["", "patient", "helper"]] = {
    "me": "",
    "patient": "patient",
    "helper": "helper",
}
_CHATS = Choice(id="chats", label=_c("button", "Chats"))
_GO_ON = Choice(id="go_on", label=_("Go on here"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ElsewhereAside:
    """Who will write there? Whoever it is sees the questions, the answers and what is still missing."""

    id: str = "continue"

    def prompt(self, view: View) -> Prompt:
        """The question."""
        ask = _(
            "You can go on with this case in another chat: in another app, or on another phone. "
            "I give you a code for it. Whoever writes there can see and change your answers. "
            "Who will write there?"
        )
        return Prompt(text=(ask,), choices=self._choices(view), expects="choice")

    def _choices(self, view: View) -> tuple[Choice, ...]:
        known = (_CHATS,) if len(view.case.chats) > 1 else ()
        return (_ME, *((_PATIENT,) if view.by_helper else ()), _HELPER, *known, _GO_ON)

    def read(self, view: View, said: Said) -> Said | None:
        """One of the buttons."""
        choice = pick(view, self._choices(view), said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Hand out a code, show who is part of the case already, or go on."""
        phase = view.session.phase
        if said.choice == _GO_ON.id or said.choice is None:
            return Move(case=view.case, phase=phase)
        if said.choice == _CHATS.id:
            return Move(case=view.case, phase=phase, aside=_CHATS.id)
        code = new_code(view.ids)
        effect = MakeCode(
            secret=code,
            ends=view.now + CODE_LASTS,
            writer=_WRITERS[said.choice],
        )
        audit = RecordAudit(actor="patient", action="code.made", object=said.choice)
        words = _words(view, code)
        return Move(case=view.case, phase=phase, say=words, effects=(effect, audit))


def _words(view: View, code: str) -> tuple[Text, ...]:
    shown = _(
        "Your code: {code} Open the assistant in the other app and write the code there. "
        "It works once, for 15 minutes. To stop it, write “/continue” again.",
        code=in_groups(code),
    )
    if not view.web_address:
        return (shown,)
    page = _("Or open this page there: {link}", link=f"{view.web_address}/j/{code}")
    return (shown, page)


ASIDE = ElsewhereAside()
