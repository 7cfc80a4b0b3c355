"""What a document is, from its text: its kind, modality, body part, date and language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from checklist.dates import PartialDate
from checklist.day_forms import DAY_FORMS, common_year, is_buddhist, is_thai
from checklist.day_order import day_first
from checklist.language_words import language_by_words
from checklist.part_words import CODES, PARTS_OF, TOGETHER
from checklist.records import RecordKind
from checklist.report_words.tables import (
    BODY_PARTS,
    COMMON,
    DESCRIPTIONS,
    HEADINGS,
    HINTS,
    MODALITIES,
    MONTHS,
    words_of,
)
from checklist.scan_words import quiet
from checklist.word_finding import finds, has, likely
from checklist.word_folding import VIETNAMESE, folded, without_titles

#: How much of a text counts as its heading, in characters.
_TOP = 600
_OLDEST = 1950


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """What a text says of itself. `certain` is False where the kind is a guess.

    `has_reference_ranges` is None for anything but a lab sheet; `language` is BCP 47 or "".
    """

    kind: RecordKind = "other"
    certain: bool = False
    modality: str = ""
    body_part: str = ""
    date: PartialDate | None = None
    has_reference_ranges: bool | None = None
    language: str = ""


def kind_of(text: str, *, caption: str = "", not_after: date) -> DocumentKind:
    """What the document with this text is; a date later than `not_after` is not believed.

    The caption that came with it counts like a heading, since it is what the sender calls it.
    """
    plain = folded(without_titles(f"{caption}\n{text}"))
    kind, certain = _kind(plain)
    scans = quiet(plain)
    imaging = kind == "imaging_report"
    return DocumentKind(
        kind=kind,
        certain=certain,
        modality=_first(MODALITIES, scans) if imaging else "",
        body_part=_first(BODY_PARTS, scans) if imaging else "",
        date=document_date(text, not_after=not_after) if text.strip() else None,
        has_reference_ranges=has_reference_ranges(text) if kind == "lab" and text.strip() else None,
        language=language_of(text),
    )


def body_part_in(words: str) -> str:
    """The body part that a description names, in DICOM's words, or "".

    Of several the first, unless there is a word for them together: chest, abdomen and pelvis.
    """
    plain = folded(words.replace("_", " ").replace("^", " "))
    named = {
        part: place
        for part, words_of in BODY_PARTS.items()
        if (place := _place_of((*words_of, *DESCRIPTIONS.get(part, ())), plain)) is not None
    }
    first = min(named, key=lambda part: named[part], default="")
    together = next((code for parts, code in TOGETHER.items() if parts <= named.keys()), first)
    return together if first in PARTS_OF.get(together, ()) else first


def body_part_of_code(code: str) -> str:
    """Body Part Examined (0018,0015) as one of the parts known here; "" where it is none of them.

    Machines write `LSPINE`, `L-SPINE`, `LUMBAR SPINE`, `ABDOMEN PELVIS`, and free text.
    """
    plain = re.sub(r"[^A-Z0-9]", "", code.upper())
    plain = plain.removesuffix("WO").removesuffix("WC") if len(plain) > 8 else plain
    known = plain in BODY_PARTS or plain in PARTS_OF
    return plain if known else CODES.get(plain, "") or body_part_in(code)


def parts_of(body_part: str) -> frozenset[str]:
    """The single parts that a body part stands for, so that parts can be compared."""
    held = PARTS_OF.get(body_part, frozenset({body_part}))
    return held.union(*(PARTS_OF.get(part, ()) for part in held))


def has_reference_ranges(text: str) -> bool:
    """Whether a lab sheet shows the normal range beside its values."""
    plain = folded(text)
    if has(words_of("ranges"), plain):
        return True
    return len(re.findall(r"\d[\d.,]*\s+\(?\d+(?:[.,]\d+)?\s*[-–—~]\s*\d", plain)) >= 3


# ---- the kind ----------------------------------------------------------------------------------


def _kind(plain: str) -> tuple[RecordKind, bool]:
    scores: Counter[RecordKind] = Counter()
    top = plain[:_TOP]
    for kind, words in HEADINGS.items():
        for word in likely(words, plain):
            found = finds(word, plain)
            if found:
                scores[kind] += 6 if found.start() < len(top) else 3
    for kind, words in HINTS.items():
        scores[kind] += sum(1 for word in likely(words, plain) if finds(word, plain))
    if _first(MODALITIES, quiet(top)):
        scores["imaging_report"] += 3
    ranked = scores.most_common(2)
    best, score = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0
    if score < 3:
        return "other", False
    return best, score >= 6 and score >= second + 3


def _first(table: Mapping[str, tuple[str, ...]], plain: str) -> str:
    """The key whose word comes first; of two at the same place the longer word."""
    places = {key: place for key, words in table.items() if (place := _place_of(words, plain))}
    return min(places, key=lambda key: (*places[key], key), default="")


def _place_of(words: tuple[str, ...], plain: str) -> tuple[int, int] | None:
    """Where the first of these words stands, and less the longer it is; None for nowhere."""
    best: tuple[int, int] | None = None
    for word in likely(words, plain):
        found = finds(word, plain)
        if found:
            place = (found.end() - len(word), -len(word))
            best = place if best is None else min(best, place)
    return best


# ---- the date ----------------------------------------------------------------------------------

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
#: How far before a date its label can stand, in characters.
_LABEL = 40


def document_date(text: str, *, not_after: date) -> PartialDate | None:
    """The first plausible date of the study, the sample or the document; never a birth date."""
    plain = folded(text)
    unlabelled: PartialDate | None = None
    general: PartialDate | None = None
    other: PartialDate | None = None
    dates = list(_DATES.finditer(plain))
    first = any(_in_two_ways(found) for found in dates) and day_first(plain)
    for found in dates:
        day = _plausible(found, not_after, day_first=first)
        if day is None:
            continue
        label = _label_before(plain, found.start())
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
    return general or unlabelled or other


def _label_before(plain: str, at: int) -> str:
    """Which of the labels stands nearest before a date: birth, study, date, other, or ""."""
    window = plain[max(0, at - _LABEL) : at]
    # Another date between the label and this one takes the label for itself.
    window = window[max((earlier.end() for earlier in _DATES.finditer(window)), default=0) :]
    nearest = (-1, 0, "")
    for label, words in _labels():
        for word in likely(words, window):
            place = window.rfind(word)
            if place >= 0:
                general = word in words_of("any_day")
                nearest = max(nearest, (place + len(word), len(word), "date" if general else label))
    return nearest[2]


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


# ---- the language ------------------------------------------------------------------------------


def language_of(text: str) -> str:
    """The language of a text as a BCP 47 tag, by its letters, or "" where they don't tell."""
    letters = Counter(_script(char) for char in text[:20_000] if char.isalpha())
    total = sum(letters.values())
    if total < 12:
        return ""
    for script in ("kana", "hangul", "han", "thai", "arabic", "cyrillic"):
        # Reports in other scripts are full of Latin abbreviations and units; Thai vowels are no letters.
        if letters[script] * (4 if script in ("kana", "thai") else 3) >= total:
            return _within(script, text)
    return _latin(text)


