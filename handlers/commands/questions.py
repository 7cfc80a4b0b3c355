"""/questions: write or change the questions for the specialist."""

from handlers.command import Command
from handlers.step import Move, View


def _run(view: View) -> Move:
    return Move(case=view.case, goto="questions")


COMMAND = Command(id="questions", run=_run)
