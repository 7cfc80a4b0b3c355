"""From a stored file to its records: what each kind of file comes to."""

from __future__ import annotations

import hashlib
import io
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.intake.indexing import index_file
from bot.intake.sniff import sniff
from tests import synthetic
from tests.intake.conftest import Index
from tests.synthetic import received_at


def test_a_disc_comes_to_one_record_for_each_study(index: Index) -> None:
    indexed = index(synthetic.disc(synthetic.ct_study(10), synthetic.mr_study(8)), name="cd.zip")
    assert indexed.refusal is None
    assert indexed.findings == ()
    head, chest = indexed.records
    assert (head.modality, head.body_part, head.date.iso if head.date else "") == (
        "MR",
        "HEAD",
        "2025-09-30",
    )
    assert (chest.modality, chest.body_part, chest.title) == ("CT", "CHEST", "CT Thorax")
    assert {record.item for record in indexed.records} == {"imaging"}
    assert {record.original_name for record in indexed.records} == {"cd.zip"}
    assert [len(indexed.instances[record.id]) for record in indexed.records] == [8, 12]


def test_each_instance_has_the_hash_and_size_of_its_own_bytes(index: Index) -> None:
    files = synthetic.study_files(synthetic.ct_study(4))
    indexed = index(synthetic.zipped(files))
    (instances,) = indexed.instances.values()
    assert {(one.member, one.sha256, one.size) for one in instances} == {
        (name, hashlib.sha256(data).hexdigest(), len(data)) for name, data in files.items()
    }
    assert indexed.records[0].size == sum(map(len, files.values()))


def test_documents_beside_the_pictures_are_records_of_their_own(index: Index) -> None:
    report = synthetic.pdf(synthetic.CT_REPORT)
    files = {"DICOM/1": b""} | synthetic.study_files(synthetic.ct_study(3))
    files |= {"docs/report.pdf": report, **synthetic.CLUTTER}
    del files["DICOM/1"]
    study, document = index(synthetic.zipped(files), name="cd.zip").records
    assert study.kind == "imaging_study"
    assert (document.kind, document.member) == ("imaging_report", "docs/report.pdf")
    assert document.original_name == "report.pdf"
    assert document.sha256 == hashlib.sha256(report).hexdigest()
    assert (document.modality, document.body_part) == ("CT", "CHEST")


def test_a_report_is_read(index: Index) -> None:
    indexed = index(synthetic.pdf(synthetic.CT_REPORT), name="scan.pdf", item="reports")
    (record,) = indexed.records
    assert (record.kind, record.kind_certain, record.item) == ("imaging_report", True, "imaging")
    assert (record.modality, record.body_part, record.pages) == ("CT", "CHEST", 1)
    assert record.date is not None
    assert record.date.iso == "2026-04-12"
    assert record.language == "en"


@pytest.mark.parametrize(
    ("lines", "kind", "language"),
    [
        (synthetic.PATHOLOGY_REPORT_RU, "pathology_report", "ru"),
        (synthetic.DISCHARGE_ZH, "discharge", "zh-Hans"),
        (synthetic.LAB_SHEET, "lab", "en"),
    ],
)
def test_documents_in_other_languages_are_read(
    index: Index, lines: tuple[str, ...], kind: str, language: str
) -> None:
    (record,) = index(synthetic.pdf(lines)).records
    assert (record.kind, record.kind_certain, record.language) == (kind, True, language)


def test_a_lab_sheet_tells_whether_it_shows_ranges(index: Index) -> None:
    (shown,) = index(synthetic.docx(synthetic.LAB_SHEET)).records
    assert (shown.kind, shown.has_reference_ranges) == ("lab", True)
    (bare,) = index(b"LABORATORY REPORT\nHaemoglobin 128 g/l\n").records
    assert bare.has_reference_ranges is False


