"""More room for the files of a case: what every case may have, once more."""

from __future__ import annotations

from dataclasses import replace

from checklist.marks import mark_of_room
from handlers.acts.outcome import Acted, refused, stale, trail
from handlers.step import View
from handlers.updates import CoordinatorActed


def more_room(view: View, act: CoordinatorActed) -> Acted:
    """The coordinator allows as much again. What waits comes by itself then."""
    if stale(act, mark_of_room(view.case)):
        return refused(view, act)
    desk = view.case.desk
    case = replace(view.case, desk=replace(desk, more_room=desk.more_room + 1))
    return replace(view, case=case), (trail(act, "case.more_room"),)
