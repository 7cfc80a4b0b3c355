"""Step: one question of the conversation, and how an answer to it is understood.

All tolerance for how people really answer lives here and in the step kinds beside it: a button, its
number, its label, a word of the patient's language, or a near miss of one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from checklist.case import Answer, Case
from checklist.catalog import Catalog
from checklist.dates import PartialDate
from checklist.faq import Faq
from checklist.folding import fold, folded, one_letter_apart
from checklist.phrases import phrases_of
from checklist.text import Text
from checklist.words import AnswerWord, Words, bare
from handlers.effects import Effect
from handlers.languages import Languages
from handlers.office import Office
from handlers.replies import Choice, Prompt
from handlers.service import Service
from handlers.session import Session

#: Of a longer answer to a question with buttons only the beginning is looked at.
_LONGEST = 200

#: Move.goto: go on to whatever the case needs next.
ONWARD = ">"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a step may look at. `ids` gives a new id at each call, 64 random bits in hexadecimal.

    `health` says whether health details may be said in this chat.
    """

    case: Case
    session: Session
    now: datetime
    catalog: Catalog
    languages: Languages
    web_address: str = ""
    health: bool = True
    office: Office | None = None
    faq: Faq = field(default_factory=Faq)
    ids: Callable[[], str] = str
    service: Service = field(default_factory=Service)

    @property
    def locale(self) -> str:
        """The locale in which the patient is spoken to."""
        return self.session.locale or "en"

    @property
    def words(self) -> Words:
        """What is understood in that locale."""
        return self.languages.words(self.locale)

    @property
    def today(self) -> date:
        """The day of this turn, UTC."""
        return self.now.date()

    def meant(self, text: str) -> AnswerWord | None:
        """What a whole message answers, in the patient's language before any other."""
        tags = dict.fromkeys((self.locale, *self.languages.offered))
        found = (self.languages.words(tag).answer(text) for tag in tags)
        return next((word for word in found if word is not None), None)

    def of(self, own: Text, helper: Text) -> Text:
        """The wording for the patient, or the one for somebody who writes for a patient."""
        return helper if self.by_helper else own

    @property
    def by_helper(self) -> bool:
        """Whether somebody else than the patient writes in this chat."""
        return writer_of(self.session, self.case) == "helper"

    def fold(self, words: str) -> str:
        """Words as they are compared: case, marks and digit shapes don't count."""
        return fold(words)


def writer_of(session: Session, case: Case) -> str:
    """Who writes in a chat: `patient`, `helper`, or "" where that isn't known yet."""
    if session.joined_as:
        return session.joined_as
    return {"patient": "patient", "helper": "helper"}.get(case.choice("role") or "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the patient said to a step: a choice of its prompt, or words."""

    text: str = ""
    choice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What an answer leads to.

    `draft` None keeps what was kept, where the conversation stays, and drops it where it goes on.
    `goto` is a step's id, `ONWARD`, or None to stay; `aside` opens a question in between; `say` is
    said before the next question; `ask` False means that the standing question is not shown again.
    """

    case: Case
    goto: str | None = None
    phase: str = ""
    aside: str = ""
    draft: Mapping[str, str] | None = None
    say: tuple[Text, ...] = ()
    effects: tuple[Effect, ...] = ()
    ask: bool = True
    locale: str = ""
    understood: bool = True


class Step(Protocol):
    """One question. `prompt` asks it; `read` understands an answer; `follow` acts on it."""

    @property
    def id(self) -> str:
        """The step's id, on the wire and in the store."""
        ...

    def prompt(self, view: View) -> Prompt:
        """The question as it stands, for the session's phase."""
        ...

    def read(self, view: View, said: Said) -> Said | None:
        """What was meant, or None where it was not understood."""
        ...

    def follow(self, view: View, said: Said) -> Move:
        """What follows from an answer that `read` understood."""
        ...


def answered(
    view: View, step: str, said: Said, *, value: str = "", date: PartialDate | None = None
) -> Case:
    """The case with the answer to a step."""
    return view.case.with_answer(
        Answer(step=step, at=view.now, choice=said.choice, text=said.text, value=value, date=date)
    )


# ---- understanding -----------------------------------------------------------------------------


def pick(view: View, choices: tuple[Choice, ...], said: Said, *, near: bool = True) -> str | None:
    """The id of the choice that was meant, or None.

    In this order: the button itself, its id, its label, a yes or no word, and last a label or such
    a word that is missed by one letter, unless the words may be an answer of their own: then `near`
    is False, or "latex" would be "later". Numbers are read before: `handlers/by_number.py`.
    """
    ids = {choice.id for choice in choices}
    if said.choice is not None:
        return said.choice if said.choice in ids else None
    text = bare(said.text)
    if not text:
        return None
    labels = {choice.id: bare(view.languages.say(choice.label, view.locale)) for choice in choices}
    for choice_id, label in labels.items():
        if text in (bare(choice_id), label):
            return choice_id
    meant = view.meant(said.text)
    if meant in ids:
        return meant
    return _near(view, text, labels) if near and meant is None else None


def suggested(view: View, step_id: str, choices: tuple[Choice, ...], said: Said) -> tuple[str, ...]:
    """The choices that a sentence speaks for ("it is for my son"), in their order."""
    if said.choice is not None:
        return ()
    plain = folded(unicodedata.normalize("NFC", said.text[:_LONGEST]))[0]
    patterns = {choice.id: view.words.choices.get(f"{step_id}:{choice.id}") for choice in choices}
    return tuple(
        choice_id
        for choice_id, found in patterns.items()
        if found and phrases_of(view.words, found).are_in(plain)
    )


def chosen(view: View, step_id: str, choices: tuple[Choice, ...], said: Said) -> str | None:
    """The choice that was meant, by itself or by a sentence that speaks for it alone."""
    meant = suggested(view, step_id, choices, said)
    return pick(view, choices, said) or (meant[0] if len(meant) == 1 else None)


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of an answer that lists things, without bullets and numbers."""
    rows = (
        re.sub(r"^\s*(?:[-•*·–—]|\d{1,2}[.)、]\s)\s*", "", row).strip() for row in text.splitlines()
    )
    return tuple(row for row in rows if row)


def _near(view: View, text: str, labels: Mapping[str, str]) -> str | None:
    """The one choice that a slip of the finger missed. Where there are two, it is asked back."""
    if len(text) < 4 or view.words.command(text) or text in view.words.dates.numbers:
        return None
    hits = {choice_id for choice_id, label in labels.items() if _is_slip(text, label)}
    hits |= {
        meant
        for phrase, meant in view.words.answers.items()
        if meant in labels and _is_slip(text, phrase)
    }
    if not hits:
        hits = {choice_id for choice_id, label in labels.items() if label.startswith(text)}
    return hits.pop() if len(hits) == 1 else None


def _is_slip(text: str, word: str) -> bool:
    """One letter more, less, other, or two swapped, in a word of five; in one of four only the last.

    Or a letter twice. Anything else makes a word of its own too often: "skin" is not "skip", and
    "bone" is not "none". Shorter words are not guessed at all: "eyes" is not "yes".
    """
    if not one_letter_apart(text, word) or len(word) < 4:
        return False
    doubled = any(text[:at] + text[at + 1 :] == word for at in _repeats(text))
    return len(word) > 4 or sorted(text) == sorted(word) or doubled


def _repeats(text: str) -> list[int]:
    """Where a letter is the same as the one before."""
    return [at for at in range(1, len(text)) if text[at] == text[at - 1]]
