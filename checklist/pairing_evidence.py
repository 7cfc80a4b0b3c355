"""How near a report and a study are: by number, day, body part, kind and side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from checklist.dates import PartialDate
from checklist.examination import Examination
from checklist.kinds import parts_of

#: A report is often written some days after the scan.
_REPORT_DELAY: Final = timedelta(days=10)
_NO_DELAY: Final = timedelta(0)
_ONE_DAY: Final = timedelta(days=1)

#: Modality codes that name the same examination on a disc and in a report.
ALIKE: Final[Mapping[str, str]] = {
    "CR": "DX", "RG": "DX", "RF": "DX", "PET": "PT", "IVUS": "US", "OT": "", "SC": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How near they are; more is nearer. `against` speaks for another scan of that day."""

    number: int
    day: int
    part: int
    kind: int
    side: int
    against: bool = False
    two_readings: bool = False

    @property
    def rank(self) -> tuple[int, ...]:
        """What is compared between studies of one report: the more of it, the nearer."""
        return (self.number, not self.against, self.day, self.part, self.kind, self.side)


def fit_of(report: Examination, study: Examination) -> Fit | None:
    """How near they are, None where they can't be of one scan."""
    number = study.accession
    if number and (number == report.accession or number in report.numbers):
        return Fit(number=1, day=2, part=2, kind=1, side=0)
    kind = _kinds_fit(report, study)
    part = _parts_fit(report, study)
    day = _days_fit(report, study)
    if kind is None or part is None or day is None:
        return None
    if report.sides and study.sides and not set(report.sides) & set(study.sides):
        return None
    side = int(bool(report.sides) and report.sides == study.sides)
    side += int(report.vessels == study.vessels)
    other = bool(report.accession and number and len(report.accession) == len(number))
    return Fit(
        number=0, day=day, part=part, kind=kind, side=side, against=other,
        two_readings=_far_apart(report.days) and report.day_of in ("", "scan") and day == 1,
    )  # fmt: skip


def _far_apart(days: Sequence[PartialDate]) -> bool:
    """Whether a written day is two quite different ones, and not one of the Hijra, known to a day."""
    exact = sorted(map(_exact, days))
    return len(exact) > 1 and exact[-1] - exact[0] > 2 * _ONE_DAY


def _kinds_fit(report: Examination, study: Examination) -> int | None:
    said = {ALIKE.get(code, code) for code in report.modalities} - {""}
    has = set(study.modalities)
    if not said or not has:
        return 0
    if "PT" in has and "PT" not in said:
        # The CT of a PET is reported with it, not as a CT.
        return None
    return 1 if said & has else None


def _parts_fit(report: Examination, study: Examination) -> int | None:
    ours, theirs = set(report.parts), set(study.parts)
    if "PT" in study.modalities:
        return 1
    if not ours or not theirs:
        return 0
    if ours == theirs:
        return 2
    if "WHOLEBODY" in ours | theirs:
        return 1
    held = frozenset().union(*map(parts_of, ours)) & frozenset().union(*map(parts_of, theirs))
    return 1 if held else None


def _days_fit(report: Examination, study: Examination) -> int | None:
    """2 on the same day, 1 near it, 0 where nothing is said, None on another day."""
    if not report.days or not study.days:
        return 0
    fits = [_day_fits(day, study.days[0], report.day_of) for day in report.days]
    best = max((fit for fit in fits if fit is not None), default=None)
    return min(best, 1) if best is not None and len(report.days) > 1 else best


def _day_fits(said: PartialDate, made: PartialDate, day_of: str) -> int | None:
    if said.month is None or made.month is None:
        if day_of in ("written", "printed"):
            return 0 if said.year >= made.year else None
        return 0 if said.year == made.year else None
    if said.day is None or made.day is None:
        same = (said.year, said.month) == (made.year, made.month)
        return (0 if day_of == "printed" else 1) if same else None
    apart = _exact(said) - _exact(made)
    if apart < -_ONE_DAY:
        return None
    match day_of:
        case "printed":
            return 0 if apart >= _NO_DELAY else None
        case "scan":
            return 2 if not apart else 1 if abs(apart) <= _ONE_DAY else None
        case _:
            return 2 if not apart else 1 if apart <= _REPORT_DELAY else None


def _exact(day: PartialDate) -> date:
    return date(day.year, day.month or 1, day.day or 1)
