"""Differences planted into sound translations, one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from checklist.translation_check import compare
from tests.translation.cases import RECORDS

_DIGITS: Final = ("0123456789", "٠١٢٣٤٥٦٧٨٩")

#: What is said instead of each, in the translation.
_SWAPS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "drug": {
        "en": ("temozolomide/bevacizumab", "tamoxifen/letrozole", "atorvastatin/rosuvastatin",
               "clopidogrel/ticagrelor", "doxorubicin/epirubicin"),
        "ru": ("темозоломид/бевацизумаб", "тамоксифен/летрозол", "аторвастатин/розувастатин",
               "клопидогрел/тикагрелор", "доксорубицином/эпирубицином"),
        "zh": ("替莫唑胺/贝伐珠单抗", "他莫昔芬/来曲唑", "阿托伐他汀/瑞舒伐他汀", "氯吡格雷/替格瑞洛",
               "多柔比星/表柔比星"),
        "ar": ("تيموزولوميد/بيفاسيزوماب", "تاموكسيفين/ليتروزول", "أتورفاستاتين/روسوفاستاتين",
               "كلوبيدوجريل/تيكاجريلور", "دوكسوروبيسين/إيبيروبيسين"),
    },
    "unit": {
        "en": ("8 mg/8 g", "128 g/L|128 mg/L", "3 weeks/3 months", "60 Gy/60 mg", "98 µmol/98 mmol"),
        "ru": ("8 мг/8 г", "128 г/л|128 мг/л", "3 недели/3 месяца", "60 Гр/60 мг", "98 мкмоль/98 ммоль"),
        "zh": ("8毫克/8克", "128克/升|128毫克/升", "3周/3个月", "60戈瑞/60毫克", "98微摩尔/98毫摩尔"),
        "ar": ("٨ ملغ/٨ غ", "١٢٨ غ/ل|١٢٨ ملغ/ل", "٣ أسابيع/٣ أشهر", "٦٠ غراي/٦٠ ملغ",
               "٩٨ ميكرومول/٩٨ ملمول"),
    },
    "date": {
        "en": ("April 5/April 6", "14/05/2024|15/05/2024", "3 February/3 March", "January 2026/June 2026"),
        "ru": ("05 апреля/06 апреля", "14.05.2024/15.05.2024", "03.02.2024/03.03.2024",
               "январе 2026/июне 2026"),
        "zh": ("4月5日/4月6日", "5月14日/5月15日", "2024-02-03/2024-03-03", "2026年1月/2026年6月"),
        "ar": ("٥ نيسان/٦ نيسان", "١٤/٠٥/٢٠٢٤|١٥/٠٥/٢٠٢٤", "٢٠٢٤/٠٢/٠٣|٢٠٢٤/٠٣/٠٣",
               "كانون الثاني ٢٠٢٦/حزيران ٢٠٢٦"),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A translation with one thing wrong."""

    kind: str
    what: str
    source: str
    target: str
    original: str
    translation: str


def pairs() -> Iterator[tuple[str, str, str, str, str]]:
    """Each record in each language, with its translation into each other one."""
    for name, record in RECORDS.items():
        for source, target in permutations(record, 2):
            yield name, source, target, record[source], record[target]


def planted() -> Iterator[Plant]:
    """All of them: a digit changed, a value left out, and the swaps above."""
    for _name, source, target, original, translation in pairs():
        for kind, what, wrong in (*_digits(translation), *_swaps(translation, target)):
            yield Plant(
                kind=kind, what=what, source=source, target=target, original=original,
                translation=wrong,
            )  # fmt: skip


def _digits(text: str) -> Iterator[tuple[str, str, str]]:
    # What stands raised is part of a unit.
    for match in re.finditer(r"(?<![\d^])[\d]+(?:[.,٫]\d+)*(?!\^)", text):
        digit = match.end() - 1
        script = next(digits for digits in _DIGITS if text[digit] in digits)
        other = script[(script.index(text[digit]) + 1) % 10]
        around = text[max(0, match.start() - 12) : match.end() + 8].replace("\n", " ")
        yield "digit", around, text[:digit] + other + text[digit + 1 :]
        if len(match[0]) > 2:
            yield "left out", around, text[: match.start()] + text[match.end() :]
        if re.search("[.,٫]", match[0]) and not re.search(r",000|1,250", match[0]):
            yield (
                "point",
                around,
                text[: match.start()] + re.sub(r"[.,٫]", "", match[0]) + text[match.end() :],
            )


def _swaps(text: str, language: str) -> Iterator[tuple[str, str, str]]:
    for kind, by_language in _SWAPS.items():
        for swap in by_language[language]:
            right, wrong = swap.split("|" if "|" in swap else "/")
            if right in text:
                yield kind, swap, text.replace(right, wrong, 1)


def found(plant: Plant) -> bool:
    """Whether the comparison says that something differs, that it doesn't say of the sound one."""
    came = compare(plant.original, plant.translation, source=plant.source, target=plant.target)
    return bool(came.differences)
