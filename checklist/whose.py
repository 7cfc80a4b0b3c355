"""Whose words: where each line of the cover comes from.

A message of the patient's, a record, a coordinator, or the checklist itself. None stands for what
nobody has stated. Stored answers of before messages were remembered are known by their time only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from checklist.case import Answer, Case, Entry
from checklist.cover_text import KEY_QUESTIONS, Section, fixed_of, in_date_order
from checklist.labels import in_date_order as in_date_order_of
from checklist.missing import LOCKED, SET_APART, Missing
from checklist.origin import Origin
from checklist.physical import Parcel

SourceKind = Literal["message", "record", "coordinator", "checklist"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a line comes from. `at` is when it was said or written.

    A `message` has its `origin` where that is known, a `coordinator` a name in `by`, "" where it was
    not kept, and a `record` the ids of one or more. `checklist`: the assistant compared what came.
    """

    kind: SourceKind
    at: datetime | None = None
    origin: Origin | None = None
    by: str = ""
    records: tuple[str, ...] = ()


CHECKLIST: Final = Source(kind="checklist")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The sources of a cover's lines, each in the order of the summary's lines.

    `facts` are by step (`name birth_date country case_type review_mode role`), and `sex`. `none` are
    those of lists that are empty, by item. `records` are all that are in use, by date.
    """

    facts: Mapping[str, Source]
    problem: Source | None
    questions: tuple[Source | None, ...]
    timeline: tuple[Source | None, ...]
    medicines: tuple[Source | None, ...]
    allergies: tuple[Source | None, ...]
    imaging: tuple[Source | None, ...]
    missing: tuple[Source | None, ...]
    parcels: tuple[Source | None, ...]
    none: Mapping[str, Source]
    records: tuple[Source, ...] = ()


NOTHING_KNOWN: Final = Sources(
    facts={}, problem=None, questions=(), timeline=(), medicines=(), allergies=(), imaging=(),
    missing=(), parcels=(), none={},
)  # fmt: skip

_FACTS: Final = ("name", "birth_date", "country", "case_type", "review_mode", "role")
_LISTS: Final = ("questions", "timeline", "medications", "allergies")


def sources_of(
    case: Case,
    missing: tuple[Missing, ...],
    imaging: tuple[tuple[str, ...], ...],
    stating_sex: tuple[str, ...] = (),
) -> Sources:
    """Where everything on the cover of a case comes from. `imaging` are the records of each line."""
    facts = {step: said for step in _FACTS if (said := _of_answer(case.answer(step))) is not None}
    if stating_sex:
        facts["sex"] = Source(kind="record", records=stating_sex)
    events = case.answer("timeline")
    return Sources(
        facts=facts,
        problem=_written(case, "problem") or _of_answer(case.answer("problem")),
        questions=_of_questions(case),
        timeline=_fixed(case, "timeline")
        or tuple(_of_entry(events, e) for e in in_date_order(events.entries if events else ())),
        medicines=_of_entries(case, "medications"),
        allergies=_of_entries(case, "allergies"),
        imaging=tuple(Source(kind="record", records=ids) for ids in imaging),
        missing=tuple(_of_missing(case, row) for row in missing),
        parcels=tuple(_of_parcel(parcel) for parcel in case.parcels),
        records=tuple(
            Source(kind="record", records=(record.id,))
            for record in in_date_order_of(case.own_records)
            if not record.part_of
        ),
        none={item: said for item in _LISTS if (said := _of_list(case, item)) is not None},
    )


def _of_answer(answer: Answer | None) -> Source | None:
    if answer is None:
        return None
    return Source(kind="message", at=_at(answer.origin, answer.at), origin=answer.origin)


def _of_entry(answer: Answer | None, entry: Entry) -> Source | None:
    origin = entry.origin
    if answer is None:
        return None
    if origin is None:
        # Of what was stored before, it is only known when the list was last answered.
        origin = answer.origin
    return Source(kind="message", at=_at(origin, answer.at), origin=origin)


def _at(origin: Origin | None, at: datetime) -> datetime:
    return origin.at if origin is not None else at


def _of_entries(case: Case, step: str) -> tuple[Source | None, ...]:
    answer = case.answer(step)
    return tuple(_of_entry(answer, entry) for entry in (answer.entries if answer else ()))


def _of_questions(case: Case) -> tuple[Source | None, ...]:
    written = _fixed(case, "questions")
    if written:
        return written
    answer = case.answer("questions")
    chosen = [entry for entry in (answer.entries if answer else ()) if entry.chosen]
    return tuple(_of_entry(answer, entry) for entry in chosen[:KEY_QUESTIONS])


def _written(case: Case, section: Section) -> Source | None:
    fixed = fixed_of(case, section)
    return None if fixed is None else Source(kind="coordinator", by=fixed.by, at=fixed.at)


def _fixed(case: Case, section: Section) -> tuple[Source | None, ...]:
    fixed, source = fixed_of(case, section), _written(case, section)
    return () if fixed is None else tuple(source for _line in fixed.lines)


def _of_list(case: Case, item: str) -> Source | None:
    """Where it comes from that a list is empty: a word of the patient's, or records in its place."""
    answer = case.answer(item)
    records = tuple(record.id for record in case.records_of(item) if not record.part_of)
    if records and not (answer and answer.choice == "none"):
        return Source(kind="record", records=records)
    return _of_answer(answer)


def _of_missing(case: Case, row: Missing) -> Source:
    request = case.request_for(row.item)
    if request is not None:
        return Source(kind="coordinator", by=request.by, at=request.at)
    if row.item in (LOCKED, SET_APART) or case.records_of(row.item):
        return CHECKLIST
    return _of_answer(case.answer(row.item)) or CHECKLIST


def _of_parcel(parcel: Parcel) -> Source:
    last = parcel.way[-1]
    kind: SourceKind = "coordinator" if last.by == "coordinator" else "message"
    return Source(kind=kind, by=last.name, at=last.at, origin=last.origin)
