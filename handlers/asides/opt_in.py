"""Whether reminders are wanted: asked once, and again whenever somebody writes "reminders"."""

from __future__ import annotations

from dataclasses import dataclass

from checklist.text import _
from handlers.reminders import ASKED_FOR, OPT_IN, with_reminders
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

_CHOICES = (
    Choice(id="yes", label=_("Yes, remind me")),
    Choice(id="no", label=_("No reminders")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptInAside:
    """One question, with a yes and a no."""

    id: str = OPT_IN

    def prompt(self, view: View) -> Prompt:
        """What would be sent, how often, and how it ends."""
        ask = _(
            "May I write to you when I have not heard from you? Four times at most, and only by day. "
            "You can stop it with one tap."
        )
        return Prompt(text=(ask,), choices=_CHOICES, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A plain yes or no."""
        choice = pick(view, _CHOICES, said)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Keep it, and go on where it stood."""
        given = said.choice == "yes"
        stop = not given and ASKED_FOR in view.session.draft
        case, effects = with_reminders(view, given=given, stop=stop)
        draft = {key: word for key, word in view.session.draft.items() if key != ASKED_FOR}
        words = (
            _("Thank you. I will remind you. To stop it, write “reminders”.")
            if given
            else _("All right. I won't remind you. To change that, write “reminders”.")
        )
        return Move(case=case, phase=view.session.phase, draft=draft, say=(words,), effects=effects)


ASIDE = OptInAside()
