"""A case is found by its patient's name in any script, by its number, its files and its dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.paths import load_languages
from checklist.case import Answer, Case
from checklist.dates import PartialDate
from checklist.records import Record
from checklist.search import search_terms, search_text

_AT = datetime(2026, 11, 25, tzinfo=UTC)
_WORDS = load_languages().words("en")

_LAB = Record(
    id="r", file_id="f", kind="lab", received_at=_AT, original_name="Анализ крови.PDF",
    media_type="application/pdf", size=1, date=PartialDate(year=2026, month=4, day=12),
)  # fmt: skip


def case_of(name: str) -> Case:
    answers = {
        "name": Answer(step="name", at=_AT, text=name),
        "birth_date": Answer(step="birth_date", at=_AT, text="12 April 1980", value="1980-04-12"),
    }
    return Case(id="7K3M-9Q2P", opened_at=_AT, answers=answers, records=(_LAB,))


def finds(query: str, text: str) -> bool:
    return all(
        any(all(part in text for part in every) for every in term)
        for term in search_terms(query, _WORDS, date(2026, 11, 25))
    )


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("Иванов Пётр", "ivanov|Ivanov Petr|Peter|петр|Yvanov|иван|ПЕТР иванов"),
        ("Екатерина Петрова", "yekaterina|Katerina|Petrova"),
        ("王小明", "wang|xiaoming|Wang Xiaoming|Xiaoming Wang|小明|王小明"),
        ("Wang Xiaoming", "王小明|王|WANG"),
        ("محمد علي", "mohamed|Muhammad Ali|محمد|Мухаммед"),
        ("Mohamed Ali", "محمد|علي|محمد علي|Мохамед"),
        ("José García", "jose garcia|GARCÍA"),
    ],
)
def test_a_name_is_found_in_any_script(name: str, queries: str) -> None:
    text = search_text(case_of(name))
    assert [query for query in queries.split("|") if not finds(query, text)] == []


@pytest.mark.parametrize("query", ["Smith", "Sokolov", "李", "حسين", "Wang Wei", "9999"])
def test_another_name_is_not_found(query: str) -> None:
    for name in ("Иванов Пётр", "王小明", "محمد علي", "Mohamed Ali"):
        assert not finds(query, search_text(case_of(name))), name


@pytest.mark.parametrize(
    "query",
    ["7k3m", "7K3M-9Q2P", "7k3m9q2p", "анализ", "крови.pdf", "disc.zip", "2026-04-12", "2026-04",
     "12.04.2026", "12 April 2026", "April 2026", "2026", "12.4.1980", "+4917"],
)  # fmt: skip
def test_a_case_is_found_by_its_number_its_files_and_its_dates(query: str) -> None:
    assert finds(query, search_text(case_of("Ana"), ("disc.zip", "whatsapp:+491701234567")))


@pytest.mark.parametrize("query", ["2026-04-13", "April 2025", "13.04.2026", "2027"])
def test_another_date_is_not_found(query: str) -> None:
    assert not finds(query, search_text(case_of("Ana")))


def test_a_date_that_can_be_read_in_two_ways_finds_both() -> None:
    third = replace(_LAB, date=PartialDate(year=2026, month=4, day=3))
    case = replace(case_of("Ana"), records=(third,))
    assert finds("03/04/2026", search_text(case))
    assert finds("04/03/2026", search_text(case))


def test_of_an_erased_case_nothing_is_found_but_its_number() -> None:
    text = search_text(replace(case_of("Ana"), erased=True), ("disc.zip",))
    assert finds("7K3M-9Q2P", text)
    assert text.split() == ["7k3m-9q2p"]


def test_words_of_any_length_and_kind_are_looked_for() -> None:
    for query in ("%", "_", "'", "a" * 5000, "\x00", "𝒜 王" * 50, "~", "^=", " "):
        search_terms(query, _WORDS, date(2026, 11, 25))
