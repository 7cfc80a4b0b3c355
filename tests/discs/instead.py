"""Discs that hold something else than the images of a scan: what it really is must be said."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw, ImageFilter

from tests import synthetic
from tests.discs import images, programs, structured
from tests.discs.expected import Found, StudyIs, capture, disc, localizer, report
from tests.discs.incomplete import zipped
from tests.discs.whole import CHEST_IS
from tests.synthetic import SeriesPlan, StudyPlan

#: What dcmtk's converters are told of the patient; they write no name in of their own.
_KEYS: dict[str, str] = {
    "PatientName": "Kowalska^Anna",
    "PatientID": "PID-1",
    "PatientBirthDate": "19710203",
    "PatientSex": "F",
    "StudyDate": "20260412",
    "StudyInstanceUID": "2.25.4711.50",
}


def _converted(
    program: str, data: bytes, number: int, *options: str, keys: Mapping[str, str]
) -> bytes:
    """A DICOM object that dcmtk made of a picture or a PDF, with UIDs that are always the same."""
    series = keys.get("SeriesNumber", "1")
    uid = f"2.25.4711.50.{series}"
    with TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after.dcm")
        before.write_bytes(data)
        named = {**_KEYS, **keys, "InstanceNumber": str(number)}
        given = [part for name, value in named.items() for part in ("-k", f"{name}={value}")]
        programs.run(program, *options, *given, before, after)
        programs.run(
            *("dcmodify", "-nb", "-imt", "-i", f"SeriesInstanceUID={uid}"),
            *("-i", f"SOPInstanceUID={uid}.{number}", "-i", "InstanceCreationDate=20260412"),
            *("-i", "InstanceCreationTime=101500", after),
        )
        return after.read_bytes()


def from_picture(picture: bytes, number: int, conversion: str, **keys: str) -> bytes:
    """A secondary capture by img2dcm. `conversion` is DF for a film, WSD for a workstation."""
    options = () if keys.pop("vl", "") == "" else ("--vl-photo",)
    keys = {"ConversionType": conversion, "Modality": "OT", **keys}
    return _converted("img2dcm", picture, number, *options, keys=keys)


def from_pdf(pdf: bytes, number: int, **keys: str) -> bytes:
    """An encapsulated PDF by pdf2dcm."""
    keys = {"Modality": "DOC", "SeriesNumber": "7", "DocumentTitle": "Report", **keys}
    return _converted("pdf2dcm", pdf, number, keys=keys)


# ---- pictures ----------------------------------------------------------------------------------


def rendered_slice(number: int, *, size: tuple[int, int] = (512, 512)) -> Image.Image:
    """A slice as a viewer draws it: black around, a body in greys, a line of text."""
    noise = random.Random(number)
    picture = Image.new("L", size, 0)
    draw = ImageDraw.Draw(picture)
    w, h = size
    draw.ellipse((w * 0.12, h * 0.2, w * 0.88, h * 0.82), fill=150)
    for side in (0.3, 0.62):
        draw.ellipse((w * (side - 0.1), h * 0.32, w * (side + 0.16), h * 0.66), fill=28)
    for _ in range(60):
        x, y = noise.uniform(w * 0.2, w * 0.8), noise.uniform(h * 0.3, h * 0.7)
        draw.ellipse((x, y, x + 6, y + 6), fill=noise.randrange(60, 220))
    picture = picture.filter(ImageFilter.GaussianBlur(1.2))
    ImageDraw.Draw(picture).text((8, 8), f"KOWALSKA ANNA\nIm: {number}/40", fill=220)
    return picture


def exported(number: int, kind: str = "JPEG") -> bytes:
    """The file of such a picture, as a viewer exports it."""
    buffer = BytesIO()
    rendered_slice(number).save(buffer, kind)
    return buffer.getvalue()


def light_box(number: int) -> bytes:
    """A phone's photo of a film on a window: the film a little askew, a bright rim, EXIF."""
    film = Image.new("L", (900, 1100), 12)
    for row in range(3):
        for column in range(3):
            tile = rendered_slice(number * 9 + row * 3 + column, size=(270, 330))
            film.paste(tile, (20 + column * 290, 30 + row * 350))
    photo = Image.new("RGB", (1000, 1240), (205, 214, 224))
    turned = film.convert("RGB").rotate(2.5, expand=True, fillcolor=(205, 214, 224))
    photo.paste(turned, (25, 45))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Xiaomi", "Redmi 9", "2026:04:13 20:11:09"
    buffer = BytesIO()
    photo.save(buffer, "JPEG", quality=80, exif=exif)
    return buffer.getvalue()


