"""The cover page: one page, readable and the same each time, whatever a case holds."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.handoff import cover_words
from bot.handoff.cover import build_cover, page_count
from bot.i18n import Catalogs
from checklist.case import Case, Entry
from checklist.catalog import Catalog
from checklist.physical import opened, told
from checklist.progress import checklist_for
from checklist.summary import summarize
from tests.handoff import cases
from tests.handoff.cases import AT, answer, case_of, day, record, study


def cover(case: Case, languages: Catalogs, catalog: Catalog, review: str = "zh-Hans") -> bytes:
    summary = summarize(case, checklist_for(case, catalog), catalog)
    return build_cover(summary, languages, review_locale=review, built_at=AT)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = document[0].get_textpage().get_text_bounded()
    finally:
        document.close()
    return " ".join(str(text).replace("\ufffe", "").split())


@pytest.mark.parametrize("review", ["zh-Hans", "en"])
@pytest.mark.parametrize("name", ["english", "chinese", "russian", "arabic"])
def test_a_cover_is_one_page_and_the_same_bytes_each_time(
    name: str, review: str, languages: Catalogs, catalog: Catalog
) -> None:
    """In every pair of languages."""
    case: Case = getattr(cases, name)()
    pdf = cover(case, languages, catalog, review)
    assert page_count(pdf) == 1
    assert pdf == cover(case, languages, catalog, review)
    text = text_of(pdf)
    assert case.text("name") in text
    assert "7KQ4-M2XR" in text
    assert "1/1" in text


def test_what_goes_by_post_is_on_the_cover_and_the_page_stays_one(
    languages: Catalogs, catalog: Catalog
) -> None:
    """With its courier and tracking number, in Arabic too, and also where there is far too much."""
    sent = told(opened("slides", number=1, at=AT), "confirmed", at=AT, by="coordinator")
    sent = told(sent, "sent", at=AT, by="patient", courier="DHL", tracking="12 3456 7890")
    many = tuple(
        replace(sent, number=n, tracking=f"{n}" * 60, ids=tuple(f"A{i}" for i in range(40)))
        for n in range(2, 40)
    )
    for case in (cases.arabic(), cases.chinese()):
        text = text_of(cover(replace(case, parcels=(sent,)), languages, catalog))
        assert "DHL" in text
        assert "12 3456 7890" in text
        pdf = cover(replace(case, parcels=(sent, *many)), languages, catalog, "ar")
        assert page_count(pdf) == 1


def test_what_was_not_stated_says_so_and_none_known_is_another_answer(
    languages: Catalogs, catalog: Catalog
) -> None:
    """A dash would be both."""
    later = case_of(answer("allergies", choice="later"))
    none = case_of(answer("allergies", choice="none"))
    said = [text_of(cover(case, languages, catalog, "en")) for case in (later, none, case_of())]
    assert ["None known" in text for text in said] == [False, True, False]
    assert "Allergies Not stated" in said[0]
    assert "Allergies Not asked yet" in said[2]


def test_a_cover_says_in_the_patients_words_what_the_patient_said(
    languages: Catalogs, catalog: Catalog
) -> None:
    """Once, in the original."""
    text = text_of(cover(cases.russian(), languages, catalog))
    for words in ("Одни врачи предлагают операцию", "Нужна ли химиотерапия", "бронхоскопия"):
        assert text.count(words) == 1
    for dated in ("2019", "2026-03", "2026-05-14", "1961-03-03"):
        assert dated in text


def test_a_cover_is_an_a4_page(languages: Catalogs, catalog: Catalog) -> None:
    """210 by 297 mm, which is what the hospital's printer holds."""
    document = pypdfium2.PdfDocument(cover(cases.english(), languages, catalog))
    width, height = document[0].get_size()
    document.close()
    assert (round(width), round(height)) == (595, 842)


def test_an_overlong_case_is_cut_with_a_pointer_to_the_rest(
    languages: Catalogs, catalog: Catalog
) -> None:
    """The beginning and the end of a long story are both kept."""
    events = tuple(Entry(text=f"event {n} " + "x " * 40, date=day(1950 + n)) for n in range(80))
    case = case_of(
        answer("name", "MARTA NOWAK"),
        answer("problem", "It hurts. " * 1000),
        answer("timeline", choice="have", entries=events),
    )
    pdf = cover(case, languages, catalog, "en")
    text = text_of(pdf)
    assert page_count(pdf) == 1
    assert "more: see case.json" in text
    assert "Shortened. All of it is in case.json." in text
    assert "event 0 " in text
    assert "event 79 " in text
    assert "not checked by a doctor" in text


