"""A line of a medicine is taken apart and never changed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklist.medications import split_medication
from tests.checklist.test_dates import TODAY, WORDS, rows, written


@pytest.mark.parametrize(("tag", "line", "expected"), rows("medications.toml"))
def test_the_parts_of_a_line_are_found(tag: str, line: str, expected: list[str]) -> None:
    parts = split_medication(line, WORDS[tag], TODAY)
    assert [parts.name, parts.dose, parts.frequency, written(parts.since)] == expected


PIECES = st.sampled_from(
    [
        "20 mg",
        "500",
        "мг",
        "毫克",
        "每日",
        "两次",
        "раза в день",
        "2",
        "daily",
        "since",
        "2023",
        "يوميا",
        "ملغ",
        "مرتين",
        "Aspirin",
        "1-0-1",
        ",",
        "½",
        "片",
        "с",
        "марта",
        "\n",
        "é",
    ]
)


@given(line=st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join)))
def test_each_part_stands_in_the_line(line: str) -> None:
    """Nothing is made up, whatever was written."""
    composed = unicodedata.normalize("NFC", line)
    for words in WORDS.values():
        parts = split_medication(line, words, TODAY)
        assert parts.name in composed
        assert parts.dose in composed
        assert parts.frequency in composed
        assert parts.since is None or parts.since.words in composed
