"""Body parts: from machines' codes and from descriptions in the languages offered."""

from __future__ import annotations

import pytest

from checklist.kinds import body_part_in, body_part_of_code, parts_of
from checklist.names import body_part_name
from checklist.part_words import CODES, TOGETHER


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("LSPINE", "LSPINE"), ("L-SPINE", "LSPINE"), ("L SPINE", "LSPINE"), ("LUMBAR SPINE", "LSPINE"),
        ("CSPINE", "CSPINE"), ("CERVICAL_SPINE", "CSPINE"), ("T SPINE", "TSPINE"),
        ("ABDOMEN PELVIS", "ABDOMENPELVIS"), ("ABDOMEN_PELVIS", "ABDOMENPELVIS"),
        ("ABDOMENPELVIS", "ABDOMENPELVIS"), ("CHEST_ABDOMEN", "CHESTABDOMEN"),
        ("CHEST/ABD/PELVIS", "CHESTABDPELVIS"), ("BRAIN", "HEAD"), ("HEAD", "HEAD"),
        ("HEAD AND NECK", "HEADNECK"), ("THORAX", "CHEST"), ("LUNG", "CHEST"), ("UTERUS", "PELVIS"),
        ("KNEE", "KNEE"), ("WHOLEBODY", "WHOLEBODY"), ("ГОЛОВА", "HEAD"), ("胸部", "CHEST"),
        ("SOMETHING", ""), ("", ""),
    ],
)  # fmt: skip
def test_codes_are_understood(code: str, part: str) -> None:
    assert body_part_of_code(code) == part


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("CT Thorax/Abdomen/Pelvis with contrast", "CHESTABDPELVIS"),
        ("CT abdomen and pelvis", "ABDOMENPELVIS"),
        ("MRI HEAD^ROUTINE", "HEAD"), ("t2_tse_sag_lspine", "LSPINE"), ("MRT LWS", "LSPINE"),
        ("RM COLUMNA CERVICAL", "CSPINE"), ("IRM du rachis lombaire", "LSPINE"),
        ("КТ ОГК", "CHEST"), ("КТ органов грудной клетки, брюшной полости и малого таза",
                              "CHESTABDPELVIS"),
        ("МРТ головного мозга", "HEAD"), ("МРТ шейного отдела позвоночника", "CSPINE"),
        ("МРТ ПОП", "LSPINE"), ("КТ ППН", "SINUS"), ("МРТ коленного сустава", "KNEE"),
        ("胸部CT平扫", "CHEST"), ("全腹增强", "ABDOMEN"), ("胸腹盆CT", "CHESTABDPELVIS"),
        ("腰椎MRI", "LSPINE"), ("颅脑MR平扫", "HEAD"), ("膝关节", "KNEE"), ("乳腺", "BREAST"),
        ("رنين الدماغ", "HEAD"), ("أشعة مقطعية على الصدر", "CHEST"),
        ("الفقرات القطنية", "LSPINE"), ("مقطعية البطن والحوض", "ABDOMENPELVIS"),
        ("Localizer", ""), ("手术", ""), ("", ""),
    ],
)  # fmt: skip
def test_descriptions_are_understood(words: str, part: str) -> None:
    assert body_part_in(words) == part


@pytest.mark.parametrize("part", sorted({*CODES.values(), *TOGETHER.values()}))
def test_every_part_has_a_name_for_people(part: str) -> None:
    assert body_part_name(part).msgid != part


def test_a_part_of_several_meets_each_of_them() -> None:
    assert parts_of("CHESTABDPELVIS") & parts_of("CHEST")
    assert parts_of("CHESTABDPELVIS") & parts_of("LIVER")
    assert not parts_of("CHESTABDOMEN") & parts_of("HEAD")
