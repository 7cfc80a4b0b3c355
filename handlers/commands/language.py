"""/language: choose another language; no answer is lost."""

from handlers.command import Command
from handlers.step import Move, View


def _run(view: View) -> Move:
    return Move(case=view.case, goto="language")


COMMAND = Command(id="language", run=_run)
