"""Command: something a patient can ask for at any step. Its words are those of every language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checklist.text import Text, _
from handlers.consenting import may_agree_again
from handlers.effects import Effect
from handlers.step import Move, View

#: What is asked for before there is anything to show or to hand over.
FIRST = _("There are a few questions first.")
#: What is said to all else while nobody works on the case; the question that stands has the other ways.
_STOPPED = _("Your case is stopped. To go on with it, press “Yes, I agree”.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`id` is the slash command and the key of its words in every `words.toml`."""

    id: str
    run: Callable[[View], Move]


def stay(
    view: View,
    *,
    say: tuple[Text, ...] = (),
    aside: str = "",
    effects: tuple[Effect, ...] = (),
) -> Move:
    """A move that leaves the conversation where it is."""
    return Move(case=view.case, phase=view.session.phase, say=say, aside=aside, effects=effects)


def too_early(view: View) -> Move:
    """The answer where there is no case to do it with: what must come first, by where the chat stands.

    After a no the standing words themselves say that nothing was kept, and how to begin.
    """
    if view.case.withdrawn:
        # To a helper who may not agree the standing words say that themselves.
        return stay(view, say=(_STOPPED,) if may_agree_again(view) else ())
    return stay(view, say=() if view.session.step == "declined" else (FIRST,))
