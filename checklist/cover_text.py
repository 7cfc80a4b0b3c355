"""Cover text: the problem, the questions and the timeline as the cover shows them.

The patient's words stand unless a coordinator wrote others. Those stand until the patient answers
anew, and after that too where they are locked. The patient's own words are kept in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Final, Literal

from checklist.case import Answer, Case, Entry
from checklist.dates import PartialDate
from checklist.desk import CoverText, Fixed, Line

Section = Literal["problem", "questions", "timeline"]
SECTIONS: Final[tuple[Section, ...]] = ("problem", "questions", "timeline")

#: How many questions matter most; the others are in the list of all of them.
KEY_QUESTIONS: Final = 3

_DATED = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:\s*[:–—-]\s+|\s+)(?=\S)")


def cover_lines(case: Case) -> tuple[tuple[Line, ...], ...]:
    """The lines of each section as they show now, in the order of `SECTIONS`."""
    return tuple(lines_of(case, section) for section in SECTIONS)


def lines_of(case: Case, section: Section) -> tuple[Line, ...]:
    """The lines of a section as they show now."""
    fixed = fixed_of(case, section)
    return own_lines(case, section) if fixed is None else fixed.lines


def fixed_of(case: Case, section: Section) -> Fixed | None:
    """What a coordinator wrote for a section, where it stands; None where the patient's words do."""
    fixed: Fixed | None = getattr(case.desk.cover, section)
    if fixed is None or not (fixed.locked or fixed.of == answer_mark(case.answer(section))):
        return None
    return fixed


def edited(case: Case) -> tuple[Section, ...]:
    """The sections whose words on the cover are not the patient's."""
    return tuple(s for s in SECTIONS if lines_of(case, s) != own_lines(case, s))


def own_lines(case: Case, section: Section) -> tuple[Line, ...]:
    """The patient's own words for a section, as the cover shows them."""
    if section == "problem":
        said = case.text("problem").strip()
        return (Line(words=said),) if said else ()
    answer = case.answer(section)
    entries = answer.entries if answer else ()
    if section == "questions":
        key = [entry.text for entry in entries if entry.chosen][:KEY_QUESTIONS]
        return tuple(Line(words=text) for text in key)
    return tuple(
        Line(words=entry.name or entry.text, date=entry.date) for entry in in_date_order(entries)
    )


def in_date_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Events in date order; a line without a date stays behind the one it was written after."""
    keyed: list[tuple[tuple[int, int, int], Entry]] = []
    key = (0, 0, 0)
    for entry in entries:
        key = entry.date.sort_key if entry.date else key
        keyed.append((key, entry))
    return tuple(entry for _key, entry in sorted(keyed, key=lambda pair: pair[0]))


def rewritten(case: Case, section: Section, text: str, *, locked: bool) -> Fixed | None:
    """A section as a coordinator wrote it, a line each; None where it is the patient's, and not locked.

    An event begins with its date (`2021-03 first seizure`). One that stood there before keeps the
    words of its date.
    """
    before = lines_of(case, section)
    if section == "problem":
        lines: tuple[Line, ...] = (Line(words=text.strip()),) if text.strip() else ()
    else:
        rows = [row.strip() for row in text.splitlines() if row.strip()]
        read = _dated if section == "timeline" else lambda row, _before: Line(words=row)
        lines = tuple(read(row, before) for row in rows)
    if lines == own_lines(case, section) and not locked:
        return None
    return Fixed(lines=lines, of=answer_mark(case.answer(section)), locked=locked)


def as_text(lines: Iterable[Line]) -> str:
    """Lines as they are edited: what `rewritten` reads."""
    return "\n".join(f"{line.date.iso} {line.words}" if line.date else line.words for line in lines)


def answer_mark(answer: Answer | None) -> str:
    """A sign of what was answered, whenever it was."""
    if answer is None:
        return ""
    said = (answer.choice, answer.text, answer.value, answer.date, answer.note, answer.entries)
    return sha256(repr(said).encode("utf-8", "replace")).hexdigest()[:12]


def with_section(cover: CoverText, section: Section, fixed: Fixed | None) -> CoverText:
    """The cover's words with this section."""
    sections = {name: getattr(cover, name) for name in SECTIONS}
    return CoverText(**{**sections, section: fixed})


def partial_date(words: str) -> PartialDate | None:
    """`2021`, `2021-03` or `2021-03-04` as a date; None for anything else."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", words.strip())
    return None if found is None else _date(found)


def _dated(row: str, before: tuple[Line, ...]) -> Line:
    found = _DATED.match(row)
    date = _date(found) if found is not None else None
    if found is None or date is None:
        return Line(words=row)
    same = (line.date for line in before if line.date is not None and line.date.iso == date.iso)
    return Line(words=row[found.end() :], date=next(same, date))


def _date(found: re.Match[str]) -> PartialDate | None:
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    try:
        return PartialDate(year=year, month=month, day=day)
    except ValueError:
        return None
