"""Belonging: whose a study is. Somebody else's is set apart: never mixed in, and never thrown away.

The headers are compared with the name and the birth date that were given. The patient is asked, and
a coordinator decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from checklist.case import Case
from checklist.findings import Finding
from checklist.identity import Comparison, Verdict, compare, mixes_people
from checklist.imaging import report_label
from checklist.names import kind_name
from checklist.records import PatientSays, Record, SetApart
from checklist.study import PatientIdentity
from checklist.text import Text, _


def person_of(case: Case) -> PatientIdentity:
    """The patient, as far as the answers say; they are not asked for their sex."""
    born = case.answer("birth_date")
    return PatientIdentity(
        name=case.text("name").strip(), birth_date=born.value if born is not None else ""
    )


def compared(case: Case, record: Record) -> Comparison | None:
    """The case's person beside the one of a study's who is least like them; None for no study."""
    if record.study is None:
        return None
    person = person_of(case)
    return max((compare(person, who) for who in record.study.identities), key=_doubt)


def _doubt(found: Comparison) -> tuple[int, bool]:
    return _DOUBTS.index(found.verdict), found.other_name or found.other_birth_date


_DOUBTS: Final[tuple[Verdict, ...]] = ("same", "perhaps", "different")


def judged(case: Case) -> Case:
    """The case with each study judged anew by what is known now, but for what somebody decided.

    Documents that came in one file with studies that are all set apart are set apart with them: a
    report on somebody else's disc is somebody else's.
    """
    studies = {r.id: _judged(case, r) for r in case.records if r.study is not None}
    by_file: dict[str, list[Record]] = {}
    for study in studies.values():
        by_file.setdefault(study.file_id, []).append(study)
    records = tuple(
        studies[r.id] if r.id in studies else _beside(r, _came_with(r, studies, by_file))
        for r in case.records
    )
    return case if records == case.records else replace(case, records=records)


def _judged(case: Case, record: Record) -> Record:
    if record.decided_by:
        return record
    found = compared(case, record)
    assert found is not None
    state: SetApart = ""
    if found.verdict == "different" or (record.study and mixes_people(record.study)):
        # Of a study of two people nothing is used: which images are whose, a person must see.
        state = "apart"
    elif found.verdict == "perhaps" and (found.other_name or found.other_birth_date):
        # An initial, or a header that says nothing, is no reason to ask.
        state = "doubtful"
    return record if record.set_apart == state else replace(record, set_apart=state)


def _came_with(
    document: Record, studies: Mapping[str, Record], by_file: Mapping[str, list[Record]]
) -> list[Record]:
    """The studies of a document's file. A study names only the first file that it came in."""
    beside = [studies[study_id] for study_id in document.beside if study_id in studies]
    return beside or by_file.get(document.file_id, [])


def _beside(document: Record, studies: list[Record]) -> Record:
    if document.decided_by:
        return document
    apart = bool(studies) and all(study.is_apart for study in studies)
    state: SetApart = "apart" if apart else ""
    if all(study.set_apart == "kept_apart" for study in studies) and apart:
        state = "kept_apart"
    return document if document.set_apart == state else replace(document, set_apart=state)


# ---- the patient is asked ----------------------------------------------------------------------


def to_ask(case: Case) -> tuple[Record, ...]:
    """The studies of one other person about whom the patient was not asked yet; () for none."""
    before = [r for r in case.records if r.study is not None and r.patient_says]
    open_ = [
        r
        for r in case.records
        if _is_open(r)
        and not r.patient_says
        and not any(_of_one_person(known, r) for known in before)
    ]
    if not open_:
        return ()
    first = open_[0]
    return tuple(r for r in open_ if r.set_apart == first.set_apart and _of_one_person(first, r))


def asked(case: Case) -> tuple[Record, ...]:
    """The studies that the question which stands is about."""
    return tuple(r for r in case.records if _is_open(r) and r.patient_says == "asked")


def with_asked(case: Case, records: tuple[Record, ...]) -> Case:
    """The case in which the patient is asked about these; an earlier question is left open."""
    ids = {record.id for record in records}
    for record in asked(case):
        case = _with(case, replace(record, patient_says="not_known"))
    for record in case.records:
        if record.id in ids:
            case = _with(case, replace(record, patient_says="asked"))
    return case


def with_patients_word(case: Case, says: PatientSays) -> Case:
    """The case with what the patient says of the studies asked about.

    A no keeps them apart. A yes is for the coordinator, who decides about what was set apart.
    """
    for record in asked(case):
        told = replace(record, patient_says=says)
        if says == "no":
            told = replace(told, set_apart="kept_apart", decided_by="patient")
        case = _with(case, told)
    return judged(case)


def _is_open(record: Record) -> bool:
    return (
        record.study is not None
        and not record.decided_by
        and record.set_apart in ("apart", "doubtful")
    )


def _of_one_person(one: Record, other: Record) -> bool:
    assert one.study is not None
    assert other.study is not None
    if set(one.study.identities) == set(other.study.identities):
        return True
    return all(
        compare(who, them).verdict != "different"
        for who in one.study.identities
        for them in other.study.identities
    )


# ---- a coordinator decides ---------------------------------------------------------------------


def with_decision(case: Case, record_id: str, *, is_the_patients: bool) -> Case:
    """The case in which a coordinator said whose a record is; the other way round it is undone."""
    state: SetApart = "taken" if is_the_patients else "kept_apart"
    for record in case.records:
        if record.id == record_id:
            case = _with(case, replace(record, set_apart=state, decided_by="coordinator"))
    return judged(case)


def _with(case: Case, changed: Record) -> Case:
    records = tuple(changed if record.id == changed.id else record for record in case.records)
    return replace(case, records=records)


# ---- what is said of it ------------------------------------------------------------------------


def other_patient_findings(case: Case) -> tuple[Finding, ...]:
    """One finding for each study that is set apart, or in doubt, and not decided by a coordinator."""
    return tuple(
        found for record in case.records if record.study and (found := _finding(record)) is not None
    )


def study_label(record: Record) -> Text:
    """A study in a few words, without a word of whose it is."""
    return report_label(record) or kind_name(record.kind)


def _finding(record: Record) -> Finding | None:
    scan = study_label(record)
    match record.set_apart:
        case "apart":
            message = _(
                "This scan is set apart, because it may be another person's: {scan}. "
                "A coordinator will look at it.",
                scan=scan,
            )
        case "kept_apart" if record.decided_by == "patient":
            message = _(
                "This scan is kept apart, because it is another person's: {scan}.", scan=scan
            )
        case "doubtful" if record.patient_says != "yes":
            message = _(
                "The name or birth date on this scan is a little different: {scan}.", scan=scan
            )
            return Finding(code="other_patient", severity="info", message=message, path=record.id)
        case _:
            return None
    return Finding(code="other_patient", severity="warning", message=message, path=record.id)
