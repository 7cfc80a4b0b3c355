"""Whether who wrote a text writes the day before the month: told by the language, where one is told."""

from __future__ import annotations

import re

from checklist.report_words.tables import telling_words
from checklist.word_finding import has

#: Letters in which nobody writes the month before the day.
_LETTERS = re.compile(r"[\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f\u4e00-\u9fff]")


def day_first(plain: str) -> bool:
    """Whether 03/04/2026 in this folded text is surely the third of April.

    English is written in both orders. A word that English lacks, of a language with only one, is enough.
    """
    return len(_LETTERS.findall(plain)) > len(plain) / 8 or has(telling_words(), plain)
