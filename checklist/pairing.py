"""Pairing: which report is about which study, for what reason, and how sure that is.

Three lists come of it: pairs, reports without images, images without a report; and what can't be
told is told as such. A report and a study can each belong to several others: one report of chest,
abdomen and pelvis that were stored as two studies, a report and its supplement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from checklist.case import Case
from checklist.desk import PairWord
from checklist.examination import Examination
from checklist.pairing_evidence import Fit, fit_of
from checklist.pairing_records import said_by_report, said_by_study
from checklist.records import Record

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
    corrected = frozenset(c.label.record_id for c in case.desk.corrections)
    reports = {r.id: said_by_report(r, corrected=r.id in corrected) for r in reports_of(case)}
    studies = {r.id: said_by_study(r, corrected=r.id in corrected) for r in studies_of(case)}
    return paired(reports, studies, case.desk.pairs)


def reports_of(case: Case) -> tuple[Record, ...]:
    """The records in use that tell of a scan, without their further pages."""
    return tuple(
        r
        for r in case.own_records
        if not r.part_of
        and (r.kind == "imaging_report" or (r.study is not None and r.study.only_reports))
    )


def studies_of(case: Case) -> tuple[Record, ...]:
    """The records in use that show something a specialist can read."""
    return tuple(r for r in case.own_records if r.study is not None and r.study.image_count > 0)


def paired(
    reports: Mapping[str, Examination],
    studies: Mapping[str, Examination],
    words: Sequence[PairWord] = (),
) -> Pairing:
    """The pairing of reports and studies by their ids; `words` are the coordinators' own."""
    said = {(word.report_id, word.study_id): word.together for word in words}
    of, single = _each_scan(reports)
    fits = {
        (scan_id, study_id): fit
        for scan_id, report in single.items()
        if not report.says_nothing
        for study_id, study in studies.items()
        if said.get((of[scan_id], study_id)) is not False
        and (fit := fit_of(report, study)) is not None
    }
    pairs = [
        Pair(report_id=r, study_id=s, sure="sure", reasons=("coordinator",))
        for (r, s), together in said.items()
        if together and r in reports and s in studies
    ]
    found = _of_reports(
        (
            pair
            for pair in _settled(single, studies, fits, pairs)
            if (of[pair.report_id], pair.study_id) not in said
        ),
        of,
    )
    told = [*pairs, *(pair for pair in found if pair.sure != "unsure")]
    unsure = [pair for pair in found if pair.sure == "unsure"]
    with_report = {pair.study_id for pair in (*told, *unsure)}
    with_study = {pair.report_id for pair in (*told, *unsure)}
    alone = [r for r in reports if r not in with_study]
    untold = [r for r in alone if reports[r].says_nothing]
    left = [s for s in studies if s not in with_report]
    return Pairing(
        pairs=tuple(told),
        open=tuple(unsure),
        reports_alone=tuple(r for r in alone if r not in untold),
        # A report that says nothing may be of any of them, so where there are as many, none lacks one.
        studies_alone=tuple(left) if len(untold) < len(left) else (),
        untold=tuple(untold),
    )


# ---- documents that tell of several scans ------------------------------------------------------


def _each_scan(
    reports: Mapping[str, Examination],
) -> tuple[dict[str, str], dict[str, Examination]]:
    """Each scan that a report tells of under an id of its own: of which report, and what is said.

    Of "mammography and ultrasound of both breasts" each machine made one.
    """
    of: dict[str, str] = {}
    single: dict[str, Examination] = {}
    for report_id, report in reports.items():
        scans = [one for scan in (report, *report.also) for one in _each_machine(scan)]
        for number, one in enumerate(scans):
            scan_id = f"{report_id}\n{number}" if number else report_id
            of[scan_id], single[scan_id] = report_id, one
    return of, single


def _each_machine(scan: Examination) -> tuple[Examination, ...]:
    if len(scan.modalities) < 2:
        return (scan,)
    return tuple(replace(scan, modalities=(code,)) for code in scan.modalities)


def _of_reports(found: Iterable[Pair], of: Mapping[str, str]) -> list[Pair]:
    """The pairs of scans as those of the reports that tell of them, the surest of each kept."""
    best: dict[tuple[str, str], Pair] = {}
    for pair in found:
        named = replace(pair, report_id=of[pair.report_id])
        key = (named.report_id, named.study_id)
        if key not in best or _SURE.index(named.sure) < _SURE.index(best[key].sure):
            best[key] = named
    return list(best.values())


_SURE: tuple[Sureness, ...] = ("sure", "likely", "unsure")


# ---- which belongs to which --------------------------------------------------------------------

_Fits = Mapping[tuple[str, str], Fit]


def _settled(
    reports: Mapping[str, Examination],
    studies: Mapping[str, Examination],
    fits: _Fits,
    by_hand: Sequence[Pair],
) -> list[Pair]:
    """A pair for each report whose study can be told, and what is open of the others.

    Where a coordinator has said `by_hand` to which a report belongs, nothing of it is open.
    """
    decided = {pair.report_id for pair in by_hand}
    by_number = {key for key, fit in fits.items() if fit.number}
    of_number = {r for r, _s in by_number}
    pairs = [_pair(key, fits[key], "sure") for key in fits if key in by_number]
    taken = {s for _r, s in by_number} | {pair.study_id for pair in by_hand}
    waiting: dict[str, list[str]] = {}
    for report_id in (r for r in reports if r not in of_number):
        best = _nearest(report_id, studies, fits)
        told = _told(reports[report_id], report_id, best, studies, fits)
        if told:
            pairs += told
            taken |= {pair.study_id for pair in told}
        elif best and report_id not in decided:
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


def _are_one(report: Examination, best: Sequence[str], studies: Mapping[str, Examination]) -> bool:
    """Whether studies are parts of one examination: one number, or each another part of the report."""
    numbers = {studies[study_id].accession for study_id in best}
    if len(numbers) == 1 and "" not in numbers:
        return True
    parts = [set(studies[study_id].parts) for study_id in best]
    apart = sum(map(len, parts)) == len(set().union(*parts)) and all(parts)
    return apart and len(report.parts) > 1 and set().union(*parts) <= set(report.parts)


def _sureness(report: Examination, fit: Fit) -> Sureness:
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


def _pair(key: tuple[str, str], fit: Fit, sure: Sureness, more: PairReason | None = None) -> Pair:
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
