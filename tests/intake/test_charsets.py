"""Names and descriptions: readable in whatever character set they were written, declared or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.charsets import normalised, plausibility, readable
from tests import synthetic
from tests.intake.conftest import Index

#: Names as they lie on discs, and the sets in which systems write them without saying so.
WRITTEN = [
    ("Иванов^Иван^Иванович", "cp1251"),
    ("ИВАНОВА^ОЛЬГА", "cp1251"),
    ("ЩУКИН^ЮРИЙ", "cp1251"),
    ("Цой^В", "cp1251"),
    ("Kuznetsov^Sergei=Кузнецов^Сергей", "cp1251"),
    ("СОКОЛОВА^АННА^ПЕТРОВНА", "koi8_r"),
    ("Петров^Пётр", "cp866"),
    ("محمد^أحمد", "cp1256"),
    ("العلي^فاطمة", "cp1256"),
    ("حسن^علي", "cp1256"),
    ("王^小东", "gbk"),
    ("Wang^XiaoDong=王^小东", "gbk"),
    ("欧阳^修", "gbk"),
    ("李^娜", "gbk"),
    ("赵", "gbk"),
    ("陳^大文", "big5"),
    ("山田^太郎", "shift_jis"),
    ("Yamada^Tarou=山田^太郎=やまだ^たろう", "shift_jis"),
    ("김^희중", "euc_kr"),
    ("Müller^Jörg", "latin-1"),
    ("García^José", "latin-1"),
    ("Łukasz^Żak", "utf-8"),
    ("王^小东", "utf-8"),
]


@pytest.mark.parametrize("declared", [(), ("ISO_IR 6",), ("",), ("Not Supplied",)])
@pytest.mark.parametrize(("name", "written"), WRITTEN)
def test_a_name_without_a_right_declaration_is_read_all_the_same(
    name: str, written: str, declared: tuple[str, ...]
) -> None:
    assert readable(name.encode(written), declared) == (name, True)


@pytest.mark.parametrize(("name", "written"), [pair for pair in WRITTEN if pair[1] != "latin-1"])
def test_a_name_that_is_declared_as_latin_and_is_not_is_read(name: str, written: str) -> None:
    assert readable(name.encode(written), ("ISO_IR 100",)) == (name, True)


@pytest.mark.parametrize(
    ("name", "written", "declared"),
    [
        ("Müller^Jörg", "latin-1", "ISO_IR 100"),
        ("Müller^Jörg", "latin-1", "ISO_IR_100"),
        ("Łukasz^Żak", "iso8859_2", "ISO_IR 101"),
        ("Люкceмбypг", "iso8859_5", "ISO_IR 144"),
        ("Διονυσιος", "iso8859_7", "ISO-IR 126"),
        ("شرون^دبوره", "iso8859_6", "ISO_IR 127"),
        ("שרון^דבורה", "iso8859_8", "ISO_IR 138"),
        ("王^小东", "gb18030", "GB18030"),
        ("王^小东", "gbk", "GBK"),
        ("王^小东", "gbk", "GB2312"),
        ("王^小东", "utf-8", "ISO IR 192"),
        ("王^小东", "utf-8", "UTF-8"),
        ("ﾔﾏﾀﾞ^ﾀﾛｳ", "shift_jis", "ISO_IR 13"),
        ("Иванов^Иван", "cp1251", "WINDOWS-1251"),
        ("Plain^Name", "ascii", "ISO_IR 100"),
    ],
)
def test_a_right_declaration_is_believed_however_it_is_spelt(
    name: str, written: str, declared: str
) -> None:
    assert readable(name.encode(written), (declared,)) == (name, False)


def test_escapes_are_followed_with_and_without_a_declaration() -> None:
    korean = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"
    declared = readable(korean, ("", "ISO 2022 IR 149"))
    assert declared == ("Hong^Gildong=洪^吉洞", False)
    assert readable(korean, ()) == (declared[0], True)


@pytest.mark.parametrize(
    ("term", "standard"),
    [
        ("ISO_IR_100", "ISO_IR 100"),
        ("iso ir 192", "ISO_IR 192"),
        ("ISO-IR-144", "ISO_IR 144"),
        ("ISO2022IR87", "ISO 2022 IR 87"),
        ("ISO_2022_IR_58", "ISO 2022 IR 58"),
        ("GB18030 ", "GB18030"),
    ],
)
def test_misspelt_terms_are_known(term: str, standard: str) -> None:
    assert normalised(term) == standard


@given(st.binary(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_no_bytes_and_no_declaration_raise(raw: bytes, declared: list[str]) -> None:
    text, _guessed = readable(raw, declared)
    assert 0.0 <= plausibility(text) <= 1.0


def undeclared(name: str, written: str) -> bytes:
    made = synthetic.dataset(synthetic.ct_study(), synthetic.SeriesPlan(), 0)
    raw = name.encode(written)
    filler = "A" * (len(raw) + len(raw) % 2)
    made.PatientName = filler
    del made.SpecificCharacterSet
    return synthetic.encoded(made).replace(filler.encode(), raw.ljust(len(filler)))


def test_a_guess_is_told_to_coordinators_and_keeps_the_bytes(index: Index) -> None:
    indexed = index(undeclared("Иванов^Иван", "cp1251"))
    (finding,) = indexed.findings
    assert (finding.code, finding.severity) == ("charset_guess", "info")
    study = indexed.records[0].study
    assert study is not None
    assert study.patient.name == "Иванов Иван"
    assert bytes.fromhex(study.patient.raw_name).rstrip() == "Иванов^Иван".encode("cp1251")


def test_all_scripts_of_a_name_are_kept(index: Index) -> None:
    made = synthetic.dataset(synthetic.ct_study(), synthetic.SeriesPlan(), 0)
    made.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    study = index(synthetic.encoded(made)).records[0].study
    assert study is not None
    assert study.patient.name == "Yamada Tarou (山田 太郎) (やまだ たろう)"
    assert index(synthetic.encoded(made)).findings == ()
