"""From single DICOM objects to studies and series, and to the people they are about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.intake.headers import Found, Listed
from bot.intake.sop_classes import named_scout
from checklist.completeness import SLICED, Gap, missing_instances
from checklist.identity import compare
from checklist.study import Instance, PatientIdentity, Series, SeriesKind, Study

#: A scout is a picture or a few; a series named so with more is something else.
_SCOUT_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFound:
    """A study as it was found: its series, and where each instance lies."""

    study: Study
    instances: tuple[Instance, ...]
    patients: tuple[PatientIdentity, ...]
    film: bool = False
    truncated: int = 0
    duplicates: int = 0
    absent_from_disc: int = 0


def group(found: Sequence[Found], listed: Iterable[Listed] = ()) -> tuple[StudyFound, ...]:
    """The studies in order of date. `listed` is what a DICOMDIR names: absent ones are missing."""
    distinct, duplicates = _distinct(found)
    absent = _absent(distinct, listed)
    studies: dict[str, list[Found]] = defaultdict(list)
    for one in distinct:
        studies[one.instance.study_instance_uid].append(one)
    grouped = [_study(uid, ones, absent, duplicates[uid]) for uid, ones in studies.items()]
    return tuple(sorted(grouped, key=_by_date))


def whole_studies_absent(found: Sequence[Found], listed: Iterable[Listed]) -> int:
    """How many objects a DICOMDIR names of studies of which nothing is there."""
    have = {one.instance.study_instance_uid for one in found}
    return sum(n for (study, _), n in _absent(found, listed).items() if study not in have)


def people(identities: Iterable[PatientIdentity]) -> tuple[tuple[PatientIdentity, ...], ...]:
    """Identities that may be the same person, together: by name, birth date and sex, never the id.

    What one of them doesn't say does not speak against it; an identity that says nothing of name
    and birth date joins the others. Whoever is perhaps the same (a married name, a digit of the
    birth date) is no second patient.
    """
    persons: list[list[PatientIdentity]] = []
    nameless: list[PatientIdentity] = []
    for identity in dict.fromkeys(identities):
        if not (identity.name or identity.birth_date):
            nameless.append(identity)
            continue
        home = next(
            (person for person in persons if all(_may_be_one(identity, one) for one in person)),
            None,
        )
        if home is None:
            persons.append([identity])
        else:
            home.append(identity)
    if nameless:
        persons = persons or [[]]
        persons[0].extend(nameless)
    return tuple(tuple(person) for person in persons)


def _may_be_one(one: PatientIdentity, other: PatientIdentity) -> bool:
    found = compare(one, other)
    return found.verdict != "different" and found.name != "other"


def _distinct(found: Sequence[Found]) -> tuple[list[Found], Counter[str]]:
    """Each SOP instance once, a whole one rather than a truncated one."""
    first: dict[str, Found] = {}
    duplicates: Counter[str] = Counter()
    for one in found:
        uid = one.instance.sop_instance_uid
        known = first.get(uid)
        if known is None or (known.truncated and not one.truncated):
            first[uid] = one
        if known is not None:
            duplicates[one.instance.study_instance_uid] += 1
    return list(first.values()), duplicates


def _absent(found: Sequence[Found], listed: Iterable[Listed]) -> Counter[tuple[str, str]]:
    """How many objects of each series the DICOMDIR names that are not there."""
    have = {one.instance.sop_instance_uid for one in found}
    named = {one.sop_instance_uid: one for one in listed}
    if not have & named.keys():
        # A directory of none of these files is another disc's: it says nothing about them.
        return Counter()
    return Counter(
        (one.study_instance_uid, one.series_instance_uid)
        for uid, one in named.items()
        if uid not in have
    )


def _study(
    uid: str, found: Sequence[Found], absent: Counter[tuple[str, str]], duplicates: int
) -> StudyFound:
    by_series: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        by_series[one.instance.series_instance_uid].append(one)
    series = [_series(ones, absent[(uid, key)]) for key, ones in by_series.items()]
    series.sort(key=lambda s: (s.series_number is None, s.series_number or 0))
    facts = list(dict.fromkeys(one.study for one in found))
    patients = tuple(dict.fromkeys(fact.patient for fact in facts))
    fullest = max(patients, key=lambda p: (bool(p.name), bool(p.birth_date), bool(p.patient_id)))
    return StudyFound(
        study=Study(
            study_instance_uid=uid,
            series=tuple(series),
            patient=fullest,
            study_date=next((fact.date for fact in facts if fact.date), None),
            study_description=next((fact.description for fact in facts if fact.description), ""),
            accession_number=next((f.accession_number for f in facts if f.accession_number), ""),
            institution_name=next((f.institution_name for f in facts if f.institution_name), ""),
        ),
        instances=tuple(one.instance for one in found),
        patients=patients,
        film=any(one.film for one in found),
        truncated=sum(one.truncated for one in found),
        duplicates=duplicates,
        absent_from_disc=sum(
            count
            for (study_uid, series_uid), count in absent.items()
            if study_uid == uid and series_uid not in by_series
        ),
    )


def _series(found: Sequence[Found], listed_absent: int) -> Series:
    kind = _series_kind(found)
    facts = list(dict.fromkeys(one.series for one in found))
    modality = next((fact.modality for fact in facts if fact.modality), "")
    gap = Gap()
    if kind == "image" and modality in SLICED:
        gap = missing_instances([one.place for one in found if one.kind == "image"])
    if listed_absent:
        gap = Gap(missing=max(listed_absent, gap.missing), certain=True)
    return Series(
        series_instance_uid=facts[0].series_instance_uid,
        modality=modality,
        kind=kind,
        instances=len(found),
        series_number=next((fact.number for fact in facts if fact.number is not None), None),
        series_description=next((fact.description for fact in facts if fact.description), ""),
        body_part_examined=next((fact.body_part for fact in facts if fact.body_part), ""),
        missing=gap.missing,
        missing_certain=gap.certain,
        lossy=any(one.lossy for one in found),
    )


def _series_kind(found: Sequence[Found]) -> SeriesKind:
    """Image before all else: one slice among screenshots still makes a series of images."""
    kinds = Counter(one.kind for one in found)
    for kind in ("image", "localizer", "secondary_capture", "report"):
        if kinds[kind]:
            return "localizer" if kind == "image" and _scout(found) else kind
    return "other"


def _scout(found: Sequence[Found]) -> bool:
    images = [one for one in found if one.kind in ("image", "localizer")]
    if len(images) > _SCOUT_MAX or images[0].series.modality not in ("CT", "MR", "PT"):
        return False
    if any(named_scout(one.series.description) for one in images):
        return True
    orientations = {one.instance.orientation for one in images if one.instance.orientation}
    return images[0].series.modality == "MR" and len(images) <= 3 and len(orientations) >= 2


def _by_date(found: StudyFound) -> tuple[tuple[int, int, int], str]:
    date = found.study.study_date
    return (date.sort_key if date else (9999, 0, 0), found.study.study_instance_uid)
