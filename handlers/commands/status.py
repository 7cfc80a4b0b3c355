"""/status: where the case stands, and a way into every item."""

from handlers.command import Command, stay, too_early
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented:
        return too_early(view)
    return stay(view, aside="status")


COMMAND = Command(id="status", run=_run)
