"""Examination: what a scan's report, or a study's headers, say of which scan it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checklist.dates import PartialDate

#: Of what day a report tells: the scan's own, the one on which it was written or printed, or any.
DayOf = Literal["", "scan", "written", "printed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Which scan it is, as far as it is said; what is empty was not said.

    `modalities` are DICOM's codes, `parts` single body parts as `kinds.BODY_PARTS` names them.
    `days` holds one day, or each day that the written one may be ("03/04/2026"). `sides` holds `L`
    and `R`; `vessels` tells that it is about vessels (MRA, CTA). `accession` is the number that is
    called so, `numbers` whatever else of the head may be one. `amends` marks a supplement or a
    corrected report, of which the scan has another. `also` are further scans of which the same document
    tells, each with its own day.
    """

    modalities: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    days: tuple[PartialDate, ...] = ()
    day_of: DayOf = ""
    sides: tuple[str, ...] = ()
    vessels: bool = False
    accession: str = ""
    numbers: tuple[str, ...] = ()
    amends: bool = False
    also: tuple[Examination, ...] = ()

    @property
    def says_nothing(self) -> bool:
        """Whether it tells nothing by which a scan could be found."""
        return not (self.modalities or self.parts or self.days or self.accession)
