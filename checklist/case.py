"""Case: everything known of one patient's request, and the moves that change it.

Values are frozen: a move returns a new case. What is absent, what is unknown and what was never
asked are three different things, and stay so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from checklist.chats import Chat as Chat
from checklist.chats import Share as Share
from checklist.coming_again import come_again
from checklist.consents import Basis, Hold, Point, PointAsked, basis_of, is_given
from checklist.consents import Consent as Consent
from checklist.dates import PartialDate
from checklist.desk import (
    Change,
    Correction,
    CoverText,
    Edition,
    Note,
    PairWord,
    PassedOn,
    Request,
    SaidAgain,
)
from checklist.labelling import label_of, labelled
from checklist.letters import Letter
from checklist.locked import LockedFile
from checklist.opinion import Opinion
from checklist.origin import Origin
from checklist.physical import Parcel
from checklist.records import Record
from checklist.reminding import Reminding
from checklist.translation import Translation

CaseStatus = Literal[
    "collecting",
    "submitted",
    "accepted",
    "in_translation",
    "in_review",
    "opinion_ready",
    "closed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a list answer: a medicine, an allergy, an event, a question.

    `text` is what the patient wrote, `name`/`dose`/`frequency` are parts of it, never more.
    `chosen` marks the questions that matter most when there are more than three.
    """

    text: str
    date: PartialDate | None = None
    name: str = ""
    dose: str = ""
    frequency: str = ""
    since: PartialDate | None = None
    chosen: bool = True
    origin: Origin | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered to one step.

    `choice` is the button's id (`have`, `can_get`, `none`, `skip`, `later`, `yes` ...), `text` the
    words as they were typed, `value` a code read from them (a country, a birth date), `date` when an
    item is expected (`can_get`), `note` why something is absent. `origin` is the message that it was.
    """

    step: str
    at: datetime
    choice: str | None = None
    text: str = ""
    value: str = ""
    date: PartialDate | None = None
    note: str = ""
    entries: tuple[Entry, ...] = ()
    origin: Origin | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What coordinators have done with the case. `assignee` is who has taken it, by name.

    `changes` are the newest, the oldest first, each of which can be undone; with a `hold` nothing of
    the case is erased.
    """

    assignee: str = ""
    notes: tuple[Note, ...] = ()
    requests: tuple[Request, ...] = ()
    corrections: tuple[Correction, ...] = ()
    cover: CoverText = field(default_factory=CoverText)
    changes: tuple[Change, ...] = ()
    pairs: tuple[PairWord, ...] = ()
    editions: tuple[Edition, ...] = ()
    opinion: Opinion | None = None
    said_again: tuple[SaidAgain, ...] = ()
    translations: tuple[Translation, ...] = ()
    passed_on: tuple[PassedOn, ...] = ()
    hold: Hold | None = None
    more_room: int = 0


