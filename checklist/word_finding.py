"""Finding the words of a document: where a word begins, in the letters of each language.

A listed word that ends in a blank is found only as a whole.

Thai has no blanks between words, so that a Thai word is found anywhere, and a Latin one begins and
ends at a Thai letter as at a Chinese character.

Arabic hangs "and", "in", "for" and the article on the front of a word, and the article loses its first
letter there: `الغدة`, `والغدة`, `بالغدة` and `للغدة` are one word. It changes the end of a word
too when something is hung on it: `ركبة`, `ركبتين`. A listed word is found in all of these forms.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

#: A letter of a word, which a Chinese character and a Thai letter are not.
_LETTER: Final = r"[^\W\u0e00-\u0e7f\u4e00-\u9fff]"
_THAI: Final = r"[\u0e00-\u0e7f]"
#: "and", "so", then "in", "like", "for", then the article, which "for" swallows a letter of.
_BEFORE_ARTICLE: Final = r"[وف]?(?:[بك]?ال|لل)"
_BEFORE_BARE: Final = r"[وف]?(?:[بك]?ال|لل|[بل])?"
#: Rests of an Arabic word that are shorter than this are not told apart from their article.
_TELLING: Final = 3


def finds(word: str, plain: str) -> re.Match[str] | None:
    """The first place of a folded word in a folded text."""
    # Most words are in no line, and to look for letters is a hundred times faster.
    return word_matcher(word).search(plain) if core_of(word) in plain else None


def has(words: tuple[str, ...], plain: str) -> bool:
    """Whether one of these words stands in a folded text."""
    return any(finds(word, plain) for word in likely(words, plain))


def likely(words: tuple[str, ...], plain: str) -> list[str]:
    """Those of these words, in their order, of which three letters stand in a folded text.

    Twelve languages have thousands of words, and a line has few of their letters in a row: to look up
    its letters takes a fifth of the time that it takes to look for each word.
    """
    places = _by_letters(words)
    numbers = {n for letters in places.keys() & _letters_of(plain) for n in places[letters]}
    return [words[number] for number in sorted(numbers)]


#: So many letters of a word are looked up.
_LOOKED_UP: Final = 3


@cache
def _by_letters(words: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """The places of words by the first letters of what stands in every text with them."""
    found: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        found.setdefault(core_of(word)[:_LOOKED_UP], []).append(number)
    return {letters: tuple(numbers) for letters, numbers in found.items()}


@lru_cache(maxsize=256)
def _letters_of(plain: str) -> frozenset[str]:
    """Every one, two or three letters that stand in a row in a text."""
    lengths = range(1, _LOOKED_UP + 1)
    return frozenset(plain[at : at + n] for at in range(len(plain)) for n in lengths)


def last_place(word: str, plain: str) -> int:
    """Where a folded word begins last, at the beginning of a word; -1 for nowhere.

    "Cirugía" is a label, and "neurocirugía" the head of a page. In scripts that hang words on, or write
    no blanks, it may begin anywhere.
    """
    place = plain.rfind(word)
    while place > 0 and _SPACED.match(plain, place - 1) and _SPACED.match(word):
        place = plain.rfind(word, 0, place + len(word) - 1)
    return place


#: A letter of a script in which a word begins at a blank.
_SPACED: Final = re.compile(r"[a-z\u00df-\u024f\u0400-\u04ff\u1e00-\u1eff]")


@cache
def word_matcher(word: str) -> re.Pattern[str]:
    """Finds a folded word where a word begins, a short one as a whole, a Chinese one anywhere."""
    if re.search(r"[\u4e00-\u9fff]", word):
        return re.compile(re.escape(word))
    if re.search(_THAI, word):
        return _thai(word)
    if re.match(r"[\u0600-\u06ff]", word):
        return _arabic(word)
    # 头颅CT平扫: a Latin word begins and ends at a Chinese character.
    ends = rf"(?!{_LETTER})" if len(word) <= 4 or word.endswith(" ") else ""
    return re.compile(rf"(?<!{_LETTER}){re.escape(word.rstrip())}{ends}")


@cache
def core_of(word: str) -> str:
    """Letters that stand in every text in which `word_matcher` finds the word."""
    if re.search(_THAI, word):
        return max(word.split(), key=len)
    if not re.match(r"[\u0600-\u06ff]", word):
        return word.rstrip()
    rests = (_without_article(part).removesuffix("ه") for part in word.split())
    return max(rests, key=len)


def _thai(word: str) -> re.Pattern[str]:
    """A Thai word, with the blanks in it or without them."""
    pattern = r"\s?".join(map(re.escape, word.split()))
    return re.compile(pattern + (rf"(?!{_THAI})" if word.endswith(" ") else ""))


def _arabic(word: str) -> re.Pattern[str]:
    if word.endswith(" "):
        return re.compile(r"(?<!\w)" + r"\s".join(map(_ending, word.split())) + r"(?!\w)")
    first, *others = word.split()
    rest = _without_article(first)
    pattern = rf"(?<!\w){_BEFORE_BARE if rest == first else _BEFORE_ARTICLE}{_ending(rest)}"
    for part in others:
        bare = _without_article(part)
        pattern += rf"\s(?:{_BEFORE_BARE}){_ending(bare)}"
    # Two letters begin too many words.
    return re.compile(pattern + (r"(?!\w)" if len(rest) < _TELLING and not others else ""))


def _without_article(word: str) -> str:
    rest = word.removeprefix("ال")
    return rest if len(rest) >= _TELLING else word


def _ending(word: str) -> str:
    bare = word.removesuffix("ه")
    return re.escape(word) if bare == word or len(bare) < _TELLING - 1 else f"{re.escape(bare)}[هت]"
