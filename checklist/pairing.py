"""Pairing: which report is about which study, for what reason, and how sure that is.

Three lists come of it: pairs, reports without images, images without a report; and what can't be
told is told as such. A report and a study can each belong to several others: one report of chest,
abdomen and pelvis that were stored as two studies, a report and its supplement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final, Literal

from checklist.case import Case
from checklist.dates import PartialDate
from checklist.desk import PairWord
from checklist.examination import Examination
from checklist.kinds import body_part_of_code, folded, parts_of
from checklist.pairing_reading import bare_number, modalities_in, parts_in, sides_in, vessels_in
from checklist.records import Record

#: A report is often written some days after the scan.
_REPORT_DELAY: Final = timedelta(days=10)
_NO_DELAY: Final = timedelta(0)
_ONE_DAY: Final = timedelta(days=1)

#: Modality codes that name the same examination on a disc and in a report.
_ALIKE: Final[Mapping[str, str]] = {
    "CR": "DX", "RG": "DX", "RF": "DX", "PET": "PT", "IVUS": "US", "OT": "", "SC": "",
}  # fmt: skip
#: Modalities that say what an object is, and not of what examination.
_OF_NOTES: Final = frozenset({"SR", "KO", "DOC", "PR", "SMR", "RWV", "REG", "SEG", ""})

#: `likely`: no other is as near, but something was not said. `unsure`: it may be, and must be decided.
Sureness = Literal["sure", "likely", "unsure"]

#: Why two belong together, or why that isn't sure.
PairReason = Literal[
    "coordinator", "accession", "same_day", "near_day", "same_part", "part_within", "same_kind",
    "only_one_left", "several_fit", "no_day", "no_part", "no_kind", "two_readings", "other_number",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A report and a study that belong together, or may: `sure` says which."""

    report_id: str
    study_id: str
    sure: Sureness
    reasons: tuple[PairReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """All of a case. `open` are the pairs that nobody can be sure of.

    `reports_alone` and `studies_alone` are records that belong to none, `untold` reports that say
    nothing by which their scan could be found.
    """

    pairs: tuple[Pair, ...] = ()
    open: tuple[Pair, ...] = ()
    reports_alone: tuple[str, ...] = ()
    studies_alone: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    def of(self, record_id: str) -> tuple[Pair, ...]:
        """The pairs of a record, told ones only."""
        return tuple(p for p in self.pairs if record_id in (p.report_id, p.study_id))


def pairing_of(case: Case) -> Pairing:
    """The pairing of a case's own records, with what coordinators said of it."""
    records = case.own_records
    corrected = frozenset(c.label.record_id for c in case.desk.corrections)
    reports = {r.id: said_by_report(r, corrected=r.id in corrected) for r in _reports(records)}
    studies = {r.id: said_by_study(r, corrected=r.id in corrected) for r in _studies(records)}
    return paired(reports, studies, case.desk.pairs)


def _reports(records: Iterable[Record]) -> Iterable[Record]:
    return (
        r
        for r in records
        if not r.part_of
        and (r.kind == "imaging_report" or (r.study is not None and r.study.only_reports))
    )


def _studies(records: Iterable[Record]) -> Iterable[Record]:
    return (r for r in records if r.study is not None and r.study.image_count > 0)


def paired(
    reports: Mapping[str, Examination],
    studies: Mapping[str, Examination],
    words: Sequence[PairWord] = (),
) -> Pairing:
    """The pairing of reports and studies by their ids; `words` are the coordinators' own."""
    said = {(word.report_id, word.study_id): word.together for word in words}
    fits = {
        (report_id, study_id): fit
        for report_id, report in reports.items()
        for study_id, study in studies.items()
        if (report_id, study_id) not in said and (fit := _fit(report, study)) is not None
    }
    pairs = [
        Pair(report_id=r, study_id=s, sure="sure", reasons=("coordinator",))
        for (r, s), together in said.items()
        if together and r in reports and s in studies
    ]
    decided = {pair.report_id for pair in pairs}
    found = _settled(reports, studies, {k: f for k, f in fits.items() if k[0] not in decided})
    told = [*pairs, *(pair for pair in found if pair.sure != "unsure")]
    unsure = [pair for pair in found if pair.sure == "unsure"]
    with_report = {pair.study_id for pair in (*told, *unsure)}
    with_study = {pair.report_id for pair in (*told, *unsure)}
    alone = [r for r in reports if r not in with_study]
    untold = [r for r in alone if reports[r].says_nothing]
    return Pairing(
        pairs=tuple(told),
        open=tuple(unsure),
        reports_alone=tuple(r for r in alone if r not in untold),
        # A report that says nothing may be of any of them: only what is left over is surely without.
        studies_alone=tuple(s for s in studies if s not in with_report)
        if len(untold) < len([s for s in studies if s not in with_report]) or not untold
        else (),
        untold=tuple(untold),
    )


# ---- what each says ----------------------------------------------------------------------------


def said_by_report(record: Record, *, corrected: bool = False) -> Examination:
    """What a report says; its label where a coordinator has corrected that, or nothing else is known."""
    if record.study is not None:
        return said_by_study(record, corrected=corrected)
    read = record.examination
    if read is None or corrected:
        read = read or Examination()
        return Examination(
            modalities=(record.modality,) if record.modality else read.modalities,
            parts=tuple(sorted(_single(record.body_part))),
            days=(record.date,) if record.date else (),
            day_of="scan" if corrected else "",
            sides=read.sides,
            accession=read.accession,
            numbers=read.numbers,
            amends=read.amends,
        )
    return read


def said_by_study(record: Record, *, corrected: bool = False) -> Examination:
    """What the headers of a study say of it; the label where a coordinator has corrected that."""
    study = record.study
    assert study is not None
    words = _plain(study.study_description)
    shown = [s for s in study.series if s.kind == "image"] or list(study.series)
    parts = {part: None for part in parts_in(words)}
    for series in shown if not corrected else ():
        parts |= dict.fromkeys(_single(body_part_of_code(series.body_part_examined)))
    if corrected or not parts:
        parts = dict.fromkeys(sorted(_single(record.body_part)))
    if not parts:
        parts = {p: None for s in shown for p in parts_in(_plain(s.series_description))}
    named = {_ALIKE.get(code, code): None for code in study.modalities}
    accession = bare_number(study.accession_number)
    own = {bare_number(who.patient_id) for who in study.identities}
    return Examination(
        modalities=tuple(c for c in named if c not in _OF_NOTES) or modalities_in(words),
        parts=tuple(parts),
        days=(record.date,) if record.date else (),
        day_of="scan",
        sides=sides_in(words),
        vessels=vessels_in(words),
        # Some archives write the patient's number into it, which would fit every study.
        accession="" if accession in own or len(accession) < 4 else accession,
    )


@cache
def _plain(words: str) -> str:
    return folded(words.replace("_", " ").replace("^", " ").replace("+", " "))


def _single(body_part: str) -> frozenset[str]:
    """The parts that a code stands for, without those that they hold in turn."""
    if not body_part:
        return frozenset()
    held = _GROUPS.get(body_part)
    return held if held is not None else frozenset({body_part})


_GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "CHESTABDPELVIS": frozenset({"CHEST", "ABDOMEN", "PELVIS"}),
    "ABDOMENPELVIS": frozenset({"ABDOMEN", "PELVIS"}),
    "CHESTABDOMEN": frozenset({"CHEST", "ABDOMEN"}),
    "HEADNECK": frozenset({"HEAD", "NECK"}),
}


