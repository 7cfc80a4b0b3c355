"""From single DICOM objects to studies and series, and to the people they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.intake.headers import Found
from bot.intake.series import counted, distinct_instances, is_picture, listed_series
from checklist.birth_dates import a_generation_apart
from checklist.identity import compare
from checklist.study import (
    MOST_IDENTITIES,
    Instance,
    Listed,
    PatientIdentity,
    Series,
    Study,
    others_than,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFound:
    """A study as it was found: its series, and where each instance lies.

    `instances` holds what claims the same UID and differs twice, so that nothing is lost; it is
    counted once. `listed_absent` counts what a DICOMDIR names and is not there, `duplicates` what
    was there twice, `differing` those of them that are not the same bytes.
    """

    study: Study
    instances: tuple[Instance, ...]
    patients: tuple[PatientIdentity, ...]
    film: bool = False
    duplicates: int = 0
    differing: int = 0
    listed_absent: int = 0
    charset_guessed: bool = False


def group(found: Sequence[Found], listed: Iterable[Listed] = ()) -> tuple[StudyFound, ...]:
    """The studies in order of date. `listed` is what a DICOMDIR names: absent ones are missing."""
    named = named_pictures(found, listed)
    studies: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        studies[one.instance.study_instance_uid].append(one)
    have = {one.instance.sop_instance_uid for one in found}
    grouped = [_study(uid, ones, named.get(uid, []), have) for uid, ones in studies.items()]
    return tuple(sorted(grouped, key=_by_date))


def studies_absent(found: Sequence[Found], listed: Iterable[Listed]) -> dict[str, int]:
    """How many objects a DICOMDIR names of each study of which nothing is there."""
    have = {one.instance.study_instance_uid for one in found}
    return {
        uid: len(ones)
        for uid, ones in named_pictures(found, listed).items()
        if uid and uid not in have
    }


def people(identities: Iterable[PatientIdentity]) -> tuple[tuple[PatientIdentity, ...], ...]:
    """Identities that may be the same person, together: by name, birth date and sex, never the id.

    What one of them doesn't say does not speak against it; an identity that says nothing of name
    and birth date joins the others. Whoever is perhaps the same (a married name, a digit of the
    birth date) is no second patient, unless the digit makes them a parent and a child.
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
    if found.birth_date == "slip" and a_generation_apart(one.birth_date, other.birth_date):
        return False
    return found.verdict != "different" and found.name != "other"


def named_pictures(found: Sequence[Found], listed: Iterable[Listed]) -> dict[str, list[Listed]]:
    """The pictures that DICOMDIRs name, by study, each once."""
    named = {one.sop_instance_uid: one for one in listed}
    if found and not {one.instance.sop_instance_uid for one in found} & named.keys():
        # A directory of none of these files is another disc's: it says nothing about them.
        return {}
    by_study: dict[str, list[Listed]] = defaultdict(list)
    for one in named.values():
        if is_picture(one):
            by_study[one.study_instance_uid].append(one)
    return by_study


def _study(
    uid: str, found: Sequence[Found], listed: Sequence[Listed], have: set[str]
) -> StudyFound:
    kept: dict[tuple[str, str], Instance] = {}
    for one in found:
        kept.setdefault((one.instance.sop_instance_uid, one.instance.sha256), one.instance)
    instances = tuple(kept.values())
    distinct = distinct_instances(instances)
    absent = [one for one in listed if one.sop_instance_uid not in have]
    facts = list(dict.fromkeys(one.study for one in found))
    patients = tuple(dict.fromkeys(fact.patient for fact in facts))
    fullest = max(patients, key=lambda p: (bool(p.name), bool(p.birth_date), bool(p.patient_id)))
    return StudyFound(
        study=Study(
            study_instance_uid=uid,
            series=_series_of(found, distinct, absent),
            patient=fullest,
            others=others_than(fullest, patients),
            study_date=next((fact.date for fact in facts if fact.date), None),
            study_description=next((fact.description for fact in facts if fact.description), ""),
            accession_number=next((f.accession_number for f in facts if f.accession_number), ""),
            institution_name=next((f.institution_name for f in facts if f.institution_name), ""),
        ),
        instances=instances,
        patients=patients,
        film=any(one.film for one in found),
        duplicates=len(found) - len(distinct),
        differing=len(instances) - len(distinct),
        listed_absent=len(absent),
        charset_guessed=any(fact.charset_guessed for fact in facts),
    )


def _series_of(
    found: Sequence[Found], distinct: Sequence[Instance], absent: Sequence[Listed]
) -> tuple[Series, ...]:
    """The series in the order of their numbers, those that only a DICOMDIR names among them."""
    instances: dict[str, list[Instance]] = defaultdict(list)
    for instance in distinct:
        instances[instance.series_instance_uid].append(instance)
    lacking: dict[str, list[Listed]] = defaultdict(list)
    for one in absent:
        lacking[one.series_instance_uid].append(one)
    bare = _bare_series(found)
    if len({(one.study.patient.name, one.study.patient.birth_date) for one in found}) > 1:
        bare = _with_names(found, bare)
    series = [
        counted(bare[uid], ones, listed_absent=len(lacking[uid])) for uid, ones in instances.items()
    ]
    series += [
        listed_series(uid, ones) for uid, ones in lacking.items() if ones and uid not in instances
    ]
    series.sort(key=lambda s: (s.series_number is None, s.series_number or 0))
    return tuple(series)


def _bare_series(found: Sequence[Found]) -> Mapping[str, Series]:
    """What the headers say of each series, before anything is counted."""
    by_uid: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        by_uid[one.instance.series_instance_uid].append(one)
    bare: dict[str, Series] = {}
    for uid, ones in by_uid.items():
        facts = list(dict.fromkeys(one.series for one in ones))
        bare[uid] = Series(
            series_instance_uid=uid,
            modality=next((fact.modality for fact in facts if fact.modality), ""),
            kind="other",
            instances=0,
            series_number=next((fact.number for fact in facts if fact.number is not None), None),
            series_description=next((f.description for f in facts if f.description), ""),
            body_part_examined=next((fact.body_part for fact in facts if fact.body_part), ""),
        )
    return bare


def _with_names(found: Sequence[Found], bare: Mapping[str, Series]) -> Mapping[str, Series]:
    """The series of a study that names several people, each with whom its own images name."""
    named: dict[str, dict[PatientIdentity, None]] = defaultdict(dict)
    for one in found:
        named[one.instance.series_instance_uid][one.study.patient] = None
    return {
        uid: replace(one, patients=tuple(named[uid])[:MOST_IDENTITIES]) for uid, one in bare.items()
    }


def _by_date(found: StudyFound) -> tuple[tuple[int, int, int], str]:
    date = found.study.study_date
    return (date.sort_key if date else (9999, 0, 0), found.study.study_instance_uid)
