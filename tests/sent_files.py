"""The files that patients send in transcripts and whole-program tests, by name, made when asked for."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from tests import locked, phantom, synthetic
from tests.synthetic import BORIS, Person, StudyPlan

_LOCK = threading.Lock()

_PAGES: dict[str, tuple[str, ...]] = {
    "mr_report.pdf": (
        "MRI of the brain",
        "Date of examination: 12 April 2026",
        "Technique: T1, T2, FLAIR, with contrast.",
        "Findings: for testing only.",
        "Impression: for testing only.",
    ),
    "mr_report_ru.pdf": (
        "МРТ головного мозга",
        "Дата исследования: 12.04.2026",
        "Заключение: только для проверки.",
    ),
    "mr_report_zh.pdf": (
        "头颅磁共振检查报告",
        "检查日期：2026年4月12日",
        "检查所见：仅供测试。",
        "诊断意见：仅供测试。",
    ),
    "mr_report_ar.pdf": (
        "تقرير الرنين المغناطيسي للدماغ",
        "تاريخ الفحص: 12/04/2026",
        "الانطباع: للاختبار فقط.",
    ),
    "lab_sheet.pdf": (
        "Laboratory report",
        "Collected: 3 March 2026",
        "Hemoglobin 128 g/L (reference range 117-155)",
        "Creatinine 70 umol/L (reference range 45-84)",
    ),
    "lab_sheet_without_ranges.pdf": (
        "Laboratory report",
        "Collected: 3 March 2026",
        "Hemoglobin 128 g/L",
        "Creatinine 70 umol/L",
    ),
    "pathology_report.pdf": (
        "Surgical pathology report",
        "Date: 20 May 2026",
        "Specimen: biopsy. Blocks A1, A2. Stain: H&E.",
        "Diagnosis: for testing only.",
    ),
    "discharge_letter.pdf": (
        "Discharge summary",
        "Admitted: 2 April 2026. Discharged: 9 April 2026",
        "Diagnosis at discharge: for testing only.",
    ),
}


#: What is locked, and with which password.
_LOCKED: dict[str, tuple[str, str]] = {
    "ct.zip": ("ct_disc_with_a_gap.zip", "12041980"),
    "mr.zip": ("brain_mr_disc.zip", "Anna 77"),
    "mr_again.zip": ("brain_mr_disc.zip", "Anna 77"),
    "one.zip": ("brain_mr_disc.zip", "1"),
    "locked_report.pdf": ("mr_report.pdf", "19800412"),
}

#: The patient of the transcripts, as hospitals write her, and people whose discs are sent by mistake.
ANA = Person(name="PETROVA^ANA", patient_id="P-80", birth_date="19800412")
MARRIED = replace(ANA, name="SIDOROVA^ANA", patient_id="77-1")
LEO = Person(name="LOPEZ^LEO", patient_id="L-19", birth_date="20190503", sex="M")
HIS_MOTHER = Person(name="LOPEZ^MARIA", patient_id="L-88", birth_date="19880917", sex="F")

_BRAIN_DISCS: dict[str, tuple[Person, ...]] = {
    "brain_mr_disc.zip": (ANA,),
    "brain_mr_disc_ru.zip": (replace(ANA, name="PETROVA^ANNA"),),
    "brain_mr_disc_zh.zip": (replace(ANA, name="WANG^XIAO MING"),),
    "brain_mr_disc_ar.zip": (replace(ANA, name="ALY^FATMA AHMED"),),
    "disc_of_somebody_else.zip": (BORIS,),
    "disc_under_a_married_name.zip": (MARRIED,),
    "disc_of_two_patients.zip": (ANA, BORIS),
    "brain_mr_disc_of_leo.zip": (LEO,),
    "disc_of_the_mother.zip": (HIS_MOTHER,),
}


def sent_file(folder: Path, name: str) -> Path:
    """The file of that name, made once in the folder."""
    path = folder / name
    with _LOCK:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_made(name))
    return path


def _brain(person: Person) -> StudyPlan:
    """An MRI; each person has a study of their own."""
    key = 2 if person.birth_date == ANA.birth_date else int(person.birth_date)
    return replace(synthetic.mr_study(key=key, person=person), date="20260412")


def _made(name: str) -> bytes:
    if name in _PAGES:
        return synthetic.pdf(_PAGES[name])
    if name in _LOCKED:
        plain, password = _LOCKED[name]
        lock = locked.pdf if name.endswith(".pdf") else locked.zip_file
        return lock(_made(plain), password)
    if name in _BRAIN_DISCS:
        return synthetic.disc(*(_brain(person) for person in _BRAIN_DISCS[name]))
    match name:
        case "old_lock.rar":
            return locked.rar_4(synthetic.study_files(_brain(ANA)), "1960", version=20)
        case "study_of_two_people.zip":
            halves = (synthetic.without(_brain(ANA), 5, 6, 7, 8), _brain(ANA))
            hers = synthetic.study_files(halves[0])
            his = synthetic.study_files(replace(halves[1], person=BORIS))
            return synthetic.zipped(his | hers)
        case "more_of_the_study_of_somebody_else.dcm":
            his = synthetic.study_files(replace(_brain(ANA), person=BORIS))
            return next(iter(his.values()))
        case "head_disc.zip":
            return phantom.head_disc(person=ANA)
        case "ct_disc_with_a_gap.zip":
            chest = synthetic.ct_study(20, absent=range(8, 11))
            return synthetic.disc(replace(chest, person=ANA))
        case "pictures_from_a_viewer.zip":
            slices = {f"export/{n:03}.jpg": synthetic.film_photo(size=(512, 512)) for n in range(9)}
            return synthetic.zipped(slices)
        case "dose_report_only.zip":
            plan = synthetic.StudyPlan(series=(synthetic.DOSE,), person=ANA)
            return synthetic.disc(plan)
        case "structured_reports.zip":
            series = synthetic.SeriesPlan(
                slices=1, sop_class=synthetic.STRUCTURED_REPORT, modality="SR"
            )
            return synthetic.disc(synthetic.StudyPlan(key=5, series=(series,), person=ANA))
        case "photo.jpg":
            return synthetic.photo("A page")
        case "second_photo.jpg":
            return synthetic.photo("Another page")
        case "empty.pdf":
            return b""
    raise AssertionError(f"no such file is made: {name}")
