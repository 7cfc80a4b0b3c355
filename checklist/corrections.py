"""Corrections: a coordinator's word on what a record is and on what the cover says, and its undoing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from checklist.case import Case
from checklist.cutting import can_be_cut, cut_of, parts_of
from checklist.desk import Change, Correction, CoverText, Cut, Label, PairWord
from checklist.labelling import label_of, labelled

#: So many changes can be undone; the trail knows of all.
_REMEMBERED: Final = 100


def with_labels(case: Case, labels: Iterable[Label], *, by: str, at: datetime) -> Case:
    """The case with these labels, which are one change; the same case where all are there already."""
    pairs = tuple(
        (label_of(record), label)
        for label in labels
        if (record := case.record(label.record_id)) is not None and label_of(record) != label
    )
    if not pairs:
        return case
    change = Change(number=_number(case), by=by, at=at)
    change = replace(change, label=pairs[0]) if len(pairs) == 1 else replace(change, labels=pairs)
    for _before, label in pairs:
        case = _labelled(case, label)
    return _remembered(case, change)


def with_cover(case: Case, cover: CoverText, *, by: str, at: datetime) -> Case:
    """The case with these words on its cover; the same case where they are the same."""
    if cover == case.desk.cover:
        return case
    change = Change(number=_number(case), by=by, at=at, cover=(case.desk.cover, cover))
    case = replace(case, desk=replace(case.desk, cover=cover))
    return _remembered(case, change)


def with_pair(case: Case, word: PairWord, *, by: str, at: datetime) -> Case:
    """The case with a word on whether a report and a study belong together; the same where it stands."""
    before = pair_word(case, word.report_id, word.study_id)
    if before == word:
        return case
    change = Change(number=_number(case), by=by, at=at, pair=(before, word))
    return _remembered(_with_word(case, word, word), change)


def pair_word(case: Case, report_id: str, study_id: str) -> PairWord | None:
    """What a coordinator said of this pair, or None."""
    mine = (w for w in case.desk.pairs if (w.report_id, w.study_id) == (report_id, study_id))
    return next(mine, None)


def _with_word(case: Case, of: PairWord, word: PairWord | None) -> Case:
    """The case with this word on the pair `of`, or with none."""
    others = (
        w for w in case.desk.pairs if (w.report_id, w.study_id) != (of.report_id, of.study_id)
    )
    pairs = (*others, *((word,) if word else ()))
    return replace(case, desk=replace(case.desk, pairs=pairs))


def with_cut(case: Case, record_id: str, at_pages: Sequence[int], *, by: str, at: datetime) -> Case:
    """The case with a document cut where a record begins `at_pages`; in one piece where there is none.

    A part that stays as it was keeps its label. The same case where it can't be cut so.
    """
    record = case.record(record_id)
    pages = (record.pages or 0) if record is not None else 0
    places = tuple(sorted({page for page in at_pages if 1 < page <= pages}))
    if record is None or places == record.cut or not can_be_cut(case, record):
        return case
    before = cut_of(case, record)
    kept = {label.record_id: label for label in before.parts}
    # A part is of the kind and the day of its document until somebody says otherwise.
    labels = (label_of(part) for part in parts_of(record, places))
    after = Cut(at=places, parts=tuple(kept.get(label.record_id, label) for label in labels))
    change = Change(number=_number(case), by=by, at=at, cut=(before, after), of=record.id)
    return _remembered(_cut(case, record_id, after), change)


def merging(case: Case, record_ids: Sequence[str]) -> tuple[Label, ...]:
    """The labels under which these are the pages of one record, in this order; () where they can't be.

    What is a page of one of them already comes with it. All are of the kind and the day of the first.
    """
    order: list[str] = []
    for record_id in record_ids:
        pages = (page.id for page in case.pages_of(record_id) if page.id not in record_ids)
        order += [one for one in (record_id, *pages) if one not in order]
    records = [record for one in order if (record := case.record(one)) is not None]
    if len(records) < 2 or any(r.study is not None or not r.is_used for r in records):
        return ()
    head = replace(label_of(records[0]), part_of="", place=0)
    pages_of_it = (
        replace(head, record_id=record.id, part_of=head.record_id, place=place)
        for place, record in enumerate(records[1:], 2)
    )
    return (head, *pages_of_it)


def undoable(case: Case) -> tuple[Change, ...]:
    """The changes that can be undone, the newest first: what they led to still stands."""
    return tuple(change for change in reversed(case.desk.changes) if _stands(case, change))


def undone(case: Case, number: int) -> Case:
    """The case without that change; the same case where something else has come on top of it."""
    change = next((one for one in undoable(case) if one.number == number), None)
    if change is None:
        return case
    changes = tuple(one for one in case.desk.changes if one.number != number)
    case = replace(case, desk=replace(case.desk, changes=changes))
    for before, _after in change.all_labels:
        case = _labelled(case, before)
    if change.cut is not None:
        case = _cut(case, change.of, change.cut[0])
    if change.pair is not None:
        case = _with_word(case, change.pair[1], change.pair[0])
    if change.cover is not None:
        case = replace(case, desk=replace(case.desk, cover=change.cover[0]))
    return case


def _stands(case: Case, change: Change) -> bool:
    if change.cover is not None:
        return case.desk.cover == change.cover[1]
    if change.pair is not None:
        word = change.pair[1]
        return pair_word(case, word.report_id, word.study_id) == word
    if change.cut is not None:
        record = case.record(change.of)
        return (
            record is not None
            and cut_of(case, record) == change.cut[1]
            and can_be_cut(case, record)
        )
    records = ((case.record(after.record_id), after) for _before, after in change.all_labels)
    return all(record is not None and label_of(record) == after for record, after in records)


def _labelled(case: Case, label: Label) -> Case:
    """The record under this label, and the correction that keeps it so."""
    record = case.record(label.record_id)
    assert record is not None
    mine = (c for c in case.desk.corrections if c.label.record_id == label.record_id)
    known = next(mine, None)
    was = known.was if known is not None else label_of(record)
    others = tuple(c for c in case.desk.corrections if c is not known)
    # Back at what the file itself leads to there is nothing to keep.
    kept = others if label == was else (*others, Correction(label=label, was=was))
    records = tuple(labelled(r, label) if r.id == record.id else r for r in case.records)
    return replace(case, records=records, desk=replace(case.desk, corrections=kept))


def _cut(case: Case, record_id: str, cut: Cut) -> Case:
    """The document in these parts, under these labels; what was said of other parts is forgotten."""
    whole = case.record(record_id)
    assert whole is not None
    gone = {record.id for record in case.records if record.cut_from == record_id}
    whole = replace(whole, cut=cut.at)
    parts = parts_of(whole, cut.at)
    others = (record for record in case.records if record.id not in gone)
    records = tuple(one for r in others for one in ((whole, *parts) if r.id == record_id else (r,)))
    kept = tuple(c for c in case.desk.corrections if c.label.record_id not in gone)
    case = replace(case, records=records, desk=replace(case.desk, corrections=kept))
    for label in cut.parts:
        case = _labelled(case, label)
    return case


def _number(case: Case) -> int:
    return max((change.number for change in case.desk.changes), default=0) + 1


def _remembered(case: Case, change: Change) -> Case:
    changes = (*case.desk.changes, change)[-_REMEMBERED:]
    return replace(case, desk=replace(case.desk, changes=changes))