def _script(char: str) -> str:
    code = ord(char)
    return next((name for name, low, high in _RANGES_OF if low <= code <= high), "latin")


_RANGES_OF = (
    ("han", 0x4E00, 0x9FFF),
    ("kana", 0x3040, 0x30FF),
    ("hangul", 0xAC00, 0xD7AF),
    ("thai", 0x0E00, 0x0E7F),
    ("arabic", 0x0600, 0x06FF),
    ("arabic", 0xFB50, 0xFEFF),
    ("cyrillic", 0x0400, 0x04FF),
)


def _within(script: str, text: str) -> str:
    if script == "cyrillic":
        return _cyrillic(text.lower())
    if script == "arabic":
        # Short messages can lack all of its letters, but hardly its "of".
        if re.search(r"[ٹڈڑںےہھ]|(?<!\w)[کك]ا(?!\w)", text):
            return "ur"
        return "fa" if re.search(r"[پچژگ]", text) else "ar"
    if script == "han":
        return "zh-Hant" if len(re.findall(r"[檢診醫報體為]", text)) > 2 else "zh-Hans"
    return {"kana": "ja", "hangul": "ko", "thai": "th"}[script]


def _cyrillic(lower: str) -> str:
    """By letters that Russian lacks: і is Ukrainian and Kazakh, ө and ү are Mongolian and Kazakh."""
    often = len(lower) / 200
    if len(re.findall(r"[әғқңұһ]", lower)) > often:
        return "kk"
    if len(re.findall(r"[өү]", lower)) > often:
        return "mn"
    if len(re.findall(r"[іїєґ]", lower)) > often:
        return "uk"
    # A text may have none of these letters, or be typed on a Russian keyboard.
    best = max(_by_count(_common(lower, ("kk", "mn"))))
    if best[0] >= 3:
        return best[1]
    return language_by_words(f" {folded(lower)} ", cyrillic=True) or "ru"


def _common(text: str, tags: Collection[str]) -> dict[str, int]:
    """How many common words of each of these languages stand in a text."""
    plain = f" {folded(text)} "
    return {tag: sum(plain.count(word) for word in COMMON[tag]) for tag in tags}


_VIETNAMESE = re.compile(f"[{VIETNAMESE}]")


def _latin(text: str) -> str:
    # No other language that is written in Latin letters has these.
    if len(_VIETNAMESE.findall(text.lower())) >= 3:
        return "vi"
    best = max(_by_count(_common(text, COMMON)), default=(0, ""))
    return best[1] if best[0] >= 3 else language_by_words(f" {folded(text)} ")


def _by_count(counts: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    return ((count, tag) for tag, count in counts.items())
