"""Study, Series and Instance: what DICOM headers say, as values, in DICOM's own words.

Attribute names are those of PS3.6 in snake case. Instances stay in an index beside the stored file
and never enter a case: a case holds its studies at the level of series.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from checklist.dates import PartialDate

SeriesKind = Literal["image", "localizer", "secondary_capture", "report", "other"]

#: Names and birth dates that one person may have in a study; one with more is no one person's.
MOST_IDENTITIES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One DICOM object (SOP Instance) and where its bytes lie.

    `member` is its name inside the stored archive, or "" when the stored file is the instance.
    `position` is the distance along the slice normal in mm, None where there is no geometry.
    `phase` tells it from other images of the same place: echo, b value, phase of the heart, kind of
    image. `frames_missing` is what the frames of one object lack among themselves.
    """

    sop_instance_uid: str
    sop_class_uid: str
    series_instance_uid: str
    study_instance_uid: str
    member: str
    size: int
    sha256: str
    instance_number: int | None = None
    number_of_frames: int = 1
    transfer_syntax_uid: str = ""
    position: float | None = None
    orientation: tuple[float, ...] = ()
    kind: SeriesKind = "other"
    rows: int = 0
    columns: int = 0
    acquisition_number: int | None = None
    phase: tuple[str, ...] = ()
    images_in_acquisition: int | None = None
    number_of_series_related_instances: int | None = None
    frames_missing: int = 0
    frames_missing_certain: bool = False
    concatenation: Concatenation | None = None
    truncated: bool = False
    lossy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Concatenation:
    """Which part of a long multi-frame image an object is; `total` is None where it doesn't say."""

    uid: str
    number: int
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object that the DICOMDIR of a disc names, and what it says of it."""

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str = ""
    modality: str = ""
    series_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientIdentity:
    """Who a study says it is about, as its headers say it. `birth_date` is ISO or "".

    `name` is readable, with its other scripts in brackets: `Wang Xiaodong (王 小东)`. `raw_name` is
    what the header holds, as hexadecimal digits, where `name` was not plain ASCII.
    """

    name: str = ""
    raw_name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series; `instances` counts distinct SOP instances, `missing` those that should be there.

    `frames` counts the pictures in them, `phases` how often most places of a body are imaged (4D,
    diffusion, several echoes), `truncated` the instances whose pixels break off. `patients` are whom
    its images name, where the study names more than one; () where it names one.
    """

    series_instance_uid: str
    modality: str
    kind: SeriesKind
    instances: int
    series_number: int | None = None
    series_description: str = ""
    body_part_examined: str = ""
    missing: int = 0
    missing_certain: bool = False
    lossy: bool = False
    frames: int = 0
    phases: int = 1
    truncated: int = 0
    patients: tuple[PatientIdentity, ...] = ()

    @property
    def pictures(self) -> int:
        """Pictures to look at: frames, or instances where their frames were not counted."""
        return max(self.frames, self.instances)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study with its series, in the order of their numbers.

    `patient` is the identity that says most, `others` what else its parts say of whom they are about.
    """

    study_instance_uid: str
    series: tuple[Series, ...]
    patient: PatientIdentity
    study_date: PartialDate | None = None
    study_description: str = ""
    accession_number: str = ""
    institution_name: str = ""
    others: tuple[PatientIdentity, ...] = ()

    @property
    def identities(self) -> tuple[PatientIdentity, ...]:
        """Everybody whom its parts name, at most one more than `MOST_IDENTITIES`."""
        return (self.patient, *self.others)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Distinct modalities of the series, images first, without an order beyond that."""
        images = [s.modality for s in self.series if s.kind in ("image", "localizer")]
        others = [s.modality for s in self.series]
        return tuple(dict.fromkeys(m for m in (*images, *others) if m))

    @property
    def body_part_examined(self) -> str:
        """The first body part that a series names, or ""."""
        return next((s.body_part_examined for s in self.series if s.body_part_examined), "")

    @property
    def image_count(self) -> int:
        """Instances in series that a specialist can read: not localizers, screenshots, reports."""
        return sum(s.instances for s in self.series if s.kind == "image")

    @property
    def picture_count(self) -> int:
        """Pictures that a specialist can look at, the frames of long images counted one by one."""
        return sum(s.pictures for s in self.series if s.kind == "image")

    @property
    def only_reports(self) -> bool:
        """Whether it holds reports and nothing that shows anything."""
        kinds = {s.kind for s in self.series}
        return "report" in kinds and kinds <= {"report", "other"}

    def joined(self, more: Study) -> Study:
        """This study with what more of it has come; a series that both have is the later one's.

        Its words stay where the later one has none, as of a series that only a DICOMDIR names.
        """
        patient = _fuller(self.patient, more.patient)
        others = others_than(patient, (*self.identities, *more.identities))
        mine, theirs = (one._named_series() if others else one.series for one in (self, more))
        series = {one.series_instance_uid: one for one in mine}
        for one in theirs:
            before = series.get(one.series_instance_uid)
            series[one.series_instance_uid] = _worded(one, before) if before else one
        return replace(
            self,
            series=tuple(
                sorted(
                    series.values(), key=lambda s: (s.series_number is None, s.series_number or 0)
                )
            ),
            study_date=self.study_date or more.study_date,
            study_description=self.study_description or more.study_description,
            accession_number=self.accession_number or more.accession_number,
            institution_name=self.institution_name or more.institution_name,
            patient=patient,
            others=others,
        )

    def of_series(self, uids: Collection[str]) -> Study:
        """This study with only those series, and with whom they name."""
        kept = tuple(one for one in self.series if one.series_instance_uid in uids)
        named = dict.fromkeys(who for one in kept for who in one.patients or self.identities)
        patient = max(named, key=lambda who: (bool(who.name), bool(who.birth_date)))
        return replace(self, series=kept, patient=patient, others=others_than(patient, named))

    def _named_series(self) -> tuple[Series, ...]:
        """The series, each with whom it names."""
        return tuple(
            one if one.patients else replace(one, patients=self.identities) for one in self.series
        )

    @property
    def instance_count(self) -> int:
        """All instances of the study."""
        return sum(s.instances for s in self.series)


def others_than(
    patient: PatientIdentity, identities: Iterable[PatientIdentity]
) -> tuple[PatientIdentity, ...]:
    """The other identities, each name, birth date and sex once; so many that a study may have."""
    told = {(patient.name, patient.birth_date, patient.sex)}
    others: list[PatientIdentity] = []
    for who in identities:
        key = (who.name, who.birth_date, who.sex)
        if key not in told and len(others) < MOST_IDENTITIES:
            told.add(key)
            others.append(who)
    return tuple(others)


def _worded(series: Series, before: Series) -> Series:
    """A series with the words that it lacks and an earlier part of it has."""
    number = before.series_number if series.series_number is None else series.series_number
    return replace(
        series,
        series_number=number,
        modality=series.modality or before.modality,
        series_description=series.series_description or before.series_description,
        body_part_examined=series.body_part_examined or before.body_part_examined,
        patients=tuple(dict.fromkeys((*before.patients, *series.patients)))[:MOST_IDENTITIES],
    )


def _fuller(one: PatientIdentity, other: PatientIdentity) -> PatientIdentity:
    """The identity that says more, the first where both say as much."""
    return max(one, other, key=lambda who: (bool(who.name), bool(who.birth_date)))