def test_a_photo_is_filed_under_what_was_asked_for(index: Index) -> None:
    (record,) = index(synthetic.photo(), name="IMG_1.jpg", item="labs").records
    assert (record.kind, record.kind_certain, record.item) == ("lab", False, "labs")
    assert record.has_reference_ranges is None


def test_a_caption_tells_what_a_photo_is(index: Index) -> None:
    (record,) = index(synthetic.photo(), item="labs", caption="Histology report").records
    assert (record.kind, record.item) == ("pathology_report", "pathology")


def test_a_dark_grey_photo_is_taken_for_one_of_a_film(index: Index) -> None:
    (record,) = index(synthetic.film_photo(), item="imaging").records
    assert (record.kind, record.kind_certain) == ("imaging_photo", False)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_pictures_of_other_kinds_are_documents(index: Index, kind: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 400), "white").save(buffer, kind)
    (record,) = index(buffer.getvalue()).records
    assert record.media_type == f"image/{kind.lower()}"


def test_a_photo_in_apples_format_is_a_document(index: Index) -> None:
    (record,) = index(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(500)).records
    assert record.media_type == "image/heic"


def test_the_name_of_a_file_decides_nothing(index: Index) -> None:
    (record,) = index(synthetic.pdf(["Hello"]), name="IM000001.dcm").records
    assert record.media_type == "application/pdf"


# ---- refusals ----------------------------------------------------------------------------------


def locked_pdf() -> bytes:
    """A PDF whose trailer names an encryption that no password of ours opens."""
    data = synthetic.pdf(["Secret"])
    head, _, tail = data.rpartition(b"trailer")
    encrypt = (
        b"<</Filter/Standard/V 2/R 3/Length 128/P -44/O<"
        + b"41" * 32
        + b">/U<"
        + b"42" * 32
        + b">>>"
    )
    assert b"<<" in tail
    return head + b"trailer" + tail.replace(b"<<", b"<</Encrypt " + encrypt, 1)


@pytest.mark.parametrize(
    ("data", "code", "kept"),
    [
        (b"", "empty", False),
        (b"MZ\x90\0" + bytes(400), "unsupported", False),
        (b"<!DOCTYPE html><html></html>", "unsupported", True),
        (b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(50), "damaged_archive", True),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "unsupported", True),
        (bytes(range(256)), "unsupported", True),
        (synthetic.disc(synthetic.ct_study(3))[:200], "damaged_archive", True),
        (synthetic.zipped({}), "empty", True),
        (synthetic.zipped({"zeros": bytes(110 * 2**20)}), "unsafe_archive", False),
        (synthetic.photo()[:-200], "unreadable_document", True),
        (b"%PDF-1.4\nnothing more", "unreadable_document", True),
        (locked_pdf(), "encrypted", True),
        (synthetic.zipped(synthetic.CLUTTER), "viewer_without_images", True),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_can_not_be_used_is_refused_with_a_reason(
    index: Index, data: bytes, code: str, kept: bool
) -> None:
    indexed = index(data)
    assert indexed.refusal is not None
    assert (indexed.refusal.code, indexed.kept) == (code, kept)
    assert indexed.records == ()
    assert indexed.refusal.message.msgid


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    indexed = index_file(
        tmp_path / "gone", file_id="f", name="x", item=None, received_at=received_at()
    )
    assert indexed.refusal is not None


def test_a_bad_member_loses_nothing_but_itself(index: Index) -> None:
    files = synthetic.study_files(synthetic.ct_study(10))
    data = bytearray(synthetic.zipped(files, deflate=False))
    victim = data.index(b"DICOM/ST001/SE001/IM000005") + 900
    data[victim] ^= 0xFF
    indexed = index(bytes(data))
    study = indexed.records[0].study
    assert study is not None
    assert study.image_count == 9
    assert {finding.code for finding in indexed.findings} == {
        "damaged_archive",
        "missing_instances",
    }


# ---- what stands in for images -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "code"),
    [
        ((synthetic.SCOUT,), "only_localizers"),
        ((synthetic.DOSE,), "only_secondary_capture"),
        (
            (
                synthetic.SeriesPlan(
                    slices=1,
                    sop_class=synthetic.SECONDARY_CAPTURE,
                    extra={"ConversionType": "DF"},
                ),
            ),
            "film_photo",
        ),
        (
            (synthetic.SeriesPlan(slices=1, sop_class=synthetic.STRUCTURED_REPORT, modality="SR"),),
            "reports_only",
        ),
    ],
)
def test_what_is_no_scan_is_not_taken_for_one(
    index: Index, series: tuple[synthetic.SeriesPlan, ...], code: str
) -> None:
    indexed = index(synthetic.disc(synthetic.StudyPlan(series=series)))
    assert [finding.code for finding in indexed.findings] == [code]
    study = indexed.records[0].study
    assert study is not None
    assert study.image_count == 0


