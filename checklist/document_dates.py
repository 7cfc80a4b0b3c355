"""The day of a document: of the sample, the visit or the discharge that it tells of, or its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import pairwise

from checklist.calendars import ROC
from checklist.dates import PartialDate
from checklist.day_forms import DAY_FORMS, born_behind, common_year, is_buddhist, is_thai
from checklist.day_order import day_first
from checklist.report_words.tables import MONTHS, words_of
from checklist.word_finding import last_place, likely
from checklist.word_folding import folded

_OLDEST = 1950
_Y = r"(?:19|20|24|25)\d\d"
_NAMES = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_JOIN = rf"(?:(?:{'|'.join(map(re.escape, words_of('joins')))})\s)?"
_DAY = r"(?:st|nd|rd|th|er|o)?"
_DATES = re.compile(
    rf"{DAY_FORMS}"
    rf"|(?<!\d)(?P<y1>{_Y})\s?[-./年]\s?(?P<m1>\d{{1,2}})\s?[-./月]\s?(?P<d1>\d{{1,2}})(?!\d)"
    rf"|(?<!\d)(?P<d2>\d{{1,2}})(?P<sep> ?[-./] ?)(?P<m2>\d{{1,2}})(?P=sep)(?P<y2>{_Y})(?!\d)"
    rf"|(?<![\d.])(?P<d6>\d{{1,2}})(?P<sep6>[./-])(?P<m6>\d{{1,2}})(?P=sep6)(?P<short>\d\d)(?![\d./-])"
    rf"|(?<!\d)(?P<d3>\d{{1,2}}){_DAY}[\s./-]+{_JOIN}(?P<m3>{_NAMES})\b\.?,?[\s/-]*{_JOIN}(?P<y3>{_Y})"
    rf"|(?<!\w)(?P<m4>{_NAMES})\b\.?\s+(?P<d4>\d{{1,2}}){_DAY},?\s+{_JOIN}(?P<y4>{_Y})"
    rf"|(?<!\w)(?P<m5>{_NAMES})\b\.?,?[\s/]+{_JOIN}(?P<y5>{_Y})"
)
#: In years: one that is longer is none.
_LONGEST_STAY = 1
#: How far before a date its label can stand, in characters.
_LABEL = 40


def document_date(text: str, *, not_after: date, kind: str = "") -> PartialDate | None:
    """The first plausible date of the study, the sample or the document; never a birth date.

    Of a stay in hospital, "from 10 to 13 January 2026", it is the last.
    """
    plain = "\n".join(map(folded, text.splitlines()))
    unlabelled: PartialDate | None = None
    general: PartialDate | None = None
    other: PartialDate | None = None
    dates = list(_DATES.finditer(plain))
    first = any(_in_two_ways(found) for found in dates) and day_first(plain)
    for found in dates:
        day = _plausible(found, not_after, day_first=first)
        if day is None:
            continue
        label = _label_of(plain, found)
        if label == "birth":
            continue
        if label == "study":
            return day
        if found["short"] and not label:
            # Values are written so too, and versions of forms.
            continue
        if label == "date":
            general = general or day
        elif label == "other":
            other = other or day
        else:
            unlabelled = unlabelled or day
    stay = _end_of_stay(plain, dates, not_after, day_first=first) if kind == "discharge" else None
    return stay or general or unlabelled or other


def _end_of_stay(
    plain: str, dates: Sequence[re.Match[str]], not_after: date, *, day_first: bool
) -> PartialDate | None:
    """The second of two days that stand in one line, the later one behind the other."""
    for found, after in pairwise(dates):
        between = plain[found.end() : after.start()]
        if "\n" in between or _label_of(plain, found) == "birth":
            continue
        if _label_of(plain, after) in ("birth", "other"):
            continue
        came = _plausible(found, not_after, day_first=day_first)
        left = _plausible(after, not_after, day_first=day_first)
        if came and left and left.year - came.year <= _LONGEST_STAY and came.iso < left.iso:
            return left
    return None


def _label_of(plain: str, found: re.Match[str]) -> str:
    """What a date is the date of, by what stands around it; one that has a line of its own is a "date"."""
    if born_behind(plain, found.end()):
        return "birth"
    line = plain[plain.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
    alone = not line.replace(found.group(), "").strip(" .,;:|()")
    label = _label_before(plain, found.start(), right_before=alone)
    return label or ("date" if alone else "")


def _label_before(plain: str, at: int, *, right_before: bool) -> str:
    """Which of the labels stands nearest before a date: birth, study, date, other, or "".

    With `right_before` another day's label counts only where nothing stands between the two.
    """
    window = plain[max(0, at - _LABEL) : at]
    # Another date between the label and this one takes the label for itself.
    window = window[max((earlier.end() for earlier in _DATES.finditer(window)), default=0) :]
    in_one = window.replace("\n", " ")
    nearest = specific = (-1, 0, "")
    for label, words in _labels():
        for word in likely(words, in_one):
            place = last_place(word, in_one)
            if place >= 0:
                general = word in words_of("any_day")
                found = (place + len(word), len(word), "date" if general else label)
                nearest = max(nearest, found)
                specific = specific if general else max(specific, found)
    # "Discharged at 9 o'clock, date 17 May": of which day it is stands before "date".
    if right_before and nearest[2] == "other" and nearest[0] < len(window.rstrip(" \n:：")):
        return ""
    in_line = specific[2] == "study" and specific[0] > window.rfind("\n")
    return "study" if in_line and nearest[2] == "date" else nearest[2]


@cache
def _labels() -> tuple[tuple[str, tuple[str, ...]], ...]:
    birth, study = words_of("birth_date"), words_of("study_date")
    other = (word for word in words_of("other_day") if word not in (*birth, *study))
    return ("birth", birth), ("study", study), ("other", tuple(other))


def _in_two_ways(found: re.Match[str]) -> bool:
    """Whether 03/04/2026 is March in one country and April in another."""
    if "/" not in (found["sep"] or found["sep6"] or ""):
        return False
    one, other = int(found["d2"] or found["d6"]), int(found["m2"] or found["m6"])
    return one != other and one <= 12 and other <= 12


def _plausible(found: re.Match[str], not_after: date, *, day_first: bool) -> PartialDate | None:
    parts = {key: value for key, value in found.groupdict().items() if value}
    sep = parts.pop("sep", "") or parts.pop("sep6", "")
    year = month = day = 0
    for key, value in parts.items():
        number = MONTHS[value] if value in MONTHS else int(value)
        match key[0]:
            case "y":
                year = common_year(number, not_after)
            case "r":
                year = number + ROC
            case "s":
                year = common_year(number, not_after, thai=is_thai(found.string))
            case "m":
                month = number
            case _:
                day = number
    words = found.group()
    if _in_two_ways(found) and not (day_first or is_buddhist(found["y2"])):
        # Only the year is known.
        return _partial(not_after, year, None, None, words)
    if sep and month > 12 >= day:
        day, month = month, day
    return _partial(not_after, year, month, day or None, words)


def _partial(
    not_after: date, year: int, month: int | None, day: int | None, words: str
) -> PartialDate | None:
    try:
        found = PartialDate(year=year, month=month, day=day, words=words)
    except ValueError:
        return None
    earliest = date(year, month or 1, day or 1)
    return found if year >= _OLDEST and earliest <= not_after else None
