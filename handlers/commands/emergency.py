"""/emergency: the button that is always there; it needs no detection."""

from handlers.asides.emergency import alarm
from handlers.command import Command
from handlers.step import Move, View


def _run(view: View) -> Move:
    return alarm(view, "emergency", held="")


COMMAND = Command(id="emergency", run=_run)