def screen_photo(number: int) -> bytes:
    """A phone's photo of a monitor in a dark room."""
    photo = Image.new("RGB", (1600, 1200), (14, 15, 18))
    photo.paste(rendered_slice(number, size=(900, 900)).convert("RGB").rotate(1.5), (340, 150))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Apple", "iPhone 11"
    buffer = BytesIO()
    photo.save(buffer, "JPEG", quality=80, exif=exif)
    return buffer.getvalue()


# ---- the discs ---------------------------------------------------------------------------------


@disc(
    "The hospital gave a CD whose images did not burn: a viewer and nothing to view.",
    Found(
        patients=0,
        studies=(),
        codes=("viewer_without_images",),
        ignored=len(images.VIEWER),
        # Nothing of it can be used, and it may be refused for that.
        refused=None,
    ),
)
def viewer_without_images(folder: Path) -> Path:
    return zipped(folder, images.VIEWER)


@disc(
    "The same with the DICOMDIR, which names 66 images that are not there.",
    Found(
        patients=0,
        studies=(),
        # Either names the trouble; that the disc's own list has names of what is not there says more.
        one_of=(("viewer_without_images", "dicomdir_missing_files"),),
        refused=None,
        may=("missing_instances",),
    ),
)
def viewer_and_dicomdir(folder: Path) -> Path:
    return zipped(folder, {"DICOMDIR": images.chest_disc()["DICOMDIR"], **images.VIEWER})


@disc(
    "A viewer and the written report, but no image.",
    Found(
        documents=1,
        studies=(),
        one_of=(("viewer_without_images", "reports_only"),),
    ),
)
def viewer_and_report(folder: Path) -> Path:
    return zipped(folder, {"report.pdf": images.report_pdf(), **images.VIEWER})


@disc(
    "She sent the reports of her scans and thinks that they are the scans.",
    Found(
        documents=3, ignored=0, studies=(), codes=("reports_only",), names=("CT.pdf", "MRI.docx")
    ),
)
def reports_only(folder: Path) -> Path:
    files = {
        "CT.pdf": images.report_pdf(),
        "MRI.docx": synthetic.docx(
            ["MRI of the brain", "Date of examination: 30 September 2025", "Findings: none."]
        ),
        "scan0001.jpg": synthetic.photo("Radiology report"),
    }
    return zipped(folder, files)


@disc(
    "Structured reports, a dose report, key images and display states; the images stayed behind.",
    Found(
        patients=("Kowalska Anna",),
        images=0,
        # Key objects and structured reports without what they are about.
        codes=("reports_only",),
        may=("viewer_without_images",),
    ),
)
def structured_reports_only(folder: Path) -> Path:
    slices = images.made(images.CHEST, SeriesPlan(number=2, slices=4))
    for one in slices:
        structured.complete(one)
    made = [
        structured.structured_report(slices[:1]),
        structured.dose_report(slices[0]),
        structured.key_objects(slices[:3]),
        structured.presentation_state(slices[:1]),
    ]
    return zipped(folder, images.named(made))


@disc(
    "Key images and display states only: pointers to images that are elsewhere.",
    Found(patients=1, images=0, one_of=(("reports_only", "viewer_without_images"),)),
)
def pointers_only(folder: Path) -> Path:
    slices = images.made(images.CHEST, SeriesPlan(number=2, slices=4))
    for one in slices:
        structured.complete(one)
    made = [structured.key_objects(slices[:3]), structured.presentation_state(slices[:1])]
    return zipped(folder, images.named(made))


@disc(
    "Only the scout of a CT was sent.",
    Found(
        ignored=0,
        patients=1,
        studies=(StudyIs(series=(localizer("CT", 2),)),),
        codes=("only_localizers",),
    ),
)
def scout_only(folder: Path) -> Path:
    return zipped(folder, images.of(images.CHEST, synthetic.SCOUT))


@disc(
    "Only the three planes of an MRI's localizer, which no header calls so.",
    Found(
        ignored=0,
        patients=1,
        studies=(StudyIs(series=(localizer("MR", 3),)),),
        codes=("only_localizers",),
    ),
)
def mri_localizer_only(folder: Path) -> Path:
    plan = replace(images.HEAD.series[0], slices=3, description="3-plane")
    planes = ((1, 0, 0, 0, 1, 0), (1, 0, 0, 0, 0, -1), (0, 1, 0, 0, 0, -1))

    def turned(one: object, index: int) -> None:
        one.update(images.placed((0, 0, 0), planes[index]))  # type: ignore[attr-defined]

    return zipped(folder, images.of(images.HEAD, plan, change=turned))


