"""The lines of a cover page: how one is put into two languages, cut, and given its sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final, NotRequired, TypedDict

from bot.handoff.cover_language import language_name
from bot.handoff.cover_words import Words, clean, sentence
from bot.handoff.references import References
from checklist.dates import PartialDate
from checklist.summary import ListState, Summary
from checklist.text import Text, _
from checklist.whose import Source
from handlers.languages import Languages


class Pair(TypedDict):
    """The same in the review language and in the patient's; `p` is "" where they don't differ.

    `refs` are the numbers of its sources.
    """

    r: str
    p: str
    refs: NotRequired[list[int]]


Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of each section is shown: numbers of rows and of characters in one."""

    problem: int
    question: int
    events: int
    event: int
    medicines: int
    medicine: int
    allergies: int
    allergy: int
    studies: int
    changes: int
    parcels: int
    reason: int
    value: int

    def scaled(self, part: float) -> Limits:
        """The same proportions at a part of the size, never nothing."""
        least = _LEAST
        return Limits(
            **{
                name: max(getattr(least, name), round(getattr(self, name) * part))
                for name in Limits.__dataclass_fields__
            }
        )


#: Nothing that fits on a page is longer than this, and what is longer costs time to set.
ALL: Final = Limits(
    problem=2400, question=600, events=60, event=600, medicines=40, medicine=400,
    allergies=20, allergy=300, studies=40, changes=14, parcels=20, reason=300, value=120,
)  # fmt: skip
_LEAST: Final = Limits(
    problem=120, question=60, events=4, event=40, medicines=3, medicine=40,
    allergies=2, allergy=40, studies=3, changes=1, parcels=2, reason=30, value=40,
)  # fmt: skip


class CoverLines:
    """Says the lines of a summary in the two languages of its page."""

    def __init__(
        self,
        summary: Summary,
        languages: Languages,
        references: References,
        *,
        review: str,
        limits: Limits,
    ):
        """`review` is the locale of the reader; the patient's is in the summary."""
        self._references = references
        self._summary = summary
        self._languages = languages
        self._limits = limits
        self._locales = (review, summary.who.language)

    def _section(self, title: Text, *, none: Text | Pair | None = None, note: Text | None = None,
                 **content: object) -> Json:  # fmt: skip
        return {
            "title": self._pair(title),
            "none": self._pair(none) if isinstance(none, Text) else none,
            "note": self._pair(note) if note else None,
            **content,
        }

    def _with_sources(self, rows: list[Words], sources: tuple[Source | None, ...]) -> list[Words]:
        return [
            self._references.beside(row, source)
            for row, source in zip_longest(rows, sources[: len(rows)])
        ]

    def _none(self, item: str, state: ListState) -> Pair:
        shown = self._state(item, state, _("None given"))
        return shown if shown is not None else self._pair(_("None given"))

    def _state(self, item: str, state: ListState, none: Text) -> Pair | None:
        """Why a list is empty, with where that was said; None for one that is not."""
        why = _state(state, none)
        if why is None:
            return None
        return self._references.beside(self._pair(why), self._summary.sources.none.get(item))

    def _more(self, hidden: int) -> Text | None:
        return _("+{n} more: see case.json", n=hidden) if hidden > 0 else None

    def _pair(self, text: Text, most: int | None = None) -> Pair:
        review, patient = (
            sentence(self._languages.say(text, locale), most) for locale in self._locales
        )
        return Pair(r=review, p="" if patient == review else patient)

    def _named(self, tag: str) -> Pair:
        """A language by its name."""
        return self._two(lambda locale: language_name(tag, locale))

    def _two(self, say: Callable[[str], str]) -> Pair:
        review, patient = (clean(say(locale)) for locale in self._locales)
        return Pair(r=review, p="" if patient == review else patient)

    def _date(self, date: PartialDate | None) -> Pair:
        if date is None:
            return plain("—")
        if date.precision != "season":
            return plain(date.iso)
        return Pair(r=self._languages.say(_date_alone(date), self._locales[0]), p="")


#: Neither "none" nor "never asked": the question was put, and this is not what was answered.
NOT_STATED: Final = _("Not stated")


def _date_alone(date: PartialDate) -> Text:
    return Text(msgid="{date}", params={"date": date})


def plain(value: str) -> Pair:
    """A value that is the same in every language."""
    return Pair(r=value, p="")


def with_count(pair: Pair, number: int) -> Pair:
    """What there is, and how many of it."""
    return Pair(r=f"{pair['r']} {number}", p=pair["p"])


def _state(state: ListState, none: Text) -> Text | None:
    """Why a list is empty: "none" was an answer, or nobody asked."""
    reasons: Mapping[ListState, Text | None] = {
        "listed": None,
        "none": none,
        "records": _("See the records"),
        "requested": _("The patient can get it, no date given"),
        "declined": _("The patient skipped this question"),
        "not_stated": NOT_STATED,
        "not_asked": _("Not asked yet"),
    }
    return reasons[state]
