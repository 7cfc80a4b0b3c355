"""A patient's name in its own letters is the one that a scanner wrote in Latin ones, or it is not."""

import pytest

from checklist.name_matching import NameEvidence, compare_names

SAME = [
    ("Nguyễn Văn An", "NGUYEN^VAN AN"),
    ("An Nguyen", "NGUYEN^VAN AN"),
    ("Đặng Thị Huệ", "DANG^THI HUE"),
    ("Trần Đức Minh", "TRAN^DUC MINH"),
    ("Lê Thị Hồng", "LE^HONG"),
    ("Айгүл Қасымова", "KASSYMOVA^AIGUL"),
    ("Нұрлан Әбдіразақов", "ABDRAZAKOV^NURLAN"),
    ("Ғалымжан Өтегенов", "UTEGENOV^GALYMZHAN"),
    ("Бат-Эрдэнэ Дорж", "DORJ^BAT-ERDENE"),
    ("Оюунчимэг Ганбаатар", "GANBAATAR^OYUNCHIMEG"),
    ("Өнөрсайхан Болд", "BOLD^UNURSAIKHAN"),
    ("عائشہ خان", "KHAN^AYESHA"),
    ("محمد حسین", "HUSSAIN^MUHAMMAD"),
    ("نواز ڈوگر", "DOGAR^NAWAZ"),
    ("زبیدہ رحمان", "REHMAN^ZUBAIDA"),
    ("José Ángel Núñez", "NUNEZ^JOSE ANGEL"),
    ("François Lefèvre", "LEFEVRE^FRANCOIS"),
    ("Siti Nurhaliza binti Tarudin", "SITI NURHALIZA^TARUDIN"),
    ("สมชาย ใจดี", "ใจดี^สมชาย"),
]


@pytest.mark.parametrize(("name", "header"), SAME)
def test_a_name_is_found_in_latin_letters(name: str, header: str) -> None:
    assert compare_names(name, header) == "same"


@pytest.mark.parametrize(
    ("name", "header", "expected"),
    [
        # Văn and Thị stand in half of all names, and An is one of its own.
        ("Nguyễn An", "NGUYEN^BINH", "family"),
        ("Hồ Văn Bình", "HO^VAN AN", "family"),
        ("Lê Thị Hồng", "LE^THI LAN", "family"),
        ("Lê Thị Hồng", "PHAM^THI LAN", "other"),
        ("عائشہ خان", "MALIK^SANA", "other"),
        # Whether it is one can't be told: the sounds of Thai are not known here.
        ("สมชาย ใจดี", "SOMCHAI^JAIDEE", "silent"),
        ("อนันต์", "ANAN", "silent"),
        ("สมชาย ใจดี", "WICHAI^MANA", "silent"),
    ],
)
def test_what_is_another_name_or_cannot_be_told(
    name: str, header: str, expected: NameEvidence
) -> None:
    assert compare_names(name, header) == expected


def test_a_name_that_cannot_be_compared_never_makes_a_stranger() -> None:
    """Thai, Devanagari, Georgian and Korean letters against Latin ones."""
    for name in ("อนันต์ ทองดี", "अनन्त शर्मा", "გიორგი ბერიძე", "김민수"):
        assert compare_names(name, "SMITH^JOHN") in ("silent", "unclear")