def test_a_disc_with_a_viewer_and_a_letter_has_no_images(index: Index) -> None:
    files = {"letter.pdf": synthetic.pdf(["Letter"]), **synthetic.CLUTTER}
    indexed = index(synthetic.zipped(files))
    assert [record.media_type for record in indexed.records] == ["application/pdf"]
    assert [finding.code for finding in indexed.findings] == ["viewer_without_images"]


def test_a_document_that_can_run_something_is_flagged(index: Index) -> None:
    data = synthetic.pdf(["Hello"]) + b"\n% /JavaScript (app.alert\\(1\\))\n"
    assert [finding.code for finding in index(data).findings] == ["active_content"]


# ---- in another process ------------------------------------------------------------------------


def test_the_answer_can_cross_a_process_boundary(index: Index) -> None:
    indexed = index(synthetic.disc(synthetic.ct_study(3)))
    assert pickle.loads(pickle.dumps(indexed)) == indexed


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        ("bot.intake.indexing", "sqlalchemy pypdfium2 telegram typst pydantic apprise"),
        ("bot.app, bot.serve", ""),
    ],
)
def test_importing_it_imports_nothing_heavy(modules: str, heavy: str) -> None:
    """A child process starts for each file, and the server at once: neither loads what it may not need."""
    never = {"imagecodecs", "numpy", "PIL", "pi_heif", "pydicom", *heavy.split()}
    code = f"import sys, {modules}; print(sorted({never!r} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


# ---- any bytes at all --------------------------------------------------------------------------

_SEEDS = [
    synthetic.disc(synthetic.ct_study(2)),
    synthetic.zipped({"a.zip": synthetic.zipped({"b": b"c"})}),
    synthetic.docx(["Report"]),
    synthetic.photo(size=(60, 80)),
    synthetic.encoded(synthetic.dataset(synthetic.ct_study(), synthetic.SeriesPlan(), 0)),
    synthetic.encoded(
        synthetic.dataset(synthetic.ct_study(), synthetic.SeriesPlan(), 0), meta=False
    ),
    synthetic.dicomdir(synthetic.ct_study(2)),
    rb"{\rtf1\ansi\ansicpg1251 \'cf\u1087?}",
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>",
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real file with some of its bytes changed, cut out or put in."""
    data = bytearray(draw(st.sampled_from(_SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        if not data:
            break
        match draw(st.sampled_from(["change", "cut", "insert", "end"])):
            case "change":
                data[at] = draw(st.integers(0, 255))
            case "cut":
                del data[at : at + draw(st.integers(1, 64))]
            case "insert":
                data[at:at] = draw(st.binary(max_size=16))
            case _:
                del data[at:]
    return bytes(data)


@given(st.one_of(st.binary(max_size=400), damaged()))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever is sent, there are records, or there is a reason."""
    sniff(data)
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    indexed = index_file(
        path, file_id="f", name="any", item="imaging", received_at=received_at(), caption=""
    )
    assert indexed.records or indexed.refusal
