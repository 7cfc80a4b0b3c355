"""Years of other calendars among the parts of a text: which numbers are one, and of which calendar.

A calendar is told by a mark ("พ.ศ.", "هـ", "民国"), by a month that only it has (رمضان), or by the
language, where people write its years without a mark. Where nothing tells, only a whole date in
numbers is taken for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final, cast

from checklist.calendars import BUDDHIST, ROC, Calendar, calendars_of, in_common
from checklist.date_tokens import (
    DASH,
    ERA,
    FOREIGN_MONTH,
    IGNORED,
    MONTH,
    NUMBER,
    NUMERIC_DAY,
    NUMERIC_MONTH,
    UNIT_OR_YEAR_MARK,
    UNKNOWN,
    YEAR,
    Token,
    is_year,
)
from checklist.dates import PartialDate
from checklist.words import Words

#: Kinds of words that lead to a year.
_LEADING: Final = frozenset((IGNORED, ERA, UNIT_OR_YEAR_MARK, DASH, *"PBESMLTX"))
#: So far from its year a mark or a month may stand, in tokens.
_NEAR: Final = 3
#: What may stand between them.
_BETWEEN: Final = frozenset((ERA, FOREIGN_MONTH, NUMBER, IGNORED, UNIT_OR_YEAR_MARK, DASH))
#: The old Chinese calendar, whose years have the numbers of ours.
_LUNAR: Final = "lunar"
#: "66" is 2566 in Thailand; a smaller number may be a day.
_SHORT_YEAR: Final = range(40, 100)
#: The oldest year of the Buddhist era whose months all are of one common year.
_PLAIN_BUDDHIST: Final = 2484


def with_eras(found: Sequence[Token], words: Words, today: date) -> tuple[Token, ...]:
    """The tokens, years of other calendars made out among them."""
    if not any(_may_be(token, words) or token.unit == _LUNAR for token in found):
        return tuple(found)
    made = (_made_out(found, index, words) for index in range(len(found)))
    return tuple(_not_far_ahead(token, today) for token in made)


def _not_far_ahead(token: Token, today: date) -> Token:
    if token.kind == YEAR and token.unit and not is_year(token.value, today):
        return replace(token, kind=UNKNOWN, unit="")
    return token


def _may_be(token: Token, words: Words) -> bool:
    if token.kind == NUMBER:
        return bool(words.dates.eras) and 1 <= token.value <= 150
    return token.kind in (UNKNOWN, NUMERIC_DAY, NUMERIC_MONTH) and bool(calendars_of(_year(token)))


def _year(token: Token) -> int:
    return next((part for part in token.parts if part > 999), token.value)


def _made_out(found: Sequence[Token], index: int, words: Words) -> Token:
    token = found[index]
    if token.kind not in (YEAR, NUMERIC_DAY, NUMERIC_MONTH) and not _may_be(token, words):
        return token
    marked = _marked(found, index)
    if marked == (_LUNAR,) and not calendars_of(_year(token)):
        return replace(token, calendars=marked)
    if not _may_be(token, words):
        return token
    if token.kind == NUMBER:
        return _short(found, index, words, marked)
    possible = calendars_of(_year(token))
    usual = words.dates.calendars if _may_be_bare(found, index) else ()
    told = tuple(one for one in (marked or usual) if one in possible)
    if not told and token.kind == NUMERIC_DAY:
        told = possible
    if not told:
        return replace(token, kind=UNKNOWN, parts=())
    if told == ("buddhist",) and _year(token) >= _PLAIN_BUDDHIST:
        return _in_common_years(token)
    if token.kind == NUMERIC_MONTH:
        return replace(token, calendars=told)
    return replace(token, kind=token.kind if token.parts else YEAR, calendars=told)


def _may_be_bare(found: Sequence[Token], index: int) -> bool:
    """Whether a year may stand here without a mark.

    1400 is more often a number than a year by the moon: so only at the beginning of a text, or where
    a word leads to it ("in", "since", "year"). A Thai year is as good as one of ours.
    """
    if found[index].kind != UNKNOWN or calendars_of(_year(found[index])) == ("buddhist",):
        return True
    return index == 0 or found[index - 1].kind in _LEADING


def _short(found: Sequence[Token], index: int, words: Words, marked: tuple[Calendar, ...]) -> Token:
    """A year of less than four digits: "民国112年", "มี.ค. 66"."""
    token = found[index]
    before = found[index - 1] if index else None
    if "roc" in marked and before is not None and before.kind == ERA:
        return replace(token, kind=YEAR, value=token.value + ROC, unit="roc")
    short = token.value in _SHORT_YEAR and "buddhist" in (*marked, *words.dates.calendars)
    if short and before is not None and before.kind in (MONTH, ERA, UNIT_OR_YEAR_MARK):
        year = token.value + 2500 - BUDDHIST
        return replace(token, kind=YEAR, value=year, unit="buddhist")
    return token


def _in_common_years(token: Token) -> Token:
    if token.kind == UNKNOWN:
        return replace(token, kind=YEAR, value=token.value - BUDDHIST, unit="buddhist")
    parts = tuple(part - BUDDHIST if part > 999 else part for part in token.parts)
    return replace(token, parts=parts, unit="buddhist")


def _marked(found: Sequence[Token], index: int) -> tuple[Calendar, ...]:
    """The calendar of the nearest mark or month that only one has."""
    after = _until_other(found[index + 1 : index + 1 + _NEAR])
    before = _until_other(found[max(0, index - _NEAR) : index][::-1])
    for mark in (*before[:1], *after[:1], *before[1:], *after[1:]):
        if mark.unit and mark.kind in (ERA, FOREIGN_MONTH):
            return (cast(Calendar, mark.unit),)
    return ()


def _until_other(tokens: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    for token in tokens:
        if token.kind not in _BETWEEN and not (token.kind == UNKNOWN and token.value > 999):
            break
        kept.append(token)
    return kept


def possible_days(
    dates: Iterable[tuple[int, int | None, int | None]],
    calendars: Sequence[Calendar],
    *,
    exactly: bool,
) -> tuple[PartialDate, ...]:
    """What these years, months and days are in the common calendar; () where they are nothing."""
    made: list[PartialDate] = []
    for year, month, day in dates:
        for calendar in calendars:
            try:
                made += in_common(calendar, year, month, day, exactly=exactly)
            except (ValueError, OverflowError):
                continue
    return tuple(dict.fromkeys(made))


def is_foreign(token: Token) -> bool:
    """Whether a part of a date is of another calendar, so that its words tell what ours does not."""
    dated = token.kind in (YEAR, NUMERIC_DAY, NUMERIC_MONTH) and bool(token.unit)
    return token.kind == FOREIGN_MONTH or bool(token.calendars) or dated
