"""Crying out: whether a message calls for help, before its turn is there.

It is asked of what waits only. What is said to it is decided by the turn, as of every message.
"""

from __future__ import annotations

from typing import Final

from checklist.words import SafetyClass
from handlers.languages import Languages
from handlers.safety import classify
from handlers.updates import InboundMessage

_CRIES: Final[frozenset[SafetyClass]] = frozenset({"emergency", "self_harm", "danger"})


def is_alarm(wire: str) -> bool:
    """Whether a button is the one for an emergency."""
    step_id, choice = (*wire.split(":"), "", "")[:2]
    return choice == "emergency" or (step_id == "emergency" and choice == "help")


def cries_out(message: InboundMessage, languages: Languages) -> bool:
    """Whether it may tell of an emergency, of self-harm or of danger, in any language that is offered."""
    if message.choice_id is not None and is_alarm(message.choice_id):
        return True
    spoken = [languages.words(tag) for tag in languages.offered] if message.text.strip() else []
    return any(
        words.command(message.text) == "emergency" or classify(message.text, words) in _CRIES
        for words in spoken
    )
