"""Whose a study is: judged by what is known, asked about once, decided by a coordinator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase

import pytest

from checklist.belonging import (
    asked,
    judged,
    other_patient_findings,
    to_ask,
    with_asked,
    with_decision,
    with_patients_word,
)
from checklist.case import Case
from checklist.catalog_parsing import parse_catalog
from checklist.imaging import imaging_findings
from checklist.missing import SET_APART
from checklist.progress import checklist_for
from checklist.records import Record
from checklist.study import PatientIdentity
from checklist.summary import summarize
from tests.handoff.cases import answer, case_of, record, study

ROOT = Path(__file__).parent.parent.parent
CATALOG = parse_catalog((ROOT / "checklist" / "catalog.toml").read_text("utf-8"))

HERS = PatientIdentity(name="PETROVA ANNA", birth_date="1980-04-12", sex="F", patient_id="1")
MARRIED = replace(HERS, name="SIDOROVA ANNA")
HIS = PatientIdentity(name="SOKOLOV BORIS", birth_date="1955-06-30", sex="M", patient_id="1")
HIS_AGAIN = replace(HIS, name="Sokolov^Boris", patient_id="B-2")
NOBODY = PatientIdentity(name="ANONYMOUS", patient_id="1")


def case_with(*records: Record, name: str = "Анна Петрова", born: str = "1980-04-12") -> Case:
    given = [answer("name", name)] if name else []
    given += [answer("birth_date", born, value=born)] if born else []
    return judged(replace(case_of(*given, records=records), submitted_at=None))


def states(case: Case) -> list[str]:
    return [one.set_apart for one in case.records]


def test_each_study_is_judged_on_its_own() -> None:
    case = case_with(
        study("a", patient=HERS),
        study("b", patient=HIS),
        study("c", patient=MARRIED),
        study("d", patient=NOBODY),
    )
    assert states(case) == ["", "apart", "doubtful", ""]
    assert [one.id for one in case.own_records] == ["a", "c", "d"]


def test_an_initial_or_a_place_holder_is_no_reason_to_ask() -> None:
    short = replace(HERS, name="PETROVA A", birth_date="")
    case = case_with(study("a", patient=short), study("b", patient=NOBODY))
    assert states(case) == ["", ""]
    assert to_ask(case) == ()


def test_nothing_is_judged_before_a_name_or_birth_date_is_known() -> None:
    case = case_with(study("b", patient=HIS), name="", born="")
    assert states(case) == [""]


def test_a_name_alone_is_enough() -> None:
    assert states(case_with(study("b", patient=HIS), born="")) == ["apart"]
    assert states(case_with(study("a", patient=HERS), born="")) == [""]


def test_a_study_is_judged_anew_when_the_name_changes() -> None:
    case = case_with(study("b", patient=HIS))
    changed = case.with_answer(answer("name", "Boris Sokolov")).with_answer(
        answer("birth_date", "1955-06-30", value="1955-06-30")
    )
    assert states(judged(changed)) == [""]


def test_what_is_set_apart_counts_for_nothing() -> None:
    case = case_with(study("b", patient=HIS, missing=4))
    report = record("r", "imaging_report", item="imaging", modality="CT")
    alone = replace(case, records=(*case.records, report))
    assert [found.code for found in imaging_findings(alone)] == [
        "reports_only",
        "report_without_images",
    ]
    assert checklist_for(case, CATALOG).status("imaging") == "open"
    summary = summarize(case, checklist_for(case, CATALOG), CATALOG)
    assert summary.imaging == ()
    assert summary.records == 0


def test_the_summary_says_how_many_wait_for_a_decision() -> None:
    case = case_with(study("a", patient=HERS), study("b", patient=HIS), study("c", patient=HIS))
    summary = summarize(case, checklist_for(case, CATALOG), CATALOG)
    (row,) = [row for row in summary.missing if row.item == SET_APART]
    assert row.reasons[0].n == 2


def test_a_report_on_somebody_elses_disc_is_set_apart_with_it() -> None:
    scan = study("b", patient=HIS)
    report = record("r", "imaging_report", item="imaging", file_id=scan.file_id)
    assert states(case_with(scan, report)) == ["apart", "apart"]
    own = replace(study("a", patient=HERS), file_id=scan.file_id)
    assert states(case_with(scan, own, report)) == ["apart", "", ""]


def test_studies_of_one_other_person_are_asked_about_once() -> None:
    case = case_with(
        study("a", patient=HIS), study("b", patient=HIS_AGAIN), study("c", patient=MARRIED)
    )
    first = to_ask(case)
    assert [one.id for one in first] == ["a", "b"]
    case = with_asked(case, first)
    second = to_ask(case)
    assert [one.id for one in second] == ["c"]
    case = with_asked(case, second)
    assert to_ask(case) == ()
    assert [one.id for one in asked(case)] == ["c"]


def test_another_study_of_a_person_who_was_asked_about_is_not_asked_about_again() -> None:
    case = case_with(study("a", patient=HIS))
    case = with_patients_word(with_asked(case, to_ask(case)), "not_known")
    more = judged(replace(case, records=(*case.records, study("b", patient=HIS_AGAIN))))
    assert states(more) == ["apart", "apart"]
    assert to_ask(more) == ()


def test_a_no_keeps_it_apart_and_a_yes_leaves_it_to_the_coordinator() -> None:
    case = case_with(study("b", patient=HIS))
    question = with_asked(case, to_ask(case))
    no = with_patients_word(question, "no").records[0]
    assert (no.set_apart, no.decided_by, no.patient_says) == ("kept_apart", "patient", "no")
    yes = with_patients_word(question, "yes").records[0]
    assert (yes.set_apart, yes.decided_by, yes.patient_says) == ("apart", "", "yes")


def test_a_coordinator_decides_and_can_undo_it() -> None:
    case = case_with(study("b", patient=HIS))
    taken = with_decision(case, "b", is_the_patients=True)
    assert states(judged(taken)) == ["taken"]
    assert taken.own_records == taken.records
    assert other_patient_findings(taken) == ()
    undone = with_decision(taken, "b", is_the_patients=False)
    assert states(judged(undone)) == ["kept_apart"]
    assert undone.own_records == ()
    assert other_patient_findings(undone) == ()


def test_a_coordinators_word_stands_above_the_patients() -> None:
    case = case_with(study("b", patient=HIS))
    question = with_asked(case, to_ask(case))
    taken = with_decision(with_patients_word(question, "no"), "b", is_the_patients=True)
    assert states(with_patients_word(taken, "no")) == ["taken"]


def test_more_of_a_study_keeps_what_was_decided() -> None:
    case = with_decision(case_with(study("b", patient=HIS)), "b", is_the_patients=True)
    more = judged(case.with_record(replace(study("b", patient=HIS), file_id="second")))
    assert states(more) == ["taken"]


@pytest.mark.parametrize("who", [HIS, MARRIED])
def test_nothing_that_is_said_shows_whose_it_is(who: PatientIdentity) -> None:
    for found in other_patient_findings(case_with(study("b", patient=who))):
        said = f"{found.message} {found.path}".casefold()
        for part in (*who.name.casefold().split(), who.birth_date):
            assert part not in said


# ---- two people in one study -------------------------------------------------------------------


def part(who: PatientIdentity, *others: PatientIdentity, file_id: str) -> Record:
    """A file with a part of one study."""
    made = study("a", patient=who)
    assert made.study is not None
    return replace(made, file_id=file_id, study=replace(made.study, others=others))


@pytest.mark.parametrize("first", [HERS, HIS])
def test_a_study_that_mixes_two_people_is_set_apart_as_a_whole(first: PatientIdentity) -> None:
    """Also when one of them is the patient, and before anybody said who the patient is."""
    other = HIS if first is HERS else HERS
    assert states(case_with(part(first, other, file_id="f1"))) == ["apart"]
    assert states(case_with(part(first, other, file_id="f1"), name="", born="")) == ["apart"]


def test_more_of_a_study_under_another_name_sets_all_of_it_apart() -> None:
    case = case_with(part(HERS, file_id="f1"))
    assert states(case) == [""]
    mixed = judged(case.with_record(part(HIS, file_id="f2")))
    assert states(mixed) == ["apart"]
    scan = mixed.records[0].study
    assert scan is not None
    assert scan.identities == (HERS, HIS)
    assert [one.id for one in to_ask(mixed)] == ["a"]


def test_spellings_of_one_name_in_a_study_are_no_mixture() -> None:
    spelt = replace(HERS, name="PETROVA ANA", patient_id="2")
    case = case_with(part(HERS, spelt, replace(HERS, name=""), file_id="f1"))
    assert states(case) == [""]


def test_more_names_than_one_person_has_are_a_mixture() -> None:
    """However alike they are: not all of them are kept, so they can't all be compared."""
    many = tuple(replace(HERS, name=f"PETROVA ANNA {letter}") for letter in ascii_uppercase)
    case = case_with(part(HERS, file_id="f1"))
    for number, who in enumerate(many):
        case = case.with_record(part(who, file_id=f"n{number}"))
    assert states(judged(case)) == ["apart"]


