"""Studies that may be another person's, beside the patient of the case: what coordinators decide on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from checklist.belonging import person_of, study_label
from checklist.case import Case
from checklist.dividing import all_series
from checklist.identity import compare, mixes_people
from checklist.marks import mark_of_study
from checklist.names import kind_name
from checklist.records import PatientSays, Record
from checklist.study import PatientIdentity
from checklist.text import Text, _, _c

APART: Mapping[str, Text] = {
    "apart": _("Perhaps another person's scans"),
    "apart_why": _(
        "Compare what the scan says with the case, then decide. What is set apart is in no package. "
        "You can change your decision with the other button."
    ),
    "on_scan": _("On the scan"),
    "in_case": _("In the case"),
    "patient_id": _("Patient ID"),
    "differs": _("differs"),
    "take_study": _c("desk", "It is this patient's"),
    "keep_apart": _c("desk", "It is somebody else's"),
    "decided": _("Your decision is noted."),
    "exam_date": _("Date of the scan"),
    "institution": _("Hospital"),
    "accession": _("Accession number"),
    "divide": _("Only a part is this patient's"),
    "divide_hint": _(
        "Tick each series that is somebody else's. The others are used as this patient's. "
        "Without a tick the scan is in one piece again and waits for a decision."
    ),
    "divide_theirs": _("Somebody else's"),
    "divide_names": _("Its images name"),
    "divide_save": _c("desk", "Save the parts"),
    "changed": _(
        "More of this scan has come since you opened the page. Please compare once more, then decide."
    ),
}

_SAYS: Mapping[PatientSays, Text] = {
    "asked": _("The patient was asked, and has not answered yet."),
    "yes": _("The patient says that it is theirs."),
    "no": _("The patient says that it is somebody else's."),
    "not_known": _("The patient was asked, and does not know."),
}

_MIXED = _("Its images are of more than one person. If you take it, all of them are used.")

Say = Callable[[Text], str]

#: What it is, what the scan says, what the case says, and whether the two differ.
_Row = tuple[str, str, str, bool]


def apart_view(case: Case, say: Say) -> list[dict[str, Any]]:
    """The studies that are in doubt, set apart, or decided on, as the page shows them."""
    return [
        _study(case, record, say)
        for record in case.records
        if record.study is not None and record.set_apart
    ]


def _series(case: Case, record: Record) -> list[dict[str, Any]]:
    """The series of a study with whom each names; ticked as it was decided, else by the evidence.

    () where there is nothing to divide: one series, or one person.
    """
    assert record.study is not None
    found = all_series(case, record)
    names = {who for one in found for who in one.patients}
    if record.cut_from or len(found) < 2 or len(names) < 2:
        return []
    known = person_of(case)
    decided = bool(record.series_apart) or record.decided_by == "coordinator"
    return [
        {
            "uid": one.series_instance_uid,
            "number": "" if one.series_number is None else one.series_number,
            "modality": one.modality,
            "description": one.series_description,
            "images": one.instances,
            "names": [_named(who) for who in one.patients],
            "theirs": one.series_instance_uid in record.series_apart
            if decided
            else all(compare(known, who).verdict == "different" for who in one.patients),
        }
        for one in found
    ]


def _named(who: PatientIdentity) -> list[str]:
    return [part for part in (who.name, who.birth_date, who.patient_id) if part] or ["–"]


def _study(case: Case, record: Record, say: Say) -> dict[str, Any]:
    assert record.study is not None
    known = person_of(case)
    rows = [row for theirs in record.study.identities for row in _rows(theirs, known)]
    date = record.study.study_date
    rows += [
        (name, value, "", False)
        for name, value in (
            ("exam_date", say(Text(msgid="{date}", params={"date": date})) if date else ""),
            ("institution", record.study.institution_name),
            ("accession", record.study.accession_number),
        )
        if value
    ]
    says = record.patient_says
    return {
        "id": record.id,
        "title": say(study_label(record)),
        "state": say(_state(record)),
        "waits": record.set_apart == "apart",
        "mixed": say(_MIXED) if mixes_people(record.study) else "",
        "says": say(_SAYS[says]) if says else "",
        "rows": rows,
        "seen": len(record.study.identities),
        "description": record.study.study_description,
        "images": record.study.image_count,
        "date": say(Text(msgid="{date}", params={"date": record.date})) if record.date else "",
        "kind": say(kind_name(record.kind)),
        "what": "",
        "picture": record.id if record.preview_blob_id else "",
        "picture_size": record.preview_size,
        "file_id": record.file_id,
        "file_name": record.original_name,
        "series": _series(case, record),
        "divide_seen": mark_of_study(case, record.id),
        "can_take": record.set_apart != "taken" and not record.cut_from,
        "can_keep": (record.set_apart, record.decided_by) != ("kept_apart", "coordinator")
        and not record.series_apart,
    }


def _rows(theirs: PatientIdentity, known: PatientIdentity) -> tuple[_Row, ...]:
    found = compare(known, theirs)
    return (
        ("name", theirs.name, known.name, found.other_name),
        ("birth_date", theirs.birth_date, known.birth_date, found.other_birth_date),
        ("sex", theirs.sex, known.sex, found.sex == "different"),
        ("patient_id", theirs.patient_id, "", False),
    )


def _state(record: Record) -> Text:
    if record.series_apart:
        return _("A part of it is used: a coordinator divided it. The rest is below.")
    if record.cut_from:
        return _("It is kept apart: this part of the scan is somebody else's.")
    match (record.set_apart, record.decided_by):
        case ("doubtful", _by):
            return _("It is used; something in the name or birth date differs.")
        case ("taken", _by):
            return _("It is used: a coordinator took it as this patient's.")
        case ("kept_apart", "patient"):
            return _("It is kept apart, as the patient said.")
        case ("kept_apart", _by):
            return _("It is kept apart: a coordinator saw that it is somebody else's.")
        case _:
            return _("It is set apart and waits for your decision.")
