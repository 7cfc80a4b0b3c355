"""A hold for an open dispute: while it lasts nothing of the case is erased, and the patient is told why."""

from __future__ import annotations

from dataclasses import replace

from checklist.consents import Hold
from checklist.text import _
from handlers.acts.outcome import Acted, trail
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CoordinatorActed


def hold(view: View, act: CoordinatorActed) -> Acted:
    """Hold the case. It is not said to the patient before they wish an erasure."""
    if view.case.desk.hold is not None:
        return view, ()
    return _with(view, Hold(by=act.coordinator, at=view.now)), (trail(act, "case.held"),)


def lift(view: View, act: CoordinatorActed) -> Acted:
    """Lift it. Whoever had wished an erasure is told that it is possible now."""
    held = view.case.desk.hold
    if held is None:
        return view, ()
    # A warning from before the hold is long forgotten.
    case = replace(view.case, warned_at=None, unreached_at=None)
    view, effects = _with(replace(view, case=case), None), (trail(act, "case.hold_lifted"),)
    if not held.erasure_wished:
        return view, effects
    free = _("The open question is settled now. To erase it all, write “delete”.")
    return view, (*effects, *reply_of(view, (free,), ask=False))


def _with(view: View, held: Hold | None) -> View:
    case = view.case
    return replace(view, case=replace(case, desk=replace(case.desk, hold=held)))
