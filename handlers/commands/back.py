"""/back: one question back; the answers given since stay."""

from checklist.text import _
from handlers.command import Command, stay
from handlers.step import Move, View
from handlers.steps.stopped import ID as STOPPED


def _run(view: View) -> Move:
    session = view.session
    if session.aside:
        return stay(view)
    if session.phase:
        return Move(case=view.case)
    if session.step in ("declined", STOPPED):
        # There is no question before it any more.
        return stay(view)
    if not session.trail:
        return stay(view, say=(_("This is the first question."),))
    return Move(case=view.case, goto=session.trail[-1])


COMMAND = Command(id="back", run=_run)
