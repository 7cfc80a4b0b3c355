"""What `second-opinion inspect` prints: JSON for programs, plain aligned text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from textwrap import fill
from typing import Any
from unicodedata import combining, east_asian_width

from bot.intake.grouping import StudyFound
from bot.intake.inspection import DocumentFound, FileCounts, Inspection
from checklist.findings import Finding
from checklist.study import PatientIdentity, Series, Study
from checklist.text import Text

Say = Callable[[Text], str]


def to_json(inspection: Inspection, say: Say) -> dict[str, Any]:
    """All of it as one value for `json.dumps`."""
    files = inspection.files
    return {
        "files": {
            "total": files.total,
            "dicom": files.dicom,
            "documents": files.documents,
            "ignored": files.ignored,
            "unreadable": files.unreadable,
        },
        "patients": [_person_json(person) for person in inspection.patients],
        "studies": [_study_json(found) for found in inspection.studies],
        "documents": [_document_json(found) for found in inspection.documents],
        "findings": [
            _finding_json(one, inspection, say)
            for one in (*_refusal(inspection), *inspection.in_detail)
        ],
    }


def to_text(inspection: Inspection, say: Say) -> str:
    """The same for a person at a terminal, without a line break at the end."""
    return "\n".join(_lines(inspection, say))


# ---- JSON --------------------------------------------------------------------------------------


def _person_json(person: tuple[PatientIdentity, ...]) -> dict[str, Any]:
    return {
        "name": next((identity.name for identity in person if identity.name), ""),
        "birth_date": next((who.birth_date for who in person if who.birth_date), ""),
        "sex": next((identity.sex for identity in person if identity.sex), ""),
        "patient_ids": list(dict.fromkeys(who.patient_id for who in person if who.patient_id)),
    }


def _study_json(found: StudyFound) -> dict[str, Any]:
    study = found.study
    return {
        "study_instance_uid": study.study_instance_uid,
        "date": study.study_date.iso if study.study_date else None,
        "description": study.study_description,
        "body_part": study.body_part_examined,
        "modalities": list(study.modalities),
        "patient": {
            "name": study.patient.name,
            "birth_date": study.patient.birth_date,
            "sex": study.patient.sex,
            "patient_id": study.patient.patient_id,
        },
        "series": [_series_json(series) for series in study.series],
    }


def _series_json(series: Series) -> dict[str, Any]:
    return {
        "series_instance_uid": series.series_instance_uid,
        "number": series.series_number,
        "modality": series.modality,
        "description": series.series_description,
        "kind": series.kind,
        "instances": series.instances,
        "frames": series.frames,
        "phases": series.phases,
        "missing": series.missing,
        "missing_certain": series.missing_certain,
        "truncated": series.truncated,
        "lossy": series.lossy,
    }


def _document_json(found: DocumentFound) -> dict[str, Any]:
    document, kind = found.document, found.kind
    return {
        "path": document.member,
        "type": document.kind,
        "media_type": document.media_type,
        "size": document.size,
        "sha256": document.sha256,
        "pages": document.facts.pages,
        "kind": kind.kind,
        "kind_certain": kind.certain,
        "date": kind.date.iso if kind.date else None,
        "modality": kind.modality,
        "body_part": kind.body_part,
        "language": kind.language,
    }


def _finding_json(finding: Finding, inspection: Inspection, say: Say) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": say(finding.message),
        "path": finding.path or inspection.name,
    }


def _refusal(inspection: Inspection) -> tuple[Finding, ...]:
    return (inspection.refusal,) if inspection.refusal else ()


# ---- text --------------------------------------------------------------------------------------

_MARKS = {"error": "✗", "warning": "!", "info": "·"}
_KINDS = {
    "image": "",
    "localizer": "overview only",
    "secondary_capture": "screenshots",
    "report": "report",
    "other": "not pictures",
}


def _lines(inspection: Inspection, say: Say) -> Iterator[str]:
    yield inspection.name
    yield "─" * max(24, _width(inspection.name))
    yield "  " + _counted(inspection.files)
    for person in inspection.patients:
        yield ""
        yield "  " + _person_line(person)
        for found in inspection.studies:
            if found.study.patient in person:
                yield from _study_lines(found)
    if inspection.documents:
        yield ""
        yield "  Documents"
        yield from _table(_document_rows(inspection), "    ")
    findings = (*_refusal(inspection), *inspection.findings)
    if findings:
        yield ""
        yield "  Findings"
    for finding in findings:
        where = _where(finding, inspection)
        first = f"    {_MARKS[finding.severity]} "
        yield fill(
            say(finding.message) + (f"  ({where})" if where else ""),
            92,
            initial_indent=first,
            subsequent_indent=" " * len(first),
        )
    if not findings:
        yield ""
        yield "  Nothing is wrong with it."


def _counted(files: FileCounts) -> str:
    parts = [f"{files.total} {'file' if files.total == 1 else 'files'}"]
    for number, words in (
        (files.dicom, "DICOM"),
        (files.documents, "document" if files.documents == 1 else "documents"),
        (files.ignored, "ignored"),
        (files.unreadable, "unreadable"),
    ):
        if number:
            parts.append(f"{number} {words}")
    return " · ".join(parts)


def _person_line(person: tuple[PatientIdentity, ...]) -> str:
    known = _person_json(person)
    ids = ", ".join(known["patient_ids"])
    details = [
        f"born {known['birth_date']}" if known["birth_date"] else "",
        known["sex"],
        f"id {ids}" if ids else "",
    ]
    name = known["name"] or "Patient without a name"
    return "   ".join([name, *(detail for detail in details if detail)])


def _study_lines(found: StudyFound) -> Iterator[str]:
    study = found.study
    more = (study.study_description, f"at {study.institution_name}")
    shown = [part for part in more if part not in ("", "at ")]
    yield "    " + "  ".join((*_study_words(study), *shown))
    yield from _table([_series_row(series) for series in study.series], "      ")


def _study_words(study: Study) -> tuple[str, ...]:
    return (
        study.study_date.iso if study.study_date else "no date",
        "+".join(study.modalities) or "?",
        *((study.body_part_examined.lower(),) if study.body_part_examined else ()),
    )


def _series_row(series: Series) -> tuple[str, ...]:
    missing = ""
    if series.missing:
        missing = f"{series.missing} missing" + ("" if series.missing_certain else ", perhaps")
    notes = (
        _KINDS[series.kind],
        f"{series.frames} frames" if series.frames > series.instances else "",
        f"{series.phases} at each place" if series.phases > 1 else "",
        missing,
        f"{series.truncated} cut off" if series.truncated else "",
        "lossy" if series.lossy else "",
    )
    return (
        "#" + ("–" if series.series_number is None else str(series.series_number)),
        series.modality,
        series.series_description or "–",
        f"{series.instances:>5}",
        ", ".join(note for note in notes if note),
    )


def _document_rows(inspection: Inspection) -> list[tuple[str, ...]]:
    """A row for each document; slices saved as pictures are one row, since they are hundreds."""
    saved = [one for one in inspection.documents if one.document.member in inspection.exported]
    rows = [_document_row(one) for one in inspection.documents if one not in saved]
    if saved:
        first = saved[0].document
        more = f"{first.member} and {len(saved) - 1} more"
        size = _size(sum(one.document.size for one in saved))
        rows.append(("–", first.kind, f"{len(saved)} files", size, "saved from a viewer", more))
    return rows


def _document_row(found: DocumentFound) -> tuple[str, ...]:
    document, kind = found.document, found.kind
    pages = document.facts.pages
    said = kind.kind.replace("_", " ") if kind.kind != "other" else ""
    said = said or ("photo of a film or screen" if document.facts.film else "")
    notes = (
        said + ("" if kind.certain or not said else "?"),
        f"{kind.modality} {kind.body_part.lower()}".strip(),
        kind.language,
    )
    return (
        kind.date.iso if kind.date else "–",
        document.kind,
        (f"{pages} page" + ("" if pages == 1 else "s")) if pages else "",
        _size(document.size),
        ", ".join(note for note in notes if note) or "–",
        document.member,
    )


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} B"
    for unit, scale in (("kB", 1e3), ("MB", 1e6)):
        if size < scale * 1000:
            return (
                f"{size / scale:.1f} {unit}" if size < scale * 10 else f"{size / scale:.0f} {unit}"
            )
    return f"{size / 1e9:.1f} GB"


def _table(rows: Sequence[tuple[str, ...]], indent: str) -> Iterator[str]:
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell + " " * (width - _width(cell))
            for cell, width in zip(row, widths, strict=True)
            if width
        ]
        yield (indent + "  ".join(cells)).rstrip()


def _width(text: str) -> int:
    """Columns that a text takes in a terminal: two for a Chinese character, none for a mark."""
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )


def _where(finding: Finding, inspection: Inspection) -> str:
    """What a finding is about: a study in words, else the path."""
    for found in inspection.studies:
        if found.study.study_instance_uid == finding.path:
            return " ".join(_study_words(found.study))
    if finding.code == "dicomdir_missing_files":
        return ""  # the UID of a study that is not there tells nobody anything
    n = finding.message.n or 1
    return f"{finding.path} and {n - 1} more" if finding.path and n > 1 else finding.path
