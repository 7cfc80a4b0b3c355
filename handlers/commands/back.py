"""/back: one question back; the answers given since stay."""

from checklist.text import _
from handlers.command import Command, stay
from handlers.step import Move, View


def _run(view: View) -> Move:
    session = view.session
    if session.aside:
        return stay(view)
    if session.phase:
        return Move(case=view.case)
    if not session.trail:
        return stay(view, say=(_("This is the first question."),))
    return Move(case=view.case, goto=session.trail[-1])


COMMAND = Command(id="back", run=_run)
