"""Words and days of reports in Thai, Urdu, Mongolian and Kazakh: how they are written and found."""

from __future__ import annotations

from datetime import date

import pytest

from checklist.document_dates import document_date
from checklist.kinds import kind_of
from checklist.pairing_days import days_of
from checklist.report_words import kk, mn, ru
from checklist.report_words.row import ReportWords
from checklist.scan_words import modalities_in, parts_in, sides_in
from checklist.word_finding import finds
from checklist.word_folding import folded
from tests.pairing_cases import TODAY, report_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("น้ำดี", "น\u0e4d\u0e49าดี"),
        ("สำคัญ", "ส าคัญ"),  # as PDFs have it
        ("แพทย์", "เเพทย์"),
        ("ที่", "ท\u0e48\u0e35"),
        ("ที่", "ท\u0e35\uf70a"),  # a mark of Windows fonts
        ("วันที่12เมษายน69", "วันที่ ๑๒ เมษายน ๖๙"),
        ("سینہ ۲۰۲۶ء", "سينه 2026ء"),
        ("ہسپتال کی رپورٹ۔", "هسپتال كي رپورٹ."),
        ("бүйрек", "буйрек"),
        ("зерттеу күнi", "зерттеу күні"),  # a Latin i
        ("өвдөг", "овдог"),
    ],
)
def test_what_is_written_differently_and_is_the_same_folds_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_right_in_kazakh_is_not_he_in_russian() -> None:
    assert sides_in(folded("оң тізе")) == ("R",)
    assert sides_in(folded("он жаловался на боль в колене")) == ()


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("สมอง", "ผลตรวจสมองของแม่", True),
        ("mri", "ผลmriสมอง", True),
        ("คอ ", "ct คอ 5 มกราคม", True),
        ("คอ ", "เอกซเรย์คอมพิวเตอร์", False),
        ("ผล mri", "ผลmri", True),
        (folded("کمر "), folded("کمر کا ایم آر آئی"), True),
        (folded("کمر "), folded("راجع كمريض خارجي"), False),
        ("бас ", "бас миы", True),
        ("бас ", "басында", False),
    ],
)
def test_a_word_is_found_as_its_script_divides_words(word: str, text: str, found: bool) -> None:
    assert bool(finds(word, text)) is found


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("12 เม.ย. 69", "2026-04-12"),
        ("๑๒ เมษายน พ.ศ. ๒๕๖๙", "2026-04-12"),
        ("12เมษายน2569", "2026-04-12"),
        ("วันที่ 12 เดือนเมษายน พ.ศ.2569", "2026-04-12"),
        ("ตรวจวันที่ 12/4/69", "2026-04-12"),
        ("03/04/2569", "2026-04-03"),
        ("12 มี.ค. 26", "2026-03-12"),
        ("2026 оны 4 сарын 12", "2026-04-12"),
        ("2026 оны 04-р сарын 12-ны өдөр", "2026-04-12"),
        ("2026 оны дөрөвдүгээр сарын 12", "2026-04-12"),
        ("2026 он 4 сар", "2026-04"),
        ("2026 жылғы 12 сәуір", "2026-04-12"),
        ("2026 ж. 12 сәуірде", "2026-04-12"),
        ("12 сәуір 2026 ж.", "2026-04-12"),
        ("۱۲ اپریل ۲۰۲۶ء", "2026-04-12"),
        ("12 مئی، 2026", "2026-05-12"),
    ],
)
def test_a_day_is_read_as_each_of_them_writes_it(text: str, iso: str) -> None:
    (day,) = days_of(folded(text), not_after=TODAY)
    assert [one.iso for one in day.options] == [iso]
    found = document_date(text, not_after=TODAY)
    assert found is not None
    assert found.iso == iso


@pytest.mark.parametrize(
    "text",
    [
        "2026.07.09-нд хийсэн, 2026.07.15-нд хэвлэсэн",
        "09.07.2026 жүргізілді, 15.07.2026 басып шығарылды",
        "9 جولائی 2026 کو کیا گیا، 15 جولائی 2026 کو پرنٹ ہوا",
    ],
)
def test_where_the_verb_comes_last_it_says_of_the_day_before_it_what_that_is(text: str) -> None:
    assert [(day.options[0].iso, day.kind) for day in days_of(folded(text), not_after=TODAY)] == [
        ("2026-07-09", "scan"),
        ("2026-07-15", "printed"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Цээжний КТ\nХийсэн: 2026.02.02\nШалтгаан: 2025.11.03-ны тархины MRI-тай харьцуулав",
        "Кеуде қуысының КТ\nКүні: 02.02.2026\n03.11.2025 бас миының МРТ-мен салыстырылды",
        "سینے کا سی ٹی\nتاریخ 02/02/2026\nدماغ کے 3 نومبر 2025 والے ایم آر آئی سے موازنہ کیا گیا",
        "CT ทรวงอก\nวันที่ 2 ก.พ. 2569\nเปรียบเทียบกับ MRI สมอง 3 พ.ย. 2568",
    ],
)
def test_what_is_compared_with_is_another_scan(text: str) -> None:
    found = report_of(text)
    assert (found.modalities, found.parts) == (("CT",), ("CHEST",))
    assert [day.iso for day in found.days] == ["2026-02-02"]