_NO_ANSWERS: Mapping[str, Answer] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One patient's request for a second opinion. `id` is also the number people quote.

    `chats` are part of it, `former_chats` were; `locked` files wait for a password; `letters` went to
    hospitals, `parcels` go by post; `reminding` is None while nobody asked whether they are wanted;
    `asked` is how each point of the consent was put last.
    `closed_at` is when it was closed, `warned_at` when it was said that it will be erased, `unreached_at`
    when coordinators were told that nobody could be told so.
    """

    id: str
    opened_at: datetime
    answers: Mapping[str, Answer] = field(default_factory=lambda: _NO_ANSWERS)
    records: tuple[Record, ...] = ()
    consents: tuple[Consent, ...] = ()
    shares: tuple[Share, ...] = ()
    chats: tuple[Chat, ...] = ()
    former_chats: tuple[Chat, ...] = ()
    locked: tuple[LockedFile, ...] = ()
    letters: tuple[Letter, ...] = ()
    reminding: Reminding | None = None
    asked: tuple[PointAsked, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    status: CaseStatus = "collecting"
    submitted_at: datetime | None = None
    locale: str = "en"
    version: int = 0
    erased: bool = False
    closed_at: datetime | None = None
    warned_at: datetime | None = None
    unreached_at: datetime | None = None
    desk: Desk = field(default_factory=Desk)

    # ---- reading -------------------------------------------------------------------------------

    def answer(self, step: str) -> Answer | None:
        """The answer to a step, or None where it was not asked or not answered."""
        return self.answers.get(step)

    def choice(self, step: str) -> str | None:
        """The id of the button chosen in a step, or None."""
        found = self.answers.get(step)
        return found.choice if found else None

    def text(self, step: str) -> str:
        """The words given in a step, or ""."""
        found = self.answers.get(step)
        return found.text if found else ""

    @property
    def consented(self) -> bool:
        """Whether the newest word on keeping records is a yes."""
        return self.agrees("keep")

    def agrees(self, point: Point) -> bool:
        """Whether a point is agreed to now. What was never asked is not."""
        return is_given(self.consents, point)

    @property
    def withdrawn(self) -> bool:
        """Whether the consent was given and taken back: everything is there, and nobody works on it."""
        given = any(c.given and c.point == "keep" for c in self.consents)
        return given and not self.consented

    @property
    def basis(self) -> Basis:
        """In what right the patient is answered for, as it was said; "" where it was not."""
        born = self.answer("birth_date")
        return basis_of(self.consents, born.date if born is not None else None)

    @property
    def begun(self) -> bool:
        """Whether a coordinator may see it: before a yes to keeping records there is no case."""
        return self.consented or self.erased

    @property
    def by_helper(self) -> bool:
        """Whether somebody else writes for the patient."""
        return self.choice("role") == "helper"

    @property
    def own_records(self) -> tuple[Record, ...]:
        """The records that are used: all but those that are set apart as somebody else's.

        Of a document that was cut its parts are used.
        """
        return tuple(record for record in self.records if record.is_used)

    def pages_of(self, record_id: str) -> tuple[Record, ...]:
        """The records that are further pages of this one, in order."""
        pages = (record for record in self.own_records if record.part_of == record_id)
        return tuple(sorted(pages, key=lambda page: (page.place, page.received_at, page.id)))

    def records_of(self, item: str) -> tuple[Record, ...]:
        """The records in use that are filed under an item, in the order in which they came."""
        return tuple(record for record in self.own_records if record.item == item)

    def record(self, record_id: str) -> Record | None:
        """The record of that id, or None."""
        return next((record for record in self.records if record.id == record_id), None)

    @property
    def open_requests(self) -> tuple[Request, ...]:
        """The records that coordinators asked for and that are still wanted, oldest first."""
        return tuple(request for request in self.desk.requests if request.is_open)

    def request_for(self, item: str | None) -> Request | None:
        """The newest open request for an item, or None."""
        mine = (request for request in reversed(self.open_requests) if request.item == item)
        return next(mine, None)

    def locked_file(self, file_id: str) -> LockedFile | None:
        """The locked file of that id, or None."""
        return next((file for file in self.locked if file.file_id == file_id), None)

    def chat(self, chat_id: str) -> Chat | None:
        """The chat of that id, or None where it is no part of this case."""
        return next((chat for chat in self.chats if chat.id == chat_id), None)

    def writer_in(self, chat: Chat) -> str:
        """Who writes in a chat: `patient`, `helper`, or "" where nobody has said."""
        said = self.choice("role") or ""
        return chat.writer or (said if said in ("patient", "helper") else "")

    # ---- moves ---------------------------------------------------------------------------------

    def with_answer(self, answer: Answer) -> Case:
        """The case with this answer in place of any earlier one to the same step."""
        return replace(self, answers={**self.answers, answer.step: answer})

    def without_answer(self, step: str) -> Case:
        """The case as if a step had not been answered."""
        return replace(self, answers={k: v for k, v in self.answers.items() if k != step})

    def with_record(self, record: Record) -> Case:
        """The case with this record; one with the same id is replaced where it stands.

        More of a study that is there already joins it, and what was said of its first part and no
        longer holds is taken back. Where it names somebody else, whose it is must be judged anew.
        What a coordinator corrected stays corrected, however often the file is read.
        """
        case = self._without_lack(record) if record.study is not None else self
        case, record = case._corrected(record)
        before = next((known for known in case.records if known.id == record.id), None)
        if before is None:
            return replace(case, records=(*case.records, record))
        if before.series_apart and record.study is not None:
            case, record = case._without_others(before, record)
        record = come_again(before, record)
        return replace(
            case,
            records=tuple(
                record if r.id == record.id else r
                for r in case.records
                if record.cut or r.cut_from != record.id or r.study is not None
            ),
        )

    def _without_others(self, before: Record, record: Record) -> tuple[Case, Record]:
        """More of a study without the series that are somebody else's, and the case that has them."""
        study = record.study
        assert study is not None
        assert before.study is not None
        uids = {one.series_instance_uid for one in study.series}
        apart = uids & set(before.series_apart)
        mine = study.of_series(uids - apart) if uids - apart else before.study
        record = replace(record, study=mine)
        if not apart:
            return self, record
        rest = study.of_series(apart)
        records = tuple(
            replace(r, study=r.study.joined(rest))
            if r.cut_from == before.id and r.study is not None
            else r
            for r in self.records
        )
        return replace(self, records=records), record

    def _corrected(self, record: Record) -> tuple[Case, Record]:
        """The record under the label that a coordinator gave it, and the case that knows both."""
        known = next((c for c in self.desk.corrections if c.label.record_id == record.id), None)
        if known is None:
            return self, record
        corrections = tuple(
            replace(c, was=label_of(record)) if c is known else c for c in self.desk.corrections
        )
        case = replace(self, desk=replace(self.desk, corrections=corrections))
        return case, labelled(record, known.label)

    def _without_lack(self, record: Record) -> Case:
        """The case without the finding that a disc names this study, and that it did not come."""
        assert record.study is not None
        lack = ("dicomdir_missing_files", record.study.study_instance_uid)
        return replace(
            self,
            records=tuple(
                replace(r, findings=tuple(f for f in r.findings if (f.code, f.path) != lack))
                for r in self.records
            ),
        )

    def read_anew(self, file_id: str, record_ids: Collection[str]) -> Case:
        """The case without those documents of a file that were not found when it was read again."""
        kept = tuple(
            record
            for record in self.records
            if record.file_id != file_id
            or record.study is not None
            or (record.cut_from or record.id) in record_ids
        )
        return replace(self, records=kept)

    def with_parcel(self, parcel: Parcel) -> Case:
        """The case with this parcel, in place of what was known of it."""
        others = {known.number: known for known in self.parcels} | {parcel.number: parcel}
        return replace(self, parcels=tuple(others[number] for number in sorted(others)))

    def with_locked(self, file: LockedFile) -> Case:
        """The case with this locked file, in place of what was known of it."""
        if self.locked_file(file.file_id) is None:
            return replace(self, locked=(*self.locked, file))
        kept = tuple(file if known.file_id == file.file_id else known for known in self.locked)
        return replace(self, locked=kept)

    def without_locked(self, file_id: str) -> Case:
        """The case in which this file is locked no more."""
        return replace(self, locked=tuple(f for f in self.locked if f.file_id != file_id))

    def with_consent(self, consent: Consent) -> Case:
        """The case with one more consent, or refusal, on record."""
        return replace(self, consents=(*self.consents, consent))

    def with_letter(self, letter: Letter) -> Case:
        """The case with this letter, in place of what was known of it."""
        others = (known for known in self.letters if known.number != letter.number)
        letters = sorted((*others, letter), key=lambda one: one.number)
        return replace(self, letters=tuple(letters))

    def with_chat(self, chat: Chat) -> Case:
        """The case with this chat, in place of what was known of it."""
        others = tuple(known for known in self.chats if known.id != chat.id)
        return replace(self, chats=(*others, chat))

    def without_chat(self, chat_id: str) -> Case:
        """The case without a chat, and without the links that were handed out in it.

        Who wrote there, and what they had agreed to, stays on record.
        """
        chats = tuple(chat for chat in self.chats if chat.id != chat_id)
        gone = tuple(chat for chat in self.chats if chat.id == chat_id)
        shares = tuple(share for share in self.shares if share.chat != chat_id)
        return replace(self, chats=chats, shares=shares, former_chats=(*self.former_chats, *gone))

    def sent_in(self, record: Record) -> Chat | None:
        """The chat in which a record was sent, also a former one; None where it came otherwise."""
        known = (chat for chat in (*self.chats, *self.former_chats) if chat.id == record.chat)
        return None if record.sent_by else next(known, None)

    def submitted(self, at: datetime) -> Case:
        """The case handed over. Submitting again (after a change) keeps the status it has."""
        status: CaseStatus = "submitted" if self.status == "collecting" else self.status
        return replace(self, status=status, submitted_at=at)

    def refused(self, consent: Consent) -> Case:
        """What remains after a no to keeping records: the refusal itself, and the language."""
        language = {k: v for k, v in self.answers.items() if k == "language"}
        return replace(self._emptied(), consents=(consent,), answers=language)

    def forgotten(self) -> Case:
        """What remains of a case after its erasure: that it existed, and nothing else."""
        return replace(self._emptied(), status="closed", erased=True)

    def _emptied(self) -> Case:
        return Case(id=self.id, opened_at=self.opened_at, locale=self.locale, version=self.version)