@pytest.mark.parametrize("is_the_patients", [True, False])
def test_a_decision_holds_for_those_whom_it_was_about(is_the_patients: bool) -> None:
    case = with_decision(case_with(part(HIS, file_id="f1")), "a", is_the_patients=is_the_patients)
    decided = states(case)
    assert states(judged(case.with_record(part(HIS_AGAIN, file_id="f2")))) == decided
    mixed = judged(case.with_record(part(HERS, file_id="f3")))
    assert states(mixed) == ["apart"]
    assert mixed.records[0].decided_by == ""
    again = with_decision(mixed, "a", is_the_patients=is_the_patients)
    assert states(judged(again.with_record(part(HIS, file_id="f4")))) == decided


def test_what_was_said_of_one_person_is_asked_anew_of_two() -> None:
    case = case_with(part(HIS, file_id="f1"))
    case = with_patients_word(with_asked(case, to_ask(case)), "no")
    mixed = judged(case.with_record(part(HERS, file_id="f2")))
    assert [one.id for one in to_ask(mixed)] == ["a"]


def test_a_study_of_two_is_not_asked_about_together_with_one_of_theirs() -> None:
    case = case_with(part(HERS, HIS, file_id="f1"), study("b", patient=HIS))
    assert [one.id for one in to_ask(case)] == ["a"]
