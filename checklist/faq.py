"""Faq: the questions that patients usually ask, as `faq.toml` declares them, and what answers them.

What depends on the operator (cost, time, who the specialist is) is in a file of the operator's own,
by language. What is not there is not known, and never made up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from checklist.text import Text, verbatim

#: What the operator has filled in: the words of each entry, by the tag of their language.
OperatorAnswers = Mapping[str, Mapping[str, str]]

_NOTHING: OperatorAnswers = MappingProxyType({})
#: Longer than this no message of a chat is read.
_LONGEST = 1500


class FaqError(ValueError):
    """The questions, or the operator's answers, cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A page of the list of questions."""

    id: str
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `leads` is a step, an item or a command; the other fields as in `faq.toml`."""

    id: str
    topic: str
    ask: Text
    short: Text
    answer: tuple[Text, ...] = ()
    by_operator: str = ""
    adds: str = ""
    leads: str = ""
    button: Text | None = None
    source: str = ""
    reviewed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faq:
    """The questions in the order in which they are listed, and what the operator has filled in."""

    topics: tuple[Topic, ...] = ()
    questions: tuple[Question, ...] = ()
    told: OperatorAnswers = field(default_factory=lambda: _NOTHING)

    def question(self, question_id: str) -> Question | None:
        """The question of this id, or None."""
        return next((one for one in self.questions if one.id == question_id), None)

    def about(self, topic: str) -> tuple[Question, ...]:
        """The questions of a topic."""
        return tuple(one for one in self.questions if one.topic == topic)

    @property
    def entries(self) -> tuple[str, ...]:
        """What an operator can fill in; what the answers need comes first."""
        needed = [one.by_operator for one in self.questions if one.by_operator]
        more = [one.adds for one in self.questions if one.adds]
        return tuple(dict.fromkeys((*needed, *more)))

    @property
    def needed(self) -> frozenset[str]:
        """The entries without which a question can't be answered."""
        return frozenset(one.by_operator for one in self.questions if one.by_operator)

    def answer(self, question: Question, locale: str) -> tuple[Text, ...] | None:
        """The answer in a language; None where only the operator knows it and has not said it there.

        The operator's words are shown as they are: they are never those of another language.
        """
        own = self.told.get(question.by_operator, {}).get(locale, "")
        if question.by_operator and not own:
            return None
        more = self.told.get(question.adds, {}).get(locale, "")
        return (*question.answer, *(verbatim(words) for words in (own, more) if words))


def parse_faq(source: str) -> Faq:
    """Read the questions from TOML; raises `FaqError` that names the entry at fault."""
    data = _toml(source, "the questions")
    topics = tuple(
        Topic(id=_need(entry, "id"), label=Text(msgid=_need(entry, "label")))
        for entry in data.get("topic", ())
    )
    questions = tuple(_question(entry) for entry in data.get("question", ()))
    ids = [*(topic.id for topic in topics), *(one.id for one in questions)]
    for known in ids:
        if ids.count(known) > 1:
            raise FaqError(f"the id {known!r} is used more than once")
    for one in questions:
        if one.topic not in {topic.id for topic in topics}:
            raise FaqError(f"question {one.id!r}: there is no topic {one.topic!r}")
    return Faq(topics=topics, questions=questions)


def with_answers(faq: Faq, source: str, offered: Collection[str]) -> Faq:
    """The questions with the operator's file, TOML: a table for each entry, a text for each language.

    Raises `FaqError` that names the entry at fault. `offered` are the tags of the languages.
    """
    told: dict[str, Mapping[str, str]] = {}
    for entry, words in _toml(source, "the answers").items():
        if entry not in faq.entries:
            raise FaqError(f"there is no entry [{entry}]: use {', '.join(faq.entries)}")
        if not isinstance(words, dict):
            raise FaqError(f"{entry} is no table: write [{entry}], and below it en = “…”")
        told[entry] = MappingProxyType(
            {_tag(entry, tag, offered): _words(entry, tag, text) for tag, text in words.items()}
        )
    return replace(faq, told=MappingProxyType(told))


def _tag(entry: str, tag: str, offered: Collection[str]) -> str:
    known = tag.replace("_", "-")
    if known not in offered:
        raise FaqError(f"[{entry}]: no such language {tag!r}, use {', '.join(offered)}")
    return known


def _words(entry: str, tag: str, text: object) -> str:
    if not isinstance(text, str):
        raise FaqError(f"[{entry}] {tag} is no text")
    if len(text) > _LONGEST:
        raise FaqError(f"[{entry}] {tag} has {len(text)} letters, {_LONGEST} are the most")
    return text.strip()


def _toml(source: str, what: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise FaqError(f"{what} are not valid TOML: {error}") from error


def _question(entry: Mapping[str, Any]) -> Question:
    answer = entry.get("answer", ())
    button = entry.get("button")
    made = Question(
        id=_need(entry, "id"),
        topic=_need(entry, "topic"),
        ask=Text(msgid=_need(entry, "ask")),
        short=Text(msgid=_need(entry, "short")),
        answer=tuple(Text(msgid=str(words)) for words in answer),
        by_operator=str(entry.get("by_operator", "")),
        adds=str(entry.get("adds", "")),
        leads=str(entry.get("leads", "")),
        button=Text(msgid=str(button)) if button else None,
        source=_need(entry, "source"),
        reviewed_by=str(entry.get("reviewed_by", "")),
    )
    if not (made.answer or made.by_operator or made.leads == "emergency"):
        raise FaqError(f"question {made.id!r} has no answer, and nobody who knows it")
    return made


def _need(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise FaqError(f"entry {entry.get('id', '?')!r} has no {key!r}")
    return value
