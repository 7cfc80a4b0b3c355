"""Dates are read as exactly as they were written, in every language, and never more exactly."""

import tomllib
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from babel import Locale
from babel.dates import format_date, format_skeleton
from hypothesis import given
from hypothesis import strategies as st

from checklist.date_words import date_spans, parse_birth_date, parse_date, split_dated_line
from checklist.dates import Ambiguous, PartialDate
from checklist.words import Words, parse_words

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
TODAY = date(2026, 4, 15)
SEASONS = ("spring", "summer", "autumn", "winter")
TAGS = ("en", "zh-Hans", "ru", "ar", "vi", "id", "th", "kk", "mn", "es", "fr", "ur")


def words_of(tag: str) -> Words:
    path = ROOT / "locales" / tag.replace("-", "_") / "words.toml"
    return parse_words(path.read_text(encoding="utf-8"))


WORDS = {tag: words_of(tag) for tag in TAGS}


def written(found: PartialDate | Ambiguous | None) -> str:
    """How the data files write what was understood."""
    if isinstance(found, Ambiguous):
        return " or ".join(written(option) for option in found.options)
    if found is None:
        return ""
    return f"{found.iso} {SEASONS[found.season - 1]}" if found.season else found.iso


def rows(name: str) -> list[tuple[str, str, str | list[str]]]:
    data = tomllib.loads((DATA / name).read_text(encoding="utf-8"))
    return [(tag, text, said) for tag, table in data.items() for text, said in table.items()]


@pytest.mark.parametrize(
    ("tag", "text", "expected"), [*rows("dates.toml"), *rows("dates_frozen.toml")]
)
def test_a_date_is_understood_as_it_was_written(tag: str, text: str, expected: str) -> None:
    assert written(parse_date(text, WORDS[tag], TODAY)) == expected


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_has_enough_examples(tag: str) -> None:
    every = [*rows("dates.toml"), *rows("dates_frozen.toml")]
    assert sum(row[0] == tag for row in every) >= 25


@pytest.mark.parametrize(("tag", "line", "expected"), rows("dated_lines.toml"))
def test_the_date_of_a_line_is_told_from_its_words(
    tag: str, line: str, expected: list[str]
) -> None:
    found, rest = split_dated_line(line, WORDS[tag], TODAY)
    assert [written(found), rest] == expected


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        ("en", "on Friday", "2026-04-17"),
        ("en", "tomorrow", "2026-04-16"),
        ("en", "in 2 weeks", "2026-04-29"),
        ("en", "next week", "2026-04-22"),
        ("en", "15 May", "2026-05-15"),
        ("en", "15 March", "2027-03-15"),
        ("en", "in May", "2026-05"),
        ("en", "next month", "2026-05"),
        ("en", "in summer", "2026 summer"),
        ("zh-Hans", "两周后", "2026-04-29"),
        ("zh-Hans", "明天", "2026-04-16"),
        ("zh-Hans", "5月15日", "2026-05-15"),
        ("zh-Hans", "下周", "2026-04-22"),
        ("zh-Hans", "周五", "2026-04-17"),
        ("zh-Hans", "下个月", "2026-05"),
        ("ru", "через две недели", "2026-04-29"),
        ("ru", "в пятницу", "2026-04-17"),
        ("ru", "завтра", "2026-04-16"),
        ("ru", "15 мая", "2026-05-15"),
        ("ru", "на следующей неделе", "2026-04-22"),
        ("ru", "через месяц", "2026-05"),
        ("ar", "بعد أسبوعين", "2026-04-29"),
        ("ar", "غدا", "2026-04-16"),
        ("ar", "15 مايو", "2026-05-15"),
        ("ar", "يوم الجمعة", "2026-04-17"),
        ("ar", "الأسبوع القادم", "2026-04-22"),
        ("ar", "الشهر القادم", "2026-05"),
    ],
)
def test_asked_by_when_a_date_lies_ahead(tag: str, text: str, expected: str) -> None:
    assert written(parse_date(text, WORDS[tag], TODAY, toward="future")) == expected


def test_last_summer_is_asked_back_when_this_years_is_over() -> None:
    """In November it is this year's to some people and the year before's to others."""
    found = parse_date("last summer", WORDS["en"], date(2026, 11, 24))
    assert written(found) == "2026 summer or 2025 summer"


