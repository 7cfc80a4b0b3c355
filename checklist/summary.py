"""Summary: the cover page as data.

Who the patient is, what they ask and what came, in the order in which a specialist reads it. Labels
and coded values are `Text`, the patient's own words are plain `str` and are never translated here.
Nothing is left out or shortened: how much of it fits on the page is the page's business.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from checklist.case import Answer, Case, Entry
from checklist.catalog import Catalog
from checklist.consents import Basis
from checklist.cover_text import KEY_QUESTIONS, SECTIONS, Section, edited, fixed_of, in_date_order
from checklist.dates import PartialDate
from checklist.editions import Changes, changes_since_last
from checklist.missing import Missing, what_is_missing
from checklist.names import body_part_name, modality_name
from checklist.pairing import Pairing, pairing_of
from checklist.physical import Parcel
from checklist.progress import Checklist, case_type_name
from checklist.records import Record
from checklist.text import Text, _, _c, verbatim
from checklist.to_translate import translated
from checklist.whose import NOTHING_KNOWN, Sources, sources_of

DISCLAIMER: Final = _(
    "Prepared with an automated assistant from the patient's own statements, "
    "not checked by a doctor."
)

#: A line of a medicine has about this many letters beside its parts: "since", "а также", "منذ".
_CONNECTING_LETTERS: Final = 7

#: `none` was answered, `listed` has entries, the rest say why there are none.
ListState = Literal["listed", "none", "records", "requested", "declined", "not_stated", "not_asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The patient, and who wrote for them. `birth_date` is ISO or "", `country` ISO 3166 alpha-2.

    `country_words` are the patient's where the country was not recognised; `sex` is None unless
    images that carry the patient's birth date say it.
    """

    name: str
    birth_date: str
    sex: Text | None
    country: str
    country_words: str
    language: str
    helper: str
    relation: Text | None
    basis: Basis = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the timeline."""

    date: PartialDate | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagingRow:
    """One examination: its images, its report, or both.

    `images` counts what a specialist can read, `missing` the images that should be there; `report`
    tells whether a written report of it came, `report_unsure` that one may be of it, which nobody
    has decided. No images and no series: only a report came.
    """

    date: PartialDate | None
    modality: Text | None
    body_part: Text | None
    images: int
    series: int
    report: bool
    missing: int = 0
    report_unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine:
    """A medicine, in parts that say all that the patient wrote; else the whole line as `name`."""

    name: str
    dose: str = ""
    frequency: str = ""
    since: PartialDate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that the cover page says, before it is made to fit.

    `translated` counts the records with an approved translation. `edited` are the sections whose words
    are a coordinator's.
    """

    case_id: str
    submitted_at: datetime | None
    completeness: int
    who: Who
    problem: str
    case_type: Text | None
    review_mode: Text | None
    questions: tuple[str, ...]
    other_questions: tuple[str, ...]
    timeline: tuple[Event, ...]
    imaging: tuple[ImagingRow, ...]
    medicines: tuple[Medicine, ...]
    medicines_state: ListState
    allergies: tuple[str, ...]
    allergies_state: ListState
    questions_state: ListState
    timeline_state: ListState
    missing: tuple[Missing, ...]
    records: int
    languages: Mapping[str, int]
    languages_words: str
    reports_only: bool
    translated: int = 0
    edited: tuple[Section, ...] = ()
    changes: Changes | None = None
    parcels: tuple[Parcel, ...] = ()
    sources: Sources = NOTHING_KNOWN
    disclaimer: Text = DISCLAIMER


