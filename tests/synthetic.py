"""Records of patients who do not exist, for the tests, the benchmarks and the demo.

Studies are made with pydicom, PDFs with Typst; nothing comes from anybody's file.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import random
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

STORAGE = "1.2.840.10008.5.1.4.1.1."
CT = STORAGE + "2"
MR = STORAGE + "4"
DX = STORAGE + "1.1"
SECONDARY_CAPTURE = STORAGE + "7"
STRUCTURED_REPORT = STORAGE + "88.11"
ENCAPSULATED_PDF = STORAGE + "104.1"
PRESENTATION_STATE = STORAGE + "11.1"

#: A root of the kind that anybody may use (PS3.5 annex B.2), so that no real UID can be met.
_ROOT = "2.25.4711"


@dataclass(frozen=True, kw_only=True)
class Person:
    """A patient who does not exist."""

    name: str = "Kowalska^Anna"
    patient_id: str = "PID-1"
    birth_date: str = "19710203"
    sex: str = "F"


ANNA = Person()
BORIS = Person(name="Sokolov^Boris", patient_id="PID-2", birth_date="19550630", sex="M")


@dataclass(frozen=True, kw_only=True)
class SeriesPlan:
    """One series to make. `absent` are the instance numbers that are left out."""

    number: int = 1
    slices: int = 10
    modality: str = "CT"
    sop_class: str = CT
    description: str = "Thorax 1.0"
    image_type: tuple[str, ...] = ("ORIGINAL", "PRIMARY", "AXIAL")
    body_part: str = "CHEST"
    spacing: float = 2.0
    rows: int = 16
    columns: int = 16
    absent: frozenset[int] = frozenset()
    jitter: float = 0.0
    phases: int = 1
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StudyPlan:
    """One study to make. `key` tells its UIDs from those of other studies."""

    key: int = 1
    person: Person = ANNA
    date: str = "20260412"
    description: str = "CT Thorax"
    series: tuple[SeriesPlan, ...] = (SeriesPlan(),)

    @property
    def uid(self) -> str:
        """The StudyInstanceUID."""
        return f"{_ROOT}.{self.key}"


SCOUT = SeriesPlan(
    number=0,
    slices=2,
    description="Topogram",
    image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"),
)
DOSE = SeriesPlan(
    number=99,
    slices=1,
    sop_class=SECONDARY_CAPTURE,
    description="Dose report",
    image_type=("DERIVED", "SECONDARY"),
    extra={"ConversionType": "WSD"},
)


def ct_study(slices: int = 10, *, absent: Iterable[int] = (), key: int = 1) -> StudyPlan:
    """A CT of the chest with a scout; `absent` are the numbers of slices that are left out."""
    return StudyPlan(key=key, series=(SCOUT, SeriesPlan(slices=slices, absent=frozenset(absent))))


def mr_study(slices: int = 8, *, key: int = 2, person: Person = ANNA) -> StudyPlan:
    """An MRI of the head."""
    series = SeriesPlan(
        modality="MR",
        sop_class=MR,
        slices=slices,
        description="t2_tse_tra",
        image_type=("ORIGINAL", "PRIMARY", "M"),
        body_part="",
        spacing=5.0,
    )
    return StudyPlan(
        key=key, person=person, date="20250930", description="MRI of the brain", series=(series,)
    )


def dataset(study: StudyPlan, series: SeriesPlan, index: int) -> FileDataset:
    """One object of a series; `index` counts from 0 over all its phases."""
    number = index + 1
    place = index % series.slices
    uid = f"{study.uid}.{series.number}.{number}"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(series.sop_class)
    meta.MediaStorageSOPInstanceUID = UID(uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SpecificCharacterSet = "ISO_IR 192"
    made.ImageType = list(series.image_type)
    made.SOPClassUID = series.sop_class
    made.SOPInstanceUID = uid
    made.StudyDate = study.date
    made.StudyTime = "101500"
    made.AccessionNumber = f"A{study.key}"
    made.Modality = series.modality
    made.Manufacturer = "Nobody"
    made.InstitutionName = "Test Hospital"
    made.StudyDescription = study.description
    made.SeriesDescription = series.description
    made.PatientName = study.person.name
    made.PatientID = study.person.patient_id
    made.PatientBirthDate = study.person.birth_date
    made.PatientSex = study.person.sex
    if series.body_part:
        made.BodyPartExamined = series.body_part
    made.StudyInstanceUID = study.uid
    made.SeriesInstanceUID = f"{study.uid}.{series.number}"
    made.SeriesNumber = series.number
    made.InstanceNumber = number
    if series.sop_class in (CT, MR):
        wobble = random.Random(number).uniform(-series.jitter, series.jitter)
        made.ImagePositionPatient = [-100, -100, round(place * series.spacing + wobble, 4)]
        made.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        made.PixelSpacing = [1, 1]
    for name, value in series.extra.items():
        setattr(made, name, value)
    if not series.sop_class.startswith((STORAGE + "88", STORAGE + "104", STORAGE + "11.")):
        _add_pixels(made, series, number)
    return made


def _add_pixels(made: Dataset, series: SeriesPlan, number: int) -> None:
    made.SamplesPerPixel = 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.Rows, made.Columns = series.rows, series.columns
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit = 15
    made.PixelRepresentation = 0
    made.PixelData = _slice_pixels(series.rows, series.columns, number)


def _slice_pixels(rows: int, columns: int, number: int) -> bytes:
    """A disc in noise: a picture to look at that deflates about as well as a real slice."""
    noise = random.Random(number)
    radius = min(rows, columns) * 0.42
    band = [noise.randrange(64) for _ in range(columns * 7 + 1)]
    out = bytearray()
    for y in range(rows):
        dy = (y - rows / 2) ** 2
        shift = noise.randrange(columns * 6)
        for x in range(columns):
            inside = dy + (x - columns / 2) ** 2 < radius**2
            value = (900 if inside else 20) + band[shift + x]
            out += value.to_bytes(2, "little")
    return bytes(out)


def encoded(made: FileDataset, *, preamble: bool = True, meta: bool = True) -> bytes:
    """The file of a dataset: as the standard has it, or without preamble or meta header."""
    buffer = io.BytesIO()
    if meta:
        dcmwrite(buffer, made, enforce_file_format=True)
        return buffer.getvalue() if preamble else buffer.getvalue()[132:]
    bare = Dataset(made)
    bare.save_as(buffer, implicit_vr=True, little_endian=True)
    return buffer.getvalue()


def study_files(study: StudyPlan) -> dict[str, bytes]:
    """The files of a study by names such as a disc has: `DICOM/S001/IM000001`."""
    return {
        f"DICOM/ST{study.key:03}/SE{series.number:03}/IM{index + 1:06}": encoded(
            dataset(study, series, index)
        )
        for series in study.series
        for index in range(series.slices * series.phases)
        if index + 1 not in series.absent
    }


def dicomdir(*studies: StudyPlan) -> bytes:
    """A DICOMDIR that names every object of the plans, the absent ones too."""
    records: list[Dataset] = []
    for study in studies:
        records.append(_record("PATIENT", PatientName=study.person.name, PatientID="1"))
        records.append(_record("STUDY", StudyInstanceUID=study.uid, StudyDate=study.date))
        for series in study.series:
            uid = f"{study.uid}.{series.number}"
            records.append(_record("SERIES", SeriesInstanceUID=uid, Modality=series.modality))
            for index in range(series.slices * series.phases):
                records.append(
                    _record(
                        "IMAGE",
                        ReferencedFileID=["DICOM", f"IM{index + 1:06}"],
                        ReferencedSOPClassUIDInFile=series.sop_class,
                        ReferencedSOPInstanceUIDInFile=f"{uid}.{index + 1}",
                        ReferencedTransferSyntaxUIDInFile=ExplicitVRLittleEndian,
                    )
                )
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.1.3.10")
    meta.MediaStorageSOPInstanceUID = UID(f"{_ROOT}.0")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.FileSetID = "TEST"
    made.DirectoryRecordSequence = DicomSequence(records)
    buffer = io.BytesIO()
    dcmwrite(buffer, made, enforce_file_format=True)
    return buffer.getvalue()


def _record(kind: str, **values: object) -> Dataset:
    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = 0
    record.RecordInUseFlag = 0xFFFF
    record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.DirectoryRecordType = kind
    for name, value in values.items():
        setattr(record, name, value)
    return record


#: What lies on discs beside the pictures, and holds nothing of anybody's.
CLUTTER: dict[str, bytes] = {
    "AUTORUN.INF": b"[autorun]\r\nopen=viewer.exe\r\n",
    "viewer.exe": b"MZ\x90\x00" + b"\0" * 200,
    "viewer/help.html": b"<!DOCTYPE html><html><body>How to look at pictures</body></html>",
    "viewer/logo.gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff;",
    "README.TXT": b"Start viewer.exe to see the pictures.\r\n",
    ".DS_Store": b"\0\0\0\x01Bud1" + b"\0" * 60,
    "__MACOSX/DICOM/._IM000001": b"\0\x05\x16\x07\0\x02\0\0",
    "Thumbs.db": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 60,
}


def zipped(files: Mapping[str, bytes], *, deflate: bool = True) -> bytes:
    """A zip of these files, in this order."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 4, 12, 10, 15, 0)), data, method)
    return buffer.getvalue()


