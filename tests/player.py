"""Player: a whole conversation without a shell: the pure function, the real intake, a clock of our own.

Between any two updates the session and the case are stored and loaded again, as the shell does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, cast

from bot.i18n import Catalogs
from bot.intake.indexing import index_file
from bot.intake.unlock import first_that_opens
from bot.jobs.study_parts import with_lasting_ids
from bot.paths import load_faq
from bot.render import render
from bot.store.codec import dump, load
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.faq import Faq, with_answers
from handlers.conversation import advance
from handlers.effects import (
    CancelTimer,
    Effect,
    JoinCase,
    LookUpAccess,
    MakeCode,
    MakeCopy,
    RemoveChat,
    RevokeCodes,
    SendReply,
    SetTimer,
    TakeFile,
    TellChats,
    Unlock,
    UseCode,
)
from handlers.replies import Reply
from handlers.retention import due_at, over_at, warned_since, warns_for
from handlers.service import Service
from handlers.session import Session
from handlers.step import writer_of
from handlers.updates import (
    Access,
    AccessFound,
    Action,
    Attachment,
    CaseNews,
    CodeTried,
    CoordinatorActed,
    CopyMade,
    FilesUploaded,
    InboundMessage,
    RecordIndexed,
    RetentionDue,
    TimerFired,
    UnlockTried,
    Update,
)

ROOT = Path(__file__).parent.parent
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

#: Receipts come within this time of the last file.
_SETTLES = timedelta(seconds=10)


def faq_of_a_test() -> Faq:
    """The usual questions of an operator who has only said what it costs, and that in English."""
    return with_answers(load_faq(), '[cost]\nen = "It costs 300 euros."\n', ["en"])


@dataclass
class Player:
    """One chat, played."""

    languages: Catalogs
    catalog: Catalog
    fixtures: Callable[[str], Path]
    locale_hint: str = ""
    now: datetime = START
    channel: str = "web"
    session: Session = field(
        default_factory=lambda: Session(id="s", case_id="TEST-CASE", channel="web", address="a")
    )
    case: Case = field(default_factory=lambda: Case(id="TEST-CASE", opened_at=START))
    effects: list[Effect] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    timers: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    taken: dict[str, TakeFile] = field(default_factory=dict)
    plain: dict[str, Path] = field(default_factory=dict)
    #: The usual questions; the operator has filled in what costs are, and nothing else.
    faq: Faq = field(default_factory=faq_of_a_test)
    #: Without this files are taken, and nothing is heard of them.
    reads: bool = True
    #: Whether health details may be said in the chat that is played.
    health: bool = True
    #: What the operator has set; nothing, where a conversation is of something else.
    service: Service = field(default_factory=Service)
    #: Whether what is said in a chat arrives there.
    reached: bool = True
    #: The chats that are not being played just now, their cases, and which one is.
    chat: str = ""
    chats: dict[str, Session] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    #: The newest code, the chat that handed it out, and who is to write by it.
    code: tuple[str, str, str] = ("", "", "")
    #: Which chat's code a chat has used and has yet to join by; and what was said in other chats.
    used: dict[str, str] = field(default_factory=dict)
    unread: dict[str, list[Reply]] = field(default_factory=dict)
    last_prompts: dict[str, Reply] = field(default_factory=dict)
    #: The copies that were asked for, and who has looked at the case.
    copies: list[str] = field(default_factory=list)
    accesses: tuple[Access, ...] = ()
    _count: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def fork(self) -> Player:
        """Another chat that has come as far as this one, and goes its own way from here."""
        return replace(
            self,
            effects=list(self.effects),
            replies=list(self.replies),
            timers=dict(self.timers),
            taken=dict(self.taken),
            plain=dict(self.plain),
            chats=dict(self.chats),
            cases=dict(self.cases),
            used=dict(self.used),
            unread=dict(self.unread),
            last_prompts=dict(self.last_prompts),
            copies=list(self.copies),
            _count=itertools.count(1_000_000),
        )

    # ---- what can happen -----------------------------------------------------------------------

    def open(self) -> list[Reply]:
        """The chat is opened."""
        return self.hear(self._message(opened=True))

    def say(self, text: str) -> list[Reply]:
        """The patient writes."""
        return self.hear(self._message(text=text))

    def press(self, choice: str) -> list[Reply]:
        """The patient presses a button of the last prompt, or an old one by `step:choice`."""
        last = self.last_prompts[self.chat]
        wire = choice if ":" in choice else f"{last.step}:{choice}"
        return self.hear(self._message(choice_id=f"{wire}:{last.turn}"))

    def send(self, *names: str, caption: str = "") -> list[Reply]:
        """The patient sends files, and the receipt is awaited."""
        files = tuple(
            Attachment(fetch_ref=str(self.fixtures(name)), filename=name) for name in names
        )
        said = self.hear(self._message(text=caption, attachments=files))
        return [*said, *self.wait(_SETTLES, only="receipt")]

    def upload(self, sender: str, *names: str) -> list[Reply]:
        """Files come by a private link, and the receipt is awaited."""
        files = tuple(
            Attachment(fetch_ref=str(self.fixtures(name)), filename=name) for name in names
        )
        said = self.hear(FilesUploaded(attachments=files, sender=sender))
        return [*said, *self.wait(_SETTLES, only="receipt")]

    def coordinator(self, words: str) -> list[Reply]:
        """A coordinator writes."""
        return self.hear(CoordinatorActed(action="message", coordinator="Li Wei", text=words))

    def act(self, action: str, text: str = "", **values: str) -> list[Reply]:
        """A coordinator does something at the desk; `record` and `file` are ids."""
        record, file = values.pop("record", ""), values.pop("file", "")
        return self.hear(
            CoordinatorActed(
                action=cast(Action, action), coordinator=values.pop("by", "Li Wei"), text=text,
                record_id=record, file_id=file, values=values, seen=values.pop("seen", ""),
                key=f"key-{len(self.effects)}",
            )
        )  # fmt: skip

    def wait(self, span: timedelta, *, only: str = "") -> list[Reply]:
        """Time passes; timers fire in their order, each at its own time."""
        end, said = self.now + span, list[Reply]()
        while due := sorted(
            (at, key, name)
            for key, (at, name) in self.timers.items()
            if at <= end and (not only or name == only)
        ):
            at, key, name = due[0]
            del self.timers[key]
            self.now = max(self.now, at)
            said += self.hear(TimerFired(name=name, key=key))
        if not only:
            self.now = end
        return said

    def sweep(self) -> list[Reply]:
        """The job looks through the cases (bot/jobs/retain.py), and tells what is due of this one."""
        last = self.session.last_inbound_at or self.case.opened_at
        found = due_at(self.case, self.service, last)
        if found is None:
            return []
        reason, at = found
        if self.now < at - warns_for(reason, self.service):
            return []
        warned = warned_since(self.case, last)
        if warned is None:
            return self.hear(RetentionDue(what="warn", reason=reason, last_at=last))
        reached = warned if self.reached else None
        what: Literal["unreached", "erase"] = (
            "erase" if over_at(self.case, at, timedelta(), reached) else "unreached"
        )
        due = RetentionDue(what=what, reason=reason, last_at=last, reached_at=reached)
        return self.hear(due)

    def copy(self, *, made: bool) -> list[Reply]:
        """The copy that was asked for is ready, or could not be made."""
        copy_id = self.copies.pop()
        blob_id = "ab" * 16 if made else ""
        return self.hear(CopyMade(copy_id=copy_id, blob_id=blob_id, size=1000 if made else 0))

    # ---- several chats -------------------------------------------------------------------------

    def switch(self, chat: str) -> None:
        """Go on in another chat; a new one has a case of its own."""
        self.chats[self.chat], self.cases[self.case.id] = self.session, self.case
        self.chat = chat
        fresh = Session(id=f"s-{chat}", case_id=f"CASE-{chat}", channel="web", address=chat)
        self.session = self.chats.get(chat, fresh)
        case_id = self.session.case_id
        self.case = self.cases.get(case_id, Case(id=case_id, opened_at=self.now))

    def _by_id(self, chat_id: str) -> str:
        """The name of a chat by the id of its session."""
        known = {**self.chats, self.chat: self.session}
        return next(name for name, session in known.items() if session.id == chat_id)

    def _use(self, effect: UseCode) -> list[Reply]:
        """As bot/joining.py: the code is kept for this chat, which is told what came of it."""
        code, inviter, writer = self.code
        if effect.secret != code:
            return self.hear(CodeTried(outcome="wrong"))
        if effect.only_own:
            return self.hear(CodeTried(outcome="own"))
        self.code = ("", "", "")
        self.used[self.chat] = inviter
        other = self.chats[inviter]
        who = writer or writer_of(other, self.cases[other.case_id])
        locale = "" if writer else other.locale
        known = {"writer": who, "same": not writer, "locale": locale}
        return self.hear(CodeTried(outcome="found", **known))  # type: ignore[arg-type]

    def _join(self, effect: JoinCase) -> list[Reply]:
        """As bot/joining.py: both chats are told that this one is part of the case now."""
        inviter = self.used.pop(self.chat, None)
        if inviter is None:
            return self.hear(CodeTried(outcome="lapsed"))
        here, other = self.chat, self.chats[inviter]
        self.session = replace(self.session, case_id=other.case_id)
        self.case = self.cases[other.case_id]
        said = self.hear(CodeTried(outcome="joined", chat=effect.chat, inviter=other.id))
        self.switch(inviter)
        self.hear(CodeTried(outcome="used", channel="web"))
        self.switch(here)
        return said

    def _take_out(self, effect: RemoveChat) -> list[Reply]:
        """As bot/joining.py: the chat has an empty case of its own, and is told so there."""
        here, gone = self.chat, self._by_id(effect.chat)
        self.switch(gone)
        fresh = f"CASE-{gone}-{next(self._count)}"
        self.cases[self.case.id] = self.case
        self.session = replace(self.session, case_id=fresh)
        self.case = Case(id=fresh, opened_at=self.now)
        said = self.hear(CodeTried(outcome="removed"))
        self.switch(here)
        self.unread.setdefault(gone, []).extend(said if gone != here else [])
        return said if gone == here else []

    def _tell_chats(self, effect: TellChats) -> None:
        """As bot/joining.py: each other chat of the case takes a turn of its own."""
        here, case_id = self.chat, self.case.id
        for other in [name for name in self.chats if name != here]:
            if self.chats[other].case_id == case_id:
                self.switch(other)
                said = self.hear(CaseNews(news=effect.news))
                self.switch(here)
                self.unread.setdefault(other, []).extend(said)

    # ---- how it happens ------------------------------------------------------------------------

    def hear(self, update: Update) -> list[Reply]:
        """One update through the pure function, and what its effects lead to."""
        turn = advance(
            self.session,
            self.case,
            update,
            now=self.now,
            ids=lambda: f"id{next(self._count)}",
            catalog=self.catalog,
            languages=self.languages,
            web_address="https://chat.example",
            health=self.health,
            faq=self.faq,
            service=self.service,
        )
        self.session = load(Session, dump(turn.session))
        self.case = load(Case, dump(turn.case))
        assert self.session == turn.session
        assert self.case == turn.case
        self.now += timedelta(seconds=1)
        said: list[Reply] = []
        for effect in turn.effects:
            self.effects.append(effect)
            match effect:
                case SendReply(reply=reply):
                    said.append(reply)
                    self.replies.append(reply)
                    if reply.choices or reply.expects != "nothing":
                        self.last_prompts[self.chat] = reply
                case MakeCode(secret=secret, writer=writer):
                    self.code = (secret, self.chat, writer)
                case RevokeCodes():
                    self.code = ("", "", "")
                case SetTimer(name=name, key=key, at=at):
                    self.timers[key] = (at, name)
                case CancelTimer(key=key):
                    self.timers.pop(key, None)
        for effect in turn.effects:
            if isinstance(effect, TakeFile):
                self.taken[effect.file_id] = effect
                said += self.hear(self._indexed(effect)) if self.reads else []
            if isinstance(effect, Unlock):
                said += self._unlock(effect)
            if isinstance(effect, MakeCopy):
                self.copies.append(effect.copy_id)
            if isinstance(effect, LookUpAccess):
                said += self.hear(AccessFound(entries=self.accesses))
            if isinstance(effect, UseCode):
                said += self._use(effect)
            if isinstance(effect, JoinCase):
                said += self._join(effect)
            if isinstance(effect, RemoveChat):
                said += self._take_out(effect)
            if isinstance(effect, TellChats):
                self._tell_chats(effect)
        return said

    def shown(self, replies: list[Reply]) -> list[str]:
        """The replies as a patient reads them, line by line, buttons last."""
        lines: list[str] = []
        for reply in replies:
            rendered = render(reply, self.session.locale or "en", self.languages)
            author = f"({rendered.human}) " if rendered.human else ""
            lines += [f"{author}{line}" for line in rendered.text.split("\n") if line.strip()]
            if rendered.choices:
                lines.append(" ".join(f"[{label}]" for _id, label in rendered.choices))
        return lines

    def _message(self, **values: object) -> InboundMessage:
        return InboundMessage(
            channel=self.channel,
            external_id=f"m{next(self._count)}",
            sender="patient",
            received_at=self.now,
            locale_hint=self.locale_hint,
            **values,  # type: ignore[arg-type]
        )

    def _unlock(self, unlock: Unlock) -> list[Reply]:
        """Try the passwords; where one is right the file is read again, and its receipt awaited."""
        take = self.taken[unlock.file_id]
        path = Path(take.attachment.fetch_ref)
        plain = path.with_name(f"{unlock.file_id}.plain")
        outcome = first_that_opens(path, unlock.secrets, plain)
        said = self.hear(UnlockTried(file_id=unlock.file_id, outcome=outcome))
        if outcome == "unlocked":
            self.plain[unlock.file_id] = plain
            said += self.hear(self._indexed(take))
            said += self.wait(_SETTLES, only="receipt")
        return said

    def _indexed(self, take: TakeFile) -> RecordIndexed:
        read = index_file(
            self.plain.get(take.file_id) or Path(take.attachment.fetch_ref),
            file_id=take.file_id,
            name=take.attachment.filename,
            item=take.item,
            received_at=self.now,
            caption=take.caption,
            channel=self.channel,
            sender=take.sender or "patient",
        )
        indexed = with_lasting_ids(read, self.case.id)
        return RecordIndexed(
            file_id=take.file_id,
            original_name=take.attachment.filename,
            records=indexed.records,
            findings=indexed.findings,
            refusal=indexed.refusal,
            kept=indexed.kept,
            locked=indexed.locked,
        )