# ---- how two fit -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
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
        return (self.number, not self.against, self.day, self.part, self.kind, self.side)


def _fit(report: Examination, study: Examination) -> _Fit | None:
    """How near they are, None where they can't be of one scan."""
    number = study.accession
    if number and (number == report.accession or number in report.numbers):
        return _Fit(number=1, day=2, part=2, kind=1, side=0)
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
    return _Fit(
        number=0, day=day, part=part, kind=kind, side=side, against=other,
        two_readings=len(report.days) > 1 and report.day_of in ("", "scan") and day == 1,
    )  # fmt: skip


def _kinds_fit(report: Examination, study: Examination) -> int | None:
    said = {_ALIKE.get(code, code) for code in report.modalities} - {""}
    has = set(study.modalities)
    if not said or not has:
        return 0
    if "PT" in has and "PT" not in said:
        # The CT of a PET is reported with it, not as a CT.
        return None if "PT" not in said and has <= {"PT", "CT", "MR", "NM"} else 1
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


# ---- which belongs to which --------------------------------------------------------------------

_Fits = Mapping[tuple[str, str], _Fit]


def _settled(
    reports: Mapping[str, Examination], studies: Mapping[str, Examination], fits: _Fits
) -> list[Pair]:
    """A pair for each report whose study can be told, and what is open of the others."""
    by_number = {key for key, fit in fits.items() if fit.number}
    of_number = {r for r, _s in by_number}
    pairs = [_pair(key, fits[key], "sure") for key in fits if key in by_number]
    taken = {s for _r, s in by_number}
    waiting: dict[str, list[str]] = {}
    for report_id in (r for r in reports if r not in of_number):
        best = _nearest(report_id, studies, fits)
        told = _told(reports[report_id], report_id, best, studies, fits)
        if told:
            pairs += told
            taken |= {pair.study_id for pair in told}
        elif best:
            waiting[report_id] = best
    return pairs + _left_over(reports, waiting, taken, fits)