def disc(*studies: StudyPlan, clutter: bool = True, directory: bool = True) -> bytes:
    """A zip of a disc as a hospital burns it: DICOMDIR, pictures, a viewer and what else is there."""
    files: dict[str, bytes] = {"DICOMDIR": dicomdir(*studies)} if directory else {}
    for study in studies:
        files |= study_files(study)
    return zipped(files | (CLUTTER if clutter else {}))


def without(study: StudyPlan, *numbers: int) -> StudyPlan:
    """The study with these instance numbers left out of its longest series."""
    longest = max(study.series, key=lambda series: series.slices)
    return replace(
        study,
        series=tuple(
            replace(series, absent=frozenset(numbers)) if series is longest else series
            for series in study.series
        ),
    )


# ---- documents ---------------------------------------------------------------------------------

_PAGE = """
#set page(paper: "a4", margin: 2cm)
#set text(font: ("Noto Sans", "Noto Sans CJK SC", "Amiri"), size: 11pt)
#let paragraphs = json(bytes(sys.inputs.text))
#for line in paragraphs [#par(line)]
"""


def pdf(lines: Sequence[str]) -> bytes:
    """A PDF of these lines, with real text in whatever script they are written."""
    import typst

    made: bytes = typst.compile(  # type: ignore[misc]  # its stub loses the type of the input
        _PAGE.encode(), font_paths=_fonts(), sys_inputs={"text": json.dumps(list(lines))}
    )
    return made


