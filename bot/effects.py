"""Effects as rows: what a turn wants done, written in the turn's own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import access, joining
from bot.channels.base import Channel, Releases
from bot.erasing import erase, forget_chats, stop_uploads
from bot.jobs import copy, machine_reading, notify, release, unlock
from bot.jobs.queue import Args, Queue
from bot.store import (
    audit,
    cases,
    chat_codes,
    codec,
    files,
    inbox,
    links,
    messages,
    reach,
)
from bot.store.blobs import stored_in
from bot.tokens import token_hash
from checklist.records import Record
from handlers import unkept
from handlers.effects import (
    BuildPackage,
    CancelTimer,
    Effect,
    EraseCase,
    ForgetChat,
    HideWords,
    JoinCase,
    LetGo,
    LookUpAccess,
    MakeCode,
    MakeCopy,
    MakeLink,
    NotifyCoordinators,
    OpenHandoff,
    ReadScans,
    RecordAudit,
    RemoveChat,
    RevokeCodes,
    RevokeLink,
    SendReply,
    SetTimer,
    StopUploads,
    TakeFile,
    TellChats,
    TryElsewhere,
    Unlock,
    UseCode,
)
from handlers.replies import Reply
from handlers.updates import Attachment, CoordinatorActed, FilesUploaded, InboundMessage, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The turn that the effects come from, and the update that it took."""

    row_id: int
    case_id: str
    case_version: int
    session_id: str
    channel: str
    now: float
    update: Update

    @property
    def said(self) -> InboundMessage | None:
        """What a patient said, or None."""
        return self.update if isinstance(self.update, InboundMessage) else None

    @property
    def brought(self) -> tuple[Attachment, ...]:
        """The files that came with it, in a chat or by a link."""
        came = self.update
        return came.attachments if isinstance(came, InboundMessage | FilesUploaded) else ()

    @property
    def acted(self) -> bool:
        """Whether a coordinator did something."""
        return isinstance(self.update, CoordinatorActed)


