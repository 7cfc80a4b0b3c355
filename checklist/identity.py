"""Identity: whether two names, birth dates and sexes are those of one person.

The patient id is never looked at: hospitals give their own, and give one to several people. What
one of the two doesn't say does not speak against it. Sex alone never decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Final, Literal

from checklist.birth_dates import DateEvidence, compare_birth_dates
from checklist.name_matching import NameEvidence, compare_names
from checklist.study import MOST_IDENTITIES, PatientIdentity, Study

Verdict = Literal["same", "perhaps", "different"]
SexEvidence = Literal["same", "different", "silent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two identities come to, and by which evidence."""

    verdict: Verdict
    name: NameEvidence
    birth_date: DateEvidence
    sex: SexEvidence

    @property
    def other_name(self) -> bool:
        """Whether something in the names speaks against one person."""
        return self.name in ("unclear", "given", "family", "other")

    @property
    def other_birth_date(self) -> bool:
        """Whether the birth dates speak against one person."""
        return self.birth_date in ("slip", "different")


#: By the names, then by the birth dates: same, close, slip, silent, different.
_VERDICTS: Final[dict[NameEvidence, tuple[Verdict, Verdict, Verdict, Verdict, Verdict]]] = {
    "same": ("same", "same", "perhaps", "same", "different"),
    "near": ("same", "same", "perhaps", "perhaps", "different"),
    "part": ("same", "perhaps", "perhaps", "perhaps", "different"),
    "unclear": ("perhaps", "perhaps", "perhaps", "perhaps", "different"),
    "given": ("perhaps", "perhaps", "different", "perhaps", "different"),
    "family": ("different", "different", "different", "different", "different"),
    "other": ("perhaps", "different", "different", "different", "different"),
    "silent": ("same", "perhaps", "perhaps", "perhaps", "different"),
}
_DATES: Final[tuple[DateEvidence, ...]] = ("same", "close", "slip", "silent", "different")


@lru_cache(maxsize=1024)
def compare(one: PatientIdentity, other: PatientIdentity) -> Comparison:
    """Whether they are one person.

    `one` is what is known (a case's answers), `other` what a header says: a header without signs
    in the name puts the family name first.
    """
    name = compare_names(one.name, other.name)
    birth_date = compare_birth_dates(one.birth_date, other.birth_date)
    sex = _sexes(one.sex, other.sex)
    verdict = _VERDICTS[name][_DATES.index(birth_date)]
    if name == "given" and birth_date == "silent" and "M" in (one.sex, other.sex):
        # A man seldom takes another family name, and given names are shared by many.
        verdict = "different"
    return Comparison(
        verdict=_with_sex(verdict, name, birth_date, sex),
        name=name,
        birth_date=birth_date,
        sex=sex,
    )


def mixes_people(study: Study) -> bool:
    """Whether its parts are about people who are surely not one."""
    identities = study.identities
    return len(identities) > MOST_IDENTITIES or any(
        compare(one, other).verdict == "different" for one, other in combinations(identities, 2)
    )


def brings_a_stranger(before: Study, more: Study) -> bool:
    """Whether more of a study names somebody who is surely none of those that it named before."""
    return any(
        all(compare(known, who).verdict == "different" for known in before.identities)
        for who in more.identities
    )


def _with_sex(
    verdict: Verdict, name: NameEvidence, birth_date: DateEvidence, sex: SexEvidence
) -> Verdict:
    """Another sex makes a doubt greater, and raises one where the rest is not certain."""
    if sex != "different":
        return verdict
    if verdict == "same" and (name, birth_date) != ("same", "same"):
        return "perhaps"
    doubtful = name in ("given", "other") and (birth_date != "same" or name == "other")
    return "different" if verdict == "perhaps" and doubtful else verdict


def _sexes(one: str, other: str) -> SexEvidence:
    a, b = one.strip().upper()[:1], other.strip().upper()[:1]
    if not {a, b} <= {"M", "F"}:
        return "silent"
    return "same" if a == b else "different"
