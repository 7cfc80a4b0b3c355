"""A `words.toml`, read: every fault of it is named by its entry."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, get_args

from checklist.calendars import Calendar
from checklist.faq_words import FaqWords, parse_faq_words
from checklist.first_words import Telltale
from checklist.folding import fold
from checklist.words import (
    CHOICES,
    CONTEXT_LISTS,
    DATE_LISTS,
    EITHER,
    MORE_CONTEXT,
    THINGS,
    AnswerWord,
    Command,
    DateWords,
    Order,
    SafetyClass,
    Words,
    WordsError,
    bare,
)

_RELATIVE = re.compile(rf"((?:day|week|month|year){EITHER}?)([+-]?\d{{1,2}})\Z")
_UNIT = re.compile(r"(day|week|month|year)(?:\*(\d{1,2}))?\Z")


# What is found in a language's words is kept beside them, so the same words are the same object.
@lru_cache(maxsize=64)
def parse_words(source: str) -> Words:
    """Read a `words.toml`; raises `WordsError` that names the entry at fault."""
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise WordsError(f"not valid TOML: {error}") from error
    medicines, faq = _table(data, "medicines"), _faq_words(data)
    # Without it nothing is lost but a way of saying it: the buttons are there.
    post = data.get("post", {"command": [], **{thing: [] for thing in THINGS}})
    things = {thing: words for thing, words in post.items() if thing != "command"}
    return Words(
        spaced=bool(data.get("spaced", True)),
        clitics=_phrases(data, "clitics"),
        number_marks=_phrases(data, "number_marks"),
        answers=_inverted(_table(data, "answers"), "answers", get_args(AnswerWord)),
        commands=_commands(data, faq, post.get("command", [])),
        choices=_patterns(_table(data, "choices"), CHOICES),
        dates=_date_words(_table(data, "dates")),
        dose_units=_phrases(medicines, "dose_units"),
        whole_doses=_phrases({"whole_doses": [], **medicines}, "whole_doses"),
        dose_changes=_phrases(medicines, "dose_changes"),
        taking=_phrases(medicines, "taking"),
        frequency=_phrases(medicines, "frequency"),
        safety=_patterns(_table(data, "safety"), get_args(SafetyClass)),
        context=_context(_table(data, "safety_context")),
        things=_patterns(things, THINGS),
        countries=_countries(_table(data, "countries")),
        telltale=_telltale(_table(data, "telltale")),
        own_name=str(data.get("own_name", "")),
        faq=faq,
    )


def _commands(data: Mapping[str, Any], faq: FaqWords, post: Any) -> Mapping[str, Command]:
    """The words of `[commands]`, those that open the usual questions, and those for parcels."""
    table = {**_table(data, "commands"), "ask": list(faq.command), "parcel": post}
    return _inverted(table, "commands", get_args(Command))


def _faq_words(data: Mapping[str, Any]) -> FaqWords:
    """What `[faq]` says; nothing where a language has none yet."""
    try:
        faq = parse_faq_words(data.get("faq", {}))
    except ValueError as error:
        raise WordsError(str(error)) from error
    _refuse_wordless("faq", (*faq.asks, *faq.begins))
    for patterns in (*faq.asked.values(), *faq.told.values()):
        for wanted, refused in patterns:
            _refuse_wordless("faq", (*wanted, *refused))
    return faq


def _telltale(data: Mapping[str, Any]) -> Telltale:
    letters = data.get("letters")
    if not isinstance(letters, str):
        raise WordsError("telltale: letters is missing, or is not a text")
    words = frozenset(_phrases(data, "words"))
    if long := next((word for word in sorted(words) if " " in word), ""):
        raise WordsError(f"telltale: {long!r} is more than one word")
    return Telltale(letters=frozenset(letters.lower()), words=words)


def _date_words(data: Mapping[str, Any]) -> DateWords:
    order: Any = data.get("order")
    if order not in get_args(Order):
        raise WordsError(f"dates: order is {order!r}, use one of {', '.join(get_args(Order))}")
    return DateWords(
        order=order,
        order_certain=bool(data.get("order_certain", False)),
        unit_alone=bool(data.get("unit_alone", True)),
        months=_numbered(data, "months", range(1, 13)),
        seasons=_numbered(data, "seasons", range(1, 5)),
        weekdays=_numbered(data, "weekdays", range(1, 8)),
        numbers=_numbered(data, "numbers", range(1, 13)),
        relative=_offsets(_table(data, "relative"), "relative", _RELATIVE, "0"),
        units=_offsets(_table(data, "units"), "units", _UNIT, "1"),
        lists=MappingProxyType({name: _phrases(data, name) for name in DATE_LISTS}),
        calendars=_calendars(data),
        eras=MappingProxyType(dict(_eras(data.get("eras", {})))),
        foreign=MappingProxyType(dict(_foreign(data))),
    )


def _calendars(data: Mapping[str, Any]) -> tuple[Calendar, ...]:
    found = data.get("calendars", [])
    if not isinstance(found, list) or not set(found) <= set(get_args(Calendar)):
        raise WordsError(f"dates: calendars can be {', '.join(get_args(Calendar))}")
    return tuple(found)


def _eras(table: Mapping[str, Any]) -> Iterator[tuple[str, Calendar]]:
    """The marks of years, from `{calendar: [mark, ...]}`."""
    for calendar in get_args(Calendar):
        if calendar in table:
            yield from ((mark, calendar) for mark in _phrases(table, calendar))
    if unknown := sorted(table.keys() - set(get_args(Calendar))):
        raise WordsError(f"eras: {', '.join(unknown)} is not known")


def _foreign(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, Calendar]]]:
    """The months of the tables [dates.hijri], [dates.jalali] and [dates.lunar], where they are."""
    calendars: tuple[Calendar, ...] = ("hijri", "jalali", "lunar")
    for calendar in calendars:
        if calendar in data:
            for phrase, month in _numbered(data, calendar, range(1, 13)).items():
                yield phrase, (month, calendar)


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = data.get(key)
    if not isinstance(table, dict):
        raise WordsError(f"the table [{key}] is missing")
    return table


def _phrases(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of phrases, folded, without doubles. It may be empty but must be there."""
    found = data.get(key)
    if not isinstance(found, list) or not all(isinstance(p, str) and p.strip() for p in found):
        raise WordsError(f"{key} is missing, or is not a list of words")
    return tuple(dict.fromkeys(fold(phrase) for phrase in found))


