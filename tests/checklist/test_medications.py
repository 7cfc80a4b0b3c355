"""A line of a medicine is taken apart and never changed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklist.medications import split_medication, split_medicines
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


SEVERAL = [
    ("en", "Metformin 500 mg twice a day, aspirin 100 mg daily; lisinopril 10 mg",
     ["Metformin 500 mg twice a day", "aspirin 100 mg daily", "lisinopril 10 mg"]),
    ("en", "Metformin 500 mg, twice a day, since March 2022, Aspirin 100 mg, daily",
     ["Metformin 500 mg, twice a day, since March 2022", "Aspirin 100 mg, daily"]),
    ("en", "Metformin (Glucophage, Siofor) 500 mg, Vitamin B12 1,000 mcg monthly",
     ["Metformin (Glucophage, Siofor) 500 mg", "Vitamin B12 1,000 mcg monthly"]),
    ("ru", "Метформин 500 мг 2 раза в день, аспирин 1,5 таблетки утром; лизиноприл 10 мг",
     ["Метформин 500 мг 2 раза в день", "аспирин 1,5 таблетки утром", "лизиноприл 10 мг"]),
    ("zh-Hans", "二甲双胍 500毫克 每日两次，阿司匹林100mg每天一次；赖诺普利10mg",
     ["二甲双胍 500毫克 每日两次", "阿司匹林100mg每天一次", "赖诺普利10mg"]),
    ("zh-Hans", "二甲双胍500毫克、阿司匹林100毫克", ["二甲双胍500毫克", "阿司匹林100毫克"]),
    ("ar", "ميتفورمين 500 ملغ مرتين يوميا، أسبرين 100 ملغ كل يوم؛ ليزينوبريل 10 ملغ",
     ["ميتفورمين 500 ملغ مرتين يوميا", "أسبرين 100 ملغ كل يوم", "ليزينوبريل 10 ملغ"]),
]  # fmt: skip


@pytest.mark.parametrize(("tag", "line", "medicines"), SEVERAL)
def test_several_medicines_on_one_line_are_several(
    tag: str, line: str, medicines: list[str]
) -> None:
    assert list(split_medicines(line, WORDS[tag], TODAY)) == medicines


@pytest.mark.parametrize(
    ("tag", "line"),
    [
        ("en", "Metformin 500 mg, twice a day, since March 2022"),
        ("en", "Aspirin, Metformin 500 mg"),  # What is Aspirin's dose? It may be a list of names.
        ("en", "Prednisone 20 mg daily, then 10 mg daily"),
        ("en", "Prednisone 20 mg daily, increased to 40 mg daily, now 10 mg daily"),
        ("en", "Insulin 10 units before breakfast, dinner 8 units"),
        ("en", "Insulin: morning 10 units, evening 8 units"),
        ("en", "Tamoxifen 20 mg daily, stopped because of a rash"),
        ("en", "Paracetamol 500 mg as needed, up to 4 tablets a day"),
        ("en", "Augmentin 875 mg, 125 mg clavulanate"),
        ("ru", "Преднизолон 20 мг утром, потом 10 мг утром"),
        ("ru", "Парацетамол 500 мг, при болях, до 4 таблеток в день"),
        ("ru", "Эутирокс 50 мкг натощак, доза 75 мкг с 2023"),
        ("zh-Hans", "胰岛素早10单位，晚8单位"),
        ("zh-Hans", "泼尼松20毫克每天一次，后来减至10毫克"),
        ("ar", "بريدنيزولون 20 ملغ يوميا، ثم 10 ملغ يوميا"),
        ("ar", "أنسولين 10 وحدات صباحا، 8 وحدات مساء"),
    ],
)
def test_a_line_that_may_be_one_medicine_stays_one(tag: str, line: str) -> None:
    assert split_medicines(line, WORDS[tag], TODAY) == (line,)


@pytest.mark.parametrize(("tag", "line", "_expected"), rows("medications.toml"))
def test_a_line_of_one_medicine_is_never_parted(tag: str, line: str, _expected: list[str]) -> None:
    assert split_medicines(line, WORDS[tag], TODAY) == (line,)


@given(line=st.one_of(st.text(), st.lists(PIECES).map(", ".join)))
def test_no_word_is_lost_by_parting(line: str) -> None:
    """Only what stands around the medicines is left out: separators, spaces."""
    composed = unicodedata.normalize("NFC", line)
    for words in WORDS.values():
        parted = unicodedata.normalize("NFC", "".join(split_medicines(line, words, TODAY)))
        assert [c for c in parted if c.isalnum()] == [c for c in composed if c.isalnum()]
