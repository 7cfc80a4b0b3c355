"""Plain words: how hard an English text is to read, for what patients are shown.

The grade is Flesch and Kincaid's (Kincaid et al. 1975): years of school in the United States. It says
little of a text of a few words, so those are not graded.
"""

from __future__ import annotations

import re
from typing import Final

#: A grade, words to a sentence, and the fewest words of which a grade says anything.
GRADE: Final = 6.0
SENTENCE: Final = 15
GRADED: Final = 8

#: The terms of the glossary (locales/README.md), which no text about records can do without: each is
#: explained where it is first met, and is counted as a word of two syllables.
_TERMS = frozenset(
    {
        *("allergy", "assistant", "automated", "coordinator", "coordinators", "dicom", "emergency"),
        *("hospital", "hospitals", "medicine", "medicines", "opinion", "pathology", "patient"),
        *("radiology", "second", "specialist"),
    }
)


def words_of(text: str) -> list[str]:
    """Its words, without figures and places."""
    return re.findall(r"[A-Za-z’']+", text)


def sentences_of(text: str) -> list[str]:
    """Its sentences; what stands after a colon is one of its own."""
    parts = re.split(r"(?<=[.!?:])[\s”]+|\n+", text)
    return [part for part in parts if words_of(part)]


def grade(text: str) -> float:
    """Years of school; raises ZeroDivisionError where there is no word."""
    words = words_of(text)
    per_word = sum(map(_syllables, words)) / len(words)
    return 0.39 * len(words) / len(sentences_of(text)) + 11.8 * per_word - 15.59


def _syllables(word: str) -> int:
    """About how many: groups of vowels, without an e that isn't heard."""
    plain = re.sub(r"['’]s$", "", word.lower())
    if plain in _TERMS:
        return 2
    heard = re.sub(r"(?<=[^laeiouy])es$|(?<=[^td])ed$|(?<=[^l])e$", "", plain)
    return max(1, len(re.findall(r"[aeiouy]+", heard or plain)))
