"""What comes in place of images, and the one sentence for each."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
import pytest
from PIL import Image, ImageDraw
from pydicom.encaps import encapsulate

from bot.intake.inspection import inspect_path
from tests import synthetic
from tests.intake.conftest import Index
from tests.synthetic import SeriesPlan, StudyPlan


def saved_slice(number: int, *, size: tuple[int, int] = (512, 512), kind: str = "JPEG") -> bytes:
    """A slice as a viewer saves it: black around, grey inside, words in a corner."""
    page = Image.new("RGB", size, (0, 0, 0))
    draw = ImageDraw.Draw(page)
    w, h = size
    draw.ellipse((w * 0.2, h * 0.2, w * 0.8, h * 0.8), fill=(150, 150, 150))
    draw.ellipse((w * 0.3, h * 0.3, w * 0.3 + 10 + number, h * 0.5), fill=(220, 220, 220))
    buffer = io.BytesIO()
    page.save(buffer, kind)
    return buffer.getvalue()


def codes(index: Index, files: dict[str, bytes]) -> list[str]:
    return [finding.code for finding in index(synthetic.zipped(files)).findings]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_slices_saved_as_pictures_are_no_images(index: Index, kind: str) -> None:
    files = {f"export/IM{n:04}.{kind.lower()}": saved_slice(n, kind=kind) for n in range(12)}
    indexed = index(synthetic.zipped(files))
    assert [finding.code for finding in indexed.findings] == ["exported_pictures"]
    assert {record.kind for record in indexed.records} == {"imaging_photo"}


def test_slices_saved_beside_a_viewer_are_no_images(index: Index) -> None:
    files = {f"JPEG/{n}.jpg": saved_slice(n) for n in range(30)}
    assert codes(index, files | synthetic.CLUTTER) == ["exported_pictures"]


def test_pages_photographed_one_after_the_other_are_pages(index: Index) -> None:
    files = {f"IMG_{n:04}.jpg": synthetic.photo(f"Page {n}") for n in range(12)}
    assert codes(index, files) == []


def test_photos_of_films_are_not_taken_for_saved_slices(index: Index) -> None:
    files = {f"IMG_{n:04}.jpg": synthetic.film_photo(size=(3000, 2250)) for n in range(9)}
    indexed = index(synthetic.zipped(files))
    assert [finding.code for finding in indexed.findings] == ["film_photo"]
    assert {record.kind for record in indexed.records} == {"imaging_photo"}


def test_saved_slices_beside_the_images_themselves_are_no_matter(index: Index) -> None:
    files = synthetic.study_files(synthetic.ct_study(5))
    files |= {f"JPEG/{n}.jpg": saved_slice(n) for n in range(10)}
    assert codes(index, files) == []


def test_reports_alone_are_called_reports(index: Index, tmp_path: Path) -> None:
    files = {"a.pdf": synthetic.pdf(synthetic.CT_REPORT), "b.pdf": synthetic.pdf(
        ["Radiology report", "MRI of the brain", "Date of examination: 2 May 2026"])}  # fmt: skip
    assert codes(index, files) == ["reports_only"]


def test_reports_and_other_letters_are_just_documents(index: Index) -> None:
    files = {
        "a.pdf": synthetic.pdf(synthetic.CT_REPORT),
        "b.pdf": synthetic.pdf(synthetic.LAB_SHEET),
    }
    assert codes(index, files) == []


@pytest.mark.parametrize(
    ("sop_class", "words"),
    [
        (synthetic.ENCAPSULATED_PDF, "written reports"),
        (synthetic.STRUCTURED_REPORT, "measurements"),
    ],
)
def test_reports_as_dicom_have_a_sentence_of_their_own(
    index: Index, sop_class: str, words: str
) -> None:
    plan = SeriesPlan(slices=2, sop_class=sop_class, modality="SR")
    (finding,) = index(synthetic.disc(StudyPlan(series=(plan,)))).findings
    assert finding.code == "reports_only"
    assert words in finding.message.msgid


def a_photo_as_dicom(**changes: object) -> bytes:
    """What img2dcm makes of a photo of a film."""
    plan = SeriesPlan(sop_class=synthetic.SECONDARY_CAPTURE, modality="OT", description="")
    made = synthetic.dataset(StudyPlan(), plan, 0)
    made.ConversionType = "WSD"
    made.file_meta.TransferSyntaxUID = pydicom.uid.JPEGBaseline8Bit
    made.PixelData = encapsulate([synthetic.film_photo()])
    made["PixelData"].is_undefined_length = True
    made["PixelData"].VR = "OB"
    for name, value in changes.items():
        setattr(made, name, value)
    return synthetic.encoded(made)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "film_photo"),
        ({"ConversionType": "DF", "Modality": "CT"}, "film_photo"),
        ({"ConversionType": "SD"}, "film_photo"),
        ({"Modality": "CT", "SeriesDescription": "Dose report"}, "only_secondary_capture"),
        ({"SeriesDescription": "3D VRT"}, "only_secondary_capture"),
    ],
)
def test_a_photo_of_a_film_stays_one_as_dicom(
    index: Index, changes: dict[str, object], code: str
) -> None:
    found = [f for f in index(a_photo_as_dicom(**changes)).findings if f.severity == "warning"]
    assert [finding.code for finding in found] == [code]


def test_every_sentence_says_what_to_do(tmp_path: Path) -> None:
    """A patient who reads that something is wrong must read what to do in the same breath."""
    cases = {
        "scout": synthetic.disc(StudyPlan(series=(synthetic.SCOUT,))),
        "dose": synthetic.disc(StudyPlan(series=(synthetic.DOSE,))),
        "viewer": synthetic.zipped(synthetic.CLUTTER),
        "photo": a_photo_as_dicom(),
        "reports": synthetic.zipped({"a.pdf": synthetic.pdf(synthetic.CT_REPORT)}),
    }
    for name, data in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        inspection = inspect_path(path)
        (finding,) = (*inspection.findings, *filter(None, [inspection.refusal]))
        assert "Please" in finding.message.msgid, name


def test_what_is_locked_may_hold_the_images(index: Index) -> None:
    """A viewer beside a locked zip is no viewer without images: nobody has looked yet."""
    zip_ = bytearray(synthetic.zipped({"a": b"slice"}, deflate=False))
    zip_[6] |= 1
    zip_[zip_.index(b"PK\x01\x02") + 8] |= 1
    indexed = index(synthetic.zipped({"images.zip": bytes(zip_), **synthetic.CLUTTER}))
    assert indexed.refusal is not None
    assert indexed.refusal.code == "encrypted"
