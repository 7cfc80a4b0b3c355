"""Consents: each point its own yes or no, and in what right somebody answers for a patient.

A yes counts from when it was given until a no; both stay on record, with the version, the language
and the SHA-256 of the words that were shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

from checklist.dates import PartialDate

#: What can be agreed to. Without `keep` there is no case; each other one is asked for by itself.
#: `abroad`: the case may go to a specialist in another country; `for_patient`: a helper has said in
#: what right they answer.
Point: TypeAlias = Literal[
    "keep", "abroad", "machine_reading", "machine_translation", "for_patient"
]

#: Those that can be refused, and everything else goes on.
OPTIONAL: Final[tuple[Point, ...]] = ("abroad", "machine_reading", "machine_translation")

#: In what right somebody answers, as they said it; nobody has verified it.
Basis: TypeAlias = Literal["", "asked", "authorised", "unable", "guardian", "no_guardian"]

_OF_CHILD: Final[frozenset[Basis]] = frozenset({"guardian", "no_guardian"})

#: From this birthday on somebody answers for themselves.
_OF_AGE: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A yes or a no to a version of words, in the language in which they were shown.

    `sha256` is that of these words, "" where it was not kept yet (before 2026-11-26); so it is with `by`,
    who said it.
    """

    version: str
    given: bool
    locale: str
    at: datetime
    point: Point = "keep"
    sha256: str = ""
    basis: Basis = ""
    by: Literal["", "patient", "helper"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A dispute is open: nothing of the case is erased until a coordinator lifts it.

    `erasure_wished` tells that the patient has asked for it meanwhile.
    """

    by: str
    at: datetime
    erasure_wished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PointAsked:
    """A point that was put to the patient, or is to be: `by` a coordinator, "" by the assistant itself.

    `at` is when that was wished, `shown_at` when the words were shown, None while they wait for it.
    """

    point: Point
    by: str
    at: datetime
    shown_at: datetime | None = None


def newest(consents: Sequence[Consent], point: Point) -> Consent | None:
    """What was said last of a point, None where it was never asked."""
    return next((one for one in reversed(consents) if one.point == point), None)


def is_given(consents: Sequence[Consent], point: Point) -> bool:
    """Whether a point is agreed to now."""
    found = newest(consents, point)
    return found is not None and found.given


def asked_of(asked: Sequence[PointAsked], point: Point) -> PointAsked | None:
    """How a point was put last, None where it never was."""
    return next((one for one in asked if one.point == point), None)


def with_asked(asked: Sequence[PointAsked], one: PointAsked) -> tuple[PointAsked, ...]:
    """All of them with this one, in place of what was known of its point."""
    return (*(known for known in asked if known.point != one.point), one)


def is_under_age(born: PartialDate | None, today: date) -> bool:
    """Whether somebody of this birth date is a child; where it isn't known they are not."""
    if born is None:
        return False
    at = (born.year + _OF_AGE, born.month or 1, born.day or 1)
    return (today.year, today.month, today.day) < at


def basis_of(consents: Sequence[Consent], born: PartialDate | None) -> Basis:
    """In what right somebody answers, "" where that isn't known.

    What was said of a child is not said of an adult: where the birth date was changed it counts no more.
    """
    said = newest(consents, "for_patient")
    if said is None or (said.basis in _OF_CHILD) != is_under_age(born, said.at.date()):
        return ""
    return said.basis


def answer_to(one: PointAsked, consents: Sequence[Consent]) -> Consent | None:
    """What was said of the point since it was wished, None while there is no answer."""
    said = newest(consents, one.point)
    return said if said is not None and said.at >= one.at else None
