"""Which language a short report is in, by the labels and names that only that language has.

A sheet of values or a title has none of the small words by which longer texts are told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Final

from checklist.report_words.row import ReportWords
from checklist.report_words.tables import ROWS, written
from checklist.word_finding import finds, likely

#: So many words of one language, and twice as many as of any other, tell it.
_ENOUGH: Final = 2
_SHORTEST: Final = 4


def language_by_words(plain: str, *, cyrillic: bool = False) -> str:
    """The language, as its row names it, whose own words stand in a folded text; "" for none or two."""
    found = {
        tag: sum(1 for w in likely(own, plain) if finds(w, plain))
        for tag, own in _own_words(_CYRILLIC if cyrillic else _LATIN)
    }
    (best, count), (_next, other) = Counter(found).most_common(2)
    return best if count >= _ENOUGH and count >= 2 * other else ""


#: The first letters of words in these scripts.
_LATIN: Final = ("a", "\u024f")
_CYRILLIC: Final = ("\u0400", "\u04ff")


@cache
def _own_words(letters: tuple[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The words of each language in these letters that no other of them has."""
    words = {row.language: frozenset(_words_in(letters, row)) for row in ROWS}
    shared = Counter(word for ones in words.values() for word in ones)
    own = {tag: tuple(sorted(w for w in ones if shared[w] == 1)) for tag, ones in words.items()}
    return tuple((tag, ones) for tag, ones in own.items() if ones)


def _words_in(letters: tuple[str, str], row: ReportWords) -> Iterator[str]:
    named = (*row.modalities.values(), *row.parts.values())
    tables = (*row.headings.values(), *row.hints.values(), *named)
    labels = (row.exam, row.scan_day, row.written_day, row.other_day, row.clinical, row.body)
    for words in (
        *tables,
        *labels,
        row.ranges,
        row.study_date,
        row.birth_date,
        row.left,
        row.right,
    ):
        for word in written(words):
            if len(word) >= _SHORTEST and letters[0] <= word[0] <= letters[1]:
                yield word
