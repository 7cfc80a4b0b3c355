"""A coordinator's word on what a record is and on the words of the cover; and taking it back."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

from checklist.corrections import undone, with_cover, with_labels
from checklist.cover_text import SECTIONS, partial_date, rewritten, with_section
from checklist.desk import Label
from checklist.labelling import label_of
from checklist.marks import mark_of_cover, mark_of_label
from checklist.records import ITEM_OF, Record, RecordKind
from handlers.acts.outcome import Acted, rebuilt, refused, stale, trail
from handlers.step import View
from handlers.updates import CoordinatorActed

_LONGEST = 4000
_LONGEST_PART = 60


def label(view: View, act: CoordinatorActed) -> Acted:
    """Another date, kind or body part for `record_id`; or it is a further page of another record."""
    if stale(act, mark_of_label(view.case, act.record_id)):
        return refused(view, act)
    record = view.case.record(act.record_id)
    if record is None:
        return view, ()
    given = _given(record, act)
    if given.part_of and not _can_join(view, record, given.part_of):
        given = replace(given, part_of=record.part_of)
    labels = (given, *(_like(given, page) for page in view.case.pages_of(record.id)))
    if given.part_of != record.part_of and given.part_of:
        # A page is of the kind and the day of its document.
        labels = (_last_page(view, given.part_of, record),)
    case = with_labels(view.case, labels, by=act.coordinator, at=view.now)
    if case is view.case:
        return view, ()
    return replace(view, case=case), (trail(act, "label.changed", record.id), *rebuilt(case))


def _like(label: Label, page: Record) -> Label:
    """The label of a page: that of its record."""
    return replace(label, record_id=page.id, part_of=page.part_of, place=page.place)


def _last_page(view: View, head_id: str, record: Record) -> Label:
    """The label of a record that is to be the last page of another."""
    head = view.case.record(head_id)
    assert head is not None
    place = max((page.place for page in view.case.pages_of(head_id)), default=1) + 1
    return replace(label_of(head), record_id=record.id, part_of=head_id, place=place)


def _given(record: Record, act: CoordinatorActed) -> Label:
    """The label of the form; a field that it doesn't have stays as it is."""
    known, values = label_of(record), act.values
    kind = values.get("kind", record.kind)
    if record.study is not None or kind not in get_args(RecordKind) or kind == "imaging_study":
        kind = record.kind
    chosen = cast(RecordKind, kind)
    changed = chosen != record.kind
    date = values.get("date")
    return Label(
        record_id=record.id,
        kind=chosen,
        item=(ITEM_OF[chosen] or record.item) if changed else record.item,
        kind_certain=changed or known.kind_certain,
        # The same day keeps the words in which it was written.
        date=known.date
        if date is None or (known.date is not None and date.strip() == known.date.iso)
        else partial_date(date),
        body_part=values.get("body_part", record.body_part).strip()[:_LONGEST_PART],
        part_of=values.get("part_of", record.part_of),
        place=record.place if values.get("part_of", record.part_of) else 0,
    )


def _can_join(view: View, record: Record, other: str) -> bool:
    """Whether it can be a further page of that record: documents can, and a page has no pages."""
    head = view.case.record(other)
    return (
        head is not None
        and head.is_used
        and record.is_used
        and head.id != record.id
        and head.study is None
        and record.study is None
        and not head.part_of
        and not any(one.part_of == record.id for one in view.case.records)
    )


def cover(view: View, act: CoordinatorActed) -> Acted:
    """The words of the cover: a section each in `values`, and which are locked in `locked`."""
    if stale(act, mark_of_cover(view.case)):
        return refused(view, act)
    words, locked = view.case.desk.cover, act.values.get("locked", "").split()
    for section in SECTIONS:
        text = act.values.get(section)
        if text is not None:
            fixed = rewritten(view.case, section, text[:_LONGEST], locked=section in locked)
            if fixed is not None and fixed != getattr(words, section):
                fixed = replace(fixed, by=act.coordinator, at=view.now)
            elif fixed is not None:
                fixed = getattr(words, section)
            words = with_section(words, section, fixed)
    case = with_cover(view.case, words, by=act.coordinator, at=view.now)
    if case is view.case:
        return view, ()
    return replace(view, case=case), (trail(act, "cover.changed"), *rebuilt(case))


def undo(view: View, act: CoordinatorActed) -> Acted:
    """Take a change back (`values` `change`), unless another has come on top of it."""
    number = act.values.get("change", "")
    case = undone(view.case, int(number)) if number.isdecimal() else view.case
    if case is view.case:
        return refused(view, act)
    return replace(view, case=case), (trail(act, "change.undone", number), *rebuilt(case))
