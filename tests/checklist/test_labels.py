"""Names in the package: safe, telling, in date order, and nobody's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklist import labels
from checklist.dates import PartialDate
from checklist.records import Record, RecordKind
from checklist.study import PatientIdentity, Series, Study

AT = datetime(2026, 11, 24, tzinfo=UTC)
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

REPORT = Record(
    id="r1",
    file_id="f1",
    kind="imaging_report",
    received_at=AT,
    original_name="Иванов Иван КТ.exe",
    media_type="application/pdf",
    size=1,
    item="imaging",
    kind_certain=True,
    date=PartialDate(year=2026, month=4, day=12),
    modality="CT",
    body_part="CHEST",
)


def study_of(*series: tuple[str, str], patient: str = "") -> Study:
    return Study(
        study_instance_uid="1.2",
        patient=PatientIdentity(name=patient),
        series=tuple(
            Series(
                series_instance_uid=f"1.2.{number}",
                modality=modality,
                kind=kind,  # type: ignore[arg-type]
                instances=1,
            )
            for number, (modality, kind) in enumerate(series)
        ),
    )


STUDY = replace(REPORT, kind="imaging_study", study=study_of(("CT", "image"), ("SR", "report")))


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (REPORT, "2026-04-12_CT_chest_report.pdf"),
        (replace(REPORT, date=PartialDate(year=2026, month=4)), "2026-04_CT_chest_report.pdf"),
        (replace(REPORT, date=PartialDate(year=2026)), "2026_CT_chest_report.pdf"),
        (replace(REPORT, date=PartialDate(year=2026, season=1)), "2026_CT_chest_report.pdf"),
        (replace(REPORT, date=None), "undated_CT_chest_report.pdf"),
        (replace(REPORT, modality="", body_part=""), "2026-04-12_imaging_report.pdf"),
        (replace(REPORT, body_part="Тело"), "2026-04-12_CT_report.pdf"),
        (replace(REPORT, media_type="image/jpeg; q=1"), "2026-04-12_CT_chest_report.jpg"),
        (replace(REPORT, media_type="application/x-what"), "2026-04-12_CT_chest_report.bin"),
        (replace(REPORT, kind="lab", item="labs"), "2026-04-12_labs.pdf"),
        (replace(REPORT, kind="operative", item="reports"), "2026-04-12_operation_report.pdf"),
        (
            replace(REPORT, kind="lab", item="reports", kind_certain=False),
            "2026-04-12_document.pdf",
        ),
    ],
)
def test_a_document_is_named_after_its_date_and_what_it_is(record: Record, name: str) -> None:
    """The given name and its ending count for nothing."""
    assert labels.file_name(record) == name


def test_a_study_is_a_folder_named_after_its_images() -> None:
    """Reports and other objects among the series are not in its name."""
    assert labels.folder_name(STUDY) == "2026-04-12_CT_chest"
    both = replace(STUDY, study=study_of(("PT", "image"), ("CT", "image")))
    assert labels.folder_name(both) == "2026-04-12_PT-CT_chest"


def test_the_patients_name_in_the_wrong_header_stays_out_of_the_name() -> None:
    """Hospitals do type names into other fields."""
    named = study_of(("CT", "image"), patient="NOWAK^MARTA")
    assert labels.folder_name(replace(STUDY, body_part="MARTA HEAD", study=named)) == (
        "2026-04-12_CT"
    )


def test_a_taken_name_gets_a_number_before_its_ending() -> None:
    """Case does not tell names apart."""
    taken = {"2026-04-12_ct_CHEST_report.pdf", "2026-04-12_CT_chest_report_2.pdf"}
    assert labels.file_name(REPORT, taken) == "2026-04-12_CT_chest_report_3.pdf"
    assert labels.series_name(3, "CT") == "003_CT"
    assert labels.series_name(None, "../x", {"000_X"}) == "000_X_2"


@pytest.mark.parametrize(
    ("record", "folder"),
    [
        (REPORT, "10_imaging"),
        (replace(REPORT, item="labs"), "30_labs"),
        (replace(REPORT, item=None), "10_imaging"),
        (replace(REPORT, item="allergies"), "90_other"),
        (replace(REPORT, item=None, kind="other"), "90_other"),
    ],
)
def test_an_item_has_a_folder_of_its_own(record: Record, folder: str) -> None:
    """Items without one share the last."""
    assert labels.folder(record) == folder
    assert folder in (*labels.FOLDERS.values(), labels.OTHER)


dates = st.none() | st.builds(
    lambda day, known, season: PartialDate(
        year=day.year,
        month=day.month if known > 0 else None,
        day=day.day if known > 1 else None,
        season=season if known == 0 else None,
    ),
    st.dates(),
    st.integers(0, 2),
    st.none() | st.integers(1, 4),
)
words = st.text(max_size=300)
records = st.builds(
    Record,
    id=words,
    file_id=words,
    kind=st.sampled_from(get_args(RecordKind)),
    received_at=st.just(AT),
    original_name=words,
    media_type=words,
    size=st.integers(0),
    item=st.none() | words | st.sampled_from([*labels.FOLDERS]),
    kind_certain=st.booleans(),
    date=dates,
    modality=words,
    body_part=words,
    study=st.none()
    | st.builds(
        lambda a, b, c: study_of((a, "image"), (b, "image"), patient=c), words, words, words
    ),
)


@given(st.lists(records, max_size=6), words, st.none() | st.integers())
def test_names_are_safe_and_unique_whatever_the_records_say(
    several: list[Record], modality: str, number: int | None
) -> None:
    """Plain ASCII, at most 120 bytes, one part of a path, never hidden and never twice."""
    taken: set[str] = set()
    for record in several:
        for name in (labels.file_name(record, taken), labels.folder_name(record, taken)):
            assert SAFE.fullmatch(name)
            assert len(name.encode()) <= labels.MAX_NAME
            assert name.lower() not in {known.lower() for known in taken}
            assert not name.endswith(".")
            taken.add(name)
        assert SAFE.fullmatch(labels.series_name(number, modality))
        assert labels.folder(record) in (*labels.FOLDERS.values(), labels.OTHER)


@given(records, records)
def test_in_name_order_records_are_in_date_order(one: Record, two: Record) -> None:
    """Where one date is surely before another; an undated record comes last."""
    if one.date is None and two.date is not None:
        assert labels.label(two) < labels.label(one)
    elif (
        one.date
        and two.date
        and one.date.iso[: len(two.date.iso)] < two.date.iso[: len(one.date.iso)]
    ):
        assert labels.label(one) < labels.label(two)
        later = replace(one, received_at=AT + timedelta(days=1))
        assert labels.in_date_order((two, later)) == (later, two)
