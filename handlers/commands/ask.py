"""/ask: the usual questions."""

from handlers.command import Command, stay
from handlers.step import Move, View


def _run(view: View) -> Move:
    return stay(view, aside="faq")


COMMAND = Command(id="ask", run=_run)
