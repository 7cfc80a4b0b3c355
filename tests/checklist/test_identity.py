"""Whose images: two names, birth dates and sexes are one person's, perhaps, or two people's."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from checklist.identity import Verdict, compare
from checklist.study import PatientIdentity

TABLE = Path(__file__).parent.parent / "data" / "identities.toml"


def pairs() -> list[tuple[str, str, str]]:
    table: dict[str, dict[str, list[list[str]]]] = tomllib.loads(TABLE.read_text("utf-8"))
    return [
        (verdict, one, other)
        for section in table.values()
        for verdict, found in section.items()
        for one, other in found
    ]


def person(words: str) -> PatientIdentity:
    name, birth_date, sex = (*(part.strip() for part in words.split("|")), "", "")[:3]
    return PatientIdentity(name=name, birth_date=birth_date, sex=sex)


@pytest.mark.parametrize(("verdict", "one", "other"), pairs())
def test_the_table_of_pairs_holds(verdict: Verdict, one: str, other: str) -> None:
    found = compare(person(one), person(other))
    assert found.verdict == verdict, found


def test_the_table_is_a_large_one() -> None:
    assert len(pairs()) >= 150