def summarize(case: Case, checklist: Checklist, catalog: Catalog) -> Summary:
    """The summary of a case as it stands."""
    questions = _entries(case, "questions")
    key = [e.text for e in questions if e.chosen][:KEY_QUESTIONS]
    missing = what_is_missing(case, checklist)
    examined = _examined(case)
    shown = {section: fixed_of(case, section) for section in SECTIONS}
    problem, asked, events = (shown[section] for section in SECTIONS)
    return Summary(
        case_id=case.id,
        submitted_at=case.submitted_at,
        completeness=checklist.completeness,
        who=_who(case),
        problem="\n".join(line.words for line in problem.lines)
        if problem
        else case.text("problem").strip(),
        case_type=case_type_name(case, catalog),
        review_mode=_REVIEW_MODES.get(case.choice("review_mode") or ""),
        questions=tuple(line.words for line in asked.lines) if asked else tuple(key),
        other_questions=tuple(e.text for e in questions if e.text not in key),
        timeline=tuple(Event(date=line.date, words=line.words) for line in events.lines)
        if events
        else _timeline(_entries(case, "timeline")),
        imaging=tuple(
            _imaging_row(one.record, report=one.told, unsure=one.unsure) for one in examined
        ),
        medicines=tuple(_medicine(entry) for entry in _entries(case, "medications")),
        medicines_state=_list_state(case, "medications"),
        allergies=tuple(entry.text for entry in _entries(case, "allergies")),
        allergies_state=_list_state(case, "allergies"),
        questions_state=_list_state(case, "questions"),
        timeline_state=_list_state(case, "timeline"),
        missing=missing,
        records=sum(1 for record in case.own_records if not record.part_of),
        languages=_languages(case),
        languages_words="" if _said_language(case) else case.text("translation").strip(),
        reports_only="reports_only" in checklist.warnings,
        translated=len(translated(case)),
        edited=edited(case),
        changes=changes_since_last(case, catalog),
        parcels=case.parcels,
        sources=sources_of(
            case, missing, tuple(one.record_ids for one in examined), _stating_sex(case)
        ),
    )


# ---- who ---------------------------------------------------------------------------------------

_REVIEW_MODES: Final[Mapping[str, Text]] = {
    "remote": _("Remote review of the records"),
    "in_person": _("Visit in person"),
    "not_sure": _("Remote or in person: not decided yet"),
}

_RELATIONS: Final[Mapping[str, Text]] = {
    "parent": _("Mother or father"),
    "spouse": _("Wife or husband"),
    "child": _("Daughter or son"),
    "relative": _("Another relative"),
    "friend": _("A friend"),
}

_SEXES: Final[Mapping[str, Text]] = {
    "F": _c("sex", "Female"),
    "M": _c("sex", "Male"),
    "O": _c("sex", "Other"),
}


def _who(case: Case) -> Who:
    birth, country, role = (case.answer(step) for step in ("birth_date", "country", "role"))
    helped = role if role and role.choice == "helper" else None
    return Who(
        name=case.text("name").strip(),
        birth_date=_birth_date(birth),
        sex=_sex(case, birth.value if birth else ""),
        country=country.value if country else "",
        country_words=country.text.strip() if country else "",
        language=case.locale,
        helper=helped.note.strip() if helped else "",
        relation=_relation(helped.value.strip()) if helped else None,
        basis=case.basis,
    )


def _birth_date(answer: Answer | None) -> str:
    return (answer.value or answer.text.strip()) if answer else ""


def _relation(said: str) -> Text | None:
    return _RELATIONS.get(said) or (verbatim(said) if said else None)


def _sex(case: Case, birth_date: str) -> Text | None:
    """Only from images that are surely this patient's; the patient is not asked for it."""
    studies = [record.study for record in case.own_records if record.study]
    identities = [who for study in studies for who in study.identities]
    said = {
        who.sex for who in identities if who.sex and birth_date and who.birth_date == birth_date
    }
    return _SEXES.get(said.pop()) if len(said) == 1 else None


def _stating_sex(case: Case) -> tuple[str, ...]:
    """The studies by which the sex is known."""
    born = case.answer("birth_date")
    if _sex(case, born.value if born else "") is None:
        return ()
    return tuple(
        record.id
        for record in case.own_records
        if record.study is not None and any(who.sex for who in record.study.identities)
    )


