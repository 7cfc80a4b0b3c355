"""The words of reports: that they are found, and that those of one language are not taken for another's."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checklist.day_order import day_first
from checklist.kinds import kind_of, language_of
from checklist.pairing_days import days_of
from checklist.report_words import en
from checklist.report_words.row import ReportWords
from checklist.report_words.tables import BODY_PARTS, MODALITIES, ROWS, words_of, written
from checklist.scan_words import mended, modalities_in, parts_in, sides_in
from checklist.word_finding import finds, likely
from checklist.word_folding import folded, unmarked
from tests.pairing_cases import TODAY

#: Fields of tables, and of lists, that hold words to be found.
TABLES: Final = (
    "headings", "hints", "modalities", "machines", "parts", "descriptions", "together",
)  # fmt: skip
LISTS: Final = (
    "exam", "scan_day", "written_day", "printed_day", "other_day", "earlier", "clinical", "body",
    "accession", "left", "right", "both", "vessels", "amended", "noise", "ranges", "study_date",
    "birth_date", "any_day",
)  # fmt: skip


def every_word(row: ReportWords) -> list[str]:
    named = [words for field in TABLES for words in getattr(row, field).values()]
    listed = [getattr(row, field) for field in LISTS]
    return [word for words in (*named, *listed) for word in written(words)]


def test_there_is_one_row_for_each_language() -> None:
    assert len({row.language for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.language)
def test_every_word_is_found_where_it_stands(row: ReportWords) -> None:
    lost = [word for word in every_word(row) if finds(word, f"1 {word} 2") is None]
    assert lost == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.language)
def test_rows_name_only_what_the_first_one_does(row: ReportWords) -> None:
    assert set(row.modalities) | set(row.machines) <= set(en.WORDS.modalities)
    assert set(row.parts) | set(row.descriptions) <= set(en.WORDS.parts)
    assert {part for parts in row.together for part in parts.split()} <= set(en.WORDS.parts)
    assert set(row.headings) | set(row.hints) <= set(en.WORDS.headings)
    assert all(1 <= number <= 12 for _name, number in row.months)


@settings(max_examples=20)
@given(st.lists(st.sampled_from(words_of(*LISTS)), min_size=1, max_size=6))
def test_no_word_that_stands_in_a_text_is_passed_over(words: list[str]) -> None:
    text = " ".join(words)
    for field in LISTS:
        every = words_of(field)
        found = {word for word in every if finds(word, text)}
        assert found <= set(likely(every, text))


@pytest.mark.parametrize(
    ("written_so", "plain"),
    [
        ("RÉGION EXPLORÉE", "region exploree"),
        ("Œdème du CŒUR", "oedeme du coeur"),
        ("Niño, año", "nino, ano"),
        ("Cộng hưởng từ não", "cộng hưởng từ nao"),
        ("Có đau đầu", "co đau đầu"),
        ("Йод", "йод"),
    ],
)
def test_accents_go_but_where_they_are_the_word(written_so: str, plain: str) -> None:
    assert folded(written_so) == plain
    assert folded(plain) == plain


def test_vietnamese_is_read_with_and_without_its_accents() -> None:
    for text in ("Cộng hưởng từ khớp gối phải", "CONG HUONG TU KHOP GOI PHAI"):
        plain = folded(text)
        assert (modalities_in(plain), parts_in(plain), sides_in(plain)) == (
            ("MR",),
            ("KNEE",),
            ("R",),
        )
    assert unmarked(folded("Cổ chân")) == "co chan"
    assert parts_in(folded("siêu âm cổ")) == ("NECK",)
    assert parts_in(folded("siêu âm có bất thường")) == ()


@pytest.mark.parametrize(
    ("text", "modalities", "parts", "sides"),
    [
        ("MRI of the knee, scanner: Alpha 3T", ("MR",), ("KNEE",), ()),
        ("TC de tórax sin contraste", ("CT",), ("CHEST",), ()),
        ("foto de la resonancia de mi mamá, rodilla", ("MR",), ("KNEE",), ()),
        ("Room Rm 204, CT of the chest", ("CT",), ("CHEST",), ()),
        ("Rx given for the knee", (), ("KNEE",), ()),
        ("Tc-99m bone scan", ("NM",), (), ()),
        ("the main finding of the MRI of the liver", ("MR",), ("LIVER",), ()),
        ("IRM de la main gauche", ("MR",), ("HAND",), ("L",)),
        ("écho-doppler du cou", ("US",), ("NECK",), ()),
        ("IRM do joelho, não há lesão", ("MR",), (), ()),
        ("foto MRI bahu kanan", ("MR",), ("SHOULDER",), ("R",)),
        ("nyeri kepala, MRI lutut kiri", ("MR",), ("KNEE",), ("L",)),
        ("MRI khớp vai, đầu dò 8 kênh", ("MR",), ("SHOULDER",), ()),
        ("RM de columna cervical, dorsal y lumbar", ("MR",), ("CSPINE", "TSPINE", "LSPINE"), ()),
        ("IRM du rachis cervical et dorsal", ("MR",), ("CSPINE", "TSPINE"), ()),
    ],
)
def test_a_word_of_one_language_is_not_taken_for_anothers(
    text: str, modalities: tuple[str, ...], parts: tuple[str, ...], sides: tuple[str, ...]
) -> None:
    plain = folded(text)
    assert (modalities_in(plain), parts_in(plain), sides_in(plain)) == (modalities, parts, sides)


@pytest.mark.parametrize(
    "word", ["pouvons", "radiologia", "radiology", "scanned", "recall", "الركبه"]
)
def test_a_word_that_is_none_is_not_mended_into_one(word: str) -> None:
    assert mended(word) == word


def test_a_title_is_no_machine() -> None:
    found = kind_of("Ordonnance pour Mr Martin, un comprimé par jour", not_after=TODAY)
    assert (found.kind, found.modality) == ("prescription", "")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Fecha de la prueba: 03/04/2026", ["2026-04-03"]),
        ("Examen réalisé le 03/04/2026", ["2026-04-03"]),
        ("Ngày chụp 03/04/2026", ["2026-04-03"]),
        ("Tanggal periksa 03/04/2026", ["2026-04-03"]),
        ("IRM de l'épaule 03/04/2026", ["2026-04-03"]),
        ("Signature of the studies, 03/04/2026", ["2026-04-03", "2026-03-04"]),
        ("abril 3 de 2026", ["2026-04-03"]),
        ("1er avril 2026", ["2026-04-01"]),
        ("ngày 03 tháng 04 năm 2026", ["2026-04-03"]),
        ("ngay 3 thang 4 nam 2026", ["2026-04-03"]),
        ("3 Agustus 2026", ["2026-08-03"]),
        ("3-ABR-26", ["2026-04-03"]),
    ],
)
def test_days_are_read_as_the_language_of_the_text_writes_them(text: str, iso: list[str]) -> None:
    found = days_of(folded(text), not_after=TODAY)
    assert [day.iso for day in found[-1].options] == iso


def test_a_day_on_a_line_of_its_own_is_not_the_birth_date_of_the_line_before() -> None:
    found = days_of(folded("sinh năm 1970").rstrip() + "\nngay 3/6/2026", not_after=TODAY)
    assert found[-1].kind == ""


def test_english_says_of_no_number_whether_it_is_a_day_or_a_month() -> None:
    assert not day_first("reception of the organs was practical, signature of the studies")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hemograma. Fecha de extracción 3 abril. Hemoglobina 13", "es"),
        ("Prélevé le 3 avril. Hémoglobine 13. Plaquettes 210", "fr"),
        ("Tanggal periksa 3 April. Trombosit 210", "id"),
        ("Ngay chup 3 thang 4. Ket luan: binh thuong", "vi"),
        ("CT 12.04.2026", ""),
    ],
)
def test_the_language_of_a_short_sheet_is_told_by_its_own_words(text: str, language: str) -> None:
    assert language_of(text) == language


def test_every_language_names_the_machines_and_parts_that_reports_are_about() -> None:
    for row in ROWS:
        if row.headings:
            assert {"CT", "MR", "US", "DX"} <= set(row.modalities), row.language
            assert {"HEAD", "CHEST", "ABDOMEN", "LSPINE", "KNEE"} <= set(row.parts), row.language
    assert MODALITIES.keys() == en.WORDS.modalities.keys()
    assert BODY_PARTS.keys() == en.WORDS.parts.keys()
