"""Whole discs of every kind of scan: each must be known for what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as Items
from pydicom.uid import JPEG2000, UID, JPEG2000Lossless

from tests import synthetic
from tests.discs import images, structured
from tests.discs.expected import Found, StudyIs, capture, disc, image, other, report
from tests.discs.incomplete import one_study, zipped
from tests.synthetic import STORAGE, SeriesPlan, StudyPlan


def plan(modality: str, sop_class: str, slices: int = 1, **more: object) -> SeriesPlan:
    """A series of some modality."""
    values: dict[str, object] = {"body_part": "", "description": modality, **more}
    return SeriesPlan(modality=modality, sop_class=sop_class, slices=slices, **values)  # type: ignore[arg-type]


@disc(
    "PET and CT in one study, with a picture of the whole body.",
    one_study(image("CT", 40), image("PT", 40), capture("PT", 1)),
)
def pet_ct(folder: Path) -> Path:
    study = StudyPlan(description="PET/CT whole body")
    pet = plan("PT", images.PET, 40, number=3, spacing=3.0)

    def place(one: FileDataset, index: int) -> None:
        if one.SOPClassUID == images.PET:
            one.update(images.placed((0, 0, 3.0 * index)))

    mip = plan("PT", synthetic.SECONDARY_CAPTURE, number=9, extra={"ConversionType": "WSD"})
    files = images.of(study, replace(images.THORAX, slices=40), pet, mip, change=place)
    return zipped(folder, files)


@disc("A mammogram: four views and two tomosyntheses.", one_study(image("MG", 4), image("MG", 2)))
def mammogram(folder: Path) -> Path:
    study = StudyPlan(description="Mammography")
    views = plan("MG", images.MG, 4, body_part="BREAST")
    objects = images.made(study, views)
    volume = plan("MG", images.TOMOSYNTHESIS, number=2, body_part="BREAST")
    for side in (1, 2):
        one = images.multi_frame(study, volume, frames=25)
        images.uid(one, f"{one.SOPInstanceUID}.{side}")
        one.InstanceNumber = side
        objects.append(one)
    return zipped(folder, images.named(objects))


@disc(
    "An ultrasound: stills and two loops in colour, in lossy JPEG as such machines write it.",
    Found(patients=1, ignored=0, studies=(StudyIs(series=(image("US", 5),)),), codes=("lossy",)),
)
def ultrasound_loops(folder: Path) -> Path:
    study = StudyPlan(description="Echocardiography")
    series = plan("US", images.US_MULTIFRAME, rows=48, columns=64)
    objects = []
    for number, frames in enumerate((1, 1, 1, 12, 20), start=1):
        one = images.multi_frame(study, series, frames=frames, colour=True)
        images.uid(one, f"{one.SOPInstanceUID}.{number}")
        one.InstanceNumber = number
        objects.append(one)
    return zipped(folder, images.plain(images.named(objects), "dcmcjpeg", "+eb", "+un"))


@disc("An angiogram: loops in lossless JPEG.", one_study(image("XA", 3)))
def angiogram(folder: Path) -> Path:
    study = StudyPlan(description="Coronary angiography")
    series = plan("XA", images.XA)
    objects = []
    for number in (1, 2, 3):
        one = images.multi_frame(study, series, frames=15)
        images.uid(one, f"{one.SOPInstanceUID}.{number}")
        one.InstanceNumber = number * 10
        objects.append(one)
    return zipped(folder, images.plain(images.named(objects), "dcmcjpeg", "+e1"))


@disc(
    "An X-ray of the chest, two views, by two kinds of machine.",
    one_study(image("DX", 2), image("CR", 1)),
)
def chest_x_ray(folder: Path) -> Path:
    study = StudyPlan(description="Chest X-ray")
    cr = plan("CR", STORAGE + "1", number=2, body_part="CHEST")
    return zipped(folder, images.of(study, plan("DX", synthetic.DX, 2, body_part="CHEST"), cr))


@disc("A bone scan: one object of many frames.", one_study(image("NM", 1)))
def bone_scan(folder: Path) -> Path:
    one = images.multi_frame(StudyPlan(), plan("NM", images.NM), frames=8)
    return zipped(folder, images.named([one]))


@disc("Slides of a biopsy, scanned: they are images too.", one_study(image("SM", 3)))
def scanned_slides(folder: Path) -> Path:
    series = plan("SM", STORAGE + "77.1.6")
    objects = []
    for level in (1, 2, 3):
        one = images.multi_frame(StudyPlan(description="Pathology"), series, frames=4, colour=True)
        images.uid(one, f"{one.SOPInstanceUID}.{level}")
        one.InstanceNumber = level
        objects.append(one)
    return zipped(folder, images.named(objects))


@disc(
    "A CT with a radiotherapy plan: contours, plan and dose are no images.",
    one_study(image("CT", 40), other("RTSTRUCT", 1), other("RTPLAN", 1), other("RTDOSE", 1)),
)
def radiotherapy(folder: Path) -> Path:
    study = StudyPlan(description="RT planning")
    series = [
        plan("RTSTRUCT", STORAGE + "481.3", number=5),
        plan("RTPLAN", STORAGE + "481.5", number=6),
        plan("RTDOSE", STORAGE + "481.2", number=7),
    ]

    def no_pixels(one: FileDataset, index: int) -> None:
        if one.Modality in ("RTSTRUCT", "RTPLAN"):
            del one.PixelData

    return zipped(folder, images.of(study, images.THORAX, *series, change=no_pixels))


@disc(
    "A CT with a segmentation, a report, key images and a display state, by highdicom.",
    one_study(image("CT", 40), other("SEG", 1), report("SR", 1), report("KO", 1), other("PR", 1)),
)
def ct_with_what_was_made_of_it(folder: Path) -> Path:
    slices = images.made(images.CHEST, images.THORAX)
    for one in slices:
        structured.complete(one)
    made = [
        structured.segmentation(slices[:4]),
        structured.structured_report(slices[:1]),
        structured.key_objects(slices[:3]),
        structured.presentation_state(slices[:1]),
    ]
    return zipped(folder, images.named([*slices, *made]))


# ---- transfer syntaxes -------------------------------------------------------------------------

Recode = Callable[[dict[str, bytes]], dict[str, bytes]]


def _jpeg_2000(syntax: str, **options: object) -> Recode:
    """dcmtk has no encoder for JPEG 2000, so Pillow makes the codestream."""

    def recode(files: dict[str, bytes]) -> dict[str, bytes]:
        out = {}
        for name, data in files.items():
            one = dcmread(BytesIO(data))
            picture = Image.frombytes("I;16", (one.Columns, one.Rows), one.PixelData)
            stream = BytesIO()
            picture.save(stream, "JPEG2000", no_jp2=True, **options)
            one.PixelData = encapsulate([stream.getvalue()])
            one["PixelData"].VR = "OB"
            one.file_meta.TransferSyntaxUID = UID(syntax)
            out[name] = synthetic.encoded(one)
        return out

    return recode


def _by(program: str, *options: str) -> Recode:
    return lambda files: images.plain(files, program, *options)


#: How each series is written, and whether detail is lost by it.
SYNTAXES: tuple[tuple[Recode, bool], ...] = (
    (_by("dcmconv", "+ti"), False),
    (_by("dcmconv", "+tb"), False),
    (_by("dcmconv", "+td"), False),
    (_by("dcmcrle"), False),
    (_by("dcmcjpeg", "+e1"), False),
    (_by("dcmcjpls", "+el"), False),
    (_by("dcmcjpeg", "+ee", "+un"), True),
    (_by("dcmcjpls", "+en", "+un"), True),
    (_jpeg_2000(JPEG2000Lossless), False),
    (_jpeg_2000(JPEG2000, irreversible=True, quality_layers=[10]), True),
)


@disc(
    "Ten transfer syntaxes, three of them lossy, in one study.",
    Found(
        patients=1,
        ignored=0,
        studies=(StudyIs(series=(image("CT", 4),) * len(SYNTAXES)),),
        codes=("lossy",),
    ),
)
def ten_transfer_syntaxes(folder: Path) -> Path:
    files: dict[str, bytes] = {}
    for number, (recode, _) in enumerate(SYNTAXES, start=1):
        series = replace(images.LUNG, number=number, slices=4)
        files |= recode(images.of(images.CHEST, series))
    return zipped(folder, files)


@disc(
    "A CT with long sequences, icons and private elements before its pixels.",
    one_study(image("CT", 20)),
)
def long_headers(folder: Path) -> Path:
    def lengthen(one: FileDataset, index: int) -> None:
        icon = Dataset()
        icon.Rows = icon.Columns = 64
        icon.PixelData = bytes(64 * 64)
        icon["PixelData"].VR = "OB"
        one.IconImageSequence = Items([icon])
        block = one.private_block(0x0009, "GEMS_IDEN_01", create=True)
        block.add_new(0x01, "LO", "GE_GENESIS_FF")
        block.add_new(0x10, "OB", bytes(20_000))
        one.ReferencedImageSequence = Items([_reference(n) for n in range(60)])

    return zipped(folder, images.of(StudyPlan(), SeriesPlan(slices=20), change=lengthen))


def _reference(number: int) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = synthetic.CT
    item.ReferencedSOPInstanceUID = f"2.25.999.{number}"
    return item
