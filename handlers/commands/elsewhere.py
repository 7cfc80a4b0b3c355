"""/continue: a code by which this case goes on in another chat. An earlier code ends with it."""

from handlers.command import Command, stay, too_early
from handlers.effects import RevokeCodes
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented:
        return too_early(view)
    return stay(view, aside="continue", effects=(RevokeCodes(),))


COMMAND = Command(id="continue", run=_run)
