"""/done: go to the review, however much is still open."""

from handlers.command import Command, too_early
from handlers.flow import is_answered
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented or not is_answered(view.case, "name"):
        return too_early(view)
    return Move(case=view.case, goto="review")


COMMAND = Command(id="done", run=_run)
