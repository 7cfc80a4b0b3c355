"""What a document is, from its text: its kind, modality, body part and language; its day with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from checklist.dates import PartialDate
from checklist.document_dates import document_date
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
    words_of,
)
from checklist.scan_words import quiet
from checklist.word_finding import finds, has, likely
from checklist.word_folding import VIETNAMESE, folded, without_titles

#: How much of a text counts as its heading, in characters.
_TOP = 600
#: In so many lines stands the title of a leaflet.
_TITLE = 2
#: More than a heading and a machine, which that title may name as well.
_LEAFLET = 10


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
    written = without_titles(f"{caption}\n{text}")
    plain = folded(written)
    kind, certain = _kind(plain, title=_title_of(written))
    scans = quiet(plain)
    imaging = kind == "imaging_report"
    return DocumentKind(
        kind=kind,
        certain=certain,
        modality=_first(MODALITIES, scans) if imaging else "",
        body_part=_first(BODY_PARTS, scans) if imaging else "",
        date=document_date(text, not_after=not_after, kind=kind) if text.strip() else None,
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


def _title_of(written: str) -> int:
    """So many letters of the folded caption and text are their title: the first lines of the text."""
    caption, *lines = written.split("\n")
    first = [line for line in lines if line.strip()][:_TITLE]
    return len(folded("\n".join((caption, *first))))


def _kind(plain: str, *, title: int) -> tuple[RecordKind, bool]:
    scores: Counter[RecordKind] = Counter()
    top = plain[:_TOP]
    for kind, words in HEADINGS.items():
        for word in likely(words, plain):
            found = finds(word, plain)
            if found and kind == "other":
                scores[kind] += _LEAFLET if found.start() < title else 0
            elif found:
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
