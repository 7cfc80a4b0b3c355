"""Marks: short signs by which somebody who saw a value can tell whether it has changed since."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from checklist.case import Case
from checklist.cover_text import cover_lines
from checklist.cutting import cut_of
from checklist.dividing import all_series
from checklist.labelling import label_of
from checklist.to_translate import translation_of


def mark(value: object) -> str:
    """The same for equal values, and never the same for others in practice: 12 hex digits."""
    return sha256(repr(value).encode("utf-8", "replace")).hexdigest()[:12]


def mark_of_marks(marks: Iterable[str]) -> str:
    """The mark of several things that were seen, in this order."""
    return mark(tuple(marks))


def mark_of_label(case: Case, record_id: str) -> str:
    """The mark of a record's label, "" where there is no such record."""
    record = case.record(record_id)
    return "" if record is None else mark(label_of(record))


def mark_of_cut(case: Case, record_id: str) -> str:
    """The mark of how a document is cut, and of its parts' labels; "" where there is none."""
    record = case.record(record_id)
    return "" if record is None else mark((label_of(record), record.pages, cut_of(case, record)))


def mark_of_whose(case: Case, record_id: str) -> str:
    """The mark of whose a document is said to be; "" where there is none."""
    record = case.record(record_id)
    return "" if record is None else mark((record.set_apart, record.decided_by))


def mark_of_study(case: Case, record_id: str) -> str:
    """The mark of whose a study is said to be, and of which series and people it is."""
    record = case.record(record_id)
    if record is None or record.study is None:
        return ""
    series = [(one.series_instance_uid, one.patients) for one in all_series(case, record)]
    said = (record.set_apart, record.decided_by, record.series_apart)
    return mark((said, series, record.study.identities))


def mark_of_room(case: Case) -> str:
    """The mark of how often more room was given to a case."""
    return mark(case.desk.more_room)


def mark_of_cover(case: Case) -> str:
    """The mark of the cover's words as they show now, locked or not."""
    return mark((case.desk.cover, cover_lines(case)))


def mark_of_opinion(case: Case) -> str:
    """The mark of the opinion, its files and where it stands."""
    return mark(case.desk.opinion)


def mark_of_requests(case: Case) -> str:
    """The mark of what was asked for."""
    return mark(case.desk.requests)


def mark_of_points(case: Case) -> str:
    """The mark of what was agreed to, and of what was asked about."""
    return mark((case.consents, case.asked))


def mark_of_parcels(case: Case) -> str:
    """The mark of what goes by post, and where it is."""
    return mark(case.parcels)


def mark_of_translation(case: Case, record_id: str) -> str:
    """The mark of what was done to translate a record."""
    return mark(translation_of(case, record_id))


def mark_of_assignee(case: Case) -> str:
    """The mark of who has taken the case."""
    return mark(case.desk.assignee)


def mark_of_status(case: Case) -> str:
    """The mark of where the case stands."""
    return mark((case.status, len(case.desk.editions)))


def mark_of_pairs(case: Case, report_id: str) -> str:
    """The mark of what was said of a report and any study."""
    return mark(tuple(word for word in case.desk.pairs if word.report_id == report_id))
