"""Headers: every file that pydicom itself is tested with, and the ways a file can be damaged."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pydicom
import pydicom.data
import pytest

from bot.intake.grouping import StudyFound
from bot.intake.inspection import inspect_path
from tests import synthetic
from tests.conftest import require_tool
from tests.intake.conftest import Index

DATA = Path(pydicom.data.__file__).parent
FILES = sorted(
    path
    for folder in ("test_files", "charset_files")
    for path in (DATA / folder).rglob("*")
    if path.is_file()
)


def only_study(path: Path) -> StudyFound:
    (study,) = inspect_path(path).studies
    return study


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_of_pydicom_is_read_or_gets_a_reason(path: Path) -> None:
    inspection = inspect_path(path)
    if inspection.refusal:
        assert not inspection.studies
        assert inspection.refusal.message.msgid
    else:
        assert inspection.files.total == 1
        assert inspection.studies or inspection.documents


def test_most_files_of_pydicom_are_read() -> None:
    """Those that are not lack the UIDs by which they could be told apart, or are palettes."""
    refused = [path.name for path in FILES if inspect_path(path).refused]
    assert len(refused) < len(FILES) / 5, refused


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.suffix == ".dcm" and not path.name.startswith("DICOMDIR")],
    ids=lambda path: path.name,
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_is_read_is_what_pydicom_reads(path: Path) -> None:
    inspection = inspect_path(path)
    if not inspection.studies:
        return
    expected = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    (found,) = inspection.studies
    (instance,) = found.instances
    (series,) = found.study.series
    assert instance.sop_instance_uid == expected.SOPInstanceUID
    assert instance.sop_class_uid == expected.SOPClassUID
    assert found.study.study_instance_uid == expected.StudyInstanceUID
    assert series.series_instance_uid == expected.SeriesInstanceUID
    if expected.get("InstanceNumber") is not None:
        assert instance.instance_number == expected.InstanceNumber
    frames = str(expected.get("NumberOfFrames") or 1)
    assert instance.number_of_frames == (int(frames) if frames.isdigit() else 1)
    assert instance.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    if expected.get("Modality"):
        assert series.modality == expected.Modality
    written = str(expected.get("PatientName") or "").split("=")[:2]
    for component in "^".join(written).split("^"):
        assert component.strip() in found.study.patient.name


@pytest.mark.parametrize(
    ("name", "tag", "attribute"),
    [
        ("CT_small.dcm", "StudyDescription", "study_description"),
        ("MR_small_bigendian.dcm", "StudyInstanceUID", "study_instance_uid"),
        ("MR_small_implicit.dcm", "AccessionNumber", "accession_number"),
        ("rtplan.dcm", "StudyInstanceUID", "study_instance_uid"),
        ("reportsi.dcm", "StudyInstanceUID", "study_instance_uid"),
    ],
)
def test_dcmtk_reads_the_same(name: str, tag: str, attribute: str) -> None:
    dcmdump = require_tool("dcmdump")
    path = DATA / "test_files" / name
    out = subprocess.run(
        [dcmdump, "-q", "-M", "-s", "+P", tag, path], capture_output=True, text=True, check=True
    ).stdout
    value = out.partition("[")[2].partition("]")[0].strip()
    assert getattr(only_study(path).study, attribute) == value


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("chrRuss.dcm", "Люкceмбypг"),
        ("chrArab.dcm", "قباني لنزار"),
        ("chrH31.dcm", "山田 太郎"),
        ("chrX2.dcm", "Wang XiaoDong (王 小东)"),
        ("chrGreek.dcm", "Διονυσιος"),
    ],
)
def test_names_come_out_readable(name: str, readable: str) -> None:
    found = only_study(DATA / "charset_files" / name)
    assert readable in found.study.patient.name


def test_a_name_in_undeclared_utf8_comes_out_readable(index: Index) -> None:
    made = synthetic.dataset(synthetic.ct_study(), synthetic.SeriesPlan(), 0)
    made.PatientName = "AAAAAAAAAAAA^Ivan"
    del made.SpecificCharacterSet
    data = synthetic.encoded(made).replace(b"AAAAAAAAAAAA", "Иванов".encode())
    study = index(data).records[0].study
    assert study is not None
    assert study.patient.name == "Иванов Ivan"


# ---- how files are written ---------------------------------------------------------------------


def one(**changes: object) -> pydicom.FileDataset:
    series = synthetic.SeriesPlan(rows=64, columns=64)
    made = synthetic.dataset(synthetic.StudyPlan(), series, 0)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(("preamble", "meta"), [(True, True), (False, True), (False, False)])
def test_a_file_is_known_without_preamble_and_without_meta_header(
    index: Index, preamble: bool, meta: bool
) -> None:
    indexed = index(synthetic.encoded(one(), preamble=preamble, meta=meta), name="IM1.pdf")
    assert indexed.refusal is None
    assert [record.kind for record in indexed.records] == ["imaging_study"]
    assert indexed.findings == ()


@pytest.mark.parametrize(("kept", "truncated"), [(1.0, False), (0.99, True), (0.5, True)])
def test_cut_off_pixels_are_noticed(index: Index, kept: float, truncated: bool) -> None:
    data = synthetic.encoded(one())
    indexed = index(data[: int(len(data) * kept)])
    assert [record.kind for record in indexed.records] == ["imaging_study"]
    assert [finding.code for finding in indexed.findings] == ["truncated_instance"] * truncated


def test_bytes_after_the_pixels_are_no_damage(index: Index) -> None:
    assert index(synthetic.encoded(one()) + b"\0" * 512).findings == ()


@pytest.mark.parametrize(
    "name", ["MR_small_RLE.dcm", "JPEG2000.dcm", "MR_small_jpeg_ls_lossless.dcm"]
)
def test_cut_off_compressed_pixels_are_noticed(index: Index, name: str) -> None:
    data = (DATA / "test_files" / name).read_bytes()
    assert "truncated_instance" not in [finding.code for finding in index(data).findings]
    assert "truncated_instance" in [finding.code for finding in index(data[:-400]).findings]


def test_a_header_that_ends_early_is_kept_and_called_damaged(index: Index) -> None:
    indexed = index(synthetic.encoded(one())[:300])
    assert indexed.refusal is not None
    assert indexed.refusal.code == "unreadable_instance"
    assert indexed.kept


def test_a_deflated_data_set_that_is_a_bomb_is_refused(index: Index) -> None:
    import zlib

    head = synthetic.encoded(one())
    meta_end = 144 + int.from_bytes(head[140:144], "little")
    meta = head[:meta_end].replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    grown = len(meta) - meta_end
    meta = meta.replace(b"UI\x14\x001.2.840.10008.1.2.1.99", b"UI\x16\x001.2.840.10008.1.2.1.99")
    size = int.from_bytes(head[140:144], "little") + grown
    meta = meta[:140] + size.to_bytes(4, "little") + meta[144:]
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = stream.compress(bytes(2**20)) + stream.flush(zlib.Z_FULL_FLUSH)
    indexed = index(meta + zeros * 300)
    assert indexed.refusal is not None
    assert (indexed.refusal.code, indexed.kept) == ("unsafe_archive", False)


@pytest.mark.parametrize(
    ("dates", "iso"),
    [
        ({}, "2026-04-12"),
        ({"StudyDate": "", "SeriesDate": "20260413"}, "2026-04-13"),
        ({"StudyDate": "", "AcquisitionDate": "20260414"}, "2026-04-14"),
        ({"StudyDate": "", "ContentDate": "20260415"}, "2026-04-15"),
    ],
)
def test_the_date_is_the_first_that_is_given(index: Index, dates: dict[str, str], iso: str) -> None:
    date = index(synthetic.encoded(one(**dates))).records[0].date
    assert date is not None
    assert date.iso == iso


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"BodyPartExamined": "BRAIN"}, "HEAD"),
        ({"BodyPartExamined": "", "StudyDescription": "MRT LWS / lumbar"}, "LSPINE"),
        ({"BodyPartExamined": "", "StudyDescription": "", "ProtocolName": "КТ ОГК"}, "CHEST"),
    ],
)
def test_the_body_part_is_the_tag_or_a_word(
    index: Index, changes: dict[str, str], part: str
) -> None:
    assert index(synthetic.encoded(one(**changes))).records[0].body_part == part
