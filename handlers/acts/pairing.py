"""A coordinator's word on which report belongs to which study."""

from __future__ import annotations

from dataclasses import replace

from checklist.corrections import with_pair
from checklist.desk import PairWord
from checklist.marks import mark_of_pairs
from checklist.pairing import reports_of, studies_of
from handlers.acts.outcome import Acted, rebuilt, refused, stale, trail
from handlers.step import View
from handlers.updates import CoordinatorActed


def pair(view: View, act: CoordinatorActed) -> Acted:
    """The report of `record_id` and `values` `study` belong together, or (`together` `no`) do not."""
    study = act.values.get("study", "")
    if stale(act, mark_of_pairs(view.case, act.record_id)):
        return refused(view, act)
    together = act.values.get("together") != "no"
    reports = {record.id for record in reports_of(view.case)}
    studies = {record.id for record in studies_of(view.case)}
    if act.record_id not in reports or study not in studies:
        return view, ()
    word = PairWord(report_id=act.record_id, study_id=study, together=together)
    case = with_pair(view.case, word, by=act.coordinator, at=view.now)
    if case is view.case:
        return view, ()
    action = "pair.made" if together else "pair.parted"
    return replace(view, case=case), (trail(act, action, act.record_id), *rebuilt(case))
