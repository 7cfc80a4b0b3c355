"""Receipts of scans: one line for a study however many files it came in, and the nearest sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.intake.indexing import index_file
from bot.jobs.study_parts import with_lasting_ids
from bot.paths import load_catalog, load_languages
from checklist.case import Case
from checklist.text import Text
from handlers.receipts import file_indexed, receipt
from handlers.session import Session
from handlers.step import View
from handlers.updates import RecordIndexed
from tests import synthetic
from tests.intake.conftest import say
from tests.intake.test_stand_ins import a_photo_as_dicom, saved_slice
from tests.synthetic import SeriesPlan, StudyPlan

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)

Send = Callable[[Sequence[bytes]], tuple[list[str], Case]]


@pytest.fixture
def send(tmp_path: Path) -> Send:
    """Send files as one batch to a case that is asked for its scans; the receipt and the case."""
    session = Session(id="s", case_id="c", channel="web", address="a", step="imaging")
    case = Case(id="c", opened_at=NOW)
    view = View(
        case=case, session=session, now=NOW, catalog=load_catalog(), languages=load_languages()
    )

    def run(files: Sequence[bytes]) -> tuple[list[str], Case]:
        nonlocal view
        for number, data in enumerate(files):
            path = tmp_path / "sent"
            path.write_bytes(data)
            file_id = f"{view.session.batch_no}-{number}"
            name = f"IM{number}"
            indexed = with_lasting_ids(
                index_file(path, file_id=file_id, name=name, item="imaging", received_at=NOW), "c"
            )
            update = RecordIndexed(
                file_id=file_id,
                original_name=name,
                records=indexed.records,
                findings=indexed.findings,
                refusal=indexed.refusal,
            )
            view, _ = file_indexed(view, update)
        view, lines, _ = receipt(replace(view, now=view.now + timedelta(seconds=9)))
        return [_flat(line) for line in lines], view.case

    return run


def _flat(line: Text) -> str:
    """English with the texts within texts written out."""
    said = {k: _flat(v) if isinstance(v, Text) else v for k, v in line.params.items()}
    return say(replace(line, params=said))


def test_loose_slices_of_one_study_have_one_line(send: Send) -> None:
    lines, _ = send(list(synthetic.study_files(synthetic.mr_study(4)).values()))
    assert lines[0] == "I have received 4 files:"
    assert len([line for line in lines if "MRI" in line and line.startswith("•")]) == 1


def test_slices_of_two_studies_and_a_letter_have_a_line_each(send: Send) -> None:
    slices = [
        *synthetic.study_files(synthetic.mr_study(2)).values(),
        *synthetic.study_files(StudyPlan(series=(SeriesPlan(slices=2),))).values(),
    ]
    lines, _ = send([*slices, synthetic.pdf(synthetic.LAB_SHEET)])
    assert len([line for line in lines if line.startswith("•")]) == 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (synthetic.zipped({f"E/{n}.jpg": saved_slice(n) for n in range(9)}), "a viewer saved"),
        (a_photo_as_dicom(), "photos or scans of a printed film"),
        (
            synthetic.disc(
                StudyPlan(
                    series=(
                        SeriesPlan(slices=1, sop_class=synthetic.STRUCTURED_REPORT, modality="SR"),
                    )
                )
            ),
            "measurements and notes",
        ),
        (synthetic.disc(StudyPlan(series=(synthetic.SCOUT,))), "overview pictures"),
    ],
    ids=["exported", "film", "structured", "scout"],
)
def test_what_came_instead_of_images_is_said_once(send: Send, data: bytes, words: str) -> None:
    lines, case = send([data])
    warned = [line for line in lines if not line.startswith(("•", "I have received"))]
    assert len([line for line in warned if words in line]) == 1
    assert len([line for line in warned if "Please" in line]) == 1
    assert case.records


def test_a_lossy_scan_is_no_reproach_and_known_to_coordinators(send: Send) -> None:
    plan = SeriesPlan(slices=3, extra={"LossyImageCompression": "01"})
    lines, case = send([synthetic.zipped(synthetic.study_files(StudyPlan(series=(plan,))))])
    assert not any("detail" in line for line in lines)
    assert [finding.code for finding in case.records[0].findings] == ["lossy"]


def test_a_reports_only_disc_is_no_news_where_the_images_are(send: Send) -> None:
    send([synthetic.disc(synthetic.mr_study(4))])
    plan = SeriesPlan(slices=1, sop_class=synthetic.STRUCTURED_REPORT, modality="SR")
    lines, _ = send([synthetic.zipped(synthetic.study_files(StudyPlan(key=9, series=(plan,))))])
    assert not any("measurements" in line for line in lines)


def test_cut_off_pictures_are_told_with_the_scan_they_are_of(send: Send) -> None:
    files = synthetic.study_files(synthetic.mr_study(6))
    name = next(iter(files))
    lines, _ = send([synthetic.zipped(files | {name: files[name][:-100]})])
    assert len([line for line in lines if "cut off" in line]) == 1
