"""/language: choose another language; no answer is lost, nor the question that stood."""

from handlers.command import Command, stay
from handlers.step import Move, View


def _run(view: View) -> Move:
    return stay(view, aside="" if view.session.step == "language" else "language")


COMMAND = Command(id="language", run=_run)
