"""Words: what the assistant must understand in one language, as its `words.toml` declares it.

What it must say is in the catalogs; these are the words that people write to it. Everything is
folded once, here, and compared with folded text only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

from checklist.calendars import Calendar
from checklist.faq_words import FaqWords
from checklist.first_words import Telltale
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
    "export",
    "withdraw",
    "upload",
    "share",
    "letter",
    "reminders",
    "continue",
    "chats",
    "delete",
    "done",
    "emergency",
    "ask",
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

#: Those that a language may do without. `told`: what tells of others or of long ago where the class
#: is none of symptoms, so that "often" is no past; `since`: what makes a year a beginning and no past;
#: `process`: what is asked about sending records and this chat, which no doctor need answer.
MORE_CONTEXT = ("told", "since", "process")
#: After the unit of a word that is of either direction: کل is yesterday and tomorrow.
EITHER = "~"

_AROUND = re.compile(r"^[^\w/]+|[^\w]+$")
_SLASH = re.compile(r"\s*/([a-z]+)(?:@\w+)?(?:\s|$)")
_ONLY_ASKS = re.compile(r"[?!.\s❓❔]*[?❓❔][?!.\s❓❔]*")


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
    where "year ago" needs a number or an article to mean one. `relative` of کل is "day~", 1: a day
    ago, or ahead.
    `calendars` are those other than the common one that a bare year may be of, `eras` the marks
    that tell one (พ.ศ.), `foreign` the months that only another calendar has.
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
    calendars: tuple[Calendar, ...]
    eras: Mapping[str, Calendar]
    foreign: Mapping[str, tuple[int, Calendar]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Words:
    """The vocabulary of one language.

    `spaced` is False where words are not set apart (Chinese); `clitics` are short words written
    onto the front of the next one (Arabic "and", "the"); `number_marks` are words that tell that a
    number is one of a list ("number", "第"). `choices` are patterns by `CHOICES`, found in a sentence;
    `whole_doses` are doses without a number ("half a tablet"), `dose_changes` words that go on with
    the medicine before ("then", "increased"), `taking` those by which somebody says that they take
    one. `frequency` and the safety phrases are patterns, described in `checklist/phrases.py`.
    `countries` maps other names to ISO 3166 codes. `telltale` is what a first message gives the
    language away by; `own_name` what the language calls itself, where that is not what CLDR says.
    `things` are patterns of what goes by post.
    """

    spaced: bool
    clitics: tuple[str, ...]
    number_marks: tuple[str, ...]
    answers: Mapping[str, AnswerWord]
    commands: Mapping[str, Command]
    choices: Mapping[str, tuple[str, ...]]
    dates: DateWords
    dose_units: tuple[str, ...]
    whole_doses: tuple[str, ...]
    dose_changes: tuple[str, ...]
    taking: tuple[str, ...]
    frequency: tuple[str, ...]
    safety: Mapping[SafetyClass, tuple[str, ...]]
    context: Mapping[str, tuple[str, ...]]
    things: Mapping[str, tuple[str, ...]]
    countries: Mapping[str, str]
    telltale: Telltale
    own_name: str = ""
    faq: FaqWords = field(default_factory=FaqWords)

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
            if any(sign in text for sign in _ALARMS):
                return "emergency"
            return "ask" if _ONLY_ASKS.fullmatch(fold(text)) else None
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
