"""/export: a copy of everything that is kept."""

from handlers.command import FIRST, Command, stay
from handlers.copies import asked_for
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not (view.case.consented or view.case.withdrawn):
        return stay(view, say=(FIRST,))
    return asked_for(view)


COMMAND = Command(id="export", run=_run)
