"""Days as Thai, Mongolian, Kazakh and Taiwan's Chinese write them: forms that no other language has.

Thai years are of the Buddhist era, often only their last two digits: "12 เม.ย. 69" is April of 2026. In
Taiwan years are counted from 1912. Mongolian counts its months ("2026 оны 4 сарын 12"), Kazakh puts the
year first ("2026 жылғы 12 сәуір").
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Final

from checklist.calendars import BUDDHIST
from checklist.report_words import kk, mn, th
from checklist.report_words.row import ReportWords
from checklist.report_words.tables import ROWS, words_of, written
from checklist.word_folding import folded


def _names(row: ReportWords) -> str:
    names = {folded(name) for name, _number in row.months}
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_Y: Final = r"(?:19|20|24|25)\d\d"
#: Before a Thai year: "year", and of which era it is.
_ERA: Final = r"(?:ปี\s?)?(?:พ\.?\s?ศ\.?|ค\.?\s?ศ\.?|b\.?\s?e\.?)?"
#: "of the year", "of the fourth month".
_ON: Final = r"\s?он(?:ы|д)?\s?"
_SAR: Final = r"\s?(?:-?\s?р|-?\s?д[уо][гв]аар|-?\s?дугээр)?\s?сар(?:ын|д)?"
_ZHYL: Final = r"[\s\-]?(?:жылгы|жылдын|жылы|ж\.?|г\.?)\s?,?\s?"
#: A year of the Republic of China: called so, or one of now behind a Chinese label, "檢查日：115/03/24".
_HAN: Final = r"[\u4e00-\u9fff]"
_ROC: Final = (
    r"(?:民国\s?(?P<r25>\d{2,3})"
    rf"|(?=1[01]\d\s?[./\-年])(?:(?<={_HAN})|(?<={_HAN}[:：])|(?<={_HAN}\s)|(?<={_HAN}[:：]\s))"
    r"(?P<r26>1[01]\d))"
)

#: One expression, whose groups begin with `y` (`r` where years are the Republic of China's), `m` and `d` as
#: those of its users do. A year of two digits in it is a Thai one.
DAY_FORMS: Final = (
    rf"(?<![\d.])(?P<d20>\d{{1,2}})[\s.\-/]*(?:เดือน\s?)?(?P<m20>{_names(th.WORDS)})(?![\u0e01-\u0e3a])"
    rf"[\s.,'\-/]*{_ERA}\s?(?P<y20>{_Y}|\d\d)(?![\d:])"
    rf"|(?<![\d.])(?P<y21>{_Y}){_ON}(?P<m21>\d{{1,2}}){_SAR}(?:\s?(?P<d21>\d{{1,2}})(?!\d))?"
    rf"|(?<![\d.])(?P<y22>{_Y}){_ON}(?P<m22>{_names(mn.WORDS)})\s?(?P<d22>\d{{1,2}})(?!\d)"
    rf"|{_ROC}\s?[./\-年]\s?(?P<m25>\d{{1,2}})\s?[./\-月]\s?(?P<d25>\d{{1,2}})(?!\d)"
    rf"|(?<![\d.])(?P<y23>{_Y}){_ZHYL}(?:(?P<d23>\d{{1,2}})[\s\-]*)?(?P<m23>{_names(kk.WORDS)})(?!\w)"
)
#: A day without its year: "4 сарын 12".
DAY_OF_MONTH: Final = rf"(?<![\d.])(?P<m24>\d{{1,2}}){_SAR}\s?(?P<d24>\d{{1,2}})(?![\d.:])"


def _before_day() -> str:
    """Words for "day" of the languages in which nobody writes the month first, and of no other."""
    firm = {word for row in ROWS if row.day_first for word in written(row.any_day)}
    others = (row for row in ROWS if not row.day_first)
    shared = {word for row in others for word in written((*row.any_day, *row.scan_day))}
    return "|".join(sorted(map(re.escape, firm - shared), key=len, reverse=True))


#: Numbers without a year are a day only where they are called one: "ngày 14/5".
DAY_AND_MONTH: Final = (
    rf"(?<!\w)(?:{_before_day()})\s?:?\s?(?P<d26>\d{{1,2}})/(?P<m26>\d{{1,2}})(?![\d/.,\-])"
)


def born_behind(plain: str, end: int) -> bool:
    """Whether what stands behind a day says that it is the one of somebody's birth.

    With a colon behind it, it is the label of the next day.
    """
    return _born().match(plain, end) is not None


@cache
def _born() -> re.Pattern[str]:
    words = "|".join(map(re.escape, words_of("birth_behind")))
    return re.compile(rf"[ (]{{0,2}}(?:{words})(?!\w)(?![^.,;\n]{{0,20}}[:：])")


_THAI: Final = re.compile(r"[\u0e01-\u0e3a]")


def is_thai(plain: str) -> bool:
    """Whether a text has Thai letters, so that a year of two digits may be of the Buddhist era."""
    return _THAI.search(plain) is not None


def is_buddhist(year: str | None) -> bool:
    """Whether a written year is one of the Buddhist era, which the day and the month stand before."""
    return year is not None and 2440 <= int(year) < 2600


def common_year(year: int, today: date, *, thai: bool = True) -> int:
    """A written year as one of ours: 2569 is 2026, as are 69 in Thai, and 26."""
    if 2440 <= year < 2600:
        return year - BUDDHIST
    if year >= 100:
        return year
    buddhist = 2500 + year - BUDDHIST
    # 43 of the Buddhist era is 2000: lower ones are years of ours.
    return buddhist if thai and 2000 <= buddhist <= today.year else 2000 + year
