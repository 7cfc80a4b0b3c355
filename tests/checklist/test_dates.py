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

from checklist.calendars import Calendar, hijri_day, in_common, jalali_day
from checklist.date_words import (
    date_spans,
    parse_birth_date,
    parse_date,
    parse_only_date,
    split_dated_line,
)
from checklist.dates import Ambiguous, PartialDate
from checklist.folding import folded
from checklist.words import Words
from checklist.words_parsing import parse_words

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
        ("vi", "ngày mai", "2026-04-16"),
        ("vi", "2 tuần nữa", "2026-04-29"),
        ("vi", "tuần sau", "2026-04-22"),
        ("vi", "15 tháng 5", "2026-05-15"),
        ("id", "dua minggu lagi", "2026-04-29"),
        ("id", "besok", "2026-04-16"),
        ("id", "minggu depan", "2026-04-22"),
        ("th", "พรุ่งนี้", "2026-04-16"),
        ("th", "อีก 2 สัปดาห์", "2026-04-29"),
        ("th", "เดือนหน้า", "2026-05"),
        ("th", "15 พ.ค. 69", "2026-05-15"),
        ("kk", "екі аптадан кейін", "2026-04-29"),
        ("kk", "ертең", "2026-04-16"),
        ("kk", "келесі аптада", "2026-04-22"),
        ("mn", "маргааш", "2026-04-16"),
        ("mn", "2 долоо хоногийн дараа", "2026-04-29"),
        ("mn", "5 сарын 15", "2026-05-15"),
        ("es", "dentro de dos semanas", "2026-04-29"),
        ("es", "mañana", "2026-04-16"),
        ("es", "el viernes", "2026-04-17"),
        ("es", "la próxima semana", "2026-04-22"),
        ("fr", "dans deux semaines", "2026-04-29"),
        ("fr", "demain", "2026-04-16"),
        ("fr", "le mois prochain", "2026-05"),
        ("fr", "le 15 mai", "2026-05-15"),
        ("ur", "کل", "2026-04-16"),
        ("ur", "دو ہفتے بعد", "2026-04-29"),
        ("ur", "اگلے ہفتے", "2026-04-22"),
        ("ur", "15 مئی", "2026-05-15"),
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
        ("vi", "ngày 12 tháng 4 năm 1980", "1980-04-12"),
        ("vi", "sinh ngày 12/4/1980", "1980-04-12"),
        ("id", "12 April 1980", "1980-04-12"),
        ("id", "lahir 12-04-1980", "1980-04-12"),
        ("th", "12 เมษายน 2523", "1980-04-12"),
        ("th", "เกิด ๑๒ เม.ย. ๒๕๒๓", "1980-04-12"),
        ("th", "12/4/23", "1980-04-12 or 1923-04-12 or 2023-04-12"),
        ("th", "12 มีนาคม 2480", "1937-03-12 or 1938-03-12"),
        ("kk", "1980 жылғы 12 сәуір", "1980-04-12"),
        ("kk", "12.04.1980 ж.", "1980-04-12"),
        ("mn", "1980 оны 4 сарын 12", "1980-04-12"),
        ("mn", "1980.04.12", "1980-04-12"),
        ("es", "12 de abril de 1980", "1980-04-12"),
        ("es", "nací el 12 de abril del 80", ""),
        ("fr", "12 avril 1980", "1980-04-12"),
        ("fr", "né le 12/04/1980", "1980-04-12"),
        ("ur", "12 اپریل 1980", "1980-04-12"),
        ("ur", "۱۲-۰۴-۱۹۸۰", "1980-04-12"),
        ("ur", "۲۳ فروردین ۱۳۵۹", "1980-04-12"),
        ("ar", "26/5/1400 هـ", "1980-04-12 or 1980-04-11 or 1980-04-13"),
        ("ar", "رمضان 1400 هـ", ""),
        ("zh-Hans", "民国69年4月12日", "1980-04-12"),
    ],
)
def test_a_birth_date_is_a_full_day_or_nothing(tag: str, text: str, expected: str) -> None:
    assert written(parse_birth_date(text, WORDS[tag], TODAY)) == expected


# ---- other calendars --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "month", "day", "expected"),
    [
        (1402, 1, 1, "2023-03-21"),
        (1403, 1, 1, "2024-03-20"),
        (1399, 12, 30, "2021-03-20"),
        (1357, 11, 22, "1979-02-11"),
        (1300, 1, 1, "1921-03-21"),
        (1408, 12, 30, "2030-03-20"),
    ],
)
def test_the_iranian_calendar_is_exact(year: int, month: int, day: int, expected: str) -> None:
    assert jalali_day(year, month, day).isoformat() == expected


