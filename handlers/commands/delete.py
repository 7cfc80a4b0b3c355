"""/delete: erase everything, after one question."""

from handlers.command import Command, stay
from handlers.step import Move, View


def _run(view: View) -> Move:
    return stay(view, aside="delete")


COMMAND = Command(id="delete", run=_run)
