"""From the header of a DICOM object to values; pixels are only measured, never decoded."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, TypedDict

from bot.intake.contents import Content
from bot.intake.deflated import inflated
from bot.intake.elements import (
    date_value,
    integer,
    mark,
    normal_position,
    numbers,
    person_name,
    raw_value,
    text,
    texts,
    uid,
)
from bot.intake.limits import Refused
from bot.intake.multiframe import Frames, frames_of
from bot.intake.pixels import loses_detail, pixels_whole
from bot.intake.sop_classes import (
    MEDIA_STORAGE_DIRECTORY,
    digitized_film,
    has_frame_geometry,
    modality_of,
    object_kind,
)
from bot.intake.walker import DEFLATED, Wanted, walk
from checklist.dates import PartialDate
from checklist.kinds import body_part_in, body_part_of_code
from checklist.study import Concatenation, Instance, Listed, PatientIdentity, SeriesKind

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
    "AcquisitionNumber",
    "EchoNumbers",
    "DiffusionBValue",
    "TemporalPositionIdentifier",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "ImagesInAcquisition",
    "NumberOfSeriesRelatedInstances",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "LossyImageCompression",
    "DirectoryRecordSequence",
)
#: Both ways through a header, the walker's and pydicom's, look for these and nothing else.
WANTED = Wanted.of((*_STUDY_TAGS, *_SERIES_TAGS, *_INSTANCE_TAGS))

#: JPEG as a camera writes it.
_PHOTO = "1.2.840.10008.1.2.4.50"

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
    charset_guessed: bool = False


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
    study: StudyFacts
    series: SeriesFacts
    film: bool = False

    @property
    def kind(self) -> SeriesKind:
        """What it is."""
        return self.instance.kind

    @property
    def truncated(self) -> bool:
        """Whether its pixels break off."""
        return self.instance.truncated


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
        except (Refused, MemoryError):
            raise
        except Exception:  # whatever bytes make pydicom raise, this object can't be used
            raise Refused("damaged_instance") from None

    def _read(self, content: Content, member: str) -> Found | tuple[Listed, ...]:
        plain, dataset, pixels_at = _parsed(content)
        meta = dataset.file_meta
        sop_class = uid(dataset, "SOPClassUID") or uid(meta, "MediaStorageSOPClassUID")
        if sop_class == MEDIA_STORAGE_DIRECTORY or "DirectoryRecordSequence" in dataset:
            return tuple(_listed(dataset))
        syntax = uid(meta, "TransferSyntaxUID")
        pixels = pixels_whole(plain, pixels_at, dataset, syntax)
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
        lossy = loses_detail(plain.head[pixels_at : pixels_at + 8192], syntax)
        return Found(
            instance=Instance(
                sop_instance_uid=sop_instance,
                sop_class_uid=sop_class,
                series_instance_uid=series.series_instance_uid,
                study_instance_uid=study.study_instance_uid,
                member=member,
                size=content.size,
                sha256=content.sha256,
                transfer_syntax_uid=syntax if plain is content else DEFLATED.decode(),
                kind=kind,
                lossy=lossy or text(dataset, "LossyImageCompression") == "01",
                truncated=pixels is False or (pixels is None and kind in _PICTURES),
                **_placed(dataset),
                **_framed(plain.head, dataset, sop_class),
            ),
            study=study,
            series=series,
            film=kind == "secondary_capture" and _film(dataset, series, syntax),
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


def _parsed(content: Content) -> tuple[Content, Any, int]:
    """The object as it is when inflated, the elements wanted, unconverted, and where pixels begin."""
    header, plain = walk(content.head, WANTED), content
    if header is None:
        plain = inflated(content)
        if plain is not content:
            header = walk(plain.head, WANTED)
    if header is not None:
        return plain, header, header.pixels_at
    return plain, *by_pydicom(plain.head)


def by_pydicom(head: bytes) -> tuple[Any, int]:
    """The same from pydicom, which reads whatever can be read, and inflates whatever is deflated."""
    from pydicom.filereader import read_partial

    stream = BytesIO(head)
    tags: list[Any] = sorted(WANTED.tags | WANTED.sequences)
    dataset = read_partial(stream, stop_when=_at_pixels, force=True, specific_tags=tags)
    return dataset, stream.tell()


def _at_pixels(tag: int, _vr: str | None, _length: int) -> bool:
    return tag >= 0x7FE00008


class _Placed(TypedDict):
    instance_number: int | None
    position: float | None
    orientation: tuple[float, ...]
    rows: int
    columns: int
    acquisition_number: int | None
    phase: tuple[str, ...]
    images_in_acquisition: int | None
    number_of_series_related_instances: int | None


def _placed(dataset: Any) -> _Placed:
    """What an object says about its place in its series."""
    orientation, position = normal_position(
        numbers(dataset, "ImageOrientationPatient", 6), numbers(dataset, "ImagePositionPatient", 3)
    )
    phase = (
        text(dataset, "EchoNumbers"),
        mark(dataset, "DiffusionBValue"),
        text(dataset, "TemporalPositionIdentifier"),
        "\\".join(texts(dataset, "ImageType")[2:]),
    )
    return _Placed(
        instance_number=integer(dataset, "InstanceNumber"),
        position=position,
        orientation=orientation,
        rows=integer(dataset, "Rows") or 0,
        columns=integer(dataset, "Columns") or 0,
        acquisition_number=integer(dataset, "AcquisitionNumber"),
        phase=phase if any(phase) else (),
        images_in_acquisition=integer(dataset, "ImagesInAcquisition"),
        number_of_series_related_instances=integer(dataset, "NumberOfSeriesRelatedInstances"),
    )


class _Framed(TypedDict):
    number_of_frames: int
    frames_missing: int
    frames_missing_certain: bool
    concatenation: Concatenation | None


def _framed(head: bytes, dataset: Any, sop_class: str) -> _Framed:
    """What an object says about its frames; they are looked at only where each has a place."""
    declared = max(1, integer(dataset, "NumberOfFrames") or 1)
    frames = frames_of(head, declared) if has_frame_geometry(sop_class) else Frames()
    return _Framed(
        number_of_frames=declared,
        frames_missing=frames.gap.missing,
        frames_missing_certain=frames.gap.certain,
        concatenation=frames.concatenation,
    )


def _film(dataset: Any, series: SeriesFacts, syntax: str) -> bool:
    return digitized_film(
        modality=series.modality,
        conversion=text(dataset, "ConversionType").upper(),
        photo=syntax == _PHOTO,
        described=bool(series.description),
    )


def _study_facts(dataset: Any) -> StudyFacts:
    birth_date = date_value(dataset, "PatientBirthDate")
    dates = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
    name = person_name(dataset)
    return StudyFacts(
        study_instance_uid=uid(dataset, "StudyInstanceUID"),
        patient=PatientIdentity(
            name=name.readable,
            raw_name=name.raw.hex(),
            patient_id=text(dataset, "PatientID"),
            birth_date=birth_date.iso if birth_date else "",
            sex=text(dataset, "PatientSex").upper()[:1],
        ),
        date=next((day for name in dates if (day := date_value(dataset, name))), None),
        description=text(dataset, "StudyDescription"),
        accession_number=text(dataset, "AccessionNumber"),
        institution_name=text(dataset, "InstitutionName"),
        charset_guessed=name.guessed,
    )


def _series_facts(dataset: Any, sop_class: str) -> SeriesFacts:
    description = text(dataset, "SeriesDescription")
    words = (text(dataset, "StudyDescription"), text(dataset, "ProtocolName"), description)
    tag = text(dataset, "BodyPartExamined").upper()
    return SeriesFacts(
        series_instance_uid=uid(dataset, "SeriesInstanceUID"),
        number=integer(dataset, "SeriesNumber"),
        modality=text(dataset, "Modality").upper() or modality_of(sop_class),
        description=description,
        body_part=body_part_of_code(tag)
        or next((part for w in words if (part := body_part_in(w))), tag),
    )


def _listed(dataset: Any) -> Iterator[Listed]:
    study = series = modality = ""
    number: int | None = None
    for record in dataset.get("DirectoryRecordSequence") or ():
        kind = text(record, "DirectoryRecordType").upper()
        if kind == "STUDY":
            study = uid(record, "StudyInstanceUID")
        elif kind == "SERIES":
            series = uid(record, "SeriesInstanceUID")
            modality = text(record, "Modality").upper()
            number = integer(record, "SeriesNumber")
        named = uid(record, "ReferencedSOPInstanceUIDInFile")
        if named:
            yield Listed(
                study_instance_uid=study,
                series_instance_uid=series,
                sop_instance_uid=named,
                sop_class_uid=uid(record, "ReferencedSOPClassUIDInFile"),
                modality=modality,
                series_number=number,
            )
