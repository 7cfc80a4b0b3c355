"""Corrections: a coordinator's word on what a record is and on what the cover says, and its undoing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from checklist.case import Case, label_of, labelled
from checklist.desk import Change, Correction, CoverText, Label, PairWord

#: So many changes can be undone; the trail knows of all.
_REMEMBERED: Final = 100


def with_label(case: Case, label: Label, *, by: str, at: datetime) -> Case:
    """The case with a record under another label; the same case where there is nothing to change."""
    record = case.record(label.record_id)
    if record is None or label_of(record) == label:
        return case
    change = Change(number=_number(case), by=by, at=at, label=(label_of(record), label))
    return _remembered(_labelled(case, label), change)


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
    if change.label is not None:
        return _labelled(case, change.label[0])
    if change.pair is not None:
        return _with_word(case, change.pair[1], change.pair[0])
    assert change.cover is not None
    return replace(case, desk=replace(case.desk, cover=change.cover[0]))


def _stands(case: Case, change: Change) -> bool:
    if change.cover is not None:
        return case.desk.cover == change.cover[1]
    if change.pair is not None:
        word = change.pair[1]
        return pair_word(case, word.report_id, word.study_id) == word
    assert change.label is not None
    record = case.record(change.label[1].record_id)
    return record is not None and label_of(record) == change.label[1]


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


def _number(case: Case) -> int:
    return max((change.number for change in case.desk.changes), default=0) + 1


def _remembered(case: Case, change: Change) -> Case:
    changes = (*case.desk.changes, change)[-_REMEMBERED:]
    return replace(case, desk=replace(case.desk, changes=changes))
