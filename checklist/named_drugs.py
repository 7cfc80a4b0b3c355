"""Medicines that a document names, whatever the letters: by their sound, in Chinese by a table.

A medicine's name is the same word in all languages, spelt as each of them hears it. What survives
are the consonants, in classes that no language confuses with each other: p and b, t and d, k and g.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import product
from typing import Final

from checklist.drug_names import DRUGS, NO_DRUGS, OTHER_NAMES
from checklist.romanisation import letters_of, likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """A medicine named in a text, by its international name.

    For one that no table has, `name` is "?" and its consonants.
    """

    start: int
    end: int
    name: str


_WORD: Final = re.compile(r"[^\W\d_]{5,}|5-(?:fu|фу)\b", re.IGNORECASE)
_CASES: Final = re.compile(r"(?:ами|ями|ого|ому|ой|ом|ем|ью|ах|а|у|е|ы|и|я|ь)$")
_PREFIXES: Final = re.compile(r"^(?:[وبفكل]?ال|لل|[وبل](?=\w{5}))")
#: Names that end so are medicines', though no table has them: the WHO's stems for substances.
_STEMS: Final = re.compile(
    r"(?:mab|[a-z]{3}tinib|[a-z]{4}fenib|platin|taxel|sartan|vastatin|ciclib|parib|gliptin|gliflozin|glutide"
    r"|prazole|setron|rubicin|маб|тиниб|фениб|платин|таксел|сартан|вастатин|циклиб|париб|глиптин|глифлозин"
    r"|глутид|празол|сетрон|рубицин|وماب|يماب|تينيب|فينيب|بلاتين|سارتان|ستاتين|برازول|جليبتين)$"
)
#: A name with fewer consonants may be another word.
_LEAST: Final = 4

_LATIN: Final = (
    ("ph", "f"), ("th", "t"), ("ch", "k"), ("qu", "kf"), ("x", "ks"), ("sch", "s"), ("sh", "s"),
)  # fmt: skip
_SOFT_C: Final = re.compile(r"c(?=[eiyæœ])")
_CLASSES: Final = {
    letter: sound
    for letters, sound in (
        ("bpбпبپ", "b"),
        ("fvwфвفڤ", "f"),
        ("dtдтدتطضثة", "t"),
        ("kgqcjкгхґقكکگجغخ", "k"),
        ("szсзцчшщжسصزذشظ", "s"),
        ("lлل", "l"),
        ("rрر", "r"),
        ("mмم", "m"),
        ("nнن", "n"),
    )
    for letter in letters
}
_VOWELS: Final = {
    letter: sound
    for letters, sound in (
        ("aаяا", "a"),
        ("eеэё", "e"),
        ("iyиыйي", "i"),
        ("oо", "o"),
        ("uуюو", "u"),
    )
    for letter in letters
}
_CHINESE: Final = {written: name for name, ways in DRUGS.items() for written in ways}
_IN_CHINESE: Final = re.compile("|".join(sorted(_CHINESE, key=len, reverse=True)))


def drugs_of(text: str) -> Iterator[Drug]:
    """The medicines of a text, in their order."""
    named = [
        Drug(start=match.start(), end=match.end(), name=name)
        for match in _WORD.finditer(text)
        if (name := drug_named(match[0]))
    ]
    written = (
        Drug(start=match.start(), end=match.end(), name=_CHINESE[match[0]])
        for match in _IN_CHINESE.finditer(text)
    )
    yield from sorted((*named, *written), key=lambda one: one.start)


@lru_cache(maxsize=8192)
def drug_named(word: str) -> str:
    """The international name of a medicine; "" for a word that is none."""
    small = unicodedata.normalize("NFC", word).casefold()
    script = letters_of(small)
    if script not in ("latin", "cyrillic", "arabic"):
        return ""
    stems = tuple(_stems(small, script))
    if not NO_DRUGS.isdisjoint(stems):
        return ""
    for stem in stems:
        if known := OTHER_NAMES.get(stem) or (stem if stem in DRUGS else ""):
            return known
    for stem in stems:
        if known := _alike(stem, script):
            return known
    return next((f"?{consonants(stem)}" for stem in stems if _is_unknown(stem)), "")


def _stems(small: str, script: str) -> Iterator[str]:
    """The word, and what it is without what its language adds to it."""
    yield small
    if script == "cyrillic" and len(stem := _CASES.sub("", small)) > 4:
        yield stem
    if script == "arabic" and len(stem := _PREFIXES.sub("", small)) > 4:
        yield stem


def _alike(stem: str, script: str) -> str:
    heard = consonants(stem)
    if len(heard) < _LEAST:
        return ""
    # Arabic writes few vowels, so that its words are compared by their consonants alone.
    known = [
        name
        for name in _BY_SOUND.get(heard, ())
        if script == "arabic" or likeness(stem, name) != "other"
    ]
    said = _vowels(stem)
    return max(known, key=lambda n: SequenceMatcher(None, said, _vowels(n)).ratio(), default="")


def _vowels(word: str) -> str:
    """The vowels, which tell apart what has the same consonants: bortezomib and pertuzumab."""
    return "".join(_VOWELS.get(letter, "") for letter in word)


def _is_unknown(stem: str) -> bool:
    return len(stem) > 6 and len(consonants(stem)) >= _LEAST and _STEMS.search(stem) is not None


@lru_cache(maxsize=8192)
def consonants(word: str) -> str:
    """The consonants of a word by their classes, each once where it stands twice."""
    for pair, sound in _LATIN:
        word = word.replace(pair, sound)
    word = _SOFT_C.sub("s", word).replace("кс", "ks")
    return re.sub(r"(.)\1+", r"\1", "".join(_CLASSES.get(letter, "") for letter in word))


def _sounds_of(name: str) -> Iterator[str]:
    """As languages hear it: an h is silent or a hard sound, and g is soft in some."""
    parts = re.split("(?<![pstc])h", name)
    for sounds in product(("", "k"), repeat=len(parts) - 1):
        yield consonants(parts[0] + "".join(s + p for s, p in zip(sounds, parts[1:], strict=True)))


_BY_SOUND: Final[dict[str, list[str]]] = {}
for _name in DRUGS:
    for _sound in dict.fromkeys(_sounds_of(_name)):
        _BY_SOUND.setdefault(_sound, []).append(_name)
