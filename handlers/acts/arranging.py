"""A coordinator's word on where one record ends and the next begins: splitting and merging documents.

The bytes that came stay as they are. Each of the two is one change, which can be undone.
"""

from __future__ import annotations

from dataclasses import replace

from checklist.corrections import merging, with_cut, with_labels
from checklist.marks import mark_of_cut, mark_of_label, mark_of_marks
from handlers.acts.outcome import Acted, rebuilt, refused, stale, trail
from handlers.step import View
from handlers.updates import CoordinatorActed


def split(view: View, act: CoordinatorActed) -> Acted:
    """Have a record begin at each of these pages of `record_id` (`values` `pages`: `3 5`).

    Without pages the document is one record again.
    """
    if stale(act, mark_of_cut(view.case, act.record_id)):
        return refused(view, act)
    record = view.case.record(act.record_id)
    pages = [int(page) for page in act.values.get("pages", "").split() if page.isdecimal()]
    case = with_cut(view.case, act.record_id, pages, by=act.coordinator, at=view.now)
    if case is view.case or record is None:
        return view, ()
    done = trail(act, "record.split" if pages else "record.joined", record.id)
    return replace(view, case=case), (done, *rebuilt(case))


def merge(view: View, act: CoordinatorActed) -> Acted:
    """Make one record of several, its pages in this order (`values` `records`: ids, a space between).

    What the form showed are the labels of these records, in this order.
    """
    record_ids = act.values.get("records", "").split()
    if stale(act, mark_of_marks(mark_of_label(view.case, one) for one in record_ids)):
        return refused(view, act)
    labels = merging(view.case, record_ids)
    case = with_labels(view.case, labels, by=act.coordinator, at=view.now)
    if case is view.case:
        return view, ()
    done = trail(act, "record.merged", labels[0].record_id)
    return replace(view, case=case), (done, *rebuilt(case))
