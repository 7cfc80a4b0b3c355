"""/questions: write or change the questions for the specialist."""

from handlers.command import Command, too_early
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented:
        return too_early(view)
    return Move(case=view.case, goto="questions")


COMMAND = Command(id="questions", run=_run)