@pytest.mark.parametrize(
    ("year", "month", "announced"),
    [
        (1445, 9, "2024-03-11"),
        (1445, 1, "2023-07-19"),
        (1444, 9, "2023-03-23"),
        (1447, 1, "2025-06-26"),
        (1400, 1, "1979-11-20"),
    ],
)
def test_a_day_by_the_moon_is_known_to_a_day(year: int, month: int, announced: str) -> None:
    """So the month that is kept holds the day before and the day after too."""
    apart = hijri_day(year, month, 1) - date.fromisoformat(announced)
    assert abs(apart.days) <= 1


@given(
    calendar=st.sampled_from(("hijri", "jalali", "buddhist")),
    year=st.integers(1300, 1480),
    month=st.integers(1, 12),
    day=st.integers(1, 28),
)
def test_a_date_of_another_calendar_is_never_more_exact_than_it_was_written(
    calendar: Calendar, year: int, month: int, day: int
) -> None:
    year += 1120 if calendar == "buddhist" else 0
    whole = in_common(calendar, year, month, day)
    of_month = in_common(calendar, year, month, None)
    of_year = in_common(calendar, year, None, None)
    assert all(one.precision in ("month", "year") for one in of_month)
    assert all(one.precision == "year" for one in of_year)
    assert calendar != "hijri" or all(one.day is None for one in whole)
    # The longer time holds the shorter one.
    assert {one.year for one in whole} <= {one.year for one in of_year}


DIGITS = {"latin": "0123456789", "arabic": "٠١٢٣٤٥٦٧٨٩", "persian": "۰۱۲۳۴۵۶۷۸۹",
          "devanagari": "०१२३४५६७८९", "thai": "๐๑๒๓๔๕๖๗๘๙", "wide": "０１２３４５６７８９"}  # fmt: skip


@pytest.mark.parametrize("script", DIGITS)
def test_the_digits_of_any_script_are_the_same(script: str) -> None:
    """In every line of the lists."""
    digits = str.maketrans(DIGITS["latin"], DIGITS[script])
    for tag, text, _said in (*rows("dates.toml"), *rows("dates_frozen.toml")):
        other = text.translate(digits)
        assert written(parse_date(other, WORDS[tag], TODAY)) == written(
            parse_date(text, WORDS[tag], TODAY)
        ), other


@pytest.mark.parametrize("tag", TAGS)
def test_a_length_of_time_is_no_day(tag: str) -> None:
    """No row that names a length in weeks, months or years is read to a day."""
    every = [*rows("dates.toml"), *rows("dates_frozen.toml")]
    for row_tag, text, _said in every:
        found = parse_date(text, WORDS[tag], TODAY) if row_tag == tag else None
        if isinstance(found, PartialDate) and found.day is not None:
            plain = unicodedata.normalize("NFKC", text)
            near = (TODAY - date(found.year, found.month or 1, found.day)).days
            digits = any(c.isdigit() for c in plain)
            assert digits or near <= 5 or _days_are_named(plain, tag), text


def _days_are_named(text: str, tag: str) -> bool:
    """Whether a number word or numeral stands in the text: "пятого мая", 三月十五日."""
    named = [*WORDS[tag].dates.numbers, *"一二三四五六七八九十"]
    return any(name in folded(text)[0] for name in named)


@pytest.mark.parametrize(
    ("tag", "line"),
    [
        ("ar", "دفعت 1400 دولار للعملية"),
        ("ar", "الصفائح كانت عالية 1350 ثم نزلت"),
        ("ur", "خرچ 1400 روپے"),
        ("en", "it cost 1402 in all"),
        ("en", "Ramadan was hard for him"),
        ("th", "ยอด 2600 บาท"),
    ],
)
def test_a_number_is_no_year_of_another_calendar(tag: str, line: str) -> None:
    assert not list(date_spans(line, WORDS[tag], TODAY))


def test_the_words_of_a_foreign_year_are_kept() -> None:
    found, rest = split_dated_line("رمضان 1444 هـ عملية", WORDS["ar"], TODAY)
    assert isinstance(found, PartialDate)
    assert (written(found), found.words) == ("2023", "رمضان 1444 هـ")
    # The line says more than the date does, so it stays whole.
    assert rest == "رمضان 1444 هـ عملية"


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
        "trước",
        "năm",
        "tháng",
        "lalu",
        "พ.ศ.",
        "2566",
        "๒๕๖๖",
        "ที่แล้ว",
        "เดือน",
        "жылғы",
        "наурыз",
        "бұрын",
        "оны",
        "сарын",
        "hace",
        "il y a",
        "et demi",
        "پہلے",
        "رمضان",
        "هـ",
        "1445",
        "1402",
        "民国",
        "2,5",
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
        parse_only_date(text, words, TODAY, birth=True)
        _found, rest = split_dated_line(text, words, TODAY)
        assert rest in _composed(text)
        for span in date_spans(_composed(text), words, TODAY):
            assert 0 <= span.start < span.end <= len(_composed(text))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
