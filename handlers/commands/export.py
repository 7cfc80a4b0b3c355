"""/export: a copy of everything that is kept."""

from handlers.command import Command, too_early
from handlers.copies import asked_for
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not (view.case.consented or view.case.withdrawn):
        return too_early(view)
    return asked_for(view)


COMMAND = Command(id="export", run=_run)
