"""From the header of a DICOM object to values; pixels are only measured, never decoded."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from bot.intake.contents import Content
from bot.intake.elements import (
    date_value,
    integer,
    numbers,
    person_name,
    raw_value,
    text,
    texts,
    uid,
)
from bot.intake.limits import Refused
from bot.intake.pixels import DEFLATED, pixels_whole, refuse_deflated_bomb
from bot.intake.sop_classes import MEDIA_STORAGE_DIRECTORY, modality_of, object_kind
from bot.intake.walker import Wanted, walk
from checklist.completeness import Slice
from checklist.dates import PartialDate
from checklist.kinds import body_part_in
from checklist.study import Instance, PatientIdentity, SeriesKind

# pydicom logs the values it stumbles over, and a log holds nothing of a patient.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)

#: What is the same in all objects of a study, or nearly; read once for each combination of values.
_STUDY_TAGS: tuple[str, ...] = (
    "SpecificCharacterSet",
    "StudyDate",
    "SeriesDate",
    "AcquisitionDate",
    "ContentDate",
    "AccessionNumber",
    "InstitutionName",
    "StudyDescription",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
)
_SERIES_TAGS: tuple[str, ...] = (
    "SpecificCharacterSet",
    "Modality",
    "SOPClassUID",
    "StudyDescription",
    "SeriesDescription",
    "BodyPartExamined",
    "ProtocolName",
    "SeriesInstanceUID",
    "SeriesNumber",
)
_INSTANCE_TAGS: tuple[str, ...] = (
    "ImageType",
    "SOPInstanceUID",
    "ConversionType",
    "InstanceNumber",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "ImagesInAcquisition",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "SamplesPerPixel",
    "LossyImageCompression",
    "DirectoryRecordSequence",
)
#: Both ways through a header, the walker's and pydicom's, look for these and nothing else.
WANTED = Wanted.of((*_STUDY_TAGS, *_SERIES_TAGS, *_INSTANCE_TAGS))

#: Syntaxes that lose detail; .91 and .203 may and may not.
_LOSSY = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 81, *range(100, 107)))

#: Kinds that are nothing without pixels.
_PICTURES = frozenset({"image", "localizer", "secondary_capture"})


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """What the headers of a study's objects say of the study."""

    study_instance_uid: str
    patient: PatientIdentity
    date: PartialDate | None
    description: str
    accession_number: str
    institution_name: str


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What the headers of a series' objects say of the series."""

    series_instance_uid: str
    number: int | None
    modality: str
    description: str
    body_part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One DICOM object: where it lies, what it is, and what it says."""

    instance: Instance
    kind: SeriesKind
    study: StudyFacts
    series: SeriesFacts
    place: Slice
    lossy: bool = False
    film: bool = False
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One object that a DICOMDIR names."""

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str


class HeaderReader:
    """Reads one header after the other; what objects of a study share is one value for all."""

    def __init__(self) -> None:
        """Nothing has been read yet."""
        self._studies: dict[tuple[object, ...], StudyFacts] = {}
        self._series: dict[tuple[object, ...], SeriesFacts] = {}

    def read(self, content: Content, member: str) -> Found | tuple[Listed, ...]:
        """The object in these bytes, or what a DICOMDIR lists; raises `Refused` for neither."""
        try:
            # pydicom warns of each value that breaks the standard, and discs are full of those.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self._read(content, member)
        except Refused:
            raise
        except Exception:  # whatever bytes make pydicom raise, this object can't be used
            raise Refused("damaged_instance") from None

    def _read(self, content: Content, member: str) -> Found | tuple[Listed, ...]:
        dataset, pixels_at = _parsed(content.head)
        meta = dataset.file_meta
        sop_class = uid(dataset, "SOPClassUID") or uid(meta, "MediaStorageSOPClassUID")
        if sop_class == MEDIA_STORAGE_DIRECTORY or "DirectoryRecordSequence" in dataset:
            return tuple(_listed(dataset))
        syntax = uid(meta, "TransferSyntaxUID")
        pixels = pixels_whole(content, pixels_at, dataset, syntax)
        study = self._study(dataset)
        series = self._series_of(dataset, sop_class)
        sop_instance = uid(dataset, "SOPInstanceUID") or uid(meta, "MediaStorageSOPInstanceUID")
        if not (sop_instance and study.study_instance_uid and series.series_instance_uid):
            raise Refused("damaged_instance")
        kind = object_kind(
            sop_class,
            modality=series.modality,
            image_type=texts(dataset, "ImageType"),
            has_pixels=pixels is not None,
        )
        place, orientation = _place(dataset)
        return Found(
            instance=Instance(
                sop_instance_uid=sop_instance,
                sop_class_uid=sop_class,
                series_instance_uid=series.series_instance_uid,
                study_instance_uid=study.study_instance_uid,
                member=member,
                size=content.size,
                sha256=content.sha256,
                instance_number=place.number,
                number_of_frames=max(1, integer(dataset, "NumberOfFrames") or 1),
                transfer_syntax_uid=syntax,
                position=place.position,
                orientation=orientation,
            ),
            kind=kind,
            study=study,
            series=series,
            place=place,
            lossy=syntax in _LOSSY or text(dataset, "LossyImageCompression") == "01",
            film=kind == "secondary_capture" and text(dataset, "ConversionType").upper() == "DF",
            truncated=pixels is False or (pixels is None and kind in _PICTURES),
        )

    def _study(self, dataset: Any) -> StudyFacts:
        key = tuple(raw_value(dataset, name) for name in _STUDY_TAGS)
        if key not in self._studies:
            self._studies[key] = _study_facts(dataset)
        return self._studies[key]

    def _series_of(self, dataset: Any, sop_class: str) -> SeriesFacts:
        key = tuple(raw_value(dataset, name) for name in _SERIES_TAGS)
        if key not in self._series:
            self._series[key] = _series_facts(dataset, sop_class)
        return self._series[key]