@disc(
    "The PDF of the report in a DICOM object, and a screenshot of the dose.",
    Found(
        ignored=0,
        patients=("Kowalska Anna",),
        studies=(StudyIs(series=(report("DOC", 1), capture("CT", 1))),),
        codes=("only_secondary_capture",),
        may=("reports_only",),
    ),
)
def dose_screen_and_pdf(folder: Path) -> Path:
    study = StudyPlan(key=50)
    files = images.of(study, replace(synthetic.DOSE, number=5))
    return zipped(folder, {"PDF.dcm": from_pdf(images.report_pdf(), 1), **files})


@disc(
    "The report as an encapsulated PDF, and nothing else.",
    Found(
        ignored=0,
        patients=("Kowalska Anna",),
        studies=(StudyIs(series=(report("DOC", 1),), date="2026-04-12"),),
        codes=("reports_only",),
    ),
)
def encapsulated_pdf_only(folder: Path) -> Path:
    return zipped(folder, {"PDF.dcm": from_pdf(images.report_pdf(), 1)})


@disc(
    "Screenshots of a workstation, three-dimensional and in colour, by highdicom.",
    Found(
        ignored=0,
        patients=1,
        images=0,
        codes=("only_secondary_capture",),
    ),
)
def screenshots_only(folder: Path) -> Path:
    like = images.made(images.CHEST, SeriesPlan(slices=1))[0]
    return zipped(folder, images.named([structured.screenshot(like, n) for n in (1, 2, 3)]))


@disc(
    "Films that a hospital scanned and burned as DICOM, by img2dcm.",
    Found(
        ignored=0,
        patients=("Kowalska Anna",),
        images=0,
        codes=("film_photo",),
        may=("only_secondary_capture",),
    ),
)
def digitised_films(folder: Path) -> Path:
    return zipped(folder, {f"F{n}": from_picture(exported(n), n, "DF") for n in (1, 2)})


@disc(
    "A viewer's export: forty JPEGs named like slices, with a page to look at them.",
    Found(
        documents=None,
        ignored=None,
        studies=(),
        codes=("exported_pictures",),
        # The page may be passed over, or said to be of no use.
        unreadable=None,
        may=("unsupported",),
    ),
)
def exported_jpegs(folder: Path) -> Path:
    files = {f"export/IM-0001-{n:04}.jpg": exported(n) for n in range(1, 41)}
    files["export/index.html"] = b"<!DOCTYPE html><html><body>Images</body></html>"
    return zipped(folder, files)


@disc(
    "The same in PNG, in a folder for each series, without the page.",
    Found(documents=None, ignored=None, studies=(), codes=("exported_pictures",)),
)
def exported_pngs(folder: Path) -> Path:
    files = {
        f"{name}/image{n:03}.png": exported(n, "PNG")
        for name in ("Ax T2", "Sag T1")
        for n in range(1, 9)
    }
    return zipped(folder, files)


@disc(
    "Pictures were exported beside the real images: these are what counts.",
    Found(dicom=66, documents=None, ignored=None, patients=1, studies=(CHEST_IS,)),
)
def exported_beside_images(folder: Path) -> Path:
    files = {f"JPEG/IM{n:04}.jpg": exported(n) for n in range(1, 9)}
    return zipped(folder, {**images.of(images.CHEST), **files})


@disc(
    "Photos of films against a window, taken with a phone.",
    Found(documents=3, ignored=0, studies=(), codes=("film_photo",)),
)
def photos_of_films(folder: Path) -> Path:
    return zipped(folder, {f"IMG_20260413_20110{n}.jpg": light_box(n) for n in (1, 2, 3)})


@disc(
    "Photos of the doctor's screen.",
    Found(documents=2, ignored=0, studies=(), codes=("film_photo",)),
)
def photos_of_a_screen(folder: Path) -> Path:
    return zipped(folder, {f"IMG_20{n}.jpg": screen_photo(n) for n in (1, 2)})


@disc(
    "Photos of paper reports: documents, and neither films nor exported slices.",
    Found(documents=3, ignored=0, studies=(), may=("reports_only",)),
)
def photos_of_paper(folder: Path) -> Path:
    return zipped(folder, {f"IMG_30{n}.jpg": synthetic.photo(f"Report {n}") for n in (1, 2, 3)})
