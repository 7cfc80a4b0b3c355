"""A letter, set as a PDF and read again: in the hospital's language, and as the patient reads it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from subprocess import run

import pytest

from bot.handoff.cover import page_count
from bot.letters.pages import OWN_COPY, letter_pdf, letter_text
from bot.paths import load_languages
from checklist.case import Answer, Case
from checklist.dates import PartialDate
from checklist.letter_making import kind_for, letter_for, missing_scans
from checklist.letter_words import LetterWords, letter_words
from checklist.letters import Letter
from checklist.record_laws import LetterKind
from checklist.records import Record
from checklist.study import PatientIdentity, Series, Study
from checklist.text import Text, verbatim
from tests.conftest import require_tool

LANGUAGES = load_languages()
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
KINDS: tuple[LetterKind, ...] = ("images", "pathology", "papers")
#: The vowel marks of Arabic.
_MARKS = re.compile("[\u064b-\u0655\u0640]")
NAMES = {"en": "Ana Petrova", "ru": "Анна Петрова", "ar": "ليلى حسن", "zh-Hans": "王小明"}


def letter(locale: str, own: str, **values: object) -> Letter:
    known: dict[str, object] = {
        "number": 1, "kind": "images", "item": "imaging", "locale": locale, "own": own,
        "made_at": NOW, "country": "SA", "name": NAMES[own],
        "birth_date": PartialDate(year=1980, month=4, day=12),
    }  # fmt: skip
    return Letter(**{**known, **values})  # type: ignore[arg-type]


def pages_of(pdf: bytes, folder: Path) -> list[str]:
    """The text of each page as another program reads it, without spaces and marks of direction."""
    path = folder / "letter.pdf"
    path.write_bytes(pdf)
    tool = require_tool("pdftotext")
    text = run([tool, path, "-"], capture_output=True, check=True).stdout.decode()
    return [_bare(page) for page in text.split("\f") if page.strip()]


def _bare(text: str) -> str:
    return re.sub(r"[\s\u200b-\u200f\u2066-\u2069\u202a-\u202e]+", "", text)


def paragraphs(words: LetterWords) -> list[Text]:
    return [words.to, words.subject, *words.opening, *words.wanted, *words.closing, words.enclosed]


@pytest.mark.parametrize(("locale", "own"), list(product(NAMES, NAMES)))
def test_it_stands_in_the_hospitals_language_and_the_patients(
    locale: str, own: str, tmp_path: Path
) -> None:
    """Each on a page of its own, every sentence there, where the letters can be read out again."""
    kind = KINDS[len(locale + own) % 3]
    one = letter(locale, own, kind=kind)
    pdf = letter_pdf(one, LANGUAGES)
    assert page_count(pdf) == (1 if locale == own else 2)
    pages = pages_of(pdf, tmp_path)
    for page, tag in zip(pages, (locale, own), strict=False):
        for text in paragraphs(letter_words(one)):
            said = LANGUAGES.say(text, tag)
            if tag == "ar":
                # Programs read Arabic out of a PDF in an order of their own: nearly all words are there.
                assert _share_found(said, page) > 0.7, said
            else:
                assert _bare(said) in page, said
    if locale != own and own != "ar":
        assert _bare(LANGUAGES.say(OWN_COPY, own)) in pages[1]
        assert _bare(LANGUAGES.say(OWN_COPY, own)) not in pages[0]


def _share_found(said: str, page: str) -> float:
    """How many of the words are there; lam and alef are one sign, and read out in either order."""
    page = _MARKS.sub("", page)
    words = [_MARKS.sub("", _bare(word)) for word in said.split()]
    turned = [re.sub("ل([اأإآ])", r"\1ل", word) for word in words]
    return sum(w in page or t in page for w, t in zip(words, turned, strict=True)) / len(words)


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert letter_pdf(letter("ru", "en"), LANGUAGES) == letter_pdf(letter("ru", "en"), LANGUAGES)


@pytest.mark.parametrize("locale", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_longest_letter_is_one_page_in_each_language(locale: str, kind: LetterKind) -> None:
    scans = tuple(verbatim(f"MRI (head) of {day} March 2026, made at: City Hospital No. {day}")
                  for day in range(1, 11))  # fmt: skip
    one = letter(
        locale, "en" if locale != "en" else "ru", kind=kind, country="DE", helper="Ivan Petrov",
        known=scans if kind == "images" else (), follows=PartialDate(year=2026, month=11, day=2),
    )  # fmt: skip
    assert page_count(letter_pdf(one, LANGUAGES)) == 2


def test_what_somebody_wrote_is_shown_and_never_run(tmp_path: Path) -> None:
    name = '#panic("x") $x^2$ *bold* <b>'
    pages = pages_of(letter_pdf(letter("en", "en", name=name), LANGUAGES), tmp_path)
    assert _bare(name) in pages[0]


def test_the_letter_about_scans_asks_for_all_series_and_for_no_picture_or_film() -> None:
    text = letter_text(letter("en", "en"), "en", LANGUAGES)
    assert "DICOM files: all series" in text
    assert "JPEG pictures, screenshots or film are not enough" in text
    assert "CD, DVD or USB stick" in text
    assert "Signature: ____" in text
    assert "\u2068" not in text


def test_the_letter_about_tissue_has_blanks_for_the_recuts() -> None:
    text = letter_text(letter("en", "en", kind="pathology"), "en", LANGUAGES)
    assert "recuts" in text
    assert "how many, how thick, on which glass: ____" in text
    assert "cut nothing before I confirm" in text


def test_a_helpers_letter_says_who_writes_and_by_which_right() -> None:
    text = letter_text(letter("en", "en", helper="Ivan Petrov"), "en", LANGUAGES)
    assert "I am Ivan Petrov" in text
    assert "Patient's name: Ana Petrova" in text
    assert "the patient's signed authority" in text
    assert "my own records" not in text


def case_with(*records: Record) -> Case:
    case = Case(id="c", opened_at=NOW)
    for answer in (
        Answer(step="name", at=NOW, text="Ana Petrova"),
        Answer(step="country", at=NOW, text="Russia", value="RU"),
    ):
        case = case.with_answer(answer)
    for record in records:
        case = case.with_record(record)
    return case


def record(id_: str, **values: object) -> Record:
    known: dict[str, object] = {
        "id": id_, "file_id": id_, "kind": "imaging_report", "received_at": NOW,
        "original_name": f"{id_}.pdf", "media_type": "application/pdf", "size": 1, "item": "imaging",
    }  # fmt: skip
    return Record(**{**known, **values})  # type: ignore[arg-type]


def test_it_names_the_scans_whose_pictures_or_reports_are_missing() -> None:
    report = record(
        "r", modality="MR", body_part="HEAD", date=PartialDate(year=2026, month=4, day=12)
    )
    series = Series(
        series_instance_uid="1.2.1", modality="CT", kind="image", instances=20,
        body_part_examined="CHEST",
    )  # fmt: skip
    study = Study(
        study_instance_uid="1.2",
        patient=PatientIdentity(name="", patient_id="", birth_date="", sex=""),
        study_date=PartialDate(year=2025, month=1, day=3),
        institution_name="City Hospital",
        series=(series,),
    )
    day = study.study_date
    scan = record(
        "s", kind="imaging_study", study=study, modality="CT", body_part="CHEST", date=day
    )
    lines = [LANGUAGES.say(line, "en") for line in missing_scans(case_with(report, scan))]
    assert lines == [
        "MRI (head) of April 12, 2026",
        "CT (chest) of January 3, 2025, made at: City Hospital: only the written report",
    ]


@pytest.mark.parametrize(
    ("item", "kind"),
    [("imaging", "images"), ("pathology", "pathology"), ("labs", "papers"), ("reports", "papers")],
)
def test_three_departments_get_three_letters(item: str, kind: str) -> None:
    one = letter_for(case_with(), item, locale="ru", own="en", helper="", now=NOW)
    assert (one.kind, one.item, one.country, one.number) == (kind, item, "RU", 1)
    assert kind_for(item) == kind
