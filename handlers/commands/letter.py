"""/letter: a letter to a hospital for a copy of records."""

from handlers.asides.letter import begun
from handlers.command import Command, too_early
from handlers.flow import is_answered
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented or not is_answered(view.case, "birth_date"):
        return too_early(view)
    return begun(view)


COMMAND = Command(id="letter", run=_run)
