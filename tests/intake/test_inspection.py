"""What `second-opinion inspect` says, to programs and to people."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.intake.inspection import inspect_path, inspect_paths
from bot.intake.report import to_json, to_text
from tests import synthetic
from tests.intake.conftest import say


def as_json(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(json.dumps(to_json(inspect_path(path), say)))
    return loaded


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """A disc with a chest CT that lacks two slices, a head MRI, a report, and what lies around."""
    study = synthetic.ct_study(20, absent=(8, 9))
    files = {"DICOMDIR": synthetic.dicomdir(study)}
    files |= synthetic.study_files(study) | synthetic.study_files(synthetic.mr_study(6))
    files |= {"report.pdf": synthetic.pdf(synthetic.CT_REPORT), **synthetic.CLUTTER}
    path = tmp_path / "disc.zip"
    path.write_bytes(synthetic.zipped(files))
    return path


def test_the_json_has_the_shape_that_is_promised(disc: Path) -> None:
    found = as_json(disc)
    assert list(found) == ["files", "patients", "studies", "documents", "findings"]
    assert found["files"] == {
        "total": 1 + 20 + 6 + 1 + len(synthetic.CLUTTER),
        "dicom": 1 + 20 + 6,
        "documents": 1,
        "ignored": len(synthetic.CLUTTER),
        "unreadable": 0,
    }
    head, chest = found["studies"]
    assert set(chest) == {
        *("study_instance_uid", "date", "description", "body_part", "modalities", "patient"),
        "series",
    }
    assert (head["date"], head["modalities"], head["body_part"]) == ("2025-09-30", ["MR"], "HEAD")
    assert chest["series"] == [
        {
            "series_instance_uid": "2.25.4711.1.0",
            "number": 0,
            "modality": "CT",
            "description": "Topogram",
            "kind": "localizer",
            "instances": 2,
            "frames": 2,
            "phases": 1,
            "missing": 0,
            "missing_certain": False,
            "truncated": 0,
            "lossy": False,
        },
        {
            "series_instance_uid": "2.25.4711.1.1",
            "number": 1,
            "modality": "CT",
            "description": "Thorax 1.0",
            "kind": "image",
            "instances": 18,
            "frames": 18,
            "phases": 1,
            "missing": 2,
            "missing_certain": True,
            "truncated": 0,
            "lossy": False,
        },
    ]
    assert [patient["name"] for patient in found["patients"]] == ["Kowalska Anna"]
    assert found["documents"][0]["kind"] == "imaging_report"
    (finding,) = found["findings"]
    assert set(finding) == {"code", "severity", "message", "path"}
    assert (finding["code"], finding["severity"]) == ("dicomdir_missing_files", "warning")


def test_the_text_reads_well(disc: Path) -> None:
    text = re.sub(r"\d+\.\d kB", "9.9 kB", to_text(inspect_path(disc), say))
    assert text.splitlines() == [
        "disc.zip",
        "────────────────────────",
        "  36 files · 27 DICOM · 1 document · 8 ignored",
        "",
        "  Kowalska Anna   born 1971-02-03   F   id PID-1",
        "    2025-09-30  MR  head  MRI of the brain  at Test Hospital",
        "      #1  MR  t2_tse_tra      6",
        "    2026-04-12  CT  chest  CT Thorax  at Test Hospital",
        "      #0  CT  Topogram        2  overview only",
        "      #1  CT  Thorax 1.0     18  2 missing",
        "",
        "  Documents",
        "    2026-04-12  pdf  1 page  9.9 kB  imaging report, CT chest, en  report.pdf",
        "",
        "  Findings",
        "    ! The list on this CD names 2 more pictures of this scan that did not come with it.",
        "      Please copy the whole CD once more and send it.  (2026-04-12 CT chest)",
    ]


def test_a_folder_is_read_like_a_disc(disc: Path, tmp_path: Path) -> None:
    import zipfile

    folder = tmp_path / "copied"
    with zipfile.ZipFile(disc) as archive:
        archive.extractall(folder)
    (folder / "link").symlink_to(disc)
    from_folder, from_zip = as_json(folder), as_json(disc)
    assert from_folder["files"] == from_zip["files"]
    assert from_folder["studies"] == from_zip["studies"]


def test_loose_files_named_together_are_one_study(tmp_path: Path) -> None:
    files = synthetic.study_files(synthetic.mr_study(4))
    paths = []
    for number, data in enumerate(files.values()):
        paths.append(tmp_path / f"IM{number}")
        paths[-1].write_bytes(data)
    inspection = inspect_paths(paths)
    assert [found.study.image_count for found in inspection.studies] == [4]
    assert not inspection.refused


def test_one_refusal_among_several_is_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.zip"
    good.write_bytes(synthetic.pdf(["Hello"]))
    bad.write_bytes(b"PK\x03\x04 cut off")
    inspection = inspect_paths([good, bad])
    assert inspection.refused
    assert inspection.refusal is not None
    assert inspection.refusal.path == "bad.zip"
    assert len(inspection.documents) == 1


@pytest.mark.parametrize("data", [b"", b"MZ" + bytes(300), b"PK\x03\x04 cut off"])
def test_a_refused_file_says_why(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "sent"
    path.write_bytes(data)
    inspection = inspect_path(path)
    assert inspection.refused
    found = to_json(inspection, say)
    assert found["files"] == {
        "total": 1,
        "dicom": 0,
        "documents": 0,
        "ignored": 0,
        "unreadable": 1,
    }
    assert [finding["severity"] for finding in found["findings"]] == ["error"]
    assert "Please" in to_text(inspection, say) or "program" in to_text(inspection, say)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    assert inspect_path(tmp_path / "nowhere").refused


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    inspection = inspect_path(tmp_path)
    assert inspection.refused
    assert inspection.files.total == 0


def test_many_bad_files_are_said_once_and_named_for_programs(tmp_path: Path) -> None:
    for number in range(150):
        (tmp_path / f"{number:03}").write_bytes(bytes(128) + b"DICM" + bytes(40))
    inspection = inspect_path(tmp_path)
    (finding,) = inspection.findings
    assert (finding.code, finding.message.n, finding.path) == ("unreadable_instance", 150, "000")
    assert "(000 and 149 more)" in " ".join(to_text(inspection, say).split())
    assert [finding.message.n for finding in inspection.in_detail] == [1] * 100 + [50]


def test_chinese_in_a_table_keeps_the_columns_straight(tmp_path: Path) -> None:
    plans = (
        synthetic.SeriesPlan(number=1, slices=3, description="胸部平扫"),
        synthetic.SeriesPlan(number=2, slices=12, description="Lung"),
    )
    path = tmp_path / "disc.zip"
    path.write_bytes(synthetic.disc(synthetic.StudyPlan(series=plans)))
    lines = to_text(inspect_path(path), say).splitlines()
    assert "      #1  CT  胸部平扫      3" in lines
    assert "      #2  CT  Lung         12" in lines
