"""The same study sent twice, in parts, or in another archive is one study, counted once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checklist.case import Case
from checklist.imaging import imaging_findings
from checklist.study import Study
from handlers.receipts import filed
from tests import synthetic
from tests.engine import opened
from tests.synthetic import SeriesPlan, StudyPlan
from tests.test_jobs import heard, send

pytestmark = pytest.mark.usefixtures("both")

WHOLE = synthetic.ct_study(20)
FILES = synthetic.study_files(WHOLE)
LIST = {"DICOMDIR": synthetic.dicomdir(WHOLE)}


def some(*numbers: int) -> dict[str, bytes]:
    """These slices of the longer series."""
    return {name: data for name, data in FILES.items() if _number(name) in numbers}


def _number(name: str) -> int:
    return int(name[-6:]) if "SE001" in name else 0


async def case_of(tmp_path: Path, *archives: Mapping[str, bytes]) -> Case:
    """The case after these archives came one after the other."""
    async with opened(tmp_path) as engine:
        for number, files in enumerate(archives):
            engine.wire.files[f"f{number}"] = synthetic.zipped(files)
            await send(engine, f"f{number}")
            await engine.settle()
        case = Case(id="c", opened_at=datetime(2026, 5, 1, tzinfo=UTC))
        for update in heard(engine):
            for record in update.records:
                case = case.with_record(filed(record))
        return case


def study(case: Case) -> Study:
    (record,) = case.records
    assert record.study is not None
    return record.study


def counts(case: Case) -> list[tuple[int, int]]:
    return [(series.instances, series.missing) for series in study(case).series]


async def test_a_study_that_came_twice_is_counted_once(tmp_path: Path) -> None:
    again = {f"COPY/{name}": data for name, data in FILES.items()}
    assert counts(await case_of(tmp_path, FILES, again)) == [(2, 0), (20, 0)]


async def test_slices_that_come_later_fill_the_gap(tmp_path: Path) -> None:
    holed = {name: data for name, data in FILES.items() if _number(name) not in (7, 8)}
    case = await case_of(tmp_path, holed, some(7, 8))
    assert counts(case) == [(2, 0), (20, 0)]
    assert "missing_instances" not in [finding.code for finding in imaging_findings(case)]


async def test_half_of_what_was_missing_leaves_the_other_half(tmp_path: Path) -> None:
    holed = {name: data for name, data in FILES.items() if _number(name) not in (7, 8)}
    assert counts(await case_of(tmp_path, holed, some(7))) == [(2, 0), (20 - 1, 1)]


async def test_what_a_dicomdir_named_is_remembered(tmp_path: Path) -> None:
    """A loss at the end shows in no slice, so the list must not be forgotten."""
    first = {name: data for name, data in FILES.items() if _number(name) <= 15}
    case = await case_of(tmp_path, LIST | first, some(16, 17))
    assert counts(case) == [(2, 0), (17, 3)]


async def test_a_list_that_comes_later_shows_what_the_first_part_lacks(tmp_path: Path) -> None:
    case = await case_of(tmp_path, some(*range(1, 11)), LIST | some(11, 12))
    assert counts(case) == [(12, 8), (0, 2)]
    assert [series.series_description for series in study(case).series] == ["Thorax 1.0", ""]


async def test_a_series_that_was_only_listed_comes_later(tmp_path: Path) -> None:
    case = await case_of(tmp_path, LIST | some(*range(1, 21)), FILES)
    assert counts(case) == [(2, 0), (20, 0)]


async def test_a_study_that_was_only_listed_comes_later(tmp_path: Path) -> None:
    head = synthetic.mr_study(6)
    files = {"DICOMDIR": synthetic.dicomdir(WHOLE, head)} | FILES
    part = dict(list(synthetic.study_files(head).items())[:4])
    case = await case_of(tmp_path, files, part)
    chest, brain = (record.study for record in case.records)
    assert chest is not None
    assert brain is not None
    assert [(s.instances, s.missing, s.missing_certain) for s in brain.series] == [(4, 2, True)]
    assert not [f for record in case.records for f in record.findings]


@pytest.mark.parametrize("whole_first", [True, False])
async def test_a_whole_picture_takes_the_place_of_a_cut_one(
    tmp_path: Path, whole_first: bool
) -> None:
    cut = {name: data[:-200] if _number(name) == 4 else data for name, data in FILES.items()}
    parts = (FILES, cut) if whole_first else (cut, FILES)
    case = await case_of(tmp_path, *parts)
    assert counts(case) == [(2, 0), (20, 0)]
    assert "truncated_instance" not in [finding.code for finding in imaging_findings(case)]


async def test_a_scout_that_comes_first_is_forgiven_when_the_scan_comes(tmp_path: Path) -> None:
    scout = synthetic.study_files(StudyPlan(series=(synthetic.SCOUT,)))
    scan = synthetic.study_files(StudyPlan(series=(SeriesPlan(slices=10),)))
    case = await case_of(tmp_path, scout, scan)
    assert counts(case) == [(2, 0), (10, 0)]
    assert [finding.code for finding in case.records[0].findings] == []
