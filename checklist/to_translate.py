"""Which records of a case are to be translated, in which order, and how far that is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from checklist.case import Case
from checklist.records import Record, RecordKind
from checklist.text import Text, _
from checklist.translation import Translation, TranslationFile

#: What decides comes first. A kind that is not named is `Other`.
Urgency = Literal["decides", "values", "other"]

URGENCY: Final[Mapping[RecordKind, Urgency]] = {
    "pathology_report": "decides",
    "operative": "decides",
    "imaging_report": "decides",
    "lab": "values",
}
_ORDER: Final[tuple[Urgency, ...]] = ("decides", "values", "other")
#: Within one urgency, what a specialist reads first.
_FIRST: Final[tuple[RecordKind, ...]] = ("pathology_report", "operative", "imaging_report", "lab")

WHY: Final[Mapping[Urgency, Text]] = {
    "decides": _("The specialist decides by it"),
    "values": _("Mostly numbers: quick to do, and they support the rest"),
    "other": _("Background: it helps, and the review can begin without it"),
}

#: These have few words, or words that nobody must translate.
_WITHOUT_WORDS: Final[frozenset[RecordKind]] = frozenset(
    {"imaging_study", "imaging_photo", "identity"}
)


def translation_of(case: Case, record_id: str) -> Translation:
    """What was done of a record so far; nothing yet is an empty one."""
    known = (one for one in case.desk.translations if one.record_id == record_id)
    return next(known, Translation(record_id=record_id))


def language_of(case: Case, record: Record) -> str:
    """The record's language (BCP 47); of a scan the one that the patient named, "" for not known."""
    if record.language:
        return record.language
    answer = case.answer("translation")
    return answer.value if answer else ""


def to_translate(case: Case, reader: str) -> tuple[Record, ...]:
    """The records that the `reader` of this language can't read, what decides first.

    A record of which nobody knows the language is among them: a person looks at it.
    """
    if case.submitted_at is None or case.erased:
        return ()
    found = [
        record
        for record in case.own_records
        if record.kind not in _WITHOUT_WORDS
        and _primary(language_of(case, record)) != _primary(reader)
    ]
    return tuple(sorted(found, key=_rank))


def urgency(record: Record) -> Urgency:
    """How much hangs on a record."""
    return URGENCY.get(record.kind, "other")


def _rank(record: Record) -> tuple[int, int, datetime, str]:
    place = _FIRST.index(record.kind) if record.kind in _FIRST else len(_FIRST)
    return (_ORDER.index(urgency(record)), place, record.received_at, record.id)


def rank(record: Record, since: datetime) -> tuple[int, int, datetime, str]:
    """The order of a queue of many cases: what decides first, and of that what waits longest."""
    return (_rank(record)[0], _rank(record)[1], since, record.id)


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def is_in_translation(case: Case, reader: str) -> bool:
    """Whether records are being translated: one is in work, or some are done and others wait."""
    records = to_translate(case, reader)
    states = [translation_of(case, record.id) for record in records]
    if any(one.in_work for one in states):
        return True
    return any(one.state == "done" for one in states) and any(
        one.state in ("waiting", "draft") for one in states
    )


def translated(case: Case) -> tuple[tuple[Record, TranslationFile], ...]:
    """The records in use that have an approved translation, each with it."""
    found = ((record, translation_of(case, record.id).approved) for record in case.own_records)
    return tuple((record, file) for record, file in found if file is not None)
