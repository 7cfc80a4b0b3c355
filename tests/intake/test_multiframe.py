"""Multi-frame images: frames that are missing, parts of long images, pixels that don't suffice."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite

from bot.intake.indexing import Indexed
from checklist.study import Series
from tests import synthetic
from tests.intake.conftest import Index
from tests.synthetic import STORAGE, SeriesPlan, StudyPlan


def item(**values: object) -> Dataset:
    made = Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def enhanced(
    places: Sequence[int], *, key: int = 1, phases: int = 1, **extra: object
) -> FileDataset:
    """An enhanced CT with frames at these places, numbered by them."""
    plan = SeriesPlan(sop_class=STORAGE + "2.1", rows=8, columns=8)
    made = synthetic.dataset(StudyPlan(), plan, key)
    frames = [(place, phase) for phase in range(phases) for place in places]
    made.NumberOfFrames = len(frames)
    made.SharedFunctionalGroupsSequence = [
        item(PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])])
    ]
    made.PerFrameFunctionalGroupsSequence = [
        item(
            FrameContentSequence=[
                item(StackID="1", InStackPositionNumber=place, TemporalPositionIndex=phase + 1)
            ],
            PlanePositionSequence=[item(ImagePositionPatient=[0, 0, 2.5 * place])],
        )
        for place, phase in frames
    ]
    made.PixelData = bytes(8 * 8 * 2 * len(frames))
    for name, value in extra.items():
        setattr(made, name, value)
    return made


def only(indexed: Indexed) -> Series:
    study = indexed.records[0].study
    assert study is not None
    (series,) = study.series
    return series


@pytest.mark.parametrize("phases", [1, 3])
def test_frames_that_are_all_there_are_no_alarm(index: Index, phases: int) -> None:
    series = only(index(synthetic.encoded(enhanced(range(1, 31), phases=phases))))
    assert (series.kind, series.instances, series.frames) == ("image", 1, 30 * phases)
    assert (series.missing, series.truncated) == (0, 0)


@pytest.mark.parametrize("phases", [1, 3])
def test_frames_that_are_missing_inside_are_counted(index: Index, phases: int) -> None:
    places = [n for n in range(1, 31) if n not in (9, 10)]
    indexed = index(synthetic.encoded(enhanced(places, phases=phases)))
    assert (only(indexed).missing, only(indexed).missing_certain) == (2 * phases, True)
    assert [finding.code for finding in indexed.findings] == ["missing_instances"]


def test_more_frames_described_than_there_are_is_a_suspicion(index: Index) -> None:
    made = enhanced(range(1, 11), NumberOfFrames=8)
    assert (only(index(synthetic.encoded(made))).missing) == 2


def test_pixels_that_do_not_suffice_for_the_frames_are_noticed(index: Index) -> None:
    made = enhanced(range(1, 11))
    made.PixelData = made.PixelData[:-128]
    assert [f.code for f in index(synthetic.encoded(made)).findings] == ["truncated_instance"]


@pytest.mark.parametrize(("kept", "missing"), [((1, 2, 3), 0), ((1, 3), 1), ((1,), 2)])
def test_parts_of_a_concatenation_that_did_not_come_are_missed(
    index: Index, kept: tuple[int, ...], missing: int
) -> None:
    files = {
        f"IM{part}": synthetic.encoded(
            enhanced(
                range(10 * part, 10 * part + 10),
                key=part,
                ConcatenationUID="2.25.99",
                InConcatenationNumber=part,
                InConcatenationTotalNumber=3,
            )
        )
        for part in kept
    }
    series = only(index(synthetic.zipped(files)))
    assert (series.missing, series.missing_certain) == (missing, bool(missing))


@pytest.mark.parametrize(("fragments", "broken"), [(4, False), (5, False), (3, True)])
def test_compressed_frames_have_a_fragment_each_at_least(
    index: Index, fragments: int, broken: bool
) -> None:
    plan = SeriesPlan(sop_class=STORAGE + "7.2", rows=8, columns=8, modality="OT")
    made = synthetic.dataset(StudyPlan(), plan, 0)
    made.NumberOfFrames = 4
    made.file_meta.TransferSyntaxUID = pydicom.uid.JPEGLSLossless
    made.PixelData = encapsulate([b"\xff\xd8" + bytes(40)] * fragments, has_bot=False)
    made["PixelData"].is_undefined_length = True
    made["PixelData"].VR = "OB"
    buffer = io.BytesIO()
    dcmwrite(buffer, made, enforce_file_format=True)
    assert only(index(buffer.getvalue())).truncated == broken


# ---- lossy -------------------------------------------------------------------------------------

PYDICOM = Path(pydicom.data.__file__).parent / "test_files"


@pytest.mark.parametrize(
    ("name", "lossy"),
    [
        ("JPEG-lossy.dcm", True),
        ("SC_rgb_jpeg_dcmtk.dcm", True),
        ("JPEG2000.dcm", True),
        ("MR_small_jp2klossless.dcm", False),
        ("MR_small_jpeg_ls_lossless.dcm", False),
        ("MR_small_RLE.dcm", False),
        ("CT_small.dcm", False),
    ],
)
def test_what_lost_detail_is_known(index: Index, name: str, lossy: bool) -> None:
    study = index((PYDICOM / name).read_bytes()).records[0].study
    assert study is not None
    assert [series.lossy for series in study.series] == [lossy]


def test_what_lost_detail_once_has_lost_it_for_good(index: Index) -> None:
    plan = SeriesPlan(slices=3, extra={"LossyImageCompression": "01"})
    indexed = index(synthetic.zipped(synthetic.study_files(StudyPlan(series=(plan,)))))
    assert [(f.code, f.severity) for f in indexed.findings] == [("lossy", "info")]


def test_several_images_of_each_place_are_told(index: Index) -> None:
    plan = SeriesPlan(slices=12, phases=4)
    files = synthetic.study_files(replace(StudyPlan(), series=(plan,)))
    assert only(index(synthetic.zipped(files))).phases == 4
