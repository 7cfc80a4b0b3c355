"""/human: a coordinator is told at once, and writes here."""

from checklist.text import _
from handlers.command import Command, stay
from handlers.effects import NotifyCoordinators, OpenHandoff
from handlers.step import Move, View


def _run(view: View) -> Move:
    return stay(
        view,
        say=(
            _(
                "I told the coordinators that you want to talk to a person. Somebody will write to "
                "you here. It may take some time. We can go on meanwhile."
            ),
        ),
        effects=(
            OpenHandoff(reason="asked"),
            NotifyCoordinators(reason="human", key=f"{view.case.id}:human:{view.session.version}"),
        ),
    )


COMMAND = Command(id="human", run=_run)
