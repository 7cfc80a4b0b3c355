"""/start: begin, or show the question that stands."""

from handlers.command import Command, stay
from handlers.step import Move, View


def _run(view: View) -> Move:
    if view.session.step == "declined":
        return Move(case=view.case, goto="consent")
    return stay(view)


COMMAND = Command(id="start", run=_run)
