"""Studies with more to them than `tests.synthetic` needs elsewhere: geometry, frames, syntaxes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID

from tests import synthetic
from tests.discs import programs
from tests.synthetic import STORAGE, SeriesPlan, StudyPlan

ENHANCED_CT = STORAGE + "2.1"
ENHANCED_MR = STORAGE + "4.1"
US_MULTIFRAME = STORAGE + "3.1"
XA = STORAGE + "12.1"
MG = STORAGE + "1.2"
TOMOSYNTHESIS = STORAGE + "13.1.3"
NM = STORAGE + "20"
PET = STORAGE + "128"

#: What is done to each object of a series: it, and its index from 0.
Change = Callable[[FileDataset, int], None]


def made(study: StudyPlan, series: SeriesPlan, change: Change | None = None) -> list[FileDataset]:
    """The objects of one series, the absent ones left out."""
    objects = []
    for index in range(series.slices * series.phases):
        if index + 1 in series.absent:
            continue
        one = synthetic.dataset(study, series, index)
        if change:
            change(one, index)
        objects.append(one)
    return objects


def named(objects: Iterable[FileDataset], under: str = "DICOM") -> dict[str, bytes]:
    """The files of objects, by names such as a disc has."""
    files = {}
    for number, one in enumerate(objects, start=1):
        series = int(one.get("SeriesNumber") or 0)
        study = str(one.StudyInstanceUID).rsplit(".", 1)[-1]
        name = f"{under}/ST{int(study) % 1000:03}/SE{series:03}/IM{number:06}".lstrip("/")
        files[name] = synthetic.encoded(one)
    return files


def of(study: StudyPlan, *series: SeriesPlan, change: Change | None = None) -> dict[str, bytes]:
    """The files of these series of a study."""
    objects: list[FileDataset] = []
    for plan in series or study.series:
        objects += made(study, plan, change)
    return named(objects)


def placed(position: Sequence[float], orientation: Sequence[float] = (1, 0, 0, 0, 1, 0)) -> Dataset:
    """Position and orientation of a slice, as elements."""
    place = Dataset()
    place.ImagePositionPatient = [round(value, 4) for value in position]
    place.ImageOrientationPatient = list(orientation)
    return place


def along(
    normal: Sequence[float],
    orientation: Sequence[float],
    step: float,
    first: Sequence[float] = (0, 0, 0),
) -> Change:
    """Slices one after the other along a line that need not be the body's."""

    def change(one: FileDataset, index: int) -> None:
        corner = [
            start + direction * step * index for start, direction in zip(first, normal, strict=True)
        ]
        one.update(placed(corner, orientation))

    return change


def tilted(degrees: float, step: float) -> Change:
    """A gantry that leans: the table moves along z, the slices stand at an angle to it."""
    angle = math.radians(degrees)
    orientation = (1, 0, 0, 0, round(math.cos(angle), 6), round(math.sin(angle), 6))
    return along((0, 0, 1), orientation, step)


def multi_frame(
    study: StudyPlan,
    series: SeriesPlan,
    *,
    frames: int,
    places: Sequence[Sequence[float]] = (),
    stored: int | None = None,
    colour: bool = False,
) -> FileDataset:
    """One object of many frames; `places` are the frames', `stored` how many frames are there."""
    one = synthetic.dataset(study, series, 0)
    one.NumberOfFrames = frames
    size = series.rows * series.columns * (3 if colour else 2)
    if colour:
        one.SamplesPerPixel, one.PlanarConfiguration = 3, 0
        one.PhotometricInterpretation = "RGB"
        one.BitsAllocated = one.BitsStored = 8
        one.HighBit = 7
    frame = bytes(range(256)) * (size // 256 + 1)
    count = frames if stored is None else stored
    one.PixelData = b"".join(frame[n % 7 : size + n % 7] for n in range(count))
    for name in ("ImagePositionPatient", "ImageOrientationPatient"):
        if name in one:
            delattr(one, name)
    if places:
        one.SharedFunctionalGroupsSequence = Items([_shared()])
        one.PerFrameFunctionalGroupsSequence = Items(
            [_frame(place, number) for number, place in enumerate(places, start=1)]
        )
    return one


def _shared() -> Dataset:
    orientation, shared = Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PlaneOrientationSequence = Items([orientation])
    return shared


def _frame(place: Sequence[float], number: int) -> Dataset:
    position, content, frame = Dataset(), Dataset(), Dataset()
    position.ImagePositionPatient = list(place)
    content.StackID = "1"
    content.InStackPositionNumber = number
    content.DimensionIndexValues = [1, number]
    frame.PlanePositionSequence = Items([position])
    frame.FrameContentSequence = Items([content])
    return frame


def plain(files: Mapping[str, bytes], program: str, *options: str) -> dict[str, bytes]:
    """The same files after one of dcmtk's programs (`dcmcjpeg`, `dcmconv` ...) went over each."""
    out = {}
    with TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after")
        for name, data in files.items():
            before.write_bytes(data)
            programs.run(program, *options, before, after)
            out[name] = after.read_bytes()
    return out


def with_dicomdir(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files, and before them the DICOMDIR that dcmtk makes of them."""
    with TemporaryDirectory() as folder:
        root = programs.laid_out(Path(folder), files)
        programs.dicomdir(root)
        return {"DICOMDIR": (root / "DICOMDIR").read_bytes(), **files}


def uid(one: Dataset, sop_instance: str) -> None:
    """Give an object another name of its own."""
    one.SOPInstanceUID = UID(sop_instance)
    meta = getattr(one, "file_meta", None)
    if meta is not None:
        meta.MediaStorageSOPInstanceUID = UID(sop_instance)


# ---- what many discs hold ----------------------------------------------------------------------

THORAX = SeriesPlan(number=2, slices=40, rows=64, columns=64)
LUNG = SeriesPlan(number=3, slices=24, rows=32, columns=32, description="Lung 2.0 B70f")
CHEST = StudyPlan(series=(synthetic.SCOUT, THORAX, LUNG))
HEAD = replace(
    synthetic.mr_study(12),
    series=(
        replace(synthetic.mr_study(12).series[0], number=2, description="t2_tse_tra"),
        replace(synthetic.mr_study(12).series[0], number=3, description="t1_se_tra"),
    ),
)

#: A viewer as hospitals burn it beside the images.
VIEWER: dict[str, bytes] = {
    **synthetic.CLUTTER,
    "VIEWER/viewer.dll": b"MZ\x90\x00" + bytes(300),
    "VIEWER/jre/bin/java.exe": b"MZ\x90\x00" + bytes(300),
    "VIEWER/jre/lib/rt.jar": synthetic.zipped(
        {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n", "a/B.class": b"\xca\xfe\xba\xbe" * 9}
    ),
    "VIEWER/config.xml": b'<?xml version="1.0"?><config/>',
    "VIEWER/license.txt": b"Licence of the viewer.\r\n",
}


@cache
def chest_disc() -> dict[str, bytes]:
    """A chest CT with a scout, a DICOMDIR by dcmtk, and a viewer."""
    return {**with_dicomdir(of(CHEST)), **VIEWER}


@cache
def head_files() -> dict[str, bytes]:
    """A head MRI of two series, without anything else."""
    return of(HEAD)


@cache
def report_pdf() -> bytes:
    """The report of the chest CT."""
    return synthetic.pdf(synthetic.CT_REPORT)
