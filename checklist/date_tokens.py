"""The words and numbers of a text, told apart as the parts that a date can be made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from checklist.calendars import Calendar, calendars_of
from checklist.phrases import alternatives
from checklist.words import EITHER, Words

#: What a token can be. One letter each, so that a grammar is a regular expression over them.
YEAR, NUMBER, MONTH, SEASON, WEEKDAY = "Y", "N", "M", "S", "K"
NUMERIC_DAY, NUMERIC_MONTH, DAY_AND_MONTH = "D", "V", "C"  # 12.04.2026, 04/2026, 12.04
RELATIVE_DAY, RELATIVE_WEEK, RELATIVE_MONTH, RELATIVE_YEAR = "R", "J", "I", "H"
UNIT, UNIT_OR_YEAR_MARK, UNIT_OR_MONTH_MARK, UNIT_OR_DAY_MARK = "U", "a", "b", "c"
DASH, DOSE_UNIT, UNKNOWN, IGNORED = "-", "u", "?", "F"
ERA, FOREIGN_MONTH = "y", "Z"  # "พ.ศ.", which is a year mark too; رمضان

_LIST_KINDS = MappingProxyType(
    {
        "filler": IGNORED,
        "edge": "E",
        "ago_after": "A",
        "ago_before": "P",
        "ahead_after": "G",
        "ahead_before": "B",
        "last": "L",
        "this": "T",
        "next": "X",
        "few": "Q",
        "year_mark": "y",
        "month_mark": "m",
        "day_mark": "d",
        "range": DASH,
    }
)
_RELATIVE_KINDS = MappingProxyType(
    {"day": RELATIVE_DAY, "week": RELATIVE_WEEK, "month": RELATIVE_MONTH, "year": RELATIVE_YEAR}
)
_MARKED_UNITS = MappingProxyType(
    {"y": UNIT_OR_YEAR_MARK, "m": UNIT_OR_MONTH_MARK, "d": UNIT_OR_DAY_MARK}
)

_SEP = r"\s?[-/.]\s?"
_NUMERIC_DAY = re.compile(
    rf"(\d{{4}})\s?([-/.])\s?(\d{{1,2}})\s?\2\s?(\d{{1,2}})(?!\d)"
    rf"|(\d{{1,2}})\s?([-/. ])\s?(\d{{1,2}})\s?\6\s?(\d{{4}}|\d{{2}})(?![\d]|{_SEP}\d)"
)
_NUMERIC_MONTH = re.compile(
    rf"(\d{{4}})[-/.](\d{{1,2}})(?!\d|{_SEP}\d)|(\d{{1,2}})[-/.](\d{{4}})(?!\d|{_SEP}\d)"
)
_DAY_AND_MONTH = re.compile(rf"(\d{{1,2}})[/.](\d{{1,2}})(?!\d|{_SEP}\d)")
_DECIMAL = re.compile(r"(\d{1,3})[.,](\d)(?!\d)\s?")
_SHORT_YEAR = re.compile(r"'(\d\d)(?!\d)")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_HAN_NUMBER = re.compile("[零一二三四五六七八九十两]+")
_HAN_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}

_OLDEST_YEAR = 1880
_YEARS_AHEAD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A part of a folded text, from `start` to `end`. What `value` holds depends on the kind.

    `unit` is day, week, month or year for units and relative words; `value` is then how many.
    `parts` are the numbers of a numeric date as they stand, `separator` what is between them.
    `calendars` are those that a year may be of, if not the common one; a mark's or a month's own is
    its `unit`.
    """

    kind: str
    start: int
    end: int
    value: int = 0
    unit: str = ""
    parts: tuple[int, ...] = ()
    separator: str = ""
    calendars: tuple[Calendar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Vocabulary:
    phrases: re.Pattern[str]
    ordinals: re.Pattern[str]
    meaning: Mapping[str, tuple[str, int, str]]


def tokens(text: str, words: Words, today: date) -> tuple[Token, ...]:
    """The tokens of a folded text in their order; spaces and points between them are left out."""
    return tuple(_scan(text, words, _vocabulary(words), today))


def is_year(value: int, today: date) -> bool:
    """Whether a number can be the year of something in a patient's life."""
    return _OLDEST_YEAR <= value <= today.year + _YEARS_AHEAD


def _scan(text: str, words: Words, known: _Vocabulary, today: date) -> Iterator[Token]:
    at = 0
    while at < len(text):
        character = text[at]
        token: Token | None
        if character.isdecimal():
            token = _decimal(text, at, known) or _numeric(text, at, today)
            end = token.end
            if token.kind == NUMBER and (suffix := known.ordinals.match(text, end)):
                token = Token(kind=NUMBER, start=at, end=suffix.end(), value=token.value)
        elif (number := _longer_number(text, at, words, known)) is not None:
            token = _han_number(number, today)
        elif found := known.phrases.match(text, at):
            token = _known(found, known)
        elif character == "'" and (found := _SHORT_YEAR.match(text, at)):
            century = today.year // 100 * 100
            year = century + int(found[1])
            year -= 100 if year > today.year + _YEARS_AHEAD else 0
            token = Token(kind=YEAR, start=at, end=found.end(), value=year)
        elif found := _WORD.match(text, at):
            end = found.end() if words.spaced else at + 1
            token = Token(kind=UNKNOWN, start=at, end=end)
        elif character == "-":
            token = Token(kind=DASH, start=at, end=at + 1)
        elif character == "\n":
            token = Token(kind=UNKNOWN, start=at, end=at + 1)
        else:
            token = None
        if token:
            yield token
        at = token.end if token else at + 1


def _decimal(text: str, at: int, known: _Vocabulary) -> Token | None:
    """A number with tenths ("2.5 years"), where a unit of time follows; else it may be a date."""
    found = _DECIMAL.match(text, at)
    unit = known.phrases.match(text, found.end()) if found else None
    if found is None or unit is None or _known(unit, known).kind not in "Uabc":
        return None
    return Token(
        kind=NUMBER, start=at, end=found.end(2), value=int(found[1]), parts=(int(found[2]),)
    )


def _numeric(text: str, at: int, today: date) -> Token:
    if found := _NUMERIC_DAY.match(text, at):
        parts = tuple(int(part) for part in found.groups() if part and part.isdecimal())
        short = found[8] is not None and len(found[8]) == 2
        return Token(
            kind=NUMERIC_DAY,
            start=at,
            end=found.end(),
            parts=parts,
            separator=found[2] or found[6],
            value=int(short),
        )
    if found := _NUMERIC_MONTH.match(text, at):
        year, month = (found[1], found[2]) if found[1] else (found[4], found[3])
        known = is_year(int(year), today) or calendars_of(int(year))
        if 1 <= int(month) <= 12 and known:
            parts = (int(year), int(month))
            return Token(kind=NUMERIC_MONTH, start=at, end=found.end(), parts=parts)
    if found := _DAY_AND_MONTH.match(text, at):
        parts = (int(found[1]), int(found[2]))
        return Token(kind=DAY_AND_MONTH, start=at, end=found.end(), parts=parts)
    found = re.compile(r"\d+").match(text, at)
    end = found.end() if found else at + 1
    return _number(text[at:end], at, end, today)


def _number(digits: str, start: int, end: int, today: date) -> Token:
    value = int(digits[:8])
    if len(digits) == 8:
        parts = (value // 10000, value // 100 % 100, value % 100)
        return Token(kind=NUMERIC_DAY, start=start, end=end, parts=parts)
    if len(digits) == 4 and is_year(value, today):
        return Token(kind=YEAR, start=start, end=end, value=value)
    kind = NUMBER if len(digits) <= 3 else UNKNOWN
    return Token(kind=kind, start=start, end=end, value=value)


def _longer_number(text: str, at: int, words: Words, known: _Vocabulary) -> re.Match[str] | None:
    """A number in Chinese numerals, where no longer word begins there ("一年半")."""
    number = None if words.spaced else _HAN_NUMBER.match(text, at)
    phrase = known.phrases.match(text, at) if number else None
    return None if number and phrase and phrase.end() > number.end() else number


def _known(found: re.Match[str], known: _Vocabulary) -> Token:
    kind, value, unit = known.meaning[" ".join(found["phrase"].split())]
    return Token(kind=kind, start=found.start(), end=found.end(), value=value, unit=unit)


def _han_number(found: re.Match[str], today: date) -> Token:
    run = found[0]
    if "十" not in run:
        digits = "".join(str(_HAN_DIGITS[c]) for c in run)
    else:
        tens, _, ones = run.partition("十")
        value = _HAN_DIGITS.get(tens[-1:], 1) * 10 + _HAN_DIGITS.get(ones[:1], 0)
        digits = str(value)
    return _number(digits, found.start(), found.end(), today)


@cache
def _vocabulary(words: Words) -> _Vocabulary:
    dates = words.dates
    meaning: dict[str, tuple[str, int, str]] = {
        unit: (DOSE_UNIT, 0, "") for unit in words.dose_units
    }
    for name, kind in _LIST_KINDS.items():
        meaning |= {phrase: (kind, 0, "") for phrase in dates.lists[name]}
    for phrase, (unit, count) in dates.units.items():
        mark = meaning.get(phrase, (UNIT,))[0] if count == 1 else UNIT
        meaning[phrase] = (_MARKED_UNITS.get(mark, UNIT), count, unit)
    for phrase, (unit, offset) in dates.relative.items():
        meaning[phrase] = (_RELATIVE_KINDS[unit.rstrip(EITHER)], offset, unit)
    meaning |= {phrase: (NUMBER, value, "") for phrase, value in dates.numbers.items()}
    meaning |= {phrase: (WEEKDAY, value, "") for phrase, value in dates.weekdays.items()}
    meaning |= {phrase: (SEASON, value, "") for phrase, value in dates.seasons.items()}
    meaning |= {phrase: (FOREIGN_MONTH, n, name) for phrase, (n, name) in dates.foreign.items()}
    meaning |= {phrase: (MONTH, value, "") for phrase, value in dates.months.items()}
    meaning |= {phrase: (ERA, 0, calendar) for phrase, calendar in dates.eras.items()}
    letter = r"[^\W\d_]"
    clitics = rf"(?:{alternatives(words.clitics)})??" if words.clitics else ""
    before, after = (rf"(?<!{letter}){clitics}", rf"(?!{letter})") if words.spaced else ("", "")
    return _Vocabulary(
        phrases=re.compile(rf"{before}(?P<phrase>{alternatives(meaning)}){after}"),
        ordinals=re.compile(rf"\s?-?\s?(?:{alternatives(dates.lists['ordinal'])}){after}"),
        meaning=MappingProxyType(meaning),
    )