def _nearest(report_id: str, studies: Iterable[str], fits: _Fits) -> list[str]:
    mine = [s for s in studies if (report_id, s) in fits]
    top = max((fits[report_id, s].rank for s in mine), default=())
    return [s for s in mine if fits[report_id, s].rank == top]


def _told(
    report: Examination,
    report_id: str,
    best: Sequence[str],
    studies: Mapping[str, Examination],
    fits: _Fits,
) -> list[Pair]:
    """The pairs of a report whose study, or studies, can be told at once; [] where they can't."""
    if not best:
        return []
    sure = [_sureness(report, fits[report_id, study_id]) for study_id in best]
    if "unsure" in sure or (len(best) > 1 and not _are_one(report, best, studies)):
        return []
    if _rivals(report_id, best[0], studies, fits):
        return []
    return [
        _pair((report_id, study_id), fits[report_id, study_id], how)
        for study_id, how in zip(best, sure, strict=True)
    ]


def _rivals(report_id: str, best: str, studies: Iterable[str], fits: _Fits) -> bool:
    """Whether another study is as near in days, and less near only by what a report may leave out."""
    mine = fits[report_id, best]
    return mine.part == 0 and any(
        (fit := fits.get((report_id, other))) is not None and fit.day == mine.day and other != best
        for other in studies
    )


def _are_one(
    report: Examination, best: Sequence[str], studies: Mapping[str, Examination]
) -> bool:
    """Whether studies are parts of one examination: one number, or each another part of the report."""
    numbers = {studies[study_id].accession for study_id in best}
    if len(numbers) == 1 and "" not in numbers:
        return True
    parts = [set(studies[study_id].parts) for study_id in best]
    apart = sum(map(len, parts)) == len(set().union(*parts)) and all(parts)
    return apart and len(report.parts) > 1 and set().union(*parts) <= set(report.parts)


def _sureness(report: Examination, fit: _Fit) -> Sureness:
    if fit.against or not fit.day or fit.two_readings:
        # Of a day that can be read in two ways, the one that a study has is the likelier one only
        # where body part and kind agree as well.
        likely = fit.two_readings and fit.part == 2 and fit.kind and not fit.against
        return "likely" if likely else "unsure"
    if not fit.kind and not fit.part:
        return "unsure"
    if fit.day == 2 and fit.kind and fit.part:
        return "sure"
    if fit.day == 2:
        return "likely"
    return "likely" if fit.kind and fit.part else "unsure"


def _left_over(
    reports: Mapping[str, Examination],
    waiting: Mapping[str, list[str]],
    taken: set[str],
    fits: _Fits,
) -> list[Pair]:
    """What is told by what is left; the rest is open. A supplement goes where its report went."""
    pairs: list[Pair] = []
    for report_id, best in waiting.items():
        free = [study_id for study_id in best if study_id not in taken]
        one = free[0] if len(free) == 1 and len(best) > 1 else ""
        wanted = sum(one in other for other in waiting.values())
        if one and wanted == 1 and not reports[report_id].amends:
            fit = fits[report_id, one]
            if _sureness(reports[report_id], fit) != "unsure":
                pairs.append(_pair((report_id, one), fit, "likely", "only_one_left"))
                continue
        why: PairReason | None = "several_fit" if len(best) > 1 else None
        pairs += [_pair((report_id, s), fits[report_id, s], "unsure", why) for s in best]
    return pairs


def _pair(
    key: tuple[str, str], fit: _Fit, sure: Sureness, more: PairReason | None = None
) -> Pair:
    report_id, study_id = key
    reasons: list[PairReason] = []
    if fit.number:
        reasons.append("accession")
    else:
        told: Sequence[tuple[PairReason, bool]] = (
            ("same_day", fit.day == 2),
            ("near_day", fit.day == 1),
            ("same_part", fit.part == 2),
            ("part_within", fit.part == 1),
            ("same_kind", bool(fit.kind)),
            ("no_day", not fit.day),
            ("no_part", not fit.part),
            ("no_kind", not fit.kind),
            ("two_readings", fit.two_readings),
            ("other_number", fit.against),
        )
        reasons += [reason for reason, holds in told if holds]
    return Pair(
        report_id=report_id,
        study_id=study_id,
        sure=sure,
        reasons=(*reasons, *((more,) if more else ())),
    )
