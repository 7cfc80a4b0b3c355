"""Which report belongs to which study: how well it is told, and by which evidence."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklist.desk import PairWord
from checklist.examination import Examination
from checklist.pairing import paired
from checklist.pairing_days import days_of
from checklist.pairing_reading import bare_number
from checklist.pairing_records import said_by_study
from checklist.scan_words import modalities_in, parts_in
from tests.pairing_cases import (
    DATA,
    TODAY,
    cases,
    precision_and_recall,
    report_of,
    study_record,
    told,
)

HALVES = sorted(path.stem.removeprefix("pairing_") for path in DATA.glob("pairing_*.toml"))

MRI = {"date": "2026-04-12", "modalities": ["MR"], "part": "BRAIN", "description": "MRI BRAIN"}


def study(name: str, **more: object) -> Examination:
    return said_by_study(study_record({"id": name, **MRI, **more}))


@pytest.mark.parametrize("half", HALVES)
def test_of_a_hundred_claims_at_most_five_are_wrong_or_missed(
    half: str, capsys: pytest.CaptureFixture[str]
) -> None:
    every = [told(case) for case in cases(half)]
    precision, recall, count = precision_and_recall(every)
    of_pairs = precision_and_recall(every, "pair")
    with capsys.disabled():
        sys.stdout.write(
            f"\n{half}: {count} claims, precision {precision:.3f}, recall {recall:.3f}; "
            f"{of_pairs[2]} pairs, precision {of_pairs[0]:.3f}, recall {of_pairs[1]:.3f}\n"
        )
    assert min(precision, recall) >= 0.95


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("exam date: 14/02/2569", ["2026-02-14"]),
        ("檢查日期 民国115年2月11日", ["2026-02-11"]),
        ("تاريخ الفحص 1447/10/24", ["2026-04-12", "2026-04-11", "2026-04-13"]),
        ("exam date: 03/04/2026", ["2026-04-03", "2026-03-04"]),
        ("dob 23/11/1960, exam date: 03/04/2026", ["2026-04-03"]),
        ("dob 11/23/1960, exam date: 03/04/2026", ["2026-03-04"]),
        ("дата исследования: 03.04.26", ["2026-04-03"]),
        ("6 نيسان 2026", ["2026-04-06"]),
        ("exam date: 30/02/2026", []),
        ("exam date: 12/11/2031", []),
    ],
)
def test_a_day_of_any_calendar_is_read_and_what_can_be_two_days_is_two(
    text: str, iso: list[str]
) -> None:
    found = days_of(text, not_after=TODAY)
    assert [day.iso for day in found[-1].options] == iso if iso else not found


@pytest.mark.parametrize(
    ("words", "modalities", "parts"),
    [
        ("pet/ct of the whole body", ("PT",), ("WHOLEBODY",)),
        ("ct angiography of the chest", ("CT",), ("CHEST",)),
        ("рентгеновская компьютерная томография головного мозга", ("CT",), ("HEAD",)),
        ("mri cervical, thoracic and lumbar spine", ("MR",), ("CSPINE", "TSPINE", "LSPINE")),
        ("mri颈、胸、腰椎", ("MR",), ("CSPINE", "TSPINE", "LSPINE")),
        ("ct胸部、腹部及盆腔", ("CT",), ("CHEST", "ABDOMEN", "PELVIS")),
        ("影像中心 心电图", (), ()),
        ("mri of the cervical spine", ("MR",), ("CSPINE",)),
    ],
)
def test_each_letter_counts_for_one_word(
    words: str, modalities: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    assert (modalities_in(words), parts_in(words)) == (modalities, parts)


def test_earlier_scans_history_and_advice_are_not_the_scan() -> None:
    found = report_of(
        "CT of the chest\nExam date: 14 May 2026\nHistory: MRI of the brain on 2 May 2026\n"
        "Comparison: CT of the abdomen dated\n3 November 2025.\n"
        "Recommendation: PET/CT in June 2026"
    )
    assert (found.modalities, found.parts) == (("CT",), ("CHEST",))
    assert [day.iso for day in found.days] == ["2026-05-14"]


@pytest.mark.parametrize(
    "said",
    [
        "Right upper lobe mass. PET/CT is recommended.",
        "A breast MRI would be helpful.",
        "No pleural fluid. PET/CT recommended",
        "右肺上叶肿块。建议行PET/CT检查。",
        "Опухоль верхней доли. Целесообразно выполнить ПЭТ/КТ.",
        "كتلة في الفص العلوي. يوصى بإجراء رنين مغناطيسي للدماغ.",
        "Masa pulmonar. Convendría una PET-TC.",
        "Masse pulmonaire. Une TEP-TDM est souhaitable.",
        "Khối u phổi. Nên chụp PET/CT.",
        "Massa paru. Kami sarankan MRI kepala.",
        "Жаңа түзіліс. МРТ ұсынылады.",
    ],
)
def test_a_scan_that_is_only_advised_is_not_the_scan(said: str) -> None:
    found = report_of(f"CT chest\nExam date: 14 May 2026\n{said}")
    assert (found.modalities, found.parts) == (("CT",), ("CHEST",))


def test_a_title_says_who_advised_the_scan_and_stays_its_title() -> None:
    found = report_of("MRI of the knee is recommended by Dr Lowe\nExam date: 14 May 2026")
    assert (found.modalities, found.parts) == (("MR",), ("KNEE",))


def test_what_is_described_behind_a_title_is_not_in_it() -> None:
    found = report_of("Chest X-ray: clear lungs, normal heart. Left shoulder is sore.\n14 May 2026")
    assert (found.modalities, found.parts, found.sides) == (("DX",), ("CHEST",), ())
    listed = report_of("Ultrasound of the abdomen: liver and kidneys\n14 May 2026")
    assert listed.parts == ("ABDOMEN", "LIVER", "KIDNEY")


def test_the_day_of_another_machines_scan_is_not_the_day() -> None:
    found = report_of(
        "CT chest\nA shadow was seen on the X-ray of 20 December 2025.\n30 January 2026"
    )
    assert [day.iso for day in found.days] == ["2026-01-30"]


@pytest.mark.parametrize(
    "title", ["I.R.M. de la hanche", "М.Р.Т. тазобедренного сустава", "M.R.I. hip"]
)
def test_a_machine_is_known_with_dots_between_its_letters(title: str) -> None:
    assert report_of(title).modalities == ("MR",)
    assert report_of("Dr M.R. Khan").modalities == ()


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("MRI cot song that lung ngay 14/5", ["2026-05-14"]),
        ("MRI lumbal tanggal 14/5", ["2026-05-14"]),
        ("MRI spine 14/5", []),
        ("檢查日：115/03/24 血壓 115/80", ["2026-03-24"]),
        ("МРТ, 30.12.1983 г. р., 27.10.2026", ["2026-10-27"]),
        ("МРТ, 17.05.1955 ж.т., 05.10.2026", ["2026-10-05"]),
    ],
)
def test_days_as_they_are_written_only_somewhere(text: str, iso: list[str]) -> None:
    assert [day.iso for day in report_of(text).days] == iso


def test_a_report_of_two_machines_is_about_what_each_of_them_made() -> None:
    report = report_of("Mammography and ultrasound of both breasts\nExam date: 12 April 2026")
    breasts = {"part": "BREAST", "description": "BREAST"}
    studies = {
        "mg": study("mg", **{**breasts, "modalities": ["MG"], "description": "MAMMO BILATERAL"}),
        "us": study("us", **{**breasts, "modalities": ["US"]}),
    }
    found = paired({"r": report}, studies)
    assert {pair.study_id for pair in found.pairs} == {"mg", "us"}
    assert [p.study_id for p in paired({"r": report}, {"us": studies["us"]}).pairs] == ["us"]


def test_the_same_accession_number_is_enough() -> None:
    report = replace(report_of("Report\nAccession No: 000-7788120"), modalities=("CT",))
    found = paired({"r": report}, {"a": study("a", accession="7788120"), "b": study("b")})
    assert [(p.study_id, p.sure, p.reasons) for p in found.pairs] == [("a", "sure", ("accession",))]
    assert found.studies_alone == ("b",)
    assert bare_number("000-7788120") == "7788120"


def test_another_accession_number_makes_the_same_day_unsure() -> None:
    report = report_of("MRI brain\nExam date: 12 April 2026\nAccession number: 5512349")
    found = paired({"r": report}, {"a": study("a", accession="5512340")})
    assert not found.pairs
    assert found.open[0].reasons[-1] == "other_number"


def test_the_patients_number_in_its_place_is_no_accession_number() -> None:
    assert not study("a", accession="55810022", patient_id="55810022").accession


def test_two_studies_that_fit_alike_are_left_to_a_person() -> None:
    report = report_of("MRI brain\nExam date: 12 April 2026")
    found = paired({"r": report}, {"a": study("a"), "b": study("b")})
    assert (found.pairs, found.reports_alone, found.studies_alone) == ((), (), ())
    assert [(p.study_id, p.sure) for p in found.open] == [("a", "unsure"), ("b", "unsure")]


def test_what_is_left_of_two_is_likely_and_says_so() -> None:
    mine = report_of("MRI brain\nExam date: 12 April 2026\nAccession number: 100200300")
    other = report_of("MRI brain\nExam date: 12 April 2026")
    studies = {"a": study("a", accession="100200300"), "b": study("b")}
    found = paired({"mine": mine, "other": other}, studies)
    assert [(p.report_id, p.study_id, p.sure) for p in found.pairs] == [
        ("mine", "a", "sure"),
        ("other", "b", "likely"),
    ]
    assert found.pairs[1].reasons[-1] == "only_one_left"


def test_a_coordinators_word_stands_above_all_evidence() -> None:
    report = report_of("MRI brain\nExam date: 12 April 2026")
    studies = {"a": study("a"), "b": study("b", date="2025-01-01")}
    apart = PairWord(report_id="r", study_id="a", together=False)
    assert paired({"r": report}, studies, (apart,)).reports_alone == ("r",)
    by_hand = (apart, replace(apart, study_id="b", together=True))
    found = paired({"r": report}, studies, by_hand)
    assert [(p.study_id, p.reasons) for p in found.pairs] == [("b", ("coordinator",))]
    assert found.studies_alone == ("a",)


def test_a_pair_that_is_confirmed_takes_none_of_the_others_away() -> None:
    """A report of two studies keeps both, and of two that fit alike the other is left alone."""
    spines = report_of("MRI cervical and lumbar spine\nExam date: 12 April 2026")
    parts = {
        "c": study("c", part="CSPINE", description="C SPINE"),
        "l": study("l", part="LSPINE", description="L SPINE"),
    }
    confirmed = PairWord(report_id="r", study_id="c", together=True)
    found = paired({"r": spines}, parts, (confirmed,))
    assert {(p.study_id, p.reasons[0]) for p in found.pairs} == {
        ("c", "coordinator"),
        ("l", "same_day"),
    }
    twins = {"a": study("a"), "b": study("b")}
    brain = report_of("MRI brain\nExam date: 12 April 2026")
    found = paired({"r": brain, "q": brain}, twins, (replace(confirmed, study_id="a"),))
    assert [(p.report_id, p.study_id, p.sure) for p in found.pairs] == [
        ("r", "a", "sure"),
        ("q", "b", "likely"),
    ]
    found = paired({"r": brain}, twins, (replace(confirmed, study_id="a"),))
    assert (found.open, found.studies_alone) == ((), ("b",))


def test_a_report_that_says_nothing_is_neither_paired_nor_alone() -> None:
    found = paired({"r": Examination()}, {"a": study("a")})
    assert (found.untold, found.pairs, found.reports_alone) == (("r",), (), ())
    assert not found.studies_alone


def test_every_report_and_study_is_in_one_place() -> None:
    for half in HALVES:
        for case in cases(half):
            reports = {one["id"]: report_of(one["text"]) for one in case.get("reports", ())}
            studies = {one["id"]: said_by_study(study_record(one)) for one in case["studies"]}
            found = paired(reports, studies)
            told_of = {p.report_id for p in (*found.pairs, *found.open)}
            assert told_of | {*found.reports_alone, *found.untold} == set(reports)
            assert not told_of & {*found.reports_alone, *found.untold}
            assert not {p.study_id for p in found.pairs} & set(found.studies_alone)


@given(st.text(max_size=300))
def test_no_text_can_stop_the_reading(words: str) -> None:
    assert report_of(words) is not None
    assert report_of(f"Exam: {words}\nExam date: {words}") is not None


def test_nor_can_what_is_made_to() -> None:
    for text in ("\x00", "99/99/9999", "检查日期：", "Exam:" * 500, "1400/13/99 1499/12/30"):
        assert report_of(text) is not None
    assert not days_of("29/02/2027", not_after=date(2026, 1, 1))
