"""The cover page as data: absent, unknown and never asked stay apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checklist.case import Answer, Case, Entry
from checklist.catalog_parsing import parse_catalog
from checklist.dates import PartialDate
from checklist.locked import LockedFile
from checklist.progress import checklist_for
from checklist.study import PatientIdentity
from checklist.summary import Summary, summarize
from tests.handoff.cases import answer, arabic, case_of, day, english, record, russian, study

ROOT = Path(__file__).parent.parent.parent
CATALOG = parse_catalog((ROOT / "checklist" / "catalog.toml").read_text("utf-8"))


def summary_of(case: Case) -> Summary:
    return summarize(case, checklist_for(case, CATALOG), CATALOG)


def why(summary: Summary, item: str) -> list[str]:
    return [r.msgid for row in summary.missing if row.item == item for r in row.reasons]


def test_who_is_said_as_it_was_given() -> None:
    """Codes stay codes, words stay the patient's, the helper is named with the relation."""
    who = summary_of(russian()).who
    assert (who.name, who.birth_date, who.country) == ("SERIKOVA GULNARA", "1961-03-03", "KZ")
    assert who.helper == "Алия Сериковна"
    assert who.relation is not None
    assert who.relation.msgid == "Daughter or son"
    assert summary_of(arabic()).who.helper == ""


def test_the_sex_is_only_taken_from_images_with_the_patients_birth_date() -> None:
    """Another person's disc must not say who the patient is."""
    sex = summary_of(english()).who.sex
    assert sex is not None
    assert sex.msgid == "Female"
    stranger = study("x", patient=PatientIdentity(birth_date="1999-01-01", sex="M"))
    assert summary_of(replace(english(), records=(stranger,))).who.sex is None


def test_the_chosen_questions_come_first_and_three_at_most() -> None:
    """The rest is kept apart, not lost."""
    entries = tuple(Entry(text=f"q{n}", chosen=n != 1) for n in range(1, 6))
    summary = summary_of(case_of(answer("questions", choice="have", entries=entries)))
    assert summary.questions == ("q2", "q3", "q4")
    assert summary.other_questions == ("q1", "q5")


def test_the_timeline_is_in_date_order_with_dates_as_exact_as_they_are() -> None:
    """A line without a date stays behind the line that it followed."""
    entries = (
        Entry(text="now", date=day(2026, 5, 2)),
        Entry(text="then"),
        Entry(text="first", date=day(2019)),
        Entry(text="spring", date=PartialDate(year=2021, season=1)),
    )
    events = summary_of(case_of(answer("timeline", entries=entries))).timeline
    assert [event.words for event in events] == ["first", "spring", "now", "then"]
    assert [event.date.iso if event.date else None for event in events][:2] == ["2019", "2021"]


def test_images_and_their_report_are_one_row_and_the_newest_is_first() -> None:
    """A report whose images did not come is a row of its own."""
    rows = summary_of(russian()).imaging
    assert [(r.date.iso if r.date else "", r.images, r.report, r.missing) for r in rows] == [
        ("2026-08-12", 498, False, 0),
        ("2026-06-30", 0, True, 0),
        ("2026-05-21", 312, True, 20),
    ]


def test_a_report_that_may_be_of_either_study_is_said_to_be_unsure() -> None:
    """Until a coordinator has decided, neither study is said to have it."""
    twins = [study(name, modality="MR", part="HEAD", date=day(2026, 4, 12)) for name in ("a", "b")]
    report = record(
        "r", "imaging_report", item="imaging", modality="MR", body_part="HEAD",
        date=day(2026, 4, 12),
    )  # fmt: skip
    rows = summary_of(case_of(records=(*twins, report))).imaging
    assert [(row.report, row.report_unsure) for row in rows] == [(False, True), (False, True)]


