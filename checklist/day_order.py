"""Whether who wrote a text writes the day before the month: told by the language, where one is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from checklist.report_words.row import ReportWords
from checklist.report_words.tables import ROWS, all_words
from checklist.word_finding import finds

#: Letters in which nobody writes the month before the day.
_LETTERS = re.compile(r"[\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f\u4e00-\u9fff]")


def day_first(plain: str) -> bool:
    """Whether 03/04/2026 in this folded text is surely the third of April.

    English is written in both orders. A word that English lacks, of a language with only one, is enough.
    """
    if len(_LETTERS.findall(plain)) > len(plain) / 5:
        return True
    return any(finds(word, plain) for word in _telling())


@cache
def _telling() -> tuple[str, ...]:
    firm = _words(row for row in ROWS if row.day_first)
    return tuple(sorted(firm - _words(row for row in ROWS if not row.day_first)))


def _words(rows: Iterable[ReportWords]) -> set[str]:
    # Shorter ones may be anything.
    return {word for row in rows for word in all_words(row) if len(word) > 3}
