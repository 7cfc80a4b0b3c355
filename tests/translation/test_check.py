"""Numbers, units, dates and medicines of a translation against those of its original."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklist.drug_names import DRUGS
from checklist.named_drugs import drug_named
from checklist.translation_check import Comparison, compare
from tests.translation.planting import found, pairs, planted

DIGITS = {"ar": "٠١٢٣٤٥٦٧٨٩", "fa": "۰۱۲۳۴۵۶۷۸۹", "hi": "०१२३४५६७८९"}


def said(came: Comparison) -> list[tuple[str, ...]]:
    """The differences as words."""
    return [
        (one.kind, *(side.words if side else "" for side in (one.original, one.translation)))
        for one in came.differences
    ]


def test_sound_translations_of_whole_records_raise_next_to_no_alarm() -> None:
    """Four languages, each into each other one; `python -m tests.translation` prints the figures."""
    came = [compare(a, b, source=s, target=t) for _name, s, t, a, b in pairs()]
    assert sum(one.agree for one in came) > 1000
    assert sum(len(one.differences) for one in came) <= 4


@pytest.mark.parametrize("kind", ["digit", "left out", "point", "unit", "date", "drug"])
def test_nearly_every_planted_difference_is_found(kind: str) -> None:
    """One thing wrong in a whole record, of each kind a thousand times or less."""
    tried = [plant for plant in planted() if plant.kind == kind]
    # Every third will do of the many.
    tried = tried[:: 3 if len(tried) > 100 else 1]
    seen = Counter(found(plant) for plant in tried)
    assert seen[True] >= (0.93 if kind == "left out" else 0.98) * len(tried)


TABLE = [
    ("ru", "доза 1,5 г", "en", "dose 1500 mg", []),
    ("ru", "доза 1,5 г", "en", "dose 15 g", [("changed", "1,5 г", "15 g")]),
    ("ru", "Гемоглобин 128 г/л", "en", "Hemoglobin 12.8 g/dL", []),
    ("ru", "Гемоглобин 128 г/л", "en", "Hemoglobin 128 g/dL", [("unit", "128 г/л", "128 g/dL")]),
    ("ru", "прибыл 3 г. соли", "en", "3 kg of salt", [("unit", "3 г", "3 kg")]),
    ("ru", "операция в 2019 г.", "en", "surgery in 2019", []),
    ("ru", "12.04.2026", "en", "April 12, 2026", []),
    ("ru", "12.04.2026", "en", "04/12/2026", []),
    ("ru", "12.04.2026", "en", "April 13, 2026", [("changed", "12.04.2026", "April 13, 2026")]),
    ("zh", "二〇二六年", "en", "2026", [("added", "", "2026")]),
    ("en", "twice a day", "ru", "2 раза в день", []),
    ("en", "10,000 units", "ru", "10 000 ед", []),
    ("en", "1,250 ng/mL", "ru", "1,250 нг/мл", [("changed", "1,250 ng/mL", "1,250 нг/мл")]),
    ("ar", "درجة الحرارة ٣٨٫٥ درجة مئوية", "en", "temperature 38.5 °C", []),
    ("ru", "Т-критерий -2,5", "en", "T-score 2.5", [("changed", "-2,5", "2.5")]),
    ("ru", "цисплатином 75 мг", "en", "carboplatin 75 mg",
     [("changed", "цисплатином", "carboplatin")]),
    ("en", "camrelizumab 200 mg", "ru", "камрелизумаб 200 мг", []),
    ("en", "stage III", "zh", "Ⅲ期", []),
    ("en", "stage II", "ru", "стадия III", [("changed", "II", "III")]),
    ("en", "iodine contrast IV", "ru", "йодный контраст в/в", []),
    ("ru", "с 3 мая по 12 мая 2024 г.", "en", "from May 3 to May 12, 2024", []),
    ("en", "blood pressure 120/80 mm Hg", "zh", "血压120/80毫米汞柱", []),
    ("", "", "", "", []),
]  # fmt: skip


@pytest.mark.parametrize(("source", "original", "target", "translation", "differences"), TABLE)
def test_one_line_each(
    source: str, original: str, target: str, translation: str, differences: list[tuple[str, ...]]
) -> None:
    assert said(compare(original, translation, source=source, target=target)) == differences


def test_a_difference_is_shown_with_the_words_around_it() -> None:
    came = compare("Шов снять.\nДоза 5 мг утром", "Stitches out.\nA dose of 50 mg in the morning")
    (one,) = came.differences
    assert one.original is not None
    assert (one.original.before, one.original.words, one.original.after) == (
        "Доза ", "5 мг", " утром",
    )  # fmt: skip
    assert one.of == "number"


def test_no_two_medicines_of_the_table_sound_alike() -> None:
    assert {name: drug_named(name) for name in DRUGS} == {name: name for name in DRUGS}


# ---- of all numbers and days -------------------------------------------------------------------

numbers = st.decimals(min_value=0, max_value=99999, places=2).map(lambda d: d.normalize())


def written(number: Decimal, language: str) -> str:
    """The number as the language writes it."""
    whole, _, rest = f"{number:f}".partition(".")
    point = {"ru": ",", "ar": "٫"}.get(language, ".")
    text = whole + (point + rest if rest else "")
    return text.translate({ord(str(n)): sign for n, sign in enumerate(DIGITS.get(language, ""))})


@given(
    numbers, st.sampled_from(["ru", "en", "zh", "ar"]), st.sampled_from(["ru", "en", "zh", "ar"])
)
def test_a_number_is_the_same_in_the_digits_and_the_point_of_any_language(
    number: Decimal, source: str, target: str
) -> None:
    unit = {"ru": " мг", "en": " mg", "zh": "毫克", "ar": " ملغ"}
    came = compare(
        f"x: {written(number, source)}{unit[source]}",
        f"y: {written(number, target)}{unit[target]}",
        source=source,
        target=target,
    )
    assert said(came) == []


@given(numbers, numbers, st.sampled_from(["ru", "en", "zh", "ar"]))
def test_another_number_is_always_told(one: Decimal, other: Decimal, target: str) -> None:
    came = compare(
        f"{written(one, 'ru')} мг", f"{written(other, target)} mg", source="ru", target=target
    )
    assert bool(came.differences) == (one != other)


_RU: Final = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
       "ноября", "декабря")  # fmt: skip
_AR: Final = ("كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "تشرين الأول",
       "تشرين الثاني", "كانون الأول")  # fmt: skip
FORMS: Final[Mapping[str, Callable[[date], tuple[str, str]]]] = {
    "iso": lambda d: (d.isoformat(), "en"),
    "dots": lambda d: (f"{d.day:02}.{d.month:02}.{d.year}", "ru"),
    "ru": lambda d: (f"{d.day} {_RU[d.month - 1]} {d.year} г.", "ru"),
    "en": lambda d: (d.strftime("%B %d, %Y"), "en"),
    "zh": lambda d: (f"{d.year}年{d.month}月{d.day}日", "zh"),
    "ar": lambda d: (f"{written(Decimal(d.day), 'ar')} {_AR[d.month - 1]} {d.year}", "ar"),
}
days = st.dates(min_value=date(1920, 1, 1), max_value=date(2049, 12, 30))


@given(days, st.sampled_from(sorted(FORMS)), st.sampled_from(sorted(FORMS)))
def test_a_day_is_the_same_however_it_is_written(day: date, one: str, other: str) -> None:
    (original, source), (translation, target) = FORMS[one](day), FORMS[other](day)
    assert said(compare(original, translation, source=source, target=target)) == []
    later, _ = FORMS[other](day + timedelta(days=1))
    assert compare(original, later, source=source, target=target).differences


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    """And a text never differs from itself."""
    compare(one, other, source="ru", target="en")
    assert compare(one, one, source="en", target="en").differences == ()
