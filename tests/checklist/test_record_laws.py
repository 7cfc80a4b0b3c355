"""What may be cited to a hospital: a row for each country, and never more than its mark allows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.paths import load_languages
from checklist.letter_words import letter_words, plain_parts
from checklist.letters import Letter
from checklist.record_laws import (
    LAWS,
    REVIEWED_BY,
    STRONG,
    days_of,
    fee_of,
    law_of,
    may_send_abroad,
    note_of,
    provision_of,
)
from checklist.text import Text

#: country: words of the provision, "" where nothing is cited; days for an answer, where cited
TABLE = {
    "US": ("45 CFR 164.524", 30),
    "DE": ("2016/679", None),
    "NO": ("2016/679", None),
    "GB": ("", None),
    "RU": ("323-FZ", None),
    "KZ": ("", None),
    "CN": ("Regulations on Medical Records", None),
    "IN": ("1.3.2", 3),
    "ID": ("", None),
    "VN": ("15/2023/QH15", None),
    "TH": ("Declaration of Patient Rights", None),
    "AE": ("", None),
    "SA": ("M/19", 30),
    "TR": ("Patient Rights", None),
    "AU": ("Privacy Principle 12", None),
    "CA": ("", None),
    "BR": ("2.217/2018", None),
    "MX": ("", None),
    # No row at all.
    **dict.fromkeys(("UZ", "KG", "MN", "PK", "BD", "KE", "NG", "ET", "CH", "XX", ""), ("", None)),
}
LANGUAGES = load_languages()


def letter(country: str, **values: object) -> Letter:
    known: dict[str, object] = {
        "number": 1, "kind": "images", "item": "imaging", "locale": "en", "own": "en",
        "made_at": datetime(2026, 11, 26, tzinfo=UTC), "country": country, "name": "Ana Petrova",
    }  # fmt: skip
    return Letter(**{**known, **values})  # type: ignore[arg-type]


def words_of(one: Letter, locale: str = "en") -> str:
    lines = (line for part in plain_parts(letter_words(one)) for line in part)
    return "\n".join(LANGUAGES.say(line, locale) for line in lines)


def test_every_row_is_in_the_table() -> None:
    rows = {law.countries.split()[0] for law in LAWS}
    assert {"AT" if country == "DE" else country for country in TABLE} >= rows
    countries = [country for law in LAWS for country in law.countries.split()]
    assert len(countries) == len(set(countries))


@pytest.mark.parametrize(("country", "cited", "days"), [(c, *row) for c, row in TABLE.items()])
def test_a_letter_cites_what_is_known_well_enough_and_nothing_else(
    country: str, cited: str, days: int | None
) -> None:
    said = words_of(letter(country))
    provision = provision_of(country)
    assert (provision is not None) == bool(cited)
    assert cited in said
    assert ("The right to this copy" in said) == bool(cited)
    assert days_of(country) == days
    assert ("days for an answer" in said) == (days is not None)
    assert "I ask for a copy of my own records" in said


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.countries[:2])
def test_no_part_of_a_row_is_used_that_was_not_read(law: object) -> None:
    """Each part by its own mark: a strong provision makes no fee and no time strong."""
    row = next(one for one in LAWS if one is law)
    country = row.countries.split()[0]
    said = words_of(letter(country))
    parts: list[tuple[Text | None, str, Text | None]] = [
        (row.provision, row.mark, provision_of(country)),
        (row.fee, row.fee_mark, fee_of(country)),
        (row.note, row.note_mark, note_of(country)),
    ]
    for part, mark, used in parts:
        assert used is None or (used == part and mark in STRONG)
    if row.mark not in STRONG:
        assert LANGUAGES.say(row.provision, "en") not in said
    assert days_of(country) is None or row.days_mark in STRONG
    assert row.source


def test_the_rows_say_that_no_lawyer_has_read_them() -> None:
    assert REVIEWED_BY == ""


def test_where_records_may_not_leave_the_country_no_download_is_asked_for() -> None:
    assert not may_send_abroad("AE")
    assert "download" not in words_of(letter("AE"))
    assert "download" in words_of(letter("KZ"))
    assert law_of("ae") is law_of("AE")


@pytest.mark.parametrize("kind", ["images", "pathology", "papers"])
def test_no_letter_threatens(kind: str) -> None:
    for country in TABLE:
        said = words_of(letter(country, kind=kind)).lower()
        for word in ("must", "court action", "lawyer", "complain", "obliged", "penalt"):
            assert word not in said


def test_a_law_on_copies_is_not_cited_for_glass_and_tissue() -> None:
    said = words_of(letter("US", kind="pathology"))
    assert "The right to a copy of the report stands here" in said
    assert "The right to this copy" not in said
