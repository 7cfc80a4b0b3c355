"""/share: a link by which somebody else sends records, and its end."""

from handlers.command import FIRST, Command, stay
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented:
        return stay(view, say=(FIRST,))
    return stay(view, aside="share")


COMMAND = Command(id="share", run=_run)
