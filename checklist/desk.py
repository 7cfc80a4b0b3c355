"""Desk: what coordinators have done with a case, beside what the patient said and sent.

Only values. Notes are for coordinators: no chat, no package and no notice holds a word of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from checklist.dates import PartialDate
from checklist.records import RecordKind

#: Why one more record is asked for; each has words for the patient (`handlers/asides/request.py`).
Reason = Literal["images", "report", "unreadable", "pages", "newer", "other_file", "more"]

#: `promised`: the patient can get it. `answered`: something came. `absent`: the patient has none.
RequestState = Literal["asked", "promised", "answered", "absent", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What one coordinator wrote for the others."""

    by: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidAgain:
    """The words of one message in another language, as a person at the desk has put them."""

    message: int
    locale: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One more record that a coordinator asked for. `words` are the coordinator's own.

    `number` counts from 1 within the case; `record_id` is the record that it is about, or "".
    `file_ids` are what the patient sent for it.
    """

    number: int
    item: str
    reason: Reason
    by: str
    at: datetime
    words: str = ""
    record_id: str = ""
    state: RequestState = "asked"
    file_ids: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the record is still wanted."""
        return self.state in ("asked", "promised")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """A question that the assistant could not answer, in the patient's words.

    `number` counts from 1 within the case; `about` is the usual question that it is, or "". `answer`
    is a coordinator's, "" also where it was settled in another way.
    """

    number: int
    words: str
    at: datetime
    about: str = ""
    locale: str = ""
    answer: str = ""
    by: str = ""
    answered_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.answered_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a record was judged to be.

    `part_of` is the record whose further page it is, or "", and `place` where it stands among those.
    """

    record_id: str
    kind: RecordKind
    item: str | None
    kind_certain: bool
    date: PartialDate | None
    body_part: str
    part_of: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The label that a coordinator gave, and the one that the file itself leads to."""

    label: Label
    was: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class PairWord:
    """A coordinator's word on whether a report and a study belong together."""

    report_id: str
    study_id: str
    together: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the cover: the problem, a question, or an event with its date."""

    words: str
    date: PartialDate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A section of the cover as a coordinator wrote it. `of` marks the answer that it was made of.

    It is shown until the patient answers anew, and after that too when it is locked. `by` is who
    wrote it, "" where that was not kept.
    """

    lines: tuple[Line, ...]
    of: str
    locked: bool = False
    by: str = field(default="", repr=False, compare=False)
    at: datetime | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverText:
    """The cover's own words; None where the patient's stand."""

    problem: Fixed | None = None
    questions: Fixed | None = None
    timeline: Fixed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How a document is cut into records: the pages `at` which one begins, and the `parts`' labels."""

    at: tuple[int, ...] = ()
    parts: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A label, the cover's words or a pair, before and after: what is needed to undo it.

    `labels` are several that were given at once, `cut` how the document `of` was cut.
    """

    number: int
    by: str
    at: datetime
    label: tuple[Label, Label] | None = None
    cover: tuple[CoverText, CoverText] | None = None
    pair: tuple[PairWord | None, PairWord] | None = None
    labels: tuple[tuple[Label, Label], ...] = ()
    cut: tuple[Cut, Cut] | None = None
    of: str = ""

    @property
    def all_labels(self) -> tuple[tuple[Label, Label], ...]:
        """The labels before and after, one or several."""
        return self.labels if self.label is None else (self.label,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMark:
    """A record as an edition held it; `images` counts a study's."""

    label: Label
    modality: str
    images: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a case held when it was opened again; the next package says what has changed since.

    `answers` are pairs of a step and a mark of its answer.
    """

    number: int
    by: str
    at: datetime
    records: tuple[RecordMark, ...]
    answers: tuple[tuple[str, str], ...]
