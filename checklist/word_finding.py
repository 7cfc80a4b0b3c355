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
from functools import cache
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
