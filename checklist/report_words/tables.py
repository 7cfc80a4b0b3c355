"""The words of all languages, joined into the tables that reading uses: the one list of languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final, TypeVar

from checklist.records import RecordKind
from checklist.report_words import ar, en, es, fr, id, kk, mn, ru, th, ur, vi, zh
from checklist.report_words.others import OTHERS
from checklist.report_words.row import ReportWords
from checklist.word_folding import folded, unmarked

#: One row for each language in which reports are read. Of a word that two languages have, the earlier
#: row's meaning stands.
ROWS: Final[tuple[ReportWords, ...]] = (
    en.WORDS, zh.WORDS, ru.WORDS, ar.WORDS,
    es.WORDS, fr.WORDS, vi.WORDS, id.WORDS,
    th.WORDS, ur.WORDS, mn.WORDS, kk.WORDS,
    *OTHERS,
)  # fmt: skip

Key = TypeVar("Key", bound=str)


def written(words: Iterable[str]) -> Iterator[str]:
    """Each word folded, and as those write it who type no accents: where it is long enough to tell."""
    for word in words:
        plain = folded(word)
        yield plain
        if " " in plain.strip() and (bare := unmarked(plain)) != plain:
            yield bare


def _joined(*tables: Mapping[Key, tuple[str, ...]]) -> Mapping[Key, tuple[str, ...]]:
    """One table of those of all languages, each word once."""
    found: dict[Key, dict[str, None]] = {}
    for table in tables:
        for key, words in table.items():
            found.setdefault(key, {}).update(dict.fromkeys(written(words)))
    return {key: tuple(words) for key, words in found.items()}


#: Words of a heading; each says nearly for sure what the document is.
HEADINGS: Final[Mapping[RecordKind, tuple[str, ...]]] = _joined(*(row.headings for row in ROWS))

#: Weaker words: several of them together say as much as one heading.
HINTS: Final[Mapping[RecordKind, tuple[str, ...]]] = _joined(*(row.hints for row in ROWS))

#: DICOM's modality codes by the words for them; the longest word at the first place wins.
MODALITIES: Final = _joined(*(row.modalities for row in ROWS))

#: The same by words that are looked for only where a scan is named.
OWN_MACHINES: Final = _joined(*(row.machines for row in ROWS))

#: Body parts in DICOM's words (PS3.16 annex L), as coarse as the name of a record needs.
BODY_PARTS: Final = _joined(*(row.parts for row in ROWS))

#: Words of study and series descriptions, too short or too plain to be looked for in whole letters.
DESCRIPTIONS: Final = _joined(*(row.descriptions for row in ROWS))

#: Words for several body parts, which are parted by blanks.
TOGETHER: Final = _joined(*(row.together for row in ROWS))

#: Month names to their number.
MONTHS: Final[Mapping[str, int]] = {
    name: number
    for row in reversed(ROWS)
    for month, number in row.months
    for name in written((month,))
}

#: A few words of each language that is told by them.
COMMON: Final[Mapping[str, tuple[str, ...]]] = {
    row.language: tuple(map(folded, row.common)) for row in ROWS if row.common
}


@cache
def words_of(*fields: str) -> tuple[str, ...]:
    """The words of these fields in all languages, the longest first: a report can mix languages."""
    every = {word for row in ROWS for name in fields for word in written(getattr(row, name))}
    return tuple(sorted(every, key=lambda word: (-len(word), word)))
