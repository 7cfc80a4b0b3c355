"""What words name: machines, body parts, sides and vessels, each letter counted for one word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from checklist.folding import one_letter_apart
from checklist.report_words.tables import (
    BODY_PARTS,
    DESCRIPTIONS,
    MODALITIES,
    OWN_MACHINES,
    ROWS,
    TOGETHER,
    words_of,
)
from checklist.short_forms import MACHINES, PARTS, VESSELS
from checklist.word_finding import core_of, has, likely, word_matcher
from checklist.word_folding import folded


def parts_in(plain: str) -> tuple[str, ...]:
    """The single body parts that folded words name, in their order; a general one only alone."""
    plain = quiet(plain)
    spine = [part for part in _SPINE if any(part in parts for parts in _spines(plain))]
    if len(spine) > 1:
        return tuple(spine)
    found = without_general(_taken(_part_words(), plain))
    if len(found) > 1 and _ALONE in plain:
        found = without_general(_taken(_part_words(), word_matcher(_ALONE).sub("~", plain)))
    return tuple(found)


#: "Echo" is the heart's where nothing else is named; in French it is any ultrasound: "écho mammaire".
_ALONE: Final = "echo"


_SPINE: Final = ("CSPINE", "TSPINE", "LSPINE")


def _spines(plain: str) -> Iterator[set[str]]:
    """The parts of the spine that a list names before, or after, its word stands only once."""
    for whole, names in _spine_words():
        if not any(one and one in plain for one in whole.split("|")):
            continue
        for found in _list_of("|".join(names)).finditer(plain):
            around = plain[max(0, found.start() - 25) : found.end() + 45]
            if any(one in around for one in whole.split("|")):
                yield {
                    part for part, one in zip(_SPINE, names, strict=True) if _any_in(one, found[0])
                }


@cache
def _spine_words() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Of each language that lists parts of the spine: its word, and those of its parts."""
    rows = (row.spine for row in ROWS)
    return tuple((folded(whole), tuple(map(folded, names))) for whole, names in rows if whole)


def _any_in(names: str, plain: str) -> bool:
    return any(name in plain for name in names.split("|"))


@cache
def _list_of(name: str) -> re.Pattern[str]:
    one = rf"(?:و?ال|و)?(?:{name})[^\W\d_\u4e00-\u9fff]*"
    ands = "|".join(map(re.escape, words_of("ands")))
    between = rf"[\s,、/+&-]*(?:(?:{ands}|及|和|,)\s*)?"
    return re.compile(rf"{one}(?:{between}{one})+")


def modalities_in(plain: str) -> tuple[str, ...]:
    """The modalities that folded words name: PET with CT is PET, angiography by CT is CT."""
    found = _taken(_modality_words(), quiet(plain))
    if "PT" in found:
        return ("PT",)
    if len(found) > 1:
        # "X-ray computed tomography", "CT angiography", "MR mammography".
        shown = {"CT", "MR"} & set(found)
        found = [
            code
            for code in found
            if code not in ("XA" if shown else "", "DX" if "CT" in found else "")
        ]
        found = [code for code in found if code != "MG"] if "MR" in found else found
    return tuple(found)


def sides_in(plain: str) -> tuple[str, ...]:
    """`L`, `R` or both, as folded words say."""
    if has(words_of("both"), plain):
        return ("L", "R")
    left = has(words_of("left"), plain)
    right = has(words_of("right"), plain)
    return (*(("L",) if left else ()), *(("R",) if right else ()))


def vessels_in(plain: str) -> bool:
    """Whether folded words say that vessels are shown."""
    return has((*words_of("vessels"), *VESSELS), plain)


# ---- words typed wrongly -----------------------------------------------------------------------

#: Shorter words are too near to each other for one letter to be a slip.
_LONG: Final = 6
#: In Latin letters there are eight languages, and so many more words to be near to.
_LONG_IN_LATIN: Final = 7
_ENDING: Final = 3


def mended(plain: str) -> str:
    """The folded words, of which those that are one slip away from a machine or a part are put right."""
    return re.sub(r"[^\W\d_]{6,}", lambda found: _mended(found[0]), plain)


@lru_cache(maxsize=2048)
def _mended(word: str) -> str:
    every = _single_words().get(word[0], ())
    if any(word.startswith(known) for known in every):
        return word
    for known in every:
        # What is left of it may be an ending.
        if len(word) > len(known) + _ENDING:
            continue
        for length in (len(known) - 1, len(known), len(known) + 1):
            if one_letter_apart(word[:length], known):
                return known
    return word


@cache
def _single_words() -> Mapping[str, tuple[str, ...]]:
    """Words in which a slip can be told, by their first letters."""
    found: dict[str, dict[str, None]] = {}
    for word in (*_part_words().words, *_modality_words().words):
        if len(word) >= (_LONG_IN_LATIN if word.isascii() else _LONG) and word.isalpha():
            found.setdefault(word[0], {})[word] = None
    return {first: tuple(words) for first, words in found.items()}


# ---- the tables --------------------------------------------------------------------------------


def quiet(plain: str) -> str:
    """The words without names of hospitals and the like, which hold parts and machines."""
    plain = _DOTTED.sub(_without_dots, plain)
    for word in likely(words_of("noise"), plain):
        plain = word_matcher(word).sub(" ~ ", plain) if core_of(word) in plain else plain
    return plain


#: Letters with a dot behind each: "I.R.M.", "М.Р.Т.". Two are somebody's initials.
_DOTTED: Final = re.compile(r"(?<![\w.])(?:[^\W\d_]\.){2,}[^\W\d_]\.?(?!\w)")


def _without_dots(found: re.Match[str]) -> str:
    word = found[0].replace(".", "")
    return word if word in _modality_words().meaning else found[0]


@cache
def _part_words() -> _Table:
    return _table(BODY_PARTS, DESCRIPTIONS, PARTS, TOGETHER)


@cache
def _modality_words() -> _Table:
    return _table(MODALITIES, MACHINES, OWN_MACHINES)


@dataclass(frozen=True, slots=True)
class _Table:
    """Words, the longest first, and what each of them stands for."""

    words: tuple[str, ...]
    meaning: Mapping[str, tuple[str, ...]]


def _table(*rows: Mapping[str, Sequence[str]]) -> _Table:
    """One table of several; a word of an earlier one keeps its meaning."""
    words: dict[str, tuple[str, ...]] = {}
    for row in rows:
        for codes, ones in row.items():
            for word in ones:
                words.setdefault(word, tuple(codes.split()))
    return _Table(tuple(sorted(words, key=lambda word: (-len(word), word))), words)


def _taken(table: _Table, plain: str) -> list[str]:
    """What the words in a text stand for, the longest word first: each letter counts for one word."""
    places: dict[str, tuple[int, int]] = {}
    for word in likely(table.words, plain):
        if core_of(word) not in plain:
            continue
        for found in list(word_matcher(word).finditer(plain)):
            for number, key in enumerate(table.meaning[word]):
                here = (found.start(), number)
                places[key] = min(places.get(key, here), here)
            blank = "~" * (found.end() - found.start())
            plain = plain[: found.start()] + blank + plain[found.end() :]
    return sorted(places, key=lambda key: places[key])


def without_general(parts: Sequence[str]) -> list[str]:
    """The parts, without the whole spine where a part of it is named."""
    one = any(part in parts for part in _SPINE)
    return [part for part in parts if part != "SPINE" or not one]
