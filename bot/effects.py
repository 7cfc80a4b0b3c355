"""Effects as rows: what a turn wants done, written in the turn's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import notify, unlock
from bot.jobs.queue import Args, Queue
from bot.store import (
    audit,
    cases,
    codec,
    desk_rows,
    files,
    inbox,
    links,
    messages,
    passwords,
    uploads,
)
from bot.store.blobs import named_in, stored_in
from bot.tokens import token_hash
from checklist.records import Record
from handlers.effects import (
    BuildPackage,
    CancelTimer,
    Effect,
    EraseCase,
    HideWords,
    MakeLink,
    NotifyCoordinators,
    OpenHandoff,
    RecordAudit,
    RevokeLink,
    SendReply,
    SetTimer,
    TakeFile,
    Unlock,
)
from handlers.updates import InboundMessage

#: Jobs that have nothing left to do once a case is erased.
_ENDED_BY_ERASURE = (
    *("fetch", "index", "unlock", "package", "timer"),
    *("uploaded", "upload_progress"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The turn that the effects come from. `said` is None where no patient said anything."""

    row_id: int
    case_id: str
    case_version: int
    session_id: str
    channel: str
    now: float
    said: InboundMessage | None


class EffectWriter:
    """Writes effects. Nothing is called: what must happen outside is a message or a job."""

    def __init__(self, queue: Queue, destinations: Sequence[str]) -> None:
        """`destinations` are the ids of the ways by which coordinators are told."""
        self._queue = queue
        self._destinations = tuple(destinations)

    async def write(self, tx: AsyncConnection, origin: Origin, effects: Sequence[Effect]) -> None:
        """Write them all. An erasure goes first: what the same turn says and does stays."""
        erases = any(isinstance(effect, EraseCase) for effect in effects)
        if erases:
            await self._erase(tx, origin)
        hidden = await self._hide(tx, origin) if HideWords() in effects else None
        await messages.add_turn(
            tx,
            case_id=origin.case_id,
            session_id=origin.session_id,
            channel=origin.channel,
            cause=origin.row_id,
            said=hidden or origin.said,
            replies=[effect.reply for effect in effects if isinstance(effect, SendReply)],
            now=origin.now,
            keep_words=not erases,
        )
        await audit.add_many(
            tx, [_event(origin, effect) for effect in effects if isinstance(effect, RecordAudit)]
        )
        for effect in effects:
            await self._one(tx, origin, effect)
        await self._discard_untaken(tx, origin, effects)

    async def _one(self, tx: AsyncConnection, origin: Origin, effect: Effect) -> None:
        match effect:
            case SendReply() | RecordAudit() | EraseCase() | HideWords():
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
            case MakeLink():
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
                )
            case RevokeLink():
                await links.revoke(tx, origin.case_id, effect.link_id, origin.now)
            case BuildPackage():
                # The version is in the key: a build under way may have missed this change.
                key = f"package:{origin.case_id}:{origin.case_version}"
                await self._queue.add(
                    tx, "package", {"case": origin.case_id}, key=key, case_id=origin.case_id
                )
            case NotifyCoordinators():
                await self.notify(tx, origin.case_id, effect)
            case OpenHandoff():
                await cases.open_handoff(tx, origin.case_id, effect.reason, origin.now)
            case _:
                assert_never(effect)

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
            channel="upload" if said is None else origin.channel,
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

    async def _hide(self, tx: AsyncConnection, origin: Origin) -> InboundMessage | None:
        """Empty the inbox's copy of a password; the message without its words, for the transcript."""
        await inbox.blank(tx, origin.row_id)
        said = origin.said
        if said is None:
            return None
        if said.text:
            # A channel that can also takes it out of the chat itself.
            args: Args = {"session": origin.session_id, "message": said.external_id}
            await self._queue.add(tx, "unsay", args, case_id=origin.case_id)
        return replace(said, text="", hidden=True)

    async def _discard_untaken(
        self, tx: AsyncConnection, origin: Origin, effects: Sequence[Effect]
    ) -> None:
        """What was stored on arrival, and the conversation did not want, must not stay."""
        if origin.said is None or not origin.said.attachments:
            return
        taken = {e.attachment.fetch_ref for e in effects if isinstance(e, TakeFile)}
        left = [a.fetch_ref for a in origin.said.attachments if a.fetch_ref not in taken]
        await self._delete(tx, origin.case_id, [b for ref in left if (b := stored_in(ref))])

    async def _erase(self, tx: AsyncConnection, origin: Origin) -> None:
        blobs = await files.scrub(tx, origin.case_id)
        for raw in await inbox.scrub(tx, origin.case_id, this=origin.row_id):
            blobs += named_in(raw)
        coming = await uploads.scrub(tx, origin.case_id)
        await links.scrub(tx, origin.case_id)
        await passwords.forget_case(tx, origin.case_id)
        await cases.scrub(tx, origin.case_id, but=origin.session_id)
        await desk_rows.forget(tx, origin.case_id)
        await cases.close_handoffs(tx, origin.case_id, origin.now)
        await messages.scrub(tx, origin.case_id)
        await self._queue.drop(tx, origin.case_id, _ENDED_BY_ERASURE)
        # Also where there are no files: the database's log still holds the words.
        args: Args = {"blobs": [*blobs, *coming], "uploads": coming, "words": 1}
        await self._queue.add(tx, "erase", args, case_id=origin.case_id)

    async def _delete(self, tx: AsyncConnection, case_id: str, blobs: list[str]) -> None:
        if blobs:
            await self._queue.add(tx, "erase", {"blobs": blobs}, case_id=case_id)


def _timer_key(key: str) -> str:
    return f"timer:{key}"


def _event(origin: Origin, effect: RecordAudit) -> dict[str, Any]:
    return {
        "case_id": origin.case_id,
        "at": origin.now,
        "actor": effect.actor,
        "action": effect.action,
        "object": effect.object,
    }
