"""Folding: text with everything removed that people type differently and mean alike.

Case, width, accents on Latin letters, ё, Arabic vowel signs and letter variants, the dots under
Devanagari letters, traditional Chinese characters, the digits of every script, typographic dashes and
quotes, invisible marks. Both what is searched and what is
searched for goes through it, so that it only has to be consistent, not pretty.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from checklist.traditional_table import SIMPLIFIED, TRADITIONAL

_ALIKE = {
    "ё": "е",
    "ı": "i",
    "\u0640": "",  # tatweel, which only stretches a word
    # Alef and its hamza forms, final yeh, Persian yeh and kaf, teh marbuta: typed as it comes.
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
    "ة": "ه",
    # Urdu's heh, with two eyes or without; a phone's Arabic keyboard has one.
    "ہ": "ه",
    "ھ": "ه",
    "ۂ": "ه",
    "ۃ": "ه",
    "ۀ": "ه",
    # Kazakh and Mongolian letters, which many phones' keyboards lack.
    "ә": "а",
    "ғ": "г",
    "қ": "к",
    "ң": "н",
    "ө": "о",
    "ұ": "у",
    "ү": "у",
    "һ": "х",
    "і": "и",
    # Vietnamese; Unicode sees no d in it.
    "đ": "d",
    # Punctuation.
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "`": "'",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "—": "-",
    "―": "-",
    "−": "-",
    "。": ".",
    "۔": ".",
    "、": ",",
    "،": ",",
    "؛": ";",
    "؟": "?",
    "٫": ".",
    "٬": ",",
    "〇": "零",
}
_SIMPLE = dict(zip(TRADITIONAL, SIMPLIFIED, strict=True))


def fold(text: str) -> str:
    """The folded text, with single spaces and none at the ends."""
    return " ".join(folded(text)[0].split())


# A message is folded for each thing that it might mean.
@lru_cache(maxsize=256)
def folded(text: str) -> tuple[str, tuple[int, ...]]:
    """The folded text and, for each of its characters, the index it came from in `text`.

    One more index is added for the end. Composed first: `text` is expected in NFC, where a letter
    and its accent are one character; what is not still folds, one mark at a time.
    """
    characters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        for made in _fold_character(character):
            characters.append(made)
            origins.append(index)
    return "".join(characters), (*origins, len(text))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in _ALIKE:
        return _ALIKE[character]
    if character in _SIMPLE:
        return _SIMPLE[character]
    category = unicodedata.category(character)
    if category == "Cf" or (category == "Mn" and _only_decorates(character)):
        return ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    if character.isspace():
        return "\n" if character in "\n\r\v\f\x85\u2028\u2029" else " "
    plain = unicodedata.normalize("NFKC", character).casefold()
    return "".join(_without_accent(part) for part in plain)


def _without_accent(character: str) -> str:
    """A Latin letter without its accent. Elsewhere a mark can make another letter (и, й)."""
    if character in _ALIKE:
        return _ALIKE[character]
    base = unicodedata.normalize("NFD", character)[0]
    if base.isascii() and base.isalpha():
        return base
    return (
        "" if unicodedata.category(character) == "Mn" and _only_decorates(character) else character
    )


def _only_decorates(mark: str) -> bool:
    point = ord(mark)
    return (
        0x0300 <= point <= 0x036F  # accents that could not be composed
        or 0x0610 <= point <= 0x061A
        or 0x064B <= point <= 0x065F  # tashkeel
        or point == 0x0670
        or 0x06D6 <= point <= 0x06ED
        or point in (0x093C, 0x09BC)  # nukta, which many leave out
        or 0xFE00 <= point <= 0xFE0F  # how an emoji is drawn
    )


def one_letter_apart(one: str, other: str) -> bool:
    """Whether one edit (a letter more, less, other, or two swapped) makes the words equal."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 3:
        return False
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[:at] + short[at + 1 : at + 2] + short[at : at + 1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long
