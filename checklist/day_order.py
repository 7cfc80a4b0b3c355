"""Whether who wrote a text writes the day before the month: told by the language, where one is told."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Final

from checklist.part_words import CODES
from checklist.report_words.row import ReportWords
from checklist.report_words.tables import ROWS, written
from checklist.short_forms import MACHINES, PARTS
from checklist.word_finding import has

#: Letters in which nobody writes the month before the day.
_LETTERS: Final = re.compile(r"[\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f\u4e00-\u9fff]")


def day_first(plain: str) -> bool:
    """Whether 03/04/2026 in this folded text is surely the third of April.

    English is written in both orders. A word that English lacks, of a language with only one, is enough.
    """
    return len(_LETTERS.findall(plain)) > len(plain) / 8 or has(_telling_words(), plain)


@cache
def _telling_words() -> tuple[str, ...]:
    """Words of languages in which the day always comes before the month, and of no other one."""
    firm = [row for row in ROWS if row.day_first]
    known = {word for row in ROWS if not row.day_first for word in _every(row)}
    short = {word for words in (*PARTS.values(), *MACHINES.values()) for word in words}
    others = sorted(known | short | set(map(str.lower, CODES)) | set(_ENGLISH_TOO))
    plain = {word for row in firm for word in _every(row) if len(word) >= _TELLING}
    # Names of body parts are Latin in all of them.
    latin = {word for row in firm for word in _parts(row)}
    telling = {word for word in plain - latin if not _begins_one(word, others)}
    telling |= {word for word in latin if not _begins_one(word[:_TELLING], others)}
    return tuple(sorted(word for word in telling if len(word) > _TELLING))


#: English words that stand in no row and begin like words of other languages.
_ENGLISH_TOO: Final = (
    "concerned", "designation", "exploration", "hospitalised", "localisation", "mains", "organs",
    "practical", "reception", "recipes", "reins", "signature", "studies", "waters",
)  # fmt: skip

#: Words of so few letters may be anything.
_TELLING: Final = 4


def _every(row: ReportWords) -> Iterator[str]:
    tables = (row.headings, row.modalities, row.machines)
    days = (row.scan_day, row.written_day, row.printed_day, row.other_day)
    for words in (*chain(*(table.values() for table in tables)), *days, row.exam, row.study_date):
        yield from written(words)
    yield from _parts(row)
    yield from written(row.birth_date)


def _parts(row: ReportWords) -> Iterator[str]:
    for words in (*row.parts.values(), *row.descriptions.values(), row.left, row.right):
        yield from written(words)


def _begins_one(word: str, words: Sequence[str]) -> bool:
    at = bisect_left(words, word)
    return at < len(words) and words[at].startswith(word)
