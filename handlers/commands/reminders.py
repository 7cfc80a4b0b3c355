"""/reminders: switch them on, or off again."""

from dataclasses import replace

from handlers.command import Command, stay, too_early
from handlers.reminders import ASKED_FOR, OPT_IN
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented:
        return too_early(view)
    draft = {**view.session.draft, ASKED_FOR: "yes"}
    return replace(stay(view, aside=OPT_IN), draft=draft)


COMMAND = Command(id="reminders", run=_run)