@pytest.mark.parametrize(
    "text",
    [
        "Ultrasound report\nUpper abdomen\n15/01/2026",
        "ЭХО ХАРИУ\nХэвлийн хөндийн эрхтнүүд\nОгноо 2026/01/15",
        "УДЗ хаттамасы\nҚұрсақ қуысы ағзалары\n15.01.2026",
    ],
)
def test_a_part_may_stand_on_a_line_of_its_own_below_the_machine(text: str) -> None:
    found = report_of(text)
    assert (found.modalities, found.parts) == (("US",), ("ABDOMEN",))


def test_a_year_of_two_digits_is_a_thai_one_only_among_thai_words() -> None:
    assert not days_of("родился 12.04.69", not_after=TODAY)
    assert not days_of("born 12.04.69", not_after=TODAY)


@pytest.mark.parametrize("text", ["4 сарын 12-нд хийлгэсэн", "12 сәуірде түсірдік", "12 เม.ย."])
def test_a_day_without_its_year_is_the_last_one(text: str) -> None:
    (day,) = days_of(folded(text), not_after=date(2026, 11, 24), without_year=True)
    assert day.options[0].iso == "2026-04-12"


@pytest.mark.parametrize(
    ("words", "modalities", "parts"),
    [
        ("mri กระดูกสันหลังส่วนคอ อก และเอว", ("MR",), ("CSPINE", "TSPINE", "LSPINE")),
        ("เอกซเรย์คอมพิวเตอร์ทรวงอก", ("CT",), ("CHEST",)),
        ("ศูนย์หัวใจและปอด ct ตับอ่อน", ("CT",), ("ABDOMEN",)),
        ("گردن اور کمر کے مہروں کا ایم آر آئی", ("MR",), ("CSPINE", "LSPINE")),
        ("mr no 221-887 x-ray chest", ("DX",), ("CHEST",)),
        ("хүзүү, цээж, бүсэлхийн нурууны mri", ("MR",), ("CSPINE", "TSPINE", "LSPINE")),
        ("зүрх судасны үндэсний төв цээжний рентген", ("DX",), ("CHEST",)),
        ("мойын, кеуде және бел омыртқасының мрт-сы", ("MR",), ("CSPINE", "TSPINE", "LSPINE")),
        ("мрт головного мозга, спин-эхо", ("MR",), ("HEAD",)),
    ],
)
def test_scans_are_named_in_each_of_them(
    words: str, modalities: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    plain = folded(words)
    assert (modalities_in(plain), parts_in(plain)) == (modalities, parts)


def test_the_number_of_the_medical_record_makes_no_sheet_a_scan() -> None:
    found = kind_of("MR No: 0045-7781\nHb 11.2 g/dl\nWBC 6.3\nPlatelets 210", not_after=TODAY)
    assert found.kind == "lab"


#: Common words of Russian letters and talk that words of its neighbours must not be found in.
RUSSIAN = (
    "он она они он дал согласие кол. сустав там тут от до сан мало мор бел басня миг узел "
    "указ каз кар жел мам нау шил кыр осмотр дежурный зонд хора хорда хол холл гар гарь гора тара "
    "тарелка толк тон тонус цена цех бор бора борт босс дома дал дала удар удел уз зуд зуб "
    "колдун кабина кабинет калькулез куб курс саркома сарай табло табак тиф тире омар оми ом"
)


def named(row: ReportWords) -> set[str]:
    """The words of a language for machines, parts, sides and kinds."""
    tables = (row.headings, row.hints, row.modalities, row.machines, row.parts, row.descriptions)
    words = {folded(word) for table in tables for ones in table.values() for word in ones}
    return words | {folded(word) for word in (*row.left, *row.right, *row.both, *row.vessels)}


def test_no_common_word_of_russian_is_a_part_or_a_machine_of_its_neighbours() -> None:
    known = named(ru.WORDS)
    for row in (kk.WORDS, mn.WORDS):
        plain = folded(RUSSIAN)
        assert [word for word in named(row) - known if finds(word, plain)] == []
