"""Dividing: a study of two people, of which some series are the patient's and others are not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from checklist.case import Case
from checklist.records import Record
from checklist.study import Series, Study


def rest_of(case: Case, record: Record) -> Record | None:
    """The record of the series that were set apart from this study, or None."""
    mine = (r for r in case.records if r.cut_from == record.id and r.study is not None)
    return next(mine, None)


def all_series(case: Case, record: Record) -> tuple[Series, ...]:
    """The series of a study, those that were set apart from it among them."""
    return _whole(case, record).series


def divided(case: Case, record_id: str, theirs: Collection[str]) -> Case:
    """The case in which these series of a study are somebody else's, and the others the patient's.

    With none of them the study is in one piece again, and nobody has decided. The same case where
    there is no such study, or nothing of it would be left.
    """
    record = case.record(record_id)
    if record is None or record.study is None or record.cut_from:
        return case
    whole = _whole(case, record)
    uids = [one.series_instance_uid for one in whole.series]
    apart = tuple(uid for uid in uids if uid in theirs)
    if len(apart) == len(uids) or set(apart) == set(record.series_apart):
        return case
    if not apart:
        again = replace(record, study=whole, series_apart=(), set_apart="", decided_by="")
        return _with(case, again, None)
    kept = [uid for uid in uids if uid not in apart]
    mine = replace(
        record,
        study=whole.of_series(kept),
        series_apart=apart,
        set_apart="taken",
        decided_by="coordinator",
    )
    other = replace(
        record,
        id=f"{record.id}.rest",
        study=whole.of_series(apart),
        series_apart=(),
        set_apart="kept_apart",
        decided_by="coordinator",
        cut_from=record.id,
        findings=(),
        preview_blob_id="",
        preview_size=(0, 0),
        sheet_blob_id="",
    )
    return _with(case, mine, other)


def _whole(case: Case, record: Record) -> Study:
    assert record.study is not None
    rest = rest_of(case, record)
    if rest is None or rest.study is None:
        return record.study
    return record.study.joined(rest.study)


def _with(case: Case, record: Record, rest: Record | None) -> Case:
    others = (r for r in case.records if r.cut_from != record.id)
    both = (record,) if rest is None else (record, rest)
    records = tuple(one for r in others for one in (both if r.id == record.id else (r,)))
    return replace(case, records=records)