HOSTILE = (
    '#panic("x")',
    '#read("/etc/passwd")',
    "$ sum $ *bold* _it_ `raw` <label> @ref // no",
    "\\u{202e}\u202eevil\u202c",
    "\ud800 lone",
    "<script>alert(1)</script>",
    "A" * 3000,
    "汉" * 3000,
    "ا" * 3000,
    "e" + "\u0301" * 2000,
    "\n" * 500 + "x",
    "👩‍👩‍👧😀🏥 \U0001f1f0\U0001f1ff",
    "\x00\x07\x1b[31m",
    "שלום CT 80 mg عربي 中文 русский",
    "\u200b\u2066\u2067\u2069\ufeff",
    "{name} %s {0}",
)
hostile = st.sampled_from(HOSTILE) | st.text(max_size=400)
many = st.lists(hostile, max_size=80)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    problem=st.builds(lambda s, n: (s * n)[:10_000], hostile, st.integers(1, 2000)),
    name=hostile,
    lines=many,
    reasons=many,
    records=st.integers(0, 60),
    locale=st.sampled_from(["en", "zh-Hans", "ru", "ar"]),
    review=st.sampled_from(["en", "zh-Hans", "ar"]),
)
def test_any_case_is_one_page_with_its_number_on_it(
    problem: str,
    name: str,
    lines: list[str],
    reasons: list[str],
    records: int,
    locale: str,
    review: str,
    languages: Catalogs,
    catalog: Catalog,
) -> None:
    """Markup, directions, emoji, control signs and endless words are all only text."""
    words = cycle(reasons or ["none"])
    entries = tuple(Entry(text=line, name=line, dose=next(words), date=day(2000)) for line in lines)
    case = case_of(
        answer("name", name),
        answer("role", choice="helper", note=name, value=problem[:200]),
        answer("country", problem[:300]),
        answer("birth_date", value=name),
        answer("problem", problem),
        *(answer(i, choice="have", entries=entries) for i in ("timeline", "medications")),
        *(answer(i, choice="have", entries=entries) for i in ("allergies", "questions")),
        answer("reports", choice="none", note=problem),
        answer("pathology", problem, choice="can_get"),
        answer("translation", problem),
        records=tuple(
            study(f"s{n}", modality=next(words)[:20], part=next(words)[:40], missing=n % 3)
            if n % 2
            else record(f"r{n}", "imaging_report", item="imaging", modality="CT", language="tlh")
            for n in range(records)
        ),
        locale=locale,
    )
    pdf = cover(case, languages, catalog, review)
    assert page_count(pdf) == 1
    if review != "ar":  # PDFium gives every line of a right-to-left document back to front
        text = text_of(pdf)
        assert "7KQ4-M2XR" in text
        assert "1/1" in text


def test_markup_in_a_patients_words_is_printed_as_it_is(
    languages: Catalogs, catalog: Catalog
) -> None:
    """Nothing of it is run."""
    words = '#panic("x") #read("cover.typ") $x$ *b* <b>'
    case = replace(cases.english(), answers={"problem": answer("problem", words)})
    assert words in text_of(cover(case, languages, catalog))


def test_a_cut_ends_between_words_and_keeps_letters_whole() -> None:
    """An accent is not parted from its letter."""
    assert cover_words.cut("one two three four", 10) == "one two…"
    assert cover_words.cut("e\u0301" * 20, 10).count("\u0301") == 4
    assert cover_words.cut("short", 10) == "short"


def test_words_have_the_direction_of_their_first_letter() -> None:
    """Whatever the patient's language is."""
    assert cover_words.words("80 مجم CT")["rtl"]
    assert not cover_words.words("CT عربي")["rtl"]
    assert not cover_words.words("123")["rtl"]


def test_persian_and_urdu_letters_get_a_font_that_has_them() -> None:
    """A word in two fonts does not join."""
    assert cover_words.words("پزشک")["font"] == "Amiri"
    assert cover_words.words("طبيب، 12 ٪")["font"] == ""