def _inverted(data: Mapping[str, Any], name: str, ids: tuple[Any, ...]) -> Mapping[str, Any]:
    """Turn `{id: [phrase, ...]}` into `{phrase: id}`; a phrase that means two things is refused."""
    _all_there(data, name, ids)
    made: dict[str, Any] = {}
    for key in ids:
        for phrase in _phrases(data, key):
            plain = bare(phrase)
            if made.setdefault(plain, key) != key:
                raise WordsError(f"{name}: {phrase!r} is under {made[plain]!r} and {key!r}")
    return MappingProxyType(made)


def _numbered(data: Mapping[str, Any], name: str, needed: range) -> Mapping[str, int]:
    table = _table(data, name)
    _all_there({k: v for k, v in table.items()}, name, tuple(map(str, needed)), extra=True)
    made: dict[str, int] = {}
    for key in table:
        if not key.isdigit():
            raise WordsError(f"{name}: {key!r} is not a number")
        for phrase in _phrases(table, key):
            if made.setdefault(phrase, int(key)) != int(key):
                raise WordsError(f"{name}: {phrase!r} is under {made[phrase]} and {key}")
    return MappingProxyType(made)


def _offsets(
    table: Mapping[str, Any], name: str, form: re.Pattern[str], default: str
) -> Mapping[str, tuple[str, int]]:
    made: dict[str, tuple[str, int]] = {}
    for key in table:
        found = form.match(key)
        if not found:
            raise WordsError(f"{name}: {key!r} is not of the form {form.pattern!r}")
        for phrase in _phrases(table, key):
            made[phrase] = (found[1], int(found[2] or default))
    return MappingProxyType(made)


def _patterns(data: Mapping[str, Any], ids: tuple[Any, ...]) -> Mapping[Any, tuple[str, ...]]:
    _all_there(data, "safety", ids)
    found = {key: _phrases(data, key) for key in ids}
    for key, patterns in found.items():
        _refuse_wordless(key, patterns)
    return MappingProxyType(found)


def _refuse_wordless(key: str, patterns: Iterable[str]) -> None:
    """Refuse a pattern of which every part may be left out.

    It would be found between any two letters of any text, and its places could be counted for ever.
    """
    for pattern in patterns:
        if not any(map(_is_needed, pattern.removeprefix("=").split())):
            raise WordsError(
                f"{key}: {pattern!r} is found in every text; write a word of it without ( )"
            )


def _is_needed(part: str) -> bool:
    """Whether a part of a pattern stands for at least one letter or sign of a text."""
    choices = [choice for choice in part.split("|") if choice]
    optional = part in ("..", "&") or part.startswith("(")
    return not optional and bool(choices) and all(choice.rstrip("*") for choice in choices)


def _context(data: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    needed = {key: found for key, found in data.items() if key not in MORE_CONTEXT}
    given = tuple(key for key in MORE_CONTEXT if key in data)
    more = {
        **dict.fromkeys(MORE_CONTEXT, ()),
        **_patterns({key: data[key] for key in given}, given),
    }
    return MappingProxyType({**_patterns(needed, CONTEXT_LISTS), **more})


def _countries(data: Mapping[str, Any]) -> Mapping[str, str]:
    made: dict[str, str] = {}
    for code in data:
        if not re.fullmatch(r"[A-Z]{2}", code):
            raise WordsError(f"countries: {code!r} is not a code of two capital letters")
        for name in _phrases(data, code):
            made[bare(name)] = code
    return MappingProxyType(made)


def _all_there(
    data: Mapping[str, Any], name: str, ids: tuple[str, ...], *, extra: bool = False
) -> None:
    missing = [key for key in ids if key not in data]
    if missing:
        raise WordsError(f"{name}: nothing for {', '.join(missing)}")
    unknown = [key for key in data if key not in ids]
    if unknown and not extra:
        raise WordsError(f"{name}: {', '.join(unknown)} is not known")
