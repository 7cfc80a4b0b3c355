"""Letters: where the making of a letter to a hospital stands, and how it is offered."""

from __future__ import annotations

from typing import Final

from checklist.text import Text
from handlers.effects import Effect
from handlers.step import Move, View

#: The question in between, and what its draft holds: how far it is, as `phase:item` or `phase:number`.
ID: Final = "letter"
MAKING: Final = "letter"


def at(
    view: View,
    making: str,
    *,
    say: tuple[Text, ...] = (),
    effects: tuple[Effect, ...] = (),
    ask: bool = True,
) -> Move:
    """The move to a phase of it; the step that stood stays."""
    draft = {**view.session.draft, MAKING: making}
    return Move(
        case=view.case, phase=view.session.phase, aside=ID, draft=draft, say=say, effects=effects,
        ask=ask,
    )  # fmt: skip


def offered(view: View, item_id: str, say: tuple[Text, ...]) -> Move:
    """Say how something is got, and offer a letter for it."""
    return at(view, f"offer:{item_id}", say=say)
