"""Study, Series and Instance: what DICOM headers say, as values, in DICOM's own words.

Attribute names are those of PS3.6 in snake case. Instances stay in an index beside the stored file
and never enter a case: a case holds its studies at the level of series.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from checklist.dates import PartialDate

SeriesKind = Literal["image", "localizer", "secondary_capture", "report", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One DICOM object (SOP Instance) and where its bytes lie.

    `member` is its name inside the stored archive, or "" when the stored file is the instance.
    `position` is the distance along the slice normal in mm, None where there is no geometry.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series; `instances` counts distinct SOP instances, `missing` those that should be there."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientIdentity:
    """Who a study says it is about, as its headers say it. `birth_date` is ISO or ""."""

    name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study with its series, in the order of their numbers."""

    study_instance_uid: str
    series: tuple[Series, ...]
    patient: PatientIdentity
    study_date: PartialDate | None = None
    study_description: str = ""
    accession_number: str = ""
    institution_name: str = ""

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

    def joined(self, more: Study) -> Study:
        """This study with what more of it has come; a series that both have is the later one's."""
        later = {series.series_instance_uid for series in more.series}
        kept = tuple(one for one in self.series if one.series_instance_uid not in later)
        series = sorted(
            (*kept, *more.series), key=lambda s: (s.series_number is None, s.series_number or 0)
        )
        return replace(
            self,
            series=tuple(series),
            study_date=self.study_date or more.study_date,
            study_description=self.study_description or more.study_description,
        )

    @property
    def instance_count(self) -> int:
        """All instances of the study."""
        return sum(s.instances for s in self.series)