def _fonts() -> list[str]:
    """Folders with the fonts that came with the program's own packages."""
    import site

    folders: dict[str, None] = {}
    for root in site.getsitepackages():
        for path in Path(root).glob("*/**/*.[ot]t[fc]"):
            if "font" in str(path).lower() or "noto" in str(path).lower():
                folders[str(path.parent)] = None
    return list(folders)


CT_REPORT = (
    "RADIOLOGY REPORT",
    "Patient: Anna Kowalska    Date of birth: 03 February 1971",
    "Date of examination: 12 April 2026",
    "Examination: CT of the chest without contrast",
    "Findings: A nodule of 8 mm in the right upper lobe.",
    "Impression: Solitary pulmonary nodule.",
)
LAB_SHEET = (
    "LABORATORY REPORT",
    "Patient: Anna Kowalska    Date of birth: 03 February 1971",
    "Collected: 2026-04-02",
    "Test  Result  Unit  Reference range",
    "Haemoglobin  128  g/l  120 - 160",
    "Creatinine  71  umol/l  45 - 84",
)
PATHOLOGY_REPORT_RU = (
    "Протокол прижизненного патологоанатомического исследования биопсийного материала",
    "Дата рождения: 03.02.1971",
    "Дата исследования: 20.04.2026",
    "Макроскопическое описание: фрагмент ткани лёгкого.",
    "Заключение: аденокарцинома.",
)
DISCHARGE_ZH = (
    "出院小结",
    "出生日期：1971年2月3日",
    "入院日期：2026年4月1日",
    "出院日期：2026年4月9日",
    "出院诊断：右肺上叶结节。",
)


def photo(text: str = "Report", *, size: tuple[int, int] = (800, 1100)) -> bytes:
    """A JPEG of a bright page, as a phone takes it."""
    from PIL import Image, ImageDraw

    page = Image.new("RGB", size, (238, 234, 225))
    ImageDraw.Draw(page).text((60, 80), text, fill=(20, 20, 20))
    return _saved(page, "JPEG")


def film_photo(*, size: tuple[int, int] = (800, 800)) -> bytes:
    """A JPEG of a slice on a screen: dark, grey, a bright shape in the middle."""
    from PIL import Image, ImageDraw

    film = Image.new("RGB", size, (8, 8, 9))
    middle = (size[0] * 0.3, size[1] * 0.3, size[0] * 0.7, size[1] * 0.7)
    ImageDraw.Draw(film).ellipse(middle, fill=(190, 190, 188))
    return _saved(film, "JPEG")


def _saved(picture: object, kind: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)  # type: ignore[attr-defined]
    return buffer.getvalue()


def docx(lines: Sequence[str]) -> bytes:
    """A Word file of these lines: the least that Word itself opens."""
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return zipped(
        {
            "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="http://schemas.'
            b'openxmlformats.org/package/2006/content-types"/>',
            "word/document.xml": f'<?xml version="1.0"?><w:document xmlns:w="{namespace}">'
            f"<w:body>{body}</w:body></w:document>".encode(),
        }
    )


def received_at() -> dt.datetime:
    """A moment after everything in here."""
    return dt.datetime(2026, 5, 1, 9, 0, tzinfo=dt.UTC)


__all__ = [
    "ANNA",
    "BORIS",
    "CLUTTER",
    "CT",
    "CT_REPORT",
    "DISCHARGE_ZH",
    "DOSE",
    "DX",
    "ENCAPSULATED_PDF",
    "LAB_SHEET",
    "MR",
    "PATHOLOGY_REPORT_RU",
    "PRESENTATION_STATE",
    "SCOUT",
    "SECONDARY_CAPTURE",
    "STRUCTURED_REPORT",
    "ExplicitVRLittleEndian",
    "ImplicitVRLittleEndian",
    "Person",
    "SeriesPlan",
    "StudyPlan",
    "ct_study",
    "dataset",
    "dicomdir",
    "disc",
    "docx",
    "encoded",
    "film_photo",
    "mr_study",
    "pdf",
    "photo",
    "received_at",
    "study_files",
    "without",
    "zipped",
]
