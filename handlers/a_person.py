"""A person is asked for: the coordinators are told at once, and write here."""

from __future__ import annotations

from checklist.text import _
from handlers.command import stay
from handlers.effects import NotifyCoordinators, OpenHandoff
from handlers.office import when_answered
from handlers.step import Move, View


def ask_for_a_person(view: View) -> Move:
    """Tell the coordinators; the conversation stays where it is."""
    return stay(
        view,
        say=(
            _(
                "I told the coordinators that you want to talk to a person. Somebody will write to "
                "you here. It may take some time. We can go on meanwhile."
            ),
            *when_answered(view.office),
        ),
        effects=(
            OpenHandoff(reason="asked"),
            NotifyCoordinators(reason="human", key=f"{view.case.id}:human:{view.session.version}"),
        ),
    )
