"""Medications: the parts of a line that a patient wrote, found but never changed.

"Tamoxifen 20 mg once daily since 2023" is a name, a dose, how often, and since when. What isn't
found is "", and the line itself is what counts: the parts only tell what to ask for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import NamedTuple

from checklist.date_words import DateSpan, date_spans
from checklist.dates import Ambiguous, PartialDate
from checklist.folding import folded
from checklist.phrases import alternatives, edges, pattern_source
from checklist.words import Words

_LONGEST = 500
_AROUND = " \t\r\n-–—:;,.،؛，。：；、()（）[]"
_BULLET = re.compile(r"\A\s*(?:[-*•·]+\s*|\d{1,2}[.)]\s+)?")
#: What may stand between two parts of one frequency: "twice a day, in the morning".
_JOINT = re.compile(r"[\s,;()/+-]*(?:\w{1,3}[\s,]+)?")


class Medication(NamedTuple):
    """The parts of a line, each as it was written. An ambiguous day is kept as its year."""

    name: str
    dose: str
    frequency: str
    since: PartialDate | None


def split_medication(line: str, words: Words, today: date) -> Medication:
    """The parts of one line; never raises, and adds no word that the line doesn't have."""
    line = unicodedata.normalize("NFC", line)[:_LONGEST]
    line = _BULLET.sub("", line, count=1)
    plain, origins = folded(line)

    def original(start: int, end: int) -> tuple[int, int]:
        return origins[start], (origins[end - 1] + 1 if end > start else origins[start])

    dose = next((original(*m.span()) for m in doses(words).finditer(plain)), None)
    often = _together((original(*m.span()) for m in frequencies(words).finditer(plain)), line)
    since = next(iter(date_spans(_without(line, dose, often), words, today)), None)
    taken = [part for part in (_span(since), dose, often) if part]
    return Medication(
        name=_name(line, taken, words),
        dose=_cut(line, dose),
        frequency=_cut(line, often),
        since=_exactly(since, line),
    )


def without_taking(line: str, words: Words) -> str:
    """A text in NFC with doses and how often blotted out: "twice a day since May" tells of May."""
    plain, origins = folded(line)
    spans = (
        (origins[m.start()], origins[m.end() - 1] + 1)
        for pattern in (doses(words), frequencies(words))
        for m in pattern.finditer(plain)
    )
    return _without(line, *spans)


# ---- several on one line -------------------------------------------------------------------------

#: What may part one medicine from the next; a comma between digits is a decimal one.
_BETWEEN = re.compile(r"[;；؛،，、]|,(?!\d)|(?<!\d),")
_SEPARATORS = " \t\n;；؛,،，、"
_OPENING, _CLOSING = "([（［", ")]）］"


def split_medicines(line: str, words: Words, today: date) -> tuple[str, ...]:
    """The medicines of one line, each with what was written about it; the line itself when in doubt.

    It is parted only where every part clearly is a medicine, a name and then a dose or how often,
    or plainly goes on with the one before ("twice a day", "since 2023").
    """
    medicines: list[str] = []
    for separator, piece in _pieces(unicodedata.normalize("NFC", line)):
        parts = split_medication(piece, words, today)
        named = any(map(str.isalpha, parts.name)) and is_name(parts.name, words)
        if named and not ((parts.dose or parts.frequency) and _begins_with(piece, parts.name)):
            return (line,)
        if named:
            medicines.append(piece)
        elif medicines:
            medicines[-1] += separator + piece
        else:
            return (line,)
    several = len(medicines) > 1 and len(line) <= _LONGEST
    return tuple(medicine.strip(_SEPARATORS) for medicine in medicines) if several else (line,)


def _pieces(line: str) -> Iterable[tuple[str, str]]:
    """What stands between the separators, each with the one before it; not within brackets."""
    start, separator = 0, ""
    for found in _BETWEEN.finditer(line):
        before = line[: found.start()]
        if sum(map(before.count, _OPENING)) > sum(map(before.count, _CLOSING)):
            continue
        yield separator, line[start : found.start()]
        start, separator = found.end(), found[0]
    yield separator, line[start:]


def _begins_with(piece: str, name: str) -> bool:
    return _BULLET.sub("", piece, count=1).strip(_AROUND).startswith(name)


