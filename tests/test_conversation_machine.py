"""Any update at any step: no exception, a reply or a recorded reason, and a session that loads back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal, get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.paths import load_catalog, load_languages
from bot.render import render, wire_id
from bot.store.codec import dump, load, load_update
from checklist.case import Answer, Case, Chat, Consent
from checklist.dates import PartialDate
from checklist.findings import Finding
from checklist.records import ITEM_OF, Record
from checklist.study import PatientIdentity, Series, Study
from checklist.text import _
from handlers.asides import password
from handlers.conversation import advance
from handlers.doorway import is_neutral
from handlers.effects import (
    JoinCase,
    LookUpAccess,
    NotifyCoordinators,
    RecordAudit,
    RemoveChat,
    SendReply,
    SetTimer,
    TakeFile,
    Unlock,
    UseCode,
)
from handlers.flow import steps_of
from handlers.registry import ASIDES, COMMANDS, STEPS
from handlers.replies import Reply
from handlers.service import Service
from handlers.session import Session
from handlers.updates import (
    Access,
    AccessFound,
    Action,
    Attachment,
    CaseNews,
    ChatBlocked,
    ChatOutcome,
    CodeTried,
    CoordinatorActed,
    CopyMade,
    DeliveryFailed,
    DueReason,
    FilesUploaded,
    InboundMessage,
    News,
    NoRoom,
    ReadingProgress,
    RecordIndexed,
    RetentionDue,
    TimerFired,
    UnlockOutcome,
    UnlockTried,
    Update,
    UploadProgress,
)
from tests.player import START, faq_of_a_test

LANGUAGES = load_languages()
FAQ = faq_of_a_test()
SERVICE = Service(country="CN", translates=True, reads=True, after_closing=90, of_silence=180)
CATALOG = load_catalog()
STEP_IDS = [*STEPS, *ASIDES, *COMMANDS, *(item.id for item in CATALOG.items), "no-such-step"]
CHOICES = [
    *[
        "have",
        "can_get",
        "none",
        "what",
        "how",
        "later",
        "skip",
        "done",
        "yes",
        "no",
        "not_known",
        "patient",
        "helper",
        "t-data",
        "q-dicom",
        "q-cost",
        "q-worse",
        "l-erase",
        "more",
        "usual",
        "date1",
        "q1",
    ],
    *[
        "en",
        "ru",
        "ar",
        "zh-Hans",
        "several",
        "change",
        "more",
        "again",
        "go_on",
        "nothing",
        "emergency",
        "calling",
        "not_now",
        "anew",
        "birth_date",
        "password",
        "human",
        "language",
        "back",
        "hospital",
        "stop-1",
        "out-1",
        "out-2",
        "upload",
        "read",
        "ask",
        "link",
        "not_now",
        "can_get-1",
        "none-1",
        "how-2",
        "upload-1",
        "request",
        "opinion",
    ],
    *["write-imaging", "in-ru/imaging", "here-ru/labs", "away-en/pathology", "in-xx/none", "other"],
    *["text-1", "sent-1", "today-1", "follow-1", "come-1", "wait-1", "refused-2", "snooze"],
    *["snooze-labs", "have-imaging", "stop", "stop-1", "stop-labs"],
    *["keep", "abroad", "yes-abroad", "no-machine_reading", "yes-keep", "log", "copy", "erase"],
    *["asked", "guardian", "no_guardian"],
    *(kind.id for kind in CATALOG.case_types),
    *(item.id for item in CATALOG.items),
    "",
]
WORDS = [
    *[
        "yes",
        "no",
        "done",
        "back",
        "/status",
        "/help",
        "/language",
        "/delete",
        "/done",
        "/upload",
        "/share",
        "/chats",
        "?",
        "How much does it cost?",
        "Who is the specialist?",
        "Can I bring my dog?",
        "start",
        "1",
        "2",
        "3",
        "99",
        "1",
        "2",
        "4",
    ],
    "12 April 1980",
    "03/04/1980",
    "30 February 2020",
    "Metformin 500 mg twice a day since March 2022",
    "Aspirin",
    "spring 2021 - back pain\n2022 operation\n03/04/2023 - control",
    "Is an operation needed?\nWhat next?\nWhen?\nWhere?",
    "I have chest pain and can't breathe",
    "Should I stop my medicine?",
    "Нужна ли операция?",
    "胸口痛，喘不过气",
    "لا أعرف",
    "\u202e\u2066{name} {0} %s <b>",
    "   ",
]

OUTCOMES: list[UnlockOutcome] = ["unlocked", "wrong_password", "unreadable", "lapsed"]
ACTIONS: list[Literal["message", "resume", "unlock"]] = ["message", "resume", "unlock"]

#: The fields of the desk's forms, and what may come in them.
FIELDS = ["to", "status", "item", "reason", "request", "link", "name", "kind", "date", "body_part"]
FIELDS += ["part_of", "problem", "questions", "timeline", "locked", "change", "part", "another"]
FIELD_VALUES = ["", "1", "2", "Ana", "closed", "in_review", "labs", "imaging", "newer", "images"]
FIELD_VALUES += ["lab", "discharge", "2024", "2024-13", "2024-05-01 x\ny", "original", "problem"]

STANDING = ["language", "name", "birth_date", "country", "problem", "translation", "review", "done"]
STANDING += [item.id for item in CATALOG.items]

names = st.text(max_size=20)
texts = st.one_of(st.sampled_from(WORDS), st.text(max_size=80))
wires = st.builds(
    "{}:{}:{}".format, st.sampled_from(STEP_IDS), st.sampled_from(CHOICES), st.integers(0, 9)
)
dates = st.none() | st.builds(
    PartialDate, year=st.integers(1950, 2026), month=st.none() | st.integers(1, 12)
)
series = st.builds(
    Series,
    series_instance_uid=st.uuids().map(str),
    modality=st.sampled_from(["CT", "MR", "OT", ""]),
    kind=st.sampled_from(["image", "localizer", "secondary_capture", "report", "other"]),
    instances=st.integers(0, 400),
    missing=st.integers(0, 3),
    missing_certain=st.booleans(),
)
studies = st.builds(
    Study,
    study_instance_uid=st.uuids().map(str),
    series=st.lists(series, min_size=1, max_size=3).map(tuple),
    patient=st.just(PatientIdentity()),
    study_date=dates,
)
records = st.builds(
    Record,
    id=st.uuids().map(str),
    file_id=names,
    kind=st.sampled_from(list(ITEM_OF)),
    received_at=st.just(START),
    original_name=names,
    media_type=st.just("application/pdf"),
    size=st.integers(0, 10**9),
    item=st.none() | st.sampled_from([item.id for item in CATALOG.items]),
    kind_certain=st.booleans(),
    date=dates,
    modality=st.sampled_from(["", "CT", "MR"]),
    has_reference_ranges=st.none() | st.booleans(),
    study=st.none() | studies,
)
findings = st.builds(
    Finding,
    code=st.sampled_from(["empty", "encrypted", "missing_instances"]),
    severity=st.sampled_from(["info", "warning", "error"]),
    message=st.just(_("This file is empty.")),
)


class Conversation(RuleBasedStateMachine):
    """One chat to which anything may happen, in any order."""

    @initialize(
        step=st.sampled_from(STANDING),
        role=st.sampled_from(["patient", "helper"]),
        kind=st.sampled_from([kind.id for kind in CATALOG.case_types]),
    )
    def begin(self, step: str, role: str, kind: str) -> None:
        """Start anywhere: at the greeting, or at a later step of somebody who has agreed."""
        self.begin_at(step, role, kind)

    def begin_at(self, step: str, role: str, kind: str) -> None:
        self.now = START
        self.health = True
        self.session = Session(id="s", case_id="CASE-0001", channel="web", address="a")
        self.case = Case(id="CASE-0001", opened_at=START)
        if step != "language":
            given = Consent(version="1", given=True, locale="en", at=START)
            answers = {"language": "en", "consent": "yes", "role": role, "case_type": kind}
            self.case = self.case.with_consent(given)
            for asked, choice in answers.items():
                answer = Answer(step=asked, at=START, choice=choice, value="parent")
                self.case = self.case.with_answer(answer)
            if step != "birth_date":
                born = PartialDate(year=1980, month=4, day=12)
                self.case = self.case.with_answer(Answer(step="birth_date", at=START, date=born))
            self.session = replace(self.session, step=step, locale="en")
        self.count = 0
        self.taken: list[str] = []
        self.timers: dict[str, str] = {}
        self.locked: list[str] = []
        self.replies: list[Reply] = []
        self.last: Reply | None = None

    def does(self, line: str) -> None:
        """Write the line, or press the `#button` of the step that stands."""
        if line.startswith("#"):
            self._hear(self._message(choice_id=f"{self.session.step}:{line[1:]}:1"))
        else:
            self._hear(self._message(text=line))

    @rule(text=texts)
    def writes(self, text: str) -> None:
        self._hear(self._message(text=text))

    @rule(wire=wires)
    def presses_any_button(self, wire: str) -> None:
        self._hear(self._message(choice_id=wire))

    @rule(pick=st.integers(0, 20))
    def presses_a_button_that_is_shown(self, pick: int) -> None:
        if self.last is not None and self.last.choices:
            choice = self.last.choices[pick % len(self.last.choices)]
            self._hear(self._message(choice_id=wire_id(self.last.step, choice.id, self.last.turn)))

    @rule(count=st.integers(1, 12), caption=texts, too_large=st.booleans())
    def sends_files(self, count: int, caption: str, too_large: bool) -> None:
        files = tuple(
            Attachment(fetch_ref=f"f{n}", filename=f"{n}.zip", too_large=too_large and n == 0)
            for n in range(count)
        )
        self._hear(self._message(text=caption, attachments=files))

    @rule(found=st.lists(records, max_size=3), problem=st.none() | findings, known=st.booleans())
    def a_file_is_read(self, found: list[Record], problem: Finding | None, known: bool) -> None:
        file_id = self.taken.pop() if self.taken and known else f"late-{self.count}"
        self._hear(
            RecordIndexed(
                file_id=file_id,
                original_name="x",
                records=() if problem else tuple(found),
                refusal=problem,
            )
        )

    @rule(found=st.lists(records, max_size=2), duplicate=st.booleans())
    def a_locked_file_is_read(self, found: list[Record], duplicate: bool) -> None:
        """As a whole, or with parts that could be read; or one that is known comes once more."""
        file_id = self.taken.pop() if self.taken else f"locked-{self.count}"
        refusal = Finding(code="encrypted", severity="error", message=_("This file is empty."))
        known = self.locked[-1] if duplicate and self.locked else None
        self._hear(
            RecordIndexed(
                file_id=file_id,
                original_name="ct.zip",
                records=() if known else tuple(found),
                refusal=None if found or known else refusal,
                locked=known is None,
                duplicate_of=known,
            )
        )
        self.locked += [] if known else [file_id]

    @rule(pick=st.integers(0, 3), outcome=st.sampled_from(OUTCOMES), desk=st.booleans())
    def passwords_are_tried(self, pick: int, outcome: UnlockOutcome, desk: bool) -> None:
        file_id = self.locked[pick % len(self.locked)] if self.locked and pick else "unknown"
        self._hear(UnlockTried(file_id=file_id, outcome=outcome, by_coordinator=desk))

    @rule(read=st.integers(0, 600), total=st.integers(0, 600))
    def a_file_is_being_read(self, read: int, total: int) -> None:
        file_id = self.taken[-1] if self.taken else "gone"
        self._hear(ReadingProgress(file_id=file_id, read=read, total=total))

    @rule()
    def writes_a_password_when_asked(self) -> None:
        """It is in what is to be tried, and in nothing that is kept or said."""
        asked = self.session.aside == "password" and password.asked_about(self.case) is not None
        words = f"Zx{self.count:05}Qv"
        said = len(self.replies)
        self._hear(self._message(text=words))
        if asked:
            kept = dump(self.session) + dump(self.case) + "".join(map(dump, self.replies[said:]))
            assert words not in kept

    @rule(days=st.integers(0, 50))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        for key, name in list(self.timers.items()):
            self.timers.pop(key, None)
            self._hear(TimerFired(name=name, key=key))

    @rule(
        name=st.sampled_from(
            [
                "receipt",
                "reminder",
                "expected",
                "letter",
                "updated",
                "resume",
                "requested",
                "untaken",
                "other",
            ]
        )
    )
    def a_timer_fires_that_nobody_set(self, name: str) -> None:
        self._hear(TimerFired(name=name, key=f"CASE-0001:{name}:imaging"))

    @rule(text=texts, action=st.sampled_from(ACTIONS))
    def a_coordinator_acts(self, text: str, action: Literal["message", "resume", "unlock"]) -> None:
        file_id = self.locked[-1] if self.locked else "unknown"
        self._hear(CoordinatorActed(action=action, coordinator="Li", text=text, file_id=file_id))

    @rule(count=st.integers(1, 3), sender=names, came=st.integers(0, 3))
    def files_come_by_a_link(self, count: int, sender: str, came: int) -> None:
        files = tuple(Attachment(fetch_ref=f"u{n}", filename=f"{n}.zip") for n in range(count))
        self._hear(FilesUploaded(attachments=files, sender=sender, came=came, announced=3))

    @rule(received=st.integers(0, 10**12), total=st.integers(1, 10**12))
    def an_upload_goes_on(self, received: int, total: int) -> None:
        self._hear(UploadProgress(received=received, total=total))

    @rule()
    def there_is_no_room(self) -> None:
        self._hear(NoRoom(key="CASE-0001:no_room:1"))
        self._hear(NoRoom(key="CASE-0001:room_soon:1", of="case_soon"))

    @rule(number=st.integers(0, 5), taken=st.booleans())
    def a_coordinator_decides_whose_a_study_is(self, number: int, taken: bool) -> None:
        known = [record.id for record in self.case.records]
        act = CoordinatorActed(
            action="take_study" if taken else "keep_apart",
            coordinator="Li",
            record_id=known[number % len(known)] if known else "nobody",
        )
        self._hear(act)

    @rule(
        action=st.sampled_from(get_args(Action)),
        text=texts,
        number=st.integers(0, 5),
        values=st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(FIELD_VALUES), max_size=6),
        seen=st.sampled_from(["", "0123456789ab"]),
    )
    def a_coordinator_does_anything(
        self, action: Action, text: str, number: int, values: dict[str, str], seen: str
    ) -> None:
        known = [record.id for record in self.case.records]
        act = CoordinatorActed(
            action=action,
            coordinator="Li",
            text=text,
            record_id=known[number % len(known)] if known and number else "",
            file_id=f"o{number}" if number else "",
            values=values,
            seen=seen,
            key=f"k{self.count}",
        )
        self._hear(act)

    @rule(number=st.integers(1, 100))
    def a_delivery_fails(self, number: int) -> None:
        self._hear(DeliveryFailed(message_id=number, reason="blocked"))

    @rule()
    def the_chat_is_blocked(self) -> None:
        self._hear(ChatBlocked(channel="telegram"))

    @rule(outcome=st.sampled_from(get_args(ChatOutcome)),
          writer=st.sampled_from(["", "patient", "helper"]), same=st.booleans(),
          locale=st.sampled_from(["", "ru", "xx"]), name=st.sampled_from(["", "Olga"]))  # fmt: skip
    def a_code_is_tried(
        self, outcome: Any, writer: Any, same: bool, locale: str, name: str
    ) -> None:
        mine = self.session.id
        joins = outcome == "joined" and writer
        chat = Chat(id=mine, channel="web", since=START, writer=writer, name=name)
        self._hear(
            CodeTried(
                outcome=outcome, writer=writer, same=same, locale=locale, channel="telegram",
                chat=chat if joins else None, inviter="s",
            )
        )  # fmt: skip

    @rule(
        words=st.sampled_from(["ACDE FHJ3", "/continue ACDEFHJ3", "/continue x", "/start 3ACDEFHJ"])
    )
    def writes_a_code(self, words: str) -> None:
        self._hear(self._message(text=words))

    @rule(step=st.sampled_from(["name", "problem", "imaging", "labs", "review_mode"]))
    def another_chat_answers(self, step: str) -> None:
        answer = Answer(step=step, at=self.now, choice="none", text="said elsewhere")
        self.case = self.case.with_answer(answer)

    @rule(made=st.booleans())
    def a_copy_is_ready(self, made: bool) -> None:
        self._hear(CopyMade(copy_id="c", blob_id="ab" * 16 if made else "", size=int(made)))

    @rule(
        who=st.lists(st.sampled_from(["coordinator", "api", "patient", "nobody"]), max_size=20),
        action=st.sampled_from(["looked", "took_file", "unheard_of"]),
    )
    def who_has_looked_is_found(self, who: list[str], action: str) -> None:
        found = tuple(Access(at=self.now, role=one, action=action, name="Li") for one in who)
        self._hear(AccessFound(entries=found))

    @rule(
        what=st.sampled_from(["warn", "unreached", "erase"]),
        reason=st.sampled_from(get_args(DueReason)),
        days=st.integers(0, 400),
        reached=st.booleans(),
    )
    def its_time_may_be_over(self, what: Any, reason: Any, days: int, reached: bool) -> None:
        last = self.now - timedelta(days=days)
        at = self.now if reached else None
        self._hear(RetentionDue(what=what, reason=reason, last_at=last, reached_at=at))

    @rule(news=st.sampled_from(get_args(News)))
    def another_chat_has_news(self, news: Any) -> None:
        self._hear(CaseNews(news=news))

    @rule(words=st.sampled_from(["withdraw", "export", "privacy", "delete", "yes", "no"]))
    def asks_for_a_right(self, words: str) -> None:
        self._hear(self._message(text=words))

    @rule()
    def the_operator_chooses_again_what_may_be_said_here(self) -> None:
        self.health = not self.health

    @rule()
    def opens_the_chat(self) -> None:
        self._hear(self._message(opened=True))

    @rule(kind=st.sampled_from(["sticker", "location", "contact"]))
    def sends_something_unsupported(self, kind: str) -> None:
        self._hear(self._message(unsupported=kind))

    @invariant()
    def stands_at_a_step_of_the_case(self) -> None:
        if hasattr(self, "session"):
            assert self.session.step in {
                *steps_of(self.case, CATALOG),
                "declined",
                "joining",
                "stopped",
                # It may begin at an item that its kind of case is not asked for.
                *(item.id for item in CATALOG.items if item.only_for or item.not_for),
            }

    def _message(self, **values: object) -> InboundMessage:
        self.count += 1
        return InboundMessage(
            channel="web",
            external_id=f"m{self.count}",
            sender="p",
            received_at=self.now,
            **values,  # type: ignore[arg-type]
        )

    def _hear(self, update: Update) -> None:
        self.count += 1
        assert load_update(dump(update)) == update
        number = self.count
        turn = advance(
            self.session,
            self.case,
            update,
            now=self.now,
            ids=lambda: f"id{number}",
            catalog=CATALOG,
            languages=LANGUAGES,
            web_address="https://chat.example",
            health=self.health,
            faq=FAQ,
            service=SERVICE,
        )
        assert turn.session.version == self.session.version + 1
        assert load(Session, dump(turn.session)) == turn.session
        assert load(Case, dump(turn.case)) == turn.case
        said = [effect for effect in turn.effects if isinstance(effect, SendReply)]
        assert said or any(
            isinstance(
                e,
                RecordAudit
                | TakeFile
                | SetTimer
                | NotifyCoordinators
                | Unlock
                | UseCode
                | JoinCase
                | LookUpAccess,
            )
            for e in turn.effects
        )
        if isinstance(update, InboundMessage) and not update.attachments:
            # What comes of these is told when it is done.
            tried = any(
                isinstance(e, UseCode | JoinCase | LookUpAccess)
                or (isinstance(e, RemoveChat) and e.chat == self.session.id)
                for e in turn.effects
            )
            assert len(said) == (0 if tried else 1), "a message is answered once"
        if not self.health:
            here = [sent.reply for sent in said if not sent.elsewhere]
            assert all(is_neutral(reply.step, reply.human) for reply in here)
            assert not any(reply.pictures for reply in here)
        for sent in said:
            self._can_be_said(sent.reply, turn.session.locale)
            self.last = sent.reply
            self.replies.append(sent.reply)
        for effect in turn.effects:
            if isinstance(effect, TakeFile):
                self.taken.append(effect.file_id)
            if isinstance(effect, SetTimer):
                self.timers[effect.key] = effect.name
        self.session, self.case = turn.session, turn.case

    def _can_be_said(self, reply: Reply, locale: str) -> None:
        rendered = render(load(Reply, dump(reply)), locale or "en", LANGUAGES)
        assert rendered.text.strip() or reply.human
        assert len({choice.id for choice in reply.choices}) == len(reply.choices)


Conversation.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
)
TestConversation = Conversation.TestCase


@pytest.mark.parametrize("role", ["patient", "helper"])
@pytest.mark.parametrize("step", STANDING)
def test_every_answer_at_every_step_is_answered(step: str, role: str) -> None:
    """Each word and each button at each step, and then each word again where that has led."""
    for first in [*WORDS, *(f"#{choice}" for choice in CHOICES)]:
        for then in ("Aspirin", "yes", "03/04/1980", "#none", "1 2 4"):
            chat = Conversation()
            chat.begin_at(step, role, "cancer")
            chat.does(first)
            chat.does(then)
