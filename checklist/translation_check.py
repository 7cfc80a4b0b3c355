"""What a translation says otherwise than its original: numbers, units, dates and medicines.

It compares what needs no knowledge of a language, in any order, since sentences are built otherwise
in each. What it finds is to be looked at by a translator: it is no judgement on the words, and what it
doesn't find may be wrong all the same. Two values of one line that were swapped are not found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from checklist.named_drugs import drugs_of
from checklist.unit_names import NUMBER_WORDS
from checklist.written_dates import Written, dates_of
from checklist.written_numbers import plain, quantities

MentionKind = Literal["number", "date", "drug"]

#: `changed`: another value in about the same place; `unit`: the same value in another unit.
DifferenceKind = Literal["changed", "unit", "missing", "added"]

#: More of a text is not compared: no record of a person has so much of it.
LONGEST: Final = 400_000

#: How far from each other, as a share of the text, two values are still taken for one that changed.
_NEAR: Final = 0.12
#: The same in letters, for a text of a few lines.
_CLOSE: Final = 60
_AROUND: Final = 32
#: So many letters lie between the two days of "from ... to ...".
_BESIDE: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A value of a text as it is written there, with a few words `before` and `after` it."""

    kind: MentionKind
    words: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value that the other text has not. One of the two is None where there is no such value."""

    kind: DifferenceKind
    original: Mention | None
    translation: Mention | None

    @property
    def of(self) -> MentionKind:
        """What kind of value it is."""
        shown = self.original or self.translation
        assert shown is not None
        return shown.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of comparing two texts: the differences in their order, and how many values agree."""

    differences: tuple[Difference, ...]
    agree: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A value in its text. `keys` are what it may mean, `loose` the same without a unit.

    `whole` is its number without a unit, where it is a small one; `soft` may be no value at all.
    """

    kind: MentionKind
    start: int
    end: int
    at: float
    keys: frozenset[str]
    loose: frozenset[str] = frozenset()
    whole: int | None = None
    bare: bool = False
    soft: bool = False


def compare(original: str, translation: str, *, source: str = "", target: str = "") -> Comparison:
    """Compare two texts in these languages (BCP 47, "" where that is not known)."""
    original, translation = original[:LONGEST], translation[:LONGEST]
    theirs, ours = _values(original, source), _values(translation, target)
    left, over, agree = _without_equal(theirs, ours, lambda one: one.keys)
    left, over, more = _without_equal(left, over, _loosely, _may_be_loose)
    left, over = _without_regrouped(left, over, original, translation)
    over, left = _without_regrouped(over, left, translation, original)
    left, over = (
        _without_words(left, original, translation),
        _without_words(over, translation, original),
    )
    differences = _paired(left, over, original, translation)
    return Comparison(differences=tuple(differences), agree=agree + more)


# ---- what a text says --------------------------------------------------------------------------


def _values(text: str, language: str) -> list[_Found]:
    taken = bytearray(len(text))
    length = max(1, len(text))
    dates = sorted(dates_of(text, language, taken), key=lambda one: one.start)
    found = [
        _Found(
            kind="date", start=one.start, end=one.end, at=one.start / length,
            keys=one.days | _with_years_of(one, dates),
        )
        for one in dates
    ]  # fmt: skip
    for number in quantities(text, language, taken):
        values = frozenset(map(str, number.values))
        small = next(iter(number.values))
        found.append(
            _Found(
                kind="number", start=number.start, end=number.end, at=number.start / length,
                keys=frozenset(f"{value}|{unit}" for value, unit in number.measures),
                loose=values,
                whole=int(small) if small == int(small) and 0 < small <= 12 else None,
                bare=not number.unit,
                soft=number.mark,
            )
        )  # fmt: skip
    found += _roman(text, length)
    drugs: dict[str, _Found] = {}
    for drug in drugs_of(text):
        one = _Found(
            kind="drug", start=drug.start, end=drug.end, at=drug.start / length,
            keys=frozenset((drug.name,)),
        )  # fmt: skip
        # A medicine may be named once and meant three times.
        drugs.setdefault(drug.name, one)
    return sorted((*found, *drugs.values()), key=lambda one: one.start)


def _with_years_of(one: Written, dates: Iterable[Written]) -> frozenset[str]:
    """A day without a year, in the year of the date beside it: "from 3 May to 12 May 2024"."""
    return frozenset(
        f"{year[:4]}{day[1:]}"
        for day in one.days
        if day.startswith("--")
        for other in dates
        if abs(other.start - one.end) < _BESIDE or abs(one.start - other.end) < _BESIDE
        for year in other.days
        if not year.startswith("-")
    )


_ROMAN: Final = {
    "II": 2, "III": 3, "IV": 4, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "XI": 11, "XII": 12,
    "Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅳ": 4, "Ⅴ": 5, "Ⅵ": 6, "Ⅶ": 7, "Ⅷ": 8, "Ⅸ": 9, "Ⅹ": 10,
}  # fmt: skip
_ROMAN_FORM: Final = re.compile(
    r"(?<![A-Za-zА-яЁё0-9])(?:VIII|VII|VI|IV|IX|III|II|XII|XI|[Ⅰ-Ⅹ])(?=[ABCabcАВСабв]?(?![A-Za-zА-яЁё0-9]))"
)


def _roman(text: str, length: int) -> Iterable[_Found]:
    """Stages and grades. IV is also how a medicine is given, so that alone it is no difference."""
    for match in _ROMAN_FORM.finditer(text):
        number = _ROMAN[match[0]]
        yield _Found(
            kind="number", start=match.start(), end=match.end(), at=match.start() / length,
            keys=frozenset((f"{number}|",)), loose=frozenset((str(number),)), whole=number,
            bare=True, soft=match[0] == "IV",
        )  # fmt: skip


# ---- what agrees -------------------------------------------------------------------------------

Keys = Callable[[_Found], frozenset[str]]


def _without_equal(
    theirs: Sequence[_Found],
    ours: Sequence[_Found],
    keys: Keys,
    may: Callable[[_Found, _Found], bool] = lambda _one, _other: True,
) -> tuple[list[_Found], list[_Found], int]:
    """What is left of both when each value is matched with an equal one, the nearest by its place."""
    by_key: dict[tuple[str, str], list[int]] = {}
    for index, one in enumerate(ours):
        for key in keys(one):
            by_key.setdefault((one.kind, key), []).append(index)
    used: set[int] = set()
    left = []
    # What can mean one thing only chooses first.
    for one in sorted(theirs, key=lambda one: len(keys(one))):
        options = {
            index
            for key in keys(one)
            for index in by_key.get((one.kind, key), ())
            if index not in used and may(one, ours[index])
        }
        if options:
            used.add(min(options, key=lambda index: abs(ours[index].at - one.at)))
        else:
            left.append(one)
    rest = [one for index, one in enumerate(ours) if index not in used]
    return sorted(left, key=lambda one: one.start), rest, len(used)


def _loosely(one: _Found) -> frozenset[str]:
    return one.loose


def _may_be_loose(one: _Found, other: _Found) -> bool:
    """Whether one of them says less than the other: the unit of a column stands at its head."""
    return one.bare or other.bare


def _without_regrouped(
    left: list[_Found], over: list[_Found], text: str, other: str
) -> tuple[list[_Found], list[_Found]]:
    """Without numbers that the other text writes in pieces: "10 000" as "10000", "4,5" as "4, 5"."""
    kept, rest = [], list(over)
    for one in left:
        digits = re.findall(r"\d+", plain(text[one.start : one.end]))
        pieces = _pieces("".join(digits), rest, other) if one.kind == "number" else None
        if pieces is None:
            kept.append(one)
        else:
            rest = [two for two in rest if two not in pieces]
    return kept, rest


def _pieces(digits: str, rest: Sequence[_Found], other: str) -> list[_Found] | None:
    """Neighbours that together have exactly these digits; at least two."""
    for first in range(len(rest)):
        so_far = ""
        chosen: list[_Found] = []
        for one in rest[first : first + 4]:
            if one.kind != "number" or (chosen and one.start - chosen[-1].end > 2):
                break
            so_far += "".join(re.findall(r"\d", plain(other[one.start : one.end])))
            chosen.append(one)
            if len(chosen) > 1 and so_far == digits:
                return chosen
            if not digits.startswith(so_far):
                break
    return None


def _without_words(left: Iterable[_Found], own: str, other: str) -> list[_Found]:
    """Without small numbers that the other text says in words, as often as it does more than this."""
    mine, theirs = plain(own), plain(other)
    counts: dict[int, int] = {}
    kept = []
    for one in left:
        number = one.whole
        if one.kind == "number" and number is not None:
            if number not in counts:
                words = NUMBER_WORDS[number]
                counts[number] = sum(_times(word, theirs) - _times(word, mine) for word in words)
            if counts[number] > 0:
                counts[number] -= 1
                continue
        kept.append(one)
    return kept


def _times(word: str, text: str) -> int:
    if not "a" <= word[0] <= "я":
        return text.count(plain(word))
    return len(re.findall(rf"(?<![^\W\d_]){re.escape(word)}", text))


# ---- what differs ------------------------------------------------------------------------------


def _paired(
    left: Sequence[_Found], over: Sequence[_Found], original: str, translation: str
) -> Iterable[Difference]:
    """The differences, those of which both sides are known first beside each other."""
    rest = list(over)
    found: list[tuple[float, Difference]] = []
    for one in left:
        other = _counterpart(one, rest)
        if other is not None:
            rest.remove(other)
            same = one.kind == "number" and bool(one.loose & other.loose)
            kind: DifferenceKind = "unit" if same else "changed"
            found.append((one.at, _difference(kind, one, other, original, translation)))
        elif not one.soft:
            found.append((one.at, _difference("missing", one, None, original, translation)))
    found += [
        (one.at, _difference("added", None, one, original, translation))
        for one in rest
        if not one.soft
    ]
    return [difference for _at, difference in sorted(found, key=lambda pair: pair[0])]


def _counterpart(one: _Found, rest: Sequence[_Found]) -> _Found | None:
    near = [
        other
        for other in rest
        if other.kind == one.kind
        and not (one.soft and other.soft)
        and (abs(other.at - one.at) <= _NEAR or abs(other.start - one.start) <= _CLOSE)
    ]
    return min(
        near,
        key=lambda other: (not one.loose & other.loose, abs(other.at - one.at)),
        default=None,
    )


def _difference(
    kind: DifferenceKind, one: _Found | None, other: _Found | None, original: str, translation: str
) -> Difference:
    return Difference(
        kind=kind,
        original=_mention(one, original) if one else None,
        translation=_mention(other, translation) if other else None,
    )


def _mention(found: _Found, text: str) -> Mention:
    before = text[max(0, found.start - _AROUND) : found.start].rpartition("\n")[2]
    after = text[found.end : found.end + _AROUND].partition("\n")[0]
    words = " ".join(text[found.start : found.end].split())
    return replace(
        Mention(kind=found.kind, words=words), before=before.lstrip(), after=after.rstrip()
    )