def test_the_order_of_a_number_date_can_be_told() -> None:
    assert written(parse_date("03/12/2024", WORDS["en"], TODAY, order="dmy")) == (
        "2024-12-03 or 2024-03-12"
    )


def test_the_words_are_kept() -> None:
    """An interpretation can be wrong, so what was written stays beside it."""
    found = parse_date("  around spring 2021 ", WORDS["en"], TODAY)
    assert isinstance(found, PartialDate)
    assert found.words == "around spring 2021"
    cut, _rest = split_dated_line("in spring 2021 - pain", WORDS["en"], TODAY)
    assert isinstance(cut, PartialDate)
    assert cut.words == "in spring 2021"


def test_an_ambiguous_day_of_one_year_has_the_year_in_common() -> None:
    found = parse_date("03/12/2024", WORDS["en"], TODAY)
    assert isinstance(found, Ambiguous)
    assert found.in_common == PartialDate(year=2024, words="03/12/2024")


# ---- birth dates -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        ("en", "12 April 1980", "1980-04-12"),
        ("en", "04/12/1980", "1980-04-12 or 1980-12-04"),
        ("en", "I was born on April 12, 1980", "1980-04-12"),
        ("en", "12.04.85", "1985-04-12"),
        ("en", "12.04.15", "1915-04-12 or 2015-04-12"),
        ("en", "1980", ""),
        ("en", "April 1980", ""),
        ("en", "12 April", ""),
        ("en", "12 April 2030", ""),
        ("ru", "12 апреля 1980 года", "1980-04-12"),
        ("ru", "12.04.1980", "1980-04-12"),
        ("ru", "12 04 1980", "1980-04-12"),
        ("zh-Hans", "1980年4月12日", "1980-04-12"),
        ("zh-Hans", "一九八〇年四月十二日", "1980-04-12"),
        ("zh-Hans", "19800412", "1980-04-12"),
        ("ar", "١٢/٠٤/١٩٨٠", "1980-04-12"),
        ("ar", "12 نيسان 1980", "1980-04-12"),
    ],
)
def test_a_birth_date_is_a_full_day_or_nothing(tag: str, text: str, expected: str) -> None:
    assert written(parse_birth_date(text, WORDS[tag], TODAY)) == expected


# ---- properties --------------------------------------------------------------------------------

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=TODAY)


@given(day=DAYS, tag=st.sampled_from(TAGS))
def test_a_date_that_the_locale_writes_is_read_back(day: date, tag: str) -> None:
    """What is echoed can be copied into an answer."""
    locale = Locale.parse(tag.replace("-", "_"))
    for style in ("long", "medium"):
        text = format_date(day, style, locale=locale)
        found = parse_date(text, WORDS[tag], TODAY)
        assert written(found) == day.isoformat(), text
    month = format_skeleton("yMMMM", day, locale=locale)
    assert written(parse_date(month, WORDS[tag], TODAY)) == day.isoformat()[:7], month
    year = format_skeleton("y", day, locale=locale)
    assert written(parse_date(year, WORDS[tag], TODAY)) == str(day.year), year


PIECES = st.sampled_from(
    [
        "2021",
        "12",
        "31",
        "/",
        ".",
        "-",
        " ",
        "ago",
        "last",
        "march",
        "years",
        "назад",
        "года",
        "марта",
        "прошлым",
        "летом",
        "年",
        "月",
        "三",
        "十",
        "前",
        "去",
        "منذ",
        "الماضي",
        "مارس",
        "سنة",
        "٣",
        "'",
        "\n",
        "in",
        "на",
        "99999999999",
        "0",
        "00",
        "ß",
        "́",
    ]
)


@given(text=st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join)))
def test_no_text_is_too_odd(text: str) -> None:
    """Whatever is written, it is a date, or two, or none; and no word of it is made up."""
    for words in WORDS.values():
        parse_date(text, words, TODAY)
        parse_date(text, words, TODAY, toward="future")
        parse_birth_date(text, words, TODAY)
        _found, rest = split_dated_line(text, words, TODAY)
        assert rest in _composed(text)
        for span in date_spans(_composed(text), words, TODAY):
            assert 0 <= span.start < span.end <= len(_composed(text))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