# ---- lists -------------------------------------------------------------------------------------


def _entries(case: Case, step: str) -> tuple[Entry, ...]:
    answer = case.answer(step)
    return answer.entries if answer else ()


def _timeline(entries: Iterable[Entry]) -> tuple[Event, ...]:
    return tuple(
        Event(date=entry.date, words=entry.name or entry.text) for entry in in_date_order(entries)
    )


def _medicine(entry: Entry) -> Medicine:
    if not entry.name or _says_more(entry):
        return Medicine(name=entry.text, since=entry.since)
    return Medicine(name=entry.name, dose=entry.dose, frequency=entry.frequency, since=entry.since)


def _says_more(entry: Entry) -> bool:
    """Whether the line holds something beyond its parts, such as why a medicine was stopped."""
    rest = entry.text.casefold()
    for part in (entry.name, entry.dose, entry.frequency, entry.since.words if entry.since else ""):
        rest = rest.replace(part.casefold(), " ", 1) if part else rest
    return len(re.findall(r"[^\W\d_]", rest)) > _CONNECTING_LETTERS


def _list_state(case: Case, step: str) -> ListState:
    answer = case.answer(step)
    if answer and answer.entries:
        return "listed"
    if answer and answer.choice == "none":
        return "none"
    if case.records_of(step):
        return "records"
    match answer.choice if answer else None:
        case "can_get":
            return "requested"
        case "skip":
            return "declined"
        case None if answer is None:
            return "not_asked"
        case _:
            return "not_stated"


def _languages(case: Case) -> dict[str, int]:
    """In which languages the documents are (BCP 47), and of how many of them that is known."""
    counts = Counter(record.language for record in case.own_records if record.language)
    if said := _said_language(case):
        counts[said] += 0
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _said_language(case: Case) -> str:
    answer = case.answer("translation")
    return answer.value if answer else ""


# ---- imaging -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Examination:
    """A line of the imaging: its record, whether its report came, and all records that it is of."""

    record: Record
    told: bool
    unsure: bool
    record_ids: tuple[str, ...]


def _examined(case: Case) -> tuple[_Examination, ...]:
    """Examinations, the newest first: it is the one that the specialist looks for."""
    reports = [r for r in case.own_records if r.kind == "imaging_report" and not r.part_of]
    studies = [r for r in case.own_records if r.kind == "imaging_study"]
    readable = any(r.study and r.study.image_count for r in studies)
    pairing = pairing_of(case)
    unsure = {pair.study_id for pair in pairing.open}
    rows = [
        _Examination(
            record=study,
            told=bool(pairing.of(study.id)),
            unsure=study.id in unsure,
            record_ids=(study.id, *_reports_of(study.id, pairing)),
        )
        for study in studies
    ]
    rows += [
        _Examination(record=report, told=True, unsure=False, record_ids=(report.id,))
        for report in reports
        if not readable or report.id in pairing.reports_alone
    ]
    rows.sort(key=_newest, reverse=True)
    return tuple(rows)


def _reports_of(study_id: str, pairing: Pairing) -> Iterator[str]:
    """Its reports, and those that may be of it."""
    return (p.report_id for p in (*pairing.pairs, *pairing.open) if p.study_id == study_id)


def _newest(row: _Examination) -> tuple[int, int, int]:
    return row.record.date.sort_key if row.record.date else (0, 0, 0)


def _imaging_row(record: Record, *, report: bool, unsure: bool) -> ImagingRow:
    study = record.study
    series = study.series if study else ()
    return ImagingRow(
        date=record.date,
        modality=modality_name(record.modality) if record.modality else None,
        body_part=body_part_name(record.body_part) if record.body_part else None,
        images=study.picture_count if study else 0,
        series=sum(1 for s in series if s.kind == "image" and s.instances),
        report=report,
        report_unsure=unsure and not report,
        missing=sum(s.missing for s in series if s.missing_certain),
    )