def _parsed(head: bytes) -> tuple[Any, int]:
    """The elements that are wanted, unconverted, and where the pixels begin."""
    header = walk(head, WANTED)
    if header is not None:
        return header, header.pixels_at
    return by_pydicom(head)


def by_pydicom(head: bytes) -> tuple[Any, int]:
    """The same from pydicom, which reads whatever can be read."""
    from pydicom.filereader import read_partial

    if DEFLATED in head[:1024]:
        refuse_deflated_bomb(head)
    stream = BytesIO(head)
    tags: list[Any] = sorted(WANTED.tags | WANTED.sequences)
    dataset = read_partial(stream, stop_when=_at_pixels, force=True, specific_tags=tags)
    return dataset, stream.tell()


def _at_pixels(tag: int, _vr: str | None, _length: int) -> bool:
    return tag >= 0x7FE00008


def _place(dataset: Any) -> tuple[Slice, tuple[float, ...]]:
    cosines = numbers(dataset, "ImageOrientationPatient", 6)
    corner = numbers(dataset, "ImagePositionPatient", 3)
    position: float | None = None
    orientation: tuple[float, ...] = ()
    if cosines and corner:
        orientation = tuple(round(value, 3) + 0.0 for value in cosines)
        a, b, c, d, e, f = cosines
        normal = (b * f - c * e, c * d - a * f, a * e - b * d)
        position = sum(n * x for n, x in zip(normal, corner, strict=True))
    rows, columns = integer(dataset, "Rows"), integer(dataset, "Columns")
    place = Slice(
        number=integer(dataset, "InstanceNumber"),
        position=position,
        stack=(*(round(value, 2) + 0.0 for value in orientation), rows or 0, columns or 0),
        declared=integer(dataset, "ImagesInAcquisition"),
    )
    return place, orientation


def _study_facts(dataset: Any) -> StudyFacts:
    birth_date = date_value(dataset, "PatientBirthDate")
    dates = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
    return StudyFacts(
        study_instance_uid=uid(dataset, "StudyInstanceUID"),
        patient=PatientIdentity(
            name=person_name(dataset),
            patient_id=text(dataset, "PatientID"),
            birth_date=birth_date.iso if birth_date else "",
            sex=text(dataset, "PatientSex").upper()[:1],
        ),
        date=next((day for name in dates if (day := date_value(dataset, name))), None),
        description=text(dataset, "StudyDescription"),
        accession_number=text(dataset, "AccessionNumber"),
        institution_name=text(dataset, "InstitutionName"),
    )


def _series_facts(dataset: Any, sop_class: str) -> SeriesFacts:
    description = text(dataset, "SeriesDescription")
    words = (text(dataset, "StudyDescription"), text(dataset, "ProtocolName"), description)
    body_part = text(dataset, "BodyPartExamined").upper()
    return SeriesFacts(
        series_instance_uid=uid(dataset, "SeriesInstanceUID"),
        number=integer(dataset, "SeriesNumber"),
        modality=text(dataset, "Modality").upper() or modality_of(sop_class),
        description=description,
        body_part=body_part or next((part for w in words if (part := body_part_in(w))), ""),
    )


def _listed(dataset: Any) -> Iterator[Listed]:
    study = series = ""
    for record in dataset.get("DirectoryRecordSequence") or ():
        kind = text(record, "DirectoryRecordType").upper()
        if kind == "STUDY":
            study = uid(record, "StudyInstanceUID")
        elif kind == "SERIES":
            series = uid(record, "SeriesInstanceUID")
        named = uid(record, "ReferencedSOPInstanceUIDInFile")
        if named:
            yield Listed(study, series, named)