def is_name(name: str, words: Words) -> bool:
    """Whether a name isn't made of words that tell how and when a medicine is taken ("then", "at noon")."""
    plain = folded(name)[0]
    if not words.spaced:
        return len(plain) >= 2 and not plain.startswith(words.dose_changes)
    tokens = re.findall(r"[^\W\d_]+", plain)
    known = _words_of_taking(words)
    return tokens[0] not in known and any(len(t) >= 4 and t not in known for t in tokens)


@cache
def _words_of_taking(words: Words) -> frozenset[str]:
    sources = (
        *words.frequency,
        *words.dose_units,
        *words.dose_changes,
        *words.dates.lists["filler"],
    )
    return frozenset(word for source in sources for word in re.findall(r"[^\W\d_]+", source))


# ---- the parts of a line -----------------------------------------------------------------------


def _together(found: Iterable[tuple[int, int]], line: str) -> tuple[int, int] | None:
    """The first frequency, with those that follow it closely."""
    whole: tuple[int, int] | None = None
    for start, end in found:
        if whole is None:
            whole = (start, end)
        elif _JOINT.fullmatch(folded(line[whole[1] : start])[0]):
            whole = (whole[0], end)
        else:
            break
    return whole


def _without(line: str, *taken: tuple[int, int] | None) -> str:
    """The line with these parts blotted out, so that "once a day" gives no day of a month."""
    for part in taken:
        if part:
            line = line[: part[0]] + "\n" * (part[1] - part[0]) + line[part[1] :]
    return line


def _span(found: DateSpan | None) -> tuple[int, int] | None:
    return (found.start, found.end) if found else None


def _cut(line: str, span: tuple[int, int] | None) -> str:
    return line[span[0] : span[1]].strip(_AROUND) if span else ""


def _name(line: str, taken: list[tuple[int, int]], words: Words) -> str:
    """What stands before the first part; where nothing does, the first words between the parts."""
    filler = _before_a_name(words)
    at = 0
    for start, end in sorted(taken):
        between = _after(filler, line[at:start].strip(_AROUND)) if start > at else ""
        if any(character.isalpha() for character in between):
            return between
        at = max(at, end)
    return _after(filler, line[at:].strip(_AROUND))


@cache
def _before_a_name(words: Words) -> re.Pattern[str]:
    """What leads to a name and is no part of it: "since", "I take", 吃."""
    leading = alternatives((*words.dates.lists["filler"], *words.taking))
    if words.spaced:
        return re.compile(rf"(?:(?:{leading})(?:\s+|$))*")
    return re.compile(
        rf"(?:(?:{alternatives(words.dates.lists['filler'])})(?:\s+|$))*(?:{alternatives(words.taking)})?\s*"
    )


def _after(beginning: re.Pattern[str], text: str) -> str:
    """The text without a beginning that is found in its folded form."""
    plain, origins = folded(text)
    found = beginning.match(plain)
    return text[origins[found.end()] :] if found else text


def _exactly(found: DateSpan | None, line: str) -> PartialDate | None:
    if found is None:
        return None
    date_ = found.date.in_common if isinstance(found.date, Ambiguous) else found.date
    if date_ is None:
        return None
    written = line[found.start : found.end].strip(_AROUND)
    return PartialDate(
        year=date_.year, month=date_.month, day=date_.day, season=date_.season, words=written
    )


@cache
def doses(words: Words) -> re.Pattern[str]:
    """A number and a unit: "20 mg", "500/50 mg", "1,5 ml", "½ tablet" (which folds to 1⁄2)."""
    number = r"(?<![a-z\d.,])\d+(?:[.,]\d+)?(?:\s?[-/x×+]\s?\d+(?:[.,]\d+)?)*"
    named = "1⁄2|1⁄4|1⁄3" if words.spaced else "[一二两三四五六七八九十半]+"
    unit = alternatives(words.dose_units)
    before, after = edges(words)
    counted = rf"(?:{number}|{named})\s*-?\s*(?:{unit}|%)(?![a-z]){after}"
    whole = rf"{before}(?:{alternatives(words.whole_doses)}){after}"
    return re.compile(rf"{counted}|{whole}")


@cache
def frequencies(words: Words) -> re.Pattern[str]:
    """The phrases of the language, and "1-0-1" for morning, noon and night, in any."""
    phrases = sorted(words.frequency, key=len, reverse=True)
    sources = [pattern_source(phrase, words) for phrase in phrases]
    return re.compile("|".join([*sources, r"(?<![\w-])[0-3]-[0-3]-[0-3](?:-[0-3])?(?![\w-])"]))
