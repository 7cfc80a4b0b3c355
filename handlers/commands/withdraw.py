"""/withdraw: what was agreed to, and each point taken back as easily as it was given."""

from handlers.asides.withdraw import begun
from handlers.command import Command, too_early
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented:
        return too_early(view)
    return begun(view)


COMMAND = Command(id="withdraw", run=_run)
