"""case.json: everything that is known of a case, for people and programs that read it later.

The format has a name and a version of its own: fields are added within a version and never change
their meaning. Dates are as exact as they are known, times are UTC, languages are BCP 47 tags.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from bot.handoff.contents import Entry
from bot.handoff.stored import StoredFile
from checklist.case import Answer, Case, Consent
from checklist.case import Entry as Line
from checklist.dates import PartialDate
from checklist.letters import Letter
from checklist.origin import Origin
from checklist.pairing import pairing_of
from checklist.physical import Parcel
from checklist.progress import Checklist
from checklist.records import Record
from checklist.study import PatientIdentity, Series, Study
from checklist.summary import Summary
from checklist.text import Text
from handlers.languages import Languages

FORMAT: Final = "second-opinion-case"
VERSION: Final = 1

Json = dict[str, Any]


def case_json(
    case: Case,
    checklist: Checklist,
    summary: Summary,
    entries: Iterable[Entry],
    files: Iterable[StoredFile],
    *,
    apart: Collection[str],
    languages: Languages,
    review_locale: str,
    built_at: datetime,
) -> bytes:
    """The document as UTF-8 JSON. Texts of the assistant are in the review language.

    `apart` are the files that hold only another person's records: they are not named.
    """

    def say(text: Text) -> str:
        return languages.say(text, review_locale)

    paths, translations = _places(entries)
    document: Json = {
        "format": FORMAT,
        "version": VERSION,
        "built_at": _time(built_at),
        "notice": say(summary.disclaimer),
        "case": {
            "id": case.id,
            "status": case.status,
            "opened_at": _time(case.opened_at),
            "submitted_at": _time(case.submitted_at) if case.submitted_at else None,
            "language": case.locale,
            "version": case.version,
        },
        "checklist": _checklist(checklist, summary, say),
        "answers": [_answer(answer) for answer in case.answers.values()],
        "cover": _cover(summary),
        "changes": _changes(summary, say),
        "consents": [_consent(said) for said in case.consents],
        "reminders": _reminders(case),
        "letters": [_letter(letter) for letter in case.letters],
        "records": [
            _record(record, paths.get(record.id, []), translations.get(record.id))
            for record in case.own_records
        ],
        "pairs": _pairs(case),
        "parcels": [_parcel(parcel) for parcel in case.parcels],
        "set_apart": [_set_apart(record) for record in case.records if record.is_apart],
        "files": [_file(file, named=file.id not in apart) for file in files],
    }
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return f"{text}\n".encode("utf-8", "replace")


def _consent(said: Consent) -> Json:
    """One point, with the hash of the words that were shown, and in what right it was said."""
    return {
        "point": said.point,
        "version": said.version,
        "given": said.given,
        "language": said.locale,
        "at": _time(said.at),
        "sha256_of_words": said.sha256,
        "basis": said.basis,
    }


def _cover(summary: Summary) -> Json:
    return {
        "problem": summary.problem,
        "questions": list(summary.questions),
        "timeline": [
            {"date": _date(event.date), "words": event.words} for event in summary.timeline
        ],
        "written_by_coordinator": list(summary.edited),
    }


def _reminders(case: Case) -> Json | None:
    """Whether reminders were agreed to, to which version of the words; None where nobody asked."""
    said = case.reminding
    if said is None:
        return None
    return {
        "version": said.version,
        "given": said.given,
        "language": said.locale,
        "at": _time(said.at),
    }


def _letter(letter: Letter) -> Json:
    """A letter to a hospital: what it asks for, in which language, and what became of it."""
    return {
        "number": letter.number,
        "kind": letter.kind,
        "item": letter.item,
        "language": letter.locale,
        "made_at": _time(letter.made_at),
        "state": letter.state or "made",
        "sent_on": _date(letter.sent_on),
    }


def _places(entries: Iterable[Entry]) -> tuple[dict[str, list[str]], dict[str, Json]]:
    """Where the originals of each record lie, and its translation."""
    paths: dict[str, list[str]] = {}
    translations: dict[str, Json] = {}
    for entry in entries:
        if entry.translation_of:
            translations[entry.record_id] = {"path": entry.path, "language": entry.language}
        else:
            paths.setdefault(entry.record_id, []).append(entry.path)
    return paths, translations


def _changes(summary: Summary, say: Any) -> Json | None:
    """What this version of the package holds that the one before did not; None for the first."""
    changes = summary.changes
    if changes is None:
        return None
    return {
        "number": changes.number,
        "since": _time(changes.since),
        "lines": [say(line) for line in changes.lines],
    }


def _checklist(checklist: Checklist, summary: Summary, say: Any) -> Json:
    why = {missing.item: [say(reason) for reason in missing.reasons] for missing in summary.missing}
    return {
        "completeness": checklist.completeness,
        "here": checklist.here,
        "wanted": checklist.wanted,
        "items": [
            {
                "id": entry.item.id,
                "title": say(entry.item.title),
                "status": entry.status,
                "why": why.get(entry.item.id, []),
            }
            for entry in checklist.items
        ],
        "findings": [
            {
                "code": found.code,
                "severity": found.severity,
                "message": say(found.message),
                "record": found.path,
            }
            for found in checklist.findings
        ],
    }


def _answer(answer: Answer) -> Json:
    return {
        "step": answer.step,
        "at": _time(answer.at),
        "choice": answer.choice,
        "text": answer.text,
        "value": answer.value,
        "date": _date(answer.date),
        "note": answer.note,
        "entries": [_line(line) for line in answer.entries],
        "said": _said(answer.origin),
    }


def _said(origin: Origin | None) -> Json | None:
    """The message by which it was said; None where that was not kept."""
    if origin is None:
        return None
    return {"at": _time(origin.at), "channel": origin.channel, "message": origin.message}


def _line(line: Line) -> Json:
    return {
        "text": line.text,
        "date": _date(line.date),
        "name": line.name,
        "dose": line.dose,
        "frequency": line.frequency,
        "since": _date(line.since),
        "chosen": line.chosen,
        "said": _said(line.origin),
    }


def _record(record: Record, paths: list[str], translation: Json | None) -> Json:
    return {
        "id": record.id,
        "file": record.file_id,
        "kind": record.kind,
        "kind_certain": record.kind_certain,
        "item": record.item,
        "date": _date(record.date),
        "modality": record.modality,
        "body_part": record.body_part,
        "language": record.language,
        "title": record.title,
        "pages": record.pages,
        "active_content": list(record.active),
        "media_type": record.media_type,
        "bytes": record.size,
        "sha256": record.sha256,
        "original_name": record.original_name,
        "caption": record.caption,
        "received_at": _time(record.received_at),
        "received_by": record.channel,
        "sent_by": record.sent_by,
        "sent_by_coordinator": record.by_coordinator,
        "part_of": record.part_of,
        "cut_from": record.cut_from,
        "pages_of_original": list(record.span) if record.span else None,
        "has_reference_ranges": record.has_reference_ranges,
        "translation": translation,
        "study": _study(record.study) if record.study else None,
        "paths": paths if record.study is None else [],
        "folders": sorted({path.rsplit("/", 1)[0] for path in paths}) if record.study else [],
    }


def _pairs(case: Case) -> list[Json]:
    """Which report is about which study, why, and how sure; `unsure` ones are undecided."""
    found = pairing_of(case)
    return [
        {
            "report": pair.report_id,
            "study": pair.study_id,
            "sure": pair.sure,
            "reasons": list(pair.reasons),
        }
        for pair in (*found.pairs, *found.open)
    ]


def _parcel(parcel: Parcel) -> Json:
    """Slides, blocks or films, what the laboratory wants, and each step of their way."""
    wish = parcel.wish
    return {
        "number": parcel.number,
        "kind": parcel.kind,
        "state": parcel.state,
        "count": parcel.count,
        "ids": list(parcel.ids),
        "words": parcel.words,
        "wanted": {
            "which": wish.which,
            "count": wish.count,
            "coating": wish.coating,
            "thickness": wish.thickness,
            "words": wish.words,
        }
        if wish
        else None,
        "courier": parcel.courier,
        "tracking": parcel.tracking,
        "way": [
            {
                "state": told.state,
                "at": _time(told.at),
                "by": told.by,
                "name": told.name,
                "day": _date(told.day),
            }
            for told in parcel.way
        ],
    }


def _set_apart(record: Record) -> Json:
    """That something was left out, and not a word of whose it is."""
    return {
        "id": record.id,
        "file": record.file_id,
        "kind": record.kind,
        "state": record.set_apart,
        "decided_by": record.decided_by,
    }


def _study(study: Study) -> Json:
    return {
        "study_instance_uid": study.study_instance_uid,
        "study_date": _date(study.study_date),
        "study_description": study.study_description,
        "accession_number": study.accession_number,
        "institution_name": study.institution_name,
        "patient": _identity(study.patient),
        **({"other_identities": [_identity(who) for who in study.others]} if study.others else {}),
        "series": [_series(series) for series in study.series],
    }


def _identity(who: PatientIdentity) -> Json:
    return {
        "name": who.name,
        "patient_id": who.patient_id,
        "birth_date": who.birth_date,
        "sex": who.sex,
    }


def _series(series: Series) -> Json:
    return {
        "series_instance_uid": series.series_instance_uid,
        "series_number": series.series_number,
        "series_description": series.series_description,
        "modality": series.modality,
        "kind": series.kind,
        "body_part_examined": series.body_part_examined,
        "instances": series.instances,
        "frames": series.frames,
        "missing": series.missing,
        "missing_certain": series.missing_certain,
        "lossy": series.lossy,
    }


def _file(file: StoredFile, *, named: bool) -> Json:
    """A file; what it is called may be another person's name."""
    return {
        "id": file.id,
        "original_name": file.name if named else "",
        "media_type": file.media_type,
        "bytes": file.size,
        "sha256": file.sha256,
        "state": file.state,
        "reason": file.reason,
        "virus_scan": "infected" if file.infected else file.scan,
        "kept": file.blob_id is not None,
        "received_at": _time(file.received_at),
        "received_by": file.channel,
    }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _date(date: PartialDate | None) -> Mapping[str, object] | None:
    if date is None:
        return None
    return {
        "date": date.iso,
        "precision": date.precision,
        "season": date.season,
        "words": date.words,
    }
