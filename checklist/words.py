"""Words: what the assistant must understand in one language, as its `words.toml` declares it.

What it must say is in the catalogs; these are the words that people write to it. Everything is
folded once, here, and compared with folded text only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, get_args

from checklist.folding import fold, folded

Order = Literal["dmy", "mdy", "ymd"]

AnswerWord = Literal[
    "yes",
    "no",
    "back",
    "have",
    "can_get",
    "none",
    "what",
    "how",
    "later",
    "skip",
    "done",
    "not_known",
]
Command = Literal[
    "start",
    "status",
    "help",
    "language",
    "back",
    "questions",
    "human",
    "privacy",
    "upload",
    "share",
    "continue",
    "chats",
    "delete",
    "done",
    "emergency",
    "parcel",
]
SafetyClass = Literal[
    "emergency", "self_harm", "danger", "dosing", "guarantee", "advice", "distress"
]

#: The lists of words that a date is made of, beside the tables of months, seasons and so on.
DATE_LISTS = (
    "filler",
    "edge",
    "ago_after",
    "ago_before",
    "ahead_after",
    "ahead_before",
    "last",
    "this",
    "next",
    "few",
    "year_mark",
    "month_mark",
    "day_mark",
    "ordinal",
    "range",
)

#: The choices, as `step:choice`, that a sentence may speak for without naming them.
CHOICES = (
    "role:patient",
    "role:helper",
    "case_type:cancer",
    "case_type:brain_spine",
    "case_type:heart",
    "case_type:bones_joints",
    "case_type:not_sure",
    "review_mode:remote",
    "review_mode:in_person",
    "review_mode:not_sure",
)

#: What goes by post, and what a patient calls all of it.
THINGS = ("slides", "blocks", "films", "only_films", "sent")

#: What tells that a symptom is of another time or another person, is of now, or is denied.
CONTEXT_LISTS = ("past", "now", "negation")

_RELATIVE = re.compile(r"(day|week|month|year)([+-]\d{1,2})\Z")
_AROUND = re.compile(r"^[^\w/]+|[^\w]+$")
_SLASH = re.compile(r"\s*/([a-z]+)(?:@\w+)?(?:\s|$)")
_UNIT = re.compile(r"(day|week|month|year)(?:\*(\d{1,2}))?\Z")


#: Pictures that are an answer in every language, and those that call for help.
_SIGNS: Mapping[str, AnswerWord] = {"👍": "yes", "👌": "yes", "✅": "yes", "👎": "no"}
_ALARMS = ("🆘", "🚑")


class WordsError(ValueError):
    """A `words.toml` cannot be used; the message says which entry and what to change."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DateWords:
    """The words for dates. All are folded; a phrase of several words has single spaces.

    `relative` gives a unit and an offset ("last year": year, -1), `units` a unit and how many of it
    ("half a year": month, 6). Months count from 1, weekdays from 1 for Monday, seasons from spring.
    `order_certain` is False where people of the language write both 03/12 and 12/03, `unit_alone`
    where "year ago" needs a number or an article to mean one.
    """

    order: Order
    order_certain: bool
    unit_alone: bool
    months: Mapping[str, int]
    seasons: Mapping[str, int]
    weekdays: Mapping[str, int]
    numbers: Mapping[str, int]
    relative: Mapping[str, tuple[str, int]]
    units: Mapping[str, tuple[str, int]]
    lists: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Words:
    """The vocabulary of one language.

    `spaced` is False where words are not set apart (Chinese); `clitics` are short words written
    onto the front of the next one (Arabic "and", "the"); `number_marks` are words that tell that a
    number is one of a list ("number", "第"). `choices` are patterns by `CHOICES`, found
    in a sentence; `dose_changes` are words that go on with the
    medicine before ("then", "increased"), `taking` those by which somebody
    says that they take one. `frequency` and the safety phrases are
    patterns, described in `checklist/phrases.py`; so are `things`, which go by post. `countries`
    maps other names to ISO 3166 codes.
    """

    spaced: bool
    clitics: tuple[str, ...]
    number_marks: tuple[str, ...]
    answers: Mapping[str, AnswerWord]
    commands: Mapping[str, Command]
    choices: Mapping[str, tuple[str, ...]]
    dates: DateWords
    dose_units: tuple[str, ...]
    dose_changes: tuple[str, ...]
    taking: tuple[str, ...]
    frequency: tuple[str, ...]
    safety: Mapping[SafetyClass, tuple[str, ...]]
    context: Mapping[str, tuple[str, ...]]
    things: Mapping[str, tuple[str, ...]]
    countries: Mapping[str, str]

    def answer(self, text: str) -> AnswerWord | None:
        """What a whole message answers ("yes", "I don't have it", 👍), or None."""
        plain = bare(text)
        if not plain:
            return next((meant for sign, meant in _SIGNS.items() if sign in text), None)
        # "Yes, please" is "yes please".
        return self.answers.get(plain) or self.answers.get(_unpointed(plain, spaced=self.spaced))

    def command(self, text: str) -> Command | None:
        """The command a whole message is: one of the language's words, or `/status` in any."""
        plain = bare(text)
        if not plain:
            # Pictures fold to nothing, and so do a full stop and a heart.
            return "emergency" if any(sign in text for sign in _ALARMS) else None
        if plain in self.commands:
            return self.commands[plain]
        slash = _SLASH.match(folded(text)[0])
        return next((c for c in get_args(Command) if slash and slash[1] == c), None)


# A message is compared with the words of each language, for each thing that it might mean.
@lru_cache(maxsize=256)
def bare(text: str) -> str:
    """Folded text without the punctuation and pictures around it: "Yes!! 👍" is "yes"."""
    return _AROUND.sub("", fold(text).replace("_", " ")).lstrip("/")


def _unpointed(text: str, *, spaced: bool) -> str:
    """The text without the commas and full stops within it."""
    return (" " if spaced else "").join(re.split(r"[\s,.;!]+", text))


def parse_words(source: str) -> Words:
    """Read a `words.toml`; raises `WordsError` that names the entry at fault."""
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise WordsError(f"not valid TOML: {error}") from error
    medicines = _table(data, "medicines")
    # Without it nothing is lost but a way of saying it: the buttons are there.
    post = data.get("post", {"command": [], **{thing: [] for thing in THINGS}})
    commands = {**_table(data, "commands"), "parcel": post.get("command", [])}
    things = {thing: words for thing, words in post.items() if thing != "command"}
    return Words(
        spaced=bool(data.get("spaced", True)),
        clitics=_phrases(data, "clitics"),
        number_marks=_phrases(data, "number_marks"),
        answers=_inverted(_table(data, "answers"), "answers", get_args(AnswerWord)),
        commands=_inverted(commands, "commands", get_args(Command)),
        choices=_patterns(_table(data, "choices"), CHOICES),
        dates=_date_words(_table(data, "dates")),
        dose_units=_phrases(medicines, "dose_units"),
        dose_changes=_phrases(medicines, "dose_changes"),
        taking=_phrases(medicines, "taking"),
        frequency=_phrases(medicines, "frequency"),
        safety=_patterns(_table(data, "safety"), get_args(SafetyClass)),
        context=_patterns(_table(data, "safety_context"), CONTEXT_LISTS),
        things=_patterns(things, THINGS),
        countries=_countries(_table(data, "countries")),
    )


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
    )


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
    return MappingProxyType({key: _phrases(data, key) for key in ids})


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
