"""A coordinator has the patient asked about a point of the consent: at once, or when nothing else stands."""

from __future__ import annotations

from dataclasses import replace

from checklist.marks import mark_of_points
from handlers.acts.outcome import Acted, refused, stale, trail
from handlers.effects import SetTimer
from handlers.points import WAITS, askable, asked_when_quiet, timer_key, wished
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CoordinatorActed


def ask_point(view: View, act: CoordinatorActed) -> Acted:
    """Put a point (`values` `point`) to the patient, who is as free to say no as ever."""
    if stale(act, mark_of_points(view.case)):
        return refused(view, act)
    point = next(
        (p for p in askable(view.case, view.service, view.now) if p == act.values.get("point")),
        None,
    )
    if point is None:
        return view, ()
    view = replace(view, case=wished(view.case, point, by=act.coordinator, view=view))
    noted = trail(act, "consent.wished", point)
    view, asked = asked_when_quiet(view)
    if asked:
        return view, (noted, *asked, *reply_of(view, (), ask=True))
    later = SetTimer(name="point", key=timer_key(view.case), at=view.now + WAITS)
    return view, (noted, later)
