"""Prompt, Choice and Reply: what is said, without a channel's markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checklist.text import Text

Expects = Literal["choice", "text", "date", "files", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button. `id` is unique within its prompt; `label` is at most 20 characters in any language.

    `description` may be shown where a channel has room for one (a WhatsApp list row).
    """

    id: str
    label: Text
    description: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question to the patient: paragraphs, buttons, and what kind of answer is awaited."""

    text: tuple[Text, ...]
    choices: tuple[Choice, ...] = ()
    expects: Expects = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The picture of a record, to be shown with a reply; it is looked up when it is shown.

    `alt` says what it is to those who don't see it, `size` is in pixels. `study` tells a study's
    contact sheet, which bears no name, from a document's first page, which bears everything.
    """

    record_id: str
    alt: Text
    size: tuple[int, int]
    study: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One message to a chat.

    `step` is the step that speaks, `turn` the session's version then: a button carries both, so that
    a tap on an old one is known for what it is. `human` is the name of the coordinator who wrote
    it, or "" when the assistant did; such words are shown as they are. A `nudge` is of no use any more
    once the patient has written. What is said `everywhere` is said in each chat of the case by itself,
    so it is not carried from one that can't be written to into another.
    """

    step: str
    turn: int
    text: tuple[Text, ...]
    choices: tuple[Choice, ...] = ()
    expects: Expects = "nothing"
    human: str = ""
    nudge: bool = False
    everywhere: bool = False
    pictures: tuple[Picture, ...] = ()
