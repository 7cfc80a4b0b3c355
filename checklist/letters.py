"""Letter: what a patient writes to a hospital for a copy of their records: a value, kept in the case.

It holds what was known on the day it was made, so that it reads the same whenever it is opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from checklist.dates import PartialDate
from checklist.record_laws import LetterKind
from checklist.text import Text

#: What became of it. "": it was made; `sent`; the hospital has `answered`, or `refused`.
LetterState = Literal["", "sent", "answered", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter. `locale` is the hospital's language, `own` the patient's; `item` what it is for.

    `known` are lines on the scans that are missing, `helper` is who writes for the patient, "" for
    the patient. `follows` is the day on which an earlier letter for the same was sent. `said_at` is
    when the patient told that it was sent, `sent_on` the day on which it was.
    """

    number: int
    kind: LetterKind
    item: str
    locale: str
    own: str
    made_at: datetime
    country: str = ""
    name: str = ""
    birth_date: PartialDate | None = None
    helper: str = ""
    known: tuple[Text, ...] = ()
    follows: PartialDate | None = None
    state: LetterState = ""
    sent_on: PartialDate | None = None
    said_at: datetime | None = None


def letter_of(letters: Iterable[Letter], number: int) -> Letter | None:
    """The letter of that number, or None."""
    return next((letter for letter in letters if letter.number == number), None)


def letter_named(letters: Iterable[Letter], number: str) -> Letter | None:
    """The letter whose number was written, as on a button, or None. Whatever else was written is none."""
    return next((letter for letter in letters if str(letter.number) == number), None)


def sent_for(letters: Iterable[Letter], item: str) -> Letter | None:
    """The newest letter for an item that was sent and not answered yet, or None."""
    waiting = [one for one in letters if one.item == item and one.state == "sent"]
    return waiting[-1] if waiting else None
