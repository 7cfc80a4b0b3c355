"""Synthetic cases for pairing, and how well they are told."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from checklist.dates import PartialDate
from checklist.examination import Examination
from checklist.kinds import body_part_of_code
from checklist.pairing import paired
from checklist.pairing_reading import examination_of
from checklist.pairing_records import said_by_study
from checklist.records import Record
from checklist.study import PatientIdentity, Series, Study

DATA: Final = Path(__file__).parent / "data"
TODAY: Final = date(2026, 11, 24)
_AT: Final = datetime(2026, 11, 24, tzinfo=UTC)

#: What is said of a record: `("pair", report, study)`, `("report", report)`, `("study", study)`.
Claim = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was said of one case, and what is true of it."""

    name: str
    said: frozenset[Claim]
    true: frozenset[Claim]


@cache
def cases(half: str) -> tuple[dict[str, Any], ...]:
    """The cases of `tuning` or of `frozen`."""
    return tuple(tomllib.loads((DATA / f"pairing_{half}.toml").read_text("utf-8"))["case"])


def told(case: dict[str, Any]) -> Told:
    """What pairing makes of a case."""
    reports = {
        one["id"]: examination_of(one["text"], caption=one.get("caption", ""), not_after=TODAY)
        for one in case.get("reports", ())
    }
    studies = {one["id"]: said_by_study(study_record(one)) for one in case.get("studies", ())}
    found = paired(reports, studies)
    said = (
        *(("pair", pair.report_id, pair.study_id) for pair in found.pairs),
        *(("report", report_id) for report_id in found.reports_alone),
        *(("study", study_id) for study_id in found.studies_alone),
    )
    return Told(name=case["name"], said=frozenset(said), true=frozenset(_true(case)))


def _true(case: dict[str, Any]) -> Iterator[Claim]:
    for pair in case.get("pairs", ()):
        yield ("pair", *pair.split())
    for report_id in case.get("reports_alone", ()):
        yield ("report", report_id)
    for study_id in case.get("studies_alone", ()):
        yield ("study", study_id)


def study_record(one: dict[str, Any]) -> Record:
    """A study with these headers, as it is filed."""
    part = one.get("part", "")
    return Record(
        id=one["id"],
        file_id=one["id"],
        kind="imaging_study",
        received_at=_AT,
        original_name="disc.zip",
        media_type="application/dicom",
        size=1,
        date=PartialDate.of(date.fromisoformat(one["date"])) if one.get("date") else None,
        modality=one["modalities"][0],
        body_part=body_part_of_code(part) or part,
        study=Study(
            study_instance_uid=one["id"],
            series=tuple(
                Series(
                    series_instance_uid=f"{one['id']}.{number}",
                    modality=modality,
                    kind="image",
                    instances=20,
                    body_part_examined=part,
                    series_description=one.get("series", ""),
                )
                for number, modality in enumerate(one["modalities"])
            ),
            patient=PatientIdentity(patient_id=one.get("patient_id", "")),
            study_description=one.get("description", ""),
            accession_number=one.get("accession", ""),
        ),
    )


def precision_and_recall(all_told: list[Told], kind: str = "") -> tuple[float, float, int]:
    """Over all claims, or those of one kind; and how many are true."""
    said = [(t.name, c) for t in all_told for c in t.said if not kind or c[0] == kind]
    true = [(t.name, c) for t in all_told for c in t.true if not kind or c[0] == kind]
    right = len(set(said) & set(true))
    return right / len(said) if said else 1.0, right / len(true) if true else 1.0, len(true)


def report_of(text: str) -> Examination:
    """What a report says of its scan."""
    return examination_of(text, not_after=TODAY)
