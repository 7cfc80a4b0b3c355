"""The cover page in every language that is offered, read again from the PDF, and with every letter drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from PIL import ImageFont

from bot.handoff.cover import FONTS, page_count
from bot.i18n import Catalogs
from bot.paths import load_languages
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.text import Text
from tests.handoff import cases
from tests.handoff.cases import answer
from tests.handoff.test_cover import cover, text_of
from tests.message_catalogs import LOCALES

OFFERED = load_languages().offered
#: No word of a language with spaces is as long.
_RUN = 16
#: A patient's own words in languages with letters that another may lack, and how many of a hundred
#: words must be found again. Arabic scripts and Thai are drawn from parts that no reader of PDFs puts
#: together without a mistake.
OWN_WORDS = {
    "en": ("My head has hurt for a year.", 100),
    "zh-Hans": ("头痛一年了，医生建议手术。", 100),
    "ru": ("Голова болит уже год, врач предлагает операцию.", 100),
    "ar": ("أعاني من صداع منذ سنة والطبيب ينصح بعملية جراحية.", 80),
    "vi": ("Tôi bị đau đầu một năm nay, bác sĩ khuyên phẫu thuật. Ữ ẫ ỹ ợ", 100),
    "id": ("Kepala saya sakit sejak setahun, dokter menyarankan operasi.", 100),
    "th": ("ปวดศีรษะ มาหนึ่งปีแล้ว แพทย์แนะนำ ให้ผ่าตัด น้ำหนักลด", 60),
    "kk": ("Басым бір жылдан бері ауырады, дәрігер ота ұсынады. Ғғ Ңң Өө Һһ", 100),
    "mn": ("Миний толгой нэг жил өвдөж байна, эмч хагалгаа санал болгосон. Үү", 100),
    "es": ("Me duele la cabeza desde hace un año. ¿Qué significa? ¡Ñandú!", 100),
    "fr": ("J’ai mal à la tête depuis un an, cœur, œil, ça, naïf.", 100),
    "ur": ("ایک سال سے سر میں درد ہے، ڈاکٹر آپریشن کا کہتے ہیں۔ ٹ ڈ ڑ ں ھ", 70),
}


def case_in(locale: str) -> Case:
    words, _share = OWN_WORDS.get(locale, OWN_WORDS["en"])
    case = cases.english()
    answers = {**case.answers, "problem": answer("problem", words)}
    return replace(case, locale=locale, answers=answers)


def words_of(text: str) -> list[str]:
    """The words; of a long run without a space (Thai, Chinese) each three letters that follow."""
    found = re.findall(r"[^\W_]+(?:[\u0300-\u036f\u0e31-\u0e4e\u064b-\u0655][^\W_]*)*", text)
    return [
        part
        for word in found
        for part in (
            [word] if len(word) < _RUN else (word[i : i + 3] for i in range(len(word) - 2))
        )
    ]


@pytest.mark.parametrize("locale", OFFERED)
def test_a_page_in_the_language_is_one_page_whose_words_can_be_copied(
    locale: str, languages: Catalogs, catalog: Catalog
) -> None:
    """Both our words and the patient's, on a page for a reader of the same language and of another."""
    own, share = OWN_WORDS[locale]
    for review in ("en", "zh-Hans", locale):
        pdf = cover(case_in(locale), languages, catalog, review)
        assert page_count(pdf) == 1
        page = text_of(pdf)
        title = languages.say(Text(msgid="Request for a second opinion"), review)
        assert share_found(own, page) * 100 >= share
        assert share_found(title, page) * 100 >= min(share, 70)


def share_found(text: str, page: str) -> float:
    """The part of a text's words that can be copied from a page."""
    words = words_of(text)
    return sum(word in page for word in words) / len(words)


@pytest.mark.parametrize("locale", OFFERED)
def test_every_letter_of_the_language_is_in_a_font_of_the_page(locale: str) -> None:
    """A letter that no font has would be an empty box."""
    folder = LOCALES / locale.replace("-", "_") / "LC_MESSAGES" / "messages.po"
    said = folder.read_text("utf-8") if folder.exists() else ""
    letters = {c for c in said + OWN_WORDS.get(locale, ("", 0))[0] if c.isalnum()}
    assert {letter for letter in letters if not is_drawn(letter)} == set()


def test_a_letter_in_no_font_is_noticed() -> None:
    assert not is_drawn("\u16a0")
    assert is_drawn("\u0e01")


def is_drawn(letter: str) -> bool:
    """Whether one of the fonts has a shape of its own for it."""
    return any(shape(font, letter) != shape(font, "\U0010fffe") for font in all_fonts())


def shape(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    drawn = font.getmask(letter)
    return bytes([*drawn.size, *drawn])


@cache
def all_fonts() -> tuple[ImageFont.FreeTypeFont, ...]:
    """Those of the pages."""
    folders = [Path(str(files(package) / inside)) for package, inside in FONTS]
    paths = [
        p for f in folders for p in sorted(f.iterdir()) if p.suffix in (".ttf", ".otf", ".ttc")
    ]
    return tuple(ImageFont.truetype(path, 24) for path in paths)
