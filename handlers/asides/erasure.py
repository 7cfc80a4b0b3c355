"""Erase everything, after one clear question."""

from __future__ import annotations

from dataclasses import dataclass

from checklist.text import _
from handlers.effects import EraseCase, NotifyCoordinators, RecordAudit
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

_CHOICES = (
    Choice(id="yes", label=_("Yes, erase it all")),
    Choice(id="no", label=_("No, keep it")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAside:
    """The question, and what a yes does."""

    id: str = "delete"

    def prompt(self, view: View) -> Prompt:
        """Say what would be erased, and that it can't be undone."""
        ask = _(
            "Shall I erase everything you wrote and sent here? This can't be undone. "
            "What was already sent to a hospital can't be called back by me."
        )
        return Prompt(text=(ask,), choices=_CHOICES, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A plain yes or no. What can't be undone is never guessed."""
        choice = pick(view, _CHOICES, said, near=False)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Erase, or go on."""
        if said.choice == "no":
            return Move(case=view.case, phase=view.session.phase, say=(_("I keep everything."),))
        gone = _(
            "Everything is erased: your answers, your files and this chat on our side. "
            "Please delete the chat in your app too. If you need me again, just write."
        )
        effects = (
            EraseCase(),
            RecordAudit(actor="patient", action="case.erased"),
            NotifyCoordinators(
                reason="erased", key=f"{view.case.id}:erased:{view.session.version + 1}"
            ),
        )
        return Move(case=view.case.forgotten(), say=(gone,), ask=False, effects=effects)


ASIDE = ErasureAside()
