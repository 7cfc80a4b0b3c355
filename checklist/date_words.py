"""Dates as people write them: partial, relative, in seasons, in any script's digits.

A date is never read more exactly than it was written: "three weeks ago" is a month, "last winter" a
season. What can be read in two ways is returned as `Ambiguous`, for the conversation to ask.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from checklist.date_eras import is_foreign, with_eras
from checklist.date_reading import Frame, Reading, Toward, read_date
from checklist.date_tokens import DASH, Token, tokens
from checklist.dates import Ambiguous, PartialDate
from checklist.folding import folded
from checklist.phrases import alternatives
from checklist.words import Order, Words

_LONGEST = 4000

# The grammar, over the letters of date_tokens. Fillers ("in", "of", "the") are gone by then.
_YEAR = "(?:[ya]*Y[ya]*|H|[LTX]a|P?a[LTX])"
_MONTH = "(?:[mb]?M[mb]?|[mb]N|N[mb])"
_ANY_MONTH = f"(?:{_MONTH}|[mb]?Z[mb]?)"
_DAY = "(?:[dc]?N[dc]?)"
_YEARS = f"{_YEAR}-{_YEAR}"
_LENGTH = "(?:N?[Uabc](?:N[Uabc])?)"
_DATED = (
    "K?D[ya]*",
    f"K?{_DAY}-{_DAY}{_MONTH}{_YEAR}",
    f"K?{_DAY}{_ANY_MONTH}{_YEAR}",
    f"K?M{_DAY}{_YEAR}",
    f"{_YEAR}{_ANY_MONTH}{_DAY}K?",
    f"Y[ya]+{_DAY}M[mb]?(?![ya]*Y)",
    f"M-M{_YEAR}",
    f"[yamb]*V[ya]*|{_ANY_MONTH}{_YEAR}|{_YEAR}{_ANY_MONTH}",
    f"S{_YEAR}-{_YEAR}",
    f"S{_YEAR}|{_YEAR}S",
    f"I{_DAY}|{_DAY}I",
    "[LTX]S|S[LTX]|[LTX]M|[mb]?M[LTX]",
)
_RELATIVE = (
    "[LTX][Uabc]|P?[Uabc][LTX]",
    f"{_LENGTH}A|P?LN[Uabc]|P?N[Uabc]L|P{_LENGTH}|[Uabc]NA",
    f"{_LENGTH}G|B{_LENGTH}",
    "[LTX]K|K[LTX]",
    "[RJI]",
)
_VAGUE = ("Q[Uabc]+[AG]?|[PB]Q[Uabc]",)
_BARE = (f"K?{_DAY}{_MONTH}", f"K?{_MONTH}{_DAY}", "C", _MONTH, "S", "K")
_IN_A_LINE = re.compile("|".join((*_VAGUE, *_DATED, *_RELATIVE, _YEARS, f"{_YEAR}(?!u)")))
_ALONE = re.compile("|".join((*_VAGUE, *_DATED, *_RELATIVE, _YEARS, _YEAR, *_BARE)))

_BULLET = re.compile(r"\s*(?:[-*•·]\s*|\d{1,2}[.)]\s+(?!\s*\d{1,2}\s?[.\s]))?")
_AROUND = " \t\r\n-–—:;,.،؛，。：；、()（）[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class DateSpan:
    """A date found in a text, and the range of the text (in NFC) that it came from.

    `whole` tells that words of the range stand for more than the date ("2019 to 2021", "early 2023",
    a year of another calendar).
    """

    date: PartialDate | Ambiguous
    start: int
    end: int
    whole: bool = False


def parse_date(
    text: str,
    words: Words,
    today: date,
    *,
    order: Order | None = None,
    toward: Toward = "past",
) -> Reading:
    """The one date that a text is or holds; None where there is none, or more than one.

    `toward` decides the year where none was written ("in March"), and is "future" when asked by when
    something will come. `order` of numbers is that of the language unless given.
    """
    text = unicodedata.normalize("NFC", text).strip()[:_LONGEST]
    frame = _frame(words, today, order, toward)
    plain, _ = folded(text)
    every = with_eras(tokens(plain, words, today), words, today)
    found = [every[index] for index in _that_count(every)]
    if _ALONE.fullmatch(_kinds(found)):
        return _with_words(read_date(found, frame), text)
    spans = tuple(date_spans(text, words, today, order=order, toward=toward))
    return _with_words(spans[0].date, text) if len(spans) == 1 else None


def parse_only_date(
    text: str, words: Words, today: date, *, toward: Toward = "past", birth: bool = False
) -> Reading:
    """The date that a text is, with nothing else in it; with `birth` a full day, not ahead."""
    text = unicodedata.normalize("NFC", text).strip()[:_LONGEST]
    frame = replace(_frame(words, today, None, toward), birth=birth)
    every = with_eras(tokens(folded(text)[0], words, today), words, today)
    found = [every[index] for index in _that_count(every)]
    # Nobody is born in the year that "12 April" would be given.
    if not (_IN_A_LINE if birth else _ALONE).fullmatch(_kinds(found)):
        return None
    read = read_date(found, frame)
    if read is None or (birth and not _can_be_birth(read, today)):
        return None
    return _with_words(read, text)


def parse_birth_date(
    text: str, words: Words, today: date, *, order: Order | None = None
) -> Reading:
    """A birth date: a full day or nothing. A year of two digits is never in the future."""
    text = unicodedata.normalize("NFC", text).strip()[:_LONGEST]
    frame = replace(_frame(words, today, order, "past"), birth=True)
    spans = tuple(_spans(text, words, frame))
    days = [span.date for span in spans if _can_be_birth(span.date, today)]
    return _with_words(days[0], text) if len(days) == 1 else None


def _can_be_birth(found: PartialDate | Ambiguous, today: date) -> bool:
    if isinstance(found, Ambiguous):
        return True
    return found.precision == "day" and found.iso <= today.isoformat()


def split_dated_line(line: str, words: Words, today: date) -> tuple[Reading, str]:
    """The date of a line such as "March 2023 - first headaches", and the rest of its words.

    The date is cut off at the beginning or the end of the line. In the middle, and where the words
    say more than the date does ("2019 to 2021", "early 2023"), the rest is the whole line: nothing
    that was said is lost.
    """
    line = unicodedata.normalize("NFC", line)
    bullet = _BULLET.match(line)
    line = line[bullet.end() if bullet else 0 :].strip()
    span = next(iter(date_spans(line[:_LONGEST], words, today)), None)
    if span is None:
        return None, line
    before, after = line[: span.start].strip(_AROUND), line[span.end :].strip(_AROUND)
    found = _with_words(span.date, line[span.start : span.end].strip(_AROUND))
    if span.whole or (before and after):
        return found, line
    return found, before or after


def date_spans(
    text: str,
    words: Words,
    today: date,
    *,
    order: Order | None = None,
    toward: Toward = "past",
) -> Iterator[DateSpan]:
    """The dates inside a text, which must be in NFC, in their order."""
    return _spans(text, words, _frame(words, today, order, toward))


def plainly(text: str, words: Words) -> str:
    """The words of a date without those before it that only lead to it: "was on 12 April"."""
    plain, origins = folded(text)
    leading = _leading(words).match(plain)
    end = leading.end() if leading else 0
    return (text[origins[end] :] if end < len(origins) else text).strip(_AROUND)


@cache
def _leading(words: Words) -> re.Pattern[str]:
    filler = alternatives(words.dates.lists["filler"])
    return re.compile(rf"(?:(?:{filler})(?:\s+|$))*" if words.spaced else rf"(?:{filler})*")


def _frame(words: Words, today: date, order: Order | None, toward: Toward) -> Frame:
    return Frame(
        today=today,
        order=order or words.dates.order,
        certain=words.dates.order_certain if order is None else False,
        toward=toward,
        unit_alone=words.dates.unit_alone,
        calendars=words.dates.calendars,
    )


def _spans(text: str, words: Words, frame: Frame) -> Iterator[DateSpan]:
    plain, origins = folded(text)
    every = with_eras(tokens(plain, words, frame.today), words, frame.today)
    kept = _that_count(every)
    kinds = _kinds([every[index] for index in kept])
    for match in _IN_A_LINE.finditer(kinds):
        first, last = kept[match.start()], kept[match.end() - 1]
        found = read_date([every[i] for i in kept[match.start() : match.end()]], frame)
        if found is None:
            continue
        while first and every[first - 1].kind in "FEBP" and not _apart(plain, every, first):
            first -= 1
        # "2023年初"; elsewhere such a word stands before its date, and belongs to what follows it.
        while last + 1 < len(every) and every[last + 1].kind == "E" and not words.spaced:
            last += 1
        yield DateSpan(
            date=found,
            start=origins[every[first].start],
            # What folds to nothing after it (the tatweel of هـ) is its own.
            end=max(origins[every[last].end - 1] + 1, origins[every[last].end]),
            whole=_is_range(kinds, match)
            or any(part.kind == "E" or is_foreign(part) for part in every[first : last + 1]),
        )


def _apart(plain: str, every: tuple[Token, ...], index: int) -> bool:
    """Whether punctuation parts a token from the one before it."""
    return bool(plain[every[index - 1].end : every[index].start].strip())


def _is_range(kinds: str, match: re.Match[str]) -> bool:
    if DASH in match[0]:
        return True
    after = kinds[match.end() :]
    return after.startswith(DASH) and _IN_A_LINE.match(after[1:]) is not None


def _that_count(every: Sequence[Token]) -> list[int]:
    """Which tokens make dates; "since" and "in" do only before a length of time."""
    counting = [index for index, token in enumerate(every) if token.kind not in "FE"]
    kinds = _kinds([every[index] for index in counting])
    idle = {match.start() for match in re.finditer("[PB](?!N?[Uabc]|Q)", kinds)}
    return [index for place, index in enumerate(counting) if place not in idle]


def _kinds(found: Sequence[Token]) -> str:
    return "".join(token.kind for token in found)


def _with_words(found: Reading, text: str) -> Reading:
    if isinstance(found, PartialDate):
        return replace(found, words=text)
    if isinstance(found, Ambiguous):
        options = tuple(replace(option, words=text) for option in found.options)
        return replace(found, options=options, words=text)
    return None