def test_reports_alone_are_rows_and_a_warning() -> None:
    """The reader sees at once that no images came."""
    summary = summary_of(arabic())
    assert summary.reports_only
    assert [(row.images, row.report) for row in summary.imaging] == [(0, True)]
    assert why(summary, "imaging") == ["Only written reports came, no DICOM images"]


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (None, "not_asked"),
        (answer("allergies", choice="later"), "not_stated"),
        (answer("allergies", choice="none"), "none"),
        (answer("allergies", choice="skip"), "declined"),
        (answer("allergies", choice="can_get"), "requested"),
        (answer("allergies", entries=(Entry(text="penicillin"),)), "listed"),
    ],
)
def test_no_known_allergy_is_not_the_same_as_never_asked(given: Answer | None, state: str) -> None:
    """Neither is a question that was skipped."""
    case = case_of(given) if given else case_of()
    assert summary_of(case).allergies_state == state


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (None, "Not asked yet"),
        (answer("pathology", choice="later"), "Put off until later"),
        (answer("pathology", choice="have"), "The patient has it, nothing came yet"),
        (answer("pathology", choice="none"), "The patient does not have it"),
        (answer("pathology", choice="skip"), "The patient skipped this question"),
        (answer("pathology", choice="can_get"), "The patient can get it, no date given"),
        (answer("pathology", "soon", choice="can_get"), "The patient can get it: {when}"),
        (
            answer("pathology", "May", choice="can_get", date=day(2026, 5)),
            "The patient can get it by {date}",
        ),
    ],
)
def test_what_is_missing_says_why(given: Answer | None, reason: str) -> None:
    """Each honest answer has its own words."""
    case = case_of(given) if given else case_of()
    assert why(summary_of(case), "pathology") == [reason]


def test_an_item_that_does_not_apply_is_not_missing() -> None:
    """No pathology is asked for a heart."""
    case = case_of(answer("case_type", choice="heart"))
    assert "pathology" not in [row.item for row in summary_of(case).missing]


def test_a_medicine_whose_line_says_more_than_its_parts_is_shown_whole() -> None:
    """Why it was stopped must not be lost between name and dose."""
    names = [medicine.name for medicine in summary_of(russian()).medicines]
    assert names == [
        "Метформин",
        "Эналаприл",
        "Дексаметазон 4 мг с мая, отменили из-за сахара",
    ]


def test_the_languages_of_the_records_are_counted_and_what_was_said_is_kept() -> None:
    """The most frequent first; words that name no known language stay words."""
    assert dict(summary_of(russian()).languages) == {"ru": 3, "kk": 1}
    said = summary_of(case_of(answer("translation", "Kazakh and Russian")))
    assert (dict(said.languages), said.languages_words) == ({}, "Kazakh and Russian")


def test_an_empty_case_has_a_summary() -> None:
    """Nothing was asked yet, and that is what it says."""
    summary = summary_of(case_of())
    assert not summary.questions
    assert not summary.timeline
    assert not summary.imaging
    assert {reason for row in summary.missing for reason in why(summary, row.item)} == {
        "Not asked yet"
    }


def test_a_locked_file_that_nobody_opened_is_missing_whatever_else_has_come() -> None:
    """A specialist must know that there is something that nobody could read."""
    locked = (
        LockedFile(file_id="f1", name="one.zip", state="later"),
        LockedFile(file_id="f2", name="two.zip", state="unreadable"),
    )
    (row,) = [
        row
        for row in summary_of(replace(english(), locked=locked)).missing
        if row.title.msgid == "Locked files"
    ]
    (reason,) = row.reasons
    assert reason.params["n"] == 2
    assert "one.zip" not in str(row)


def test_what_was_skipped_is_answered_and_is_not_here() -> None:
    """Two numbers: how much can still be asked of the patient, and how much a specialist will find."""
    skipped = [answer(item.id, choice="skip") for item in CATALOG.items]
    checklist = checklist_for(case_of(*skipped, answer("case_type", choice="cancer")), CATALOG)
    assert (checklist.completeness, checklist.here, checklist.wanted) == (100, 0, 8)
    known = checklist_for(russian(), CATALOG)
    assert known.here + len(known.missing) == known.wanted
