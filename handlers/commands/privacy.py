"""/privacy: who sees what, where and how long; how to see, copy, take back and erase it."""

from handlers.asides.privacy import ID, told
from handlers.command import Command, stay
from handlers.step import Move, View


def _run(view: View) -> Move:
    known = view.case.consented or view.case.withdrawn
    return stay(view, say=told(view), aside=ID if known else "")


COMMAND = Command(id="privacy", run=_run)
