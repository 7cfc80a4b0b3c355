"""After the hand-over: everything that is written or sent still reaches the coordinators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from checklist.text import _
from handlers.effects import Effect, SetTimer
from handlers.office import when_answered
from handlers.replies import Choice, Prompt
from handlers.stages import stage_line
from handlers.step import Move, Said, View, pick

_CHOICES = (Choice(id="change", label=_("Change something")),)

#: Several messages in a row are one notice to the coordinators.
_QUIET = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneStep:
    """The case is with the coordinators."""

    id: str = "done"

    def prompt(self, view: View) -> Prompt:
        """Say what happens next, and that the chat stays open."""
        if view.case.status not in ("submitted", "collecting"):
            anytime = _("You can still send files or write at any time.")
            return Prompt(text=(stage_line(view.case), anytime), choices=_CHOICES, expects="text")
        return Prompt(
            text=(
                _(
                    "Thank you. Your case is with the coordinators now. Its number is {case}.",
                    case=view.case.id,
                ),
                _(
                    "They look at it and write to you here. "
                    "You can still send files or write at any time."
                ),
                *when_answered(view.office),
            ),
            choices=_CHOICES,
            expects="text",
        )

    def read(self, view: View, said: Said) -> Said | None:
        """The choice, or any words."""
        choice = pick(view, _CHOICES, said)
        if choice is not None:
            return Said(text=said.text, choice=choice)
        return said if said.choice is None and said.text.strip() else None

    def follow(self, view: View, said: Said) -> Move:
        """Open the list of what can be changed, or pass the words on."""
        if said.choice is not None:
            return Move(case=view.case, goto="review", phase="change")
        passed_on = _("Thank you. I passed this on to the coordinators.")
        say = (passed_on, *when_answered(view.office))
        return Move(case=view.case, say=say, ask=False, effects=tell_of_news(view))


def tell_of_news(view: View) -> tuple[Effect, ...]:
    """Tell the coordinators, once for a burst, that there is more in a case they have."""
    return (SetTimer(name="updated", key=f"{view.case.id}:updated", at=view.now + _QUIET),)


STEP = DoneStep()