class EffectWriter:
    """Writes effects. Nothing is called: what must happen outside is a message or a job."""

    def __init__(
        self, queue: Queue, destinations: Sequence[str], channels: Mapping[str, Channel]
    ) -> None:
        """`destinations` are the ids of the ways by which coordinators are told."""
        self._queue = queue
        self._destinations = tuple(destinations)
        #: Whose vendor keeps a file until it is asked to delete it.
        self._keepers = {n: c for n, c in channels.items() if isinstance(c, Releases)}
        #: A page, where nobody may be looking, and the others, which make a sound.
        self._quiet = frozenset(n for n, c in channels.items() if c.capabilities.idempotent)
        self._ringing = frozenset(channels) - self._quiet
        #: Where everything may be said.
        self._open = frozenset(name for name, c in channels.items() if c.capabilities.health)

    async def write(self, tx: AsyncConnection, origin: Origin, effects: Sequence[Effect]) -> None:
        """Write them all. An erasure goes first: what the same turn says and does stays."""
        erases = any(isinstance(effect, EraseCase) for effect in effects)
        if erases:
            await erase(tx, self._queue, self._keepers, self._here(origin))
        said = await self._kept(tx, origin, effects)
        replies = [e.reply for e in effects if isinstance(e, SendReply) and not e.elsewhere]
        await messages.add_turn(
            tx,
            case_id=origin.case_id,
            session_id=origin.session_id,
            channel=origin.channel,
            cause=origin.row_id,
            said=said,
            replies=replies,
            now=origin.now,
            keep_words=not erases,
        )
        waited_for = [reply for reply in replies if origin.acted or reply.human or reply.nudge]
        if origin.channel in self._quiet and waited_for:
            await reach.ring(
                tx,
                case_id=origin.case_id,
                session_id=origin.session_id,
                channels=self._ringing,
                cause=origin.row_id,
                now=origin.now,
            )
        await audit.add_many(
            tx, [_event(origin, effect) for effect in effects if isinstance(effect, RecordAudit)]
        )
        for effect in effects:
            if isinstance(effect, SendReply) and effect.elsewhere:
                await self._say_elsewhere(tx, origin, effect.reply)
            await self._one(tx, origin, effect)
        await self._discard_untaken(tx, origin, effects)

    async def _one(self, tx: AsyncConnection, origin: Origin, effect: Effect) -> None:
        match effect:
            case SendReply() | RecordAudit() | EraseCase() | HideWords() | LetGo():
                pass  # Written together, above.
            case Unlock():
                await unlock.ask(
                    tx,
                    self._queue,
                    file_id=effect.file_id,
                    case_id=origin.case_id,
                    session_id=origin.session_id,
                    words=effect.secrets,
                    now=origin.now,
                )
            case TakeFile():
                await self._take(tx, origin, effect)
            case SetTimer():
                args = {"session": origin.session_id, "name": effect.name, "timer": effect.key}
                await self._queue.add(
                    tx,
                    "timer",
                    args,
                    key=_timer_key(effect.key),
                    run_at=effect.at,
                    case_id=origin.case_id,
                    move=True,
                )
            case CancelTimer():
                await self._queue.cancel(tx, _timer_key(effect.key))
            case MakeLink() | RevokeLink():
                await self._link(tx, origin, effect)
            case StopUploads():
                await stop_uploads(tx, self._queue, origin.case_id)
            case MakeCode() | RevokeCodes() | UseCode() | JoinCase() | RemoveChat():
                await self._code(tx, origin, effect)
            case TellChats():
                await joining.tell_others(tx, self._here(origin), effect.news)
            case TryElsewhere():
                await reach.move(tx, effect.message_id, self._open, origin.now)
            case BuildPackage():
                # The version is in the key: a build under way may have missed this change.
                key = f"package:{origin.case_id}:{origin.case_version}"
                await self._queue.add(
                    tx, "package", {"case": origin.case_id}, key=key, case_id=origin.case_id
                )
            case NotifyCoordinators():
                await self.notify(tx, origin.case_id, effect)
            case ReadScans() | MakeCopy() | LookUpAccess() | ForgetChat():
                await self._right(tx, origin, effect)
            case OpenHandoff():
                await cases.open_handoff(tx, origin.case_id, effect.reason, origin.now)
            case _:
                assert_never(effect)

    async def _link(
        self, tx: AsyncConnection, origin: Origin, effect: MakeLink | RevokeLink
    ) -> None:
        if isinstance(effect, RevokeLink):
            await links.revoke(tx, origin.case_id, effect.link_id, origin.now)
            return
        await links.add(
            tx,
            link_id=effect.link_id,
            token_hash=token_hash(effect.token),
            case_id=origin.case_id,
            session_id=origin.session_id,
            name=effect.name,
            item=effect.item,
            now=origin.now,
            expires_at=codec.seconds(effect.ends),
            purpose=effect.purpose,
        )

    async def _right(
        self,
        tx: AsyncConnection,
        origin: Origin,
        effect: ReadScans | MakeCopy | LookUpAccess | ForgetChat,
    ) -> None:
        """What follows from what a patient has a right to."""
        match effect:
            case ReadScans():
                await machine_reading.switch(tx, self._queue, origin.case_id, effect, origin.now)
            case MakeCopy():
                await copy.ask(tx, self._queue, origin.case_id, effect)
            case LookUpAccess():
                await access.tell(
                    tx, case_id=origin.case_id, session_id=origin.session_id, row=origin.row_id
                )
            case ForgetChat():
                await forget_chats(tx, self._queue, origin.case_id)

    async def _code(
        self,
        tx: AsyncConnection,
        origin: Origin,
        effect: MakeCode | RevokeCodes | UseCode | JoinCase | RemoveChat,
    ) -> None:
        here = self._here(origin)
        match effect:
            case MakeCode():
                await chat_codes.add(
                    tx,
                    code_hash=token_hash(effect.secret),
                    case_id=origin.case_id,
                    session_id=origin.session_id,
                    writer=effect.writer,
                    expires_at=codec.seconds(effect.ends),
                )
            case RevokeCodes():
                await chat_codes.revoke(tx, origin.session_id)
            case UseCode():
                await joining.use_code(tx, here, effect)
            case JoinCase():
                await joining.join_case(tx, self._queue, here, effect)
            case RemoveChat():
                await joining.take_out(tx, here, effect.chat)

    def _here(self, origin: Origin) -> joining.Here:
        return joining.Here(
            row_id=origin.row_id,
            case_id=origin.case_id,
            session_id=origin.session_id,
            channel=origin.channel,
            everything=origin.channel in self._open,
            now=origin.now,
        )

    async def _say_elsewhere(self, tx: AsyncConnection, origin: Origin, reply: Reply) -> None:
        await reach.say_elsewhere(
            tx,
            case_id=origin.case_id,
            session_id=origin.session_id,
            channel=origin.channel,
            cause=origin.row_id,
            reply=reply,
            channels=self._open,
            now=origin.now,
        )

    async def drop_pictures(
        self, tx: AsyncConnection, case_id: str, before: Sequence[Record], after: Sequence[Record]
    ) -> None:
        """Have the pictures deleted that records had and no record has any more."""
        kept = {blob_id for record in after for blob_id in record.blob_ids}
        had = [blob_id for record in before for blob_id in record.blob_ids]
        await self._delete(tx, case_id, [blob_id for blob_id in had if blob_id not in kept])

    async def notify(self, tx: AsyncConnection, case_id: str, notice: NotifyCoordinators) -> None:
        """One job for each destination, once ever for each key."""
        await notify.ask(
            tx,
            self._queue,
            self._destinations,
            case_id=case_id,
            reason=notice.reason,
            key=notice.key,
        )

    async def _take(self, tx: AsyncConnection, origin: Origin, effect: TakeFile) -> None:
        attachment = effect.attachment
        said = origin.said
        await files.want(
            tx,
            file_id=effect.file_id,
            case_id=origin.case_id,
            session_id=origin.session_id,
            channel=_way(effect) if said is None else origin.channel,
            sender=effect.sender or (said.sender if said else ""),
            fetch_ref=attachment.fetch_ref,
            name=attachment.filename,
            media_type=attachment.media_type,
            size=attachment.size,
            caption=effect.caption,
            item=effect.item,
            received_at=said.received_at if said else codec.moment(origin.now),
            blob_id=stored_in(attachment.fetch_ref),
        )
        await self._queue.add(
            tx,
            "fetch",
            {"file": effect.file_id},
            key=f"fetch:{effect.file_id}",
            case_id=origin.case_id,
        )

    async def _kept(
        self, tx: AsyncConnection, origin: Origin, effects: Sequence[Effect]
    ) -> InboundMessage | None:
        """What is kept of the patient's message, and its place in the inbox emptied of what is not."""
        if HideWords() in effects:
            return await self._hide(tx, origin)
        let_go = next((one for one in effects if isinstance(one, LetGo)), None)
        if let_go is None:
            return origin.said
        await inbox.blank(tx, origin.row_id)
        return unkept.left_of(origin.said, let_go) if origin.said is not None else None

    async def _hide(self, tx: AsyncConnection, origin: Origin) -> InboundMessage | None:
        """Empty the inbox's copy of a password; the message without its words, for the transcript."""
        await inbox.blank(tx, origin.row_id)
        # Overwritten in the file, it still lies in the database's log.
        emptied: Args = {"blobs": [], "words": 1}
        await self._queue.add(tx, "erase", emptied, case_id=origin.case_id)
        said = origin.said
        if said is None:
            return None
        if said.text and not said.attachments:
            # A channel that can also takes it out of the chat itself, though never with a file.
            args: Args = {"session": origin.session_id, "message": said.external_id}
            await self._queue.add(tx, "unsay", args, case_id=origin.case_id)
        return replace(said, text="", hidden=True)

    async def _discard_untaken(
        self, tx: AsyncConnection, origin: Origin, effects: Sequence[Effect]
    ) -> None:
        """What was stored on arrival, and the conversation did not want, must not stay."""
        taken = {e.attachment.fetch_ref for e in effects if isinstance(e, TakeFile)}
        left = [a.fetch_ref for a in origin.brought if a.fetch_ref not in taken]
        await self._delete(tx, origin.case_id, [b for ref in left if (b := stored_in(ref))])
        # What came by a link lies with no vendor.
        if left and origin.said is not None and origin.channel in self._keepers:
            await release.ask(tx, self._queue, origin.channel, left)

    async def _delete(self, tx: AsyncConnection, case_id: str, blobs: list[str]) -> None:
        if blobs:
            await self._queue.add(tx, "erase", {"blobs": blobs}, case_id=case_id)


def _way(effect: TakeFile) -> str:
    """How a file came that was sent in no chat."""
    return "desk" if effect.by_coordinator else "upload"


def _timer_key(key: str) -> str:
    return f"timer:{key}"


def _event(origin: Origin, effect: RecordAudit) -> dict[str, Any]:
    return {
        "case_id": origin.case_id,
        "at": origin.now,
        "actor": f"{effect.actor} {effect.by}" if effect.by else effect.actor,
        "action": effect.action,
        "object": effect.object,
    }
