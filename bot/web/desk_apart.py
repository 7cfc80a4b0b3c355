"""Studies that may be another person's, beside the patient of the case: what coordinators decide on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from checklist.belonging import person_of, study_label
from checklist.case import Case
from checklist.identity import compare, mixes_people
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


def _study(case: Case, record: Record, say: Say) -> dict[str, Any]:
    assert record.study is not None
    known = person_of(case)
    rows = [row for theirs in record.study.identities for row in _rows(theirs, known)]
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
        "can_take": record.set_apart != "taken",
        "can_keep": (record.set_apart, record.decided_by) != ("kept_apart", "coordinator"),
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
