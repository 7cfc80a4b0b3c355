"""The turn: one row of the inbox, the pure function, and one transaction for all that follows.

A crash anywhere leaves all of a turn or nothing of it. A row that can't be dealt with holds up its
own case for a while, and no other; after a few tries it is set aside, and people are told.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import damaged, logs
from bot.channels.base import Channel
from bot.effects import EffectWriter, Origin
from bot.jobs.announcing import announce
from bot.jobs.queue import Queue
from bot.signals import INBOX, Watch
from bot.sound import sound
from bot.store import case_keys, cases, codec, files, inbox, leaving, messages, set_aside
from bot.store.db import TROUBLE, Busy, Database, Row
from bot.taken import Taken, taken_of
from bot.traces import of_row, traced
from bot.watching import measures
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.faq import Faq
from checklist.text import _
from handlers import conversation
from handlers.asides import password
from handlers.effects import EraseCase, ForgetChat, NotifyCoordinators
from handlers.happenings import happenings
from handlers.languages import Languages
from handlers.office import Office
from handlers.replies import Reply
from handlers.service import Service
from handlers.session import Session
from handlers.step import writer_of
from handlers.turn import Turn
from handlers.updates import CoordinatorActed, InboundMessage, RecordIndexed, Update

_log = structlog.get_logger(__name__)

_TRIES = 5
_GLANCE_SECONDS = 1.0
_LONGEST_PAUSE = 30.0
# On a database that several processes share: as many as there are connections to write.
_CASES_AT_ONCE = 4
_AHEAD = 32
_BUSY_SECONDS = 0.1

APOLOGY = _(
    "Something went wrong on our side with your last message. "
    "It is kept, and a person will look at it."
)


class Advance(Protocol):
    """The conversation: `handlers.conversation.advance`, or a test's own."""

    def __call__(
        self,
        session: Session,
        case: Case,
        update: Update,
        *,
        now: datetime,
        ids: Callable[[], str],
        catalog: Catalog,
        languages: Languages,
        web_address: str = "",
        health: bool = True,
        office: Office | None = None,
        faq: Faq | None = None,
        service: Service | None = None,
    ) -> Turn:
        """What an update leads to."""
        ...


class Turns:
    """Takes turns, the oldest first: one after the other, or on a server several cases at once."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        catalog: Catalog,
        languages: Languages,
        clock: Callable[[], datetime],
        queue: Queue,
        *,
        destinations: Sequence[str] = (),
        endpoints: Sequence[str] = (),
        web_address: str = "",
        local_address: str = "",
        office: Callable[[datetime], Office] | None = None,
        faq: Faq | None = None,
        service: Service | None = None,
        advance: Advance = conversation.advance,
        ids: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        """`destinations` are the ways to tell coordinators, `endpoints` other systems that are told.

        `web_address` is where this program's pages are for everybody, "" where nobody has said, and
        `local_address` for those who are on its pages already. `office` tells when coordinators
        are there, `faq` are the usual questions, and `service` is what the operator has set.
        """
        self._db = db
        self._channels = channels
        self._catalog = catalog
        self._languages = languages
        self._clock = clock
        self._effects = EffectWriter(queue, destinations, channels)
        self._announce = partial(announce, queue=queue, endpoints=tuple(endpoints))
        self._web_address = web_address
        self._local_address = local_address
        self._office = office
        self._faq = faq
        self._service = service
        self._advance = advance
        self._ids = ids
        self._places = asyncio.Semaphore(_CASES_AT_ONCE)
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def run_forever(self) -> None:
        """Take turns as they come, until cancelled. Trouble with the database is waited out."""
        pause = _GLANCE_SECONDS
        with self._db.signals.watch(INBOX) as watch:
            try:
                while True:
                    try:
                        measures.HEARTS.beat("turns")
                        await self._run_due(watch)
                        await watch.wait(await self._idle_for())
                        pause = _GLANCE_SECONDS
                    except Exception as error:
                        measures.interrupted("turns")
                        _log.error("turns_interrupted", error=type(error).__name__, again_in=pause)
                        await asyncio.sleep(pause)
                        pause = min(pause * 2, _LONGEST_PAUSE)
            finally:
                # A transaction that has begun is finished all the same.
                for task in self._under_way.values():
                    task.cancel()

    async def _run_due(self, watch: Watch) -> None:
        if self._db.shared:
            return await self._start_cases(watch)
        while await self.run_next():
            pass

    async def run_next(self) -> bool:
        """Take the turn that is due; False where none is."""
        if not self._db.shared:
            return await self._run(None)
        for found in await self._heads():
            with suppress(Busy):
                if await self._run(found.case_id):
                    return True
        return False

    # ---- several processes, and several cases at once ------------------------------------------

    async def _heads(self) -> Sequence[Row]:
        now = codec.seconds(self._clock())
        return await self._db.read(lambda tx: inbox.heads(tx, now, _AHEAD))

    async def _start_cases(self, watch: Watch) -> None:
        """Begin with every case that waits and is not under way here; a few at once."""
        heads = list(await self._heads())
        # So that the processes don't all turn to the same few.
        random.shuffle(heads)
        for found in heads:
            case_id = str(found.case_id)
            if case_id not in self._under_way:
                await self._places.acquire()
                task = asyncio.create_task(self._take_case(case_id))
                self._under_way[case_id] = task
                task.add_done_callback(lambda _task: watch.set())

    async def _take_case(self, case_id: str) -> None:
        pause = 0.0
        try:
            while await self._run(case_id):
                pass
        except Busy:
            # Another process takes its turns, and goes on with them by itself.
            pause = _BUSY_SECONDS
        except Exception as error:
            _log.error("turns_interrupted", error=type(error).__name__, again_in=_GLANCE_SECONDS)
            pause = _GLANCE_SECONDS
        finally:
            self._places.release()
            if pause:
                await asyncio.sleep(pause)
            self._under_way.pop(case_id, None)

    async def _run(self, case_id: str | None) -> bool:
        """Take the turn of a case, or of the one that is due; False where there is none to take.

        Raises Busy where another process takes a turn of that case.
        """
        now, began = self._clock(), measures.now()
        head: list[Row] = []

        async def work(tx: AsyncConnection) -> bool:
            at = codec.seconds(now)
            row = await (inbox.head_of(tx, at, case_id) if case_id else inbox.head(tx, at))
            # It may be called again.
            head[:] = [] if row is None else [row]
            if row is not None:
                with traced(of_row(row.id)):
                    await self._take(tx, row, now)
            return row is not None

        try:
            # The message is in the inbox for good. What this writes leaves the program only after
            # a synced commit (of the outbox, of a claimed job), which takes it along.
            about = [case_id] if case_id else None
            taken = await self._db.write(work, synced=False, about=about, wait=False)
        except (*TROUBLE, Busy):
            raise
        except Exception as error:
            if damaged.is_so(error, read=bool(head)):
                return await damaged.count(self._db, self._effects, case_id, error, now)
            if not head:
                raise
            await self._failed(head[0], error)
            return True
        if taken:
            measures.turn_taken(began, codec.seconds(self._clock()) - head[0].received_at)
            _log.debug("turn_taken", row=head[0].id, trace=of_row(head[0].id), case=head[0].case_id)
        return taken

    async def _idle_for(self) -> float:
        now = codec.seconds(self._clock())
        retry = await self._db.read(lambda tx: inbox.next_retry(tx, now))
        return _GLANCE_SECONDS if retry is None else min(_GLANCE_SECONDS, max(retry - now, 0.0))

    # ---- one turn ------------------------------------------------------------------------------

    async def _take(self, tx: AsyncConnection, row: Row, now: datetime) -> None:
        if row.chat_case != row.case_id:
            return await leaving.lead_right(tx, row)
        update = self._parse(row)
        if isinstance(update, RecordIndexed) and await files.is_erased(tx, update.file_id):
            await inbox.blank(tx, row.id)
        elif update is not None:
            await self._turn(tx, await taken_of(tx, row, update), update, now)
        if not await inbox.done(tx, row.id):
            raise cases.Conflict(f"inbox row {row.id} is done already")

    def _parse(self, row: Row) -> Update | None:
        if row.channel == inbox.INTERNAL:
            return codec.load_update(row.raw)
        channel = self._channels[row.channel]
        said = channel.parse(json.loads(row.raw), codec.moment(row.received_at))
        if said is None:
            return None
        return replace(sound(said), number=row.id, to_knock=bool(row.to_knock))

    async def _turn(self, tx: AsyncConnection, taken: Taken, update: Update, now: datetime) -> None:
        row, old = taken.row, taken.old
        turn = self._advance(
            taken.session,
            old or Case(id=row.case_id, opened_at=now),
            update,
            now=now,
            ids=self._ids,
            catalog=self._catalog,
            languages=self._languages,
            web_address=self._address_for(row.chat_channel),
            health=self._may_say_all(row.chat_channel),
            office=self._office(now) if self._office is not None else None,
            faq=self._faq,
            service=self._service,
        )
        at = codec.seconds(now)
        session = replace(turn.session, version=row.session_version + 1)
        case = replace(turn.case, version=(old.version if old else 0) + 1)
        writer = writer_of(session, case)
        if any(isinstance(effect, EraseCase | ForgetChat) for effect in turn.effects):
            # What stays after these is sealed with a key of its own; the others are destroyed.
            await case_keys.make(tx, row.case_id)
        await cases.save_session(tx, session, before=row.session_version, writer=writer)
        await cases.save_case(tx, case, old, now=at)
        origin = Origin(
            row_id=row.id,
            case_id=row.case_id,
            case_version=case.version,
            session_id=row.session_id,
            channel=row.chat_channel,
            now=at,
            update=update,
        )
        await self._effects.write(tx, origin, turn.effects)
        if old is not None and old.records != case.records:
            await self._effects.drop_pictures(tx, row.case_id, old.records, case.records)
        if isinstance(update, CoordinatorActed) and update.action == "resume":
            await cases.close_handoffs(tx, row.case_id, at)
        told = happenings(old, case, turn.effects, self._catalog)
        await self._announce(tx, case=case, told=told, now=at)

    def _address_for(self, channel: str) -> str:
        here = channel in ("web", "terminal")
        return self._web_address or (self._local_address if here else "")

    def _may_say_all(self, channel: str) -> bool:
        found = self._channels.get(channel)
        return found is None or found.capabilities.health

    # ---- a turn that can't be taken ------------------------------------------------------------

    async def _failed(self, row: Row, error: Exception) -> None:
        tries = row.attempts + 1
        # Once more is once more: the operator is there to see what came of it.
        once = row.external_id.startswith(inbox.AGAIN)
        gone = once or tries >= _TRIES
        measures.turn_failed(given_up=gone)
        _log.error(
            "turn_failed",
            trace=of_row(row.id),
            row=row.id,
            case=row.case_id,
            channel=row.channel,
            error=type(error).__name__,
            tries=tries,
            given_up=gone,
        )

        async def work(tx: AsyncConnection) -> None:
            now = codec.seconds(self._clock())
            if not gone:
                again = now + 2.0**tries
                await inbox.failed(tx, row.id, attempts=row.attempts, not_before=again)
                return
            cause = logs.cause(error)
            if not await set_aside.set_aside(
                tx, row.id, attempts=row.attempts, reason=cause, at=now
            ):
                return
            said = self._readable(row)
            # A file is never lost, not even for the sake of the words beside it.
            if _awaits_password(row) and not (said and said.attachments):
                await inbox.blank(tx, row.id)
            if not once:
                await self._give_up(tx, row, now)

        await self._db.write(work, about=[row.case_id])

    async def _give_up(self, tx: AsyncConnection, row: Row, now: float) -> None:
        """Tell the coordinators; and the patient, where it was a patient's message."""
        if row.channel != inbox.INTERNAL:
            await messages.add_turn(
                tx,
                case_id=row.case_id,
                session_id=row.session_id,
                channel=row.chat_channel,
                cause=row.id,
                said=self._readable(row),
                replies=[Reply(step="apology", turn=row.session_version, text=(APOLOGY,))],
                now=now,
            )
        await cases.open_handoff(tx, row.case_id, "failed", now)
        notice = NotifyCoordinators(reason="failed", key=f"{row.case_id}:failed:{row.id}")
        await self._effects.notify(tx, row.case_id, notice)

    def _readable(self, row: Row) -> InboundMessage | None:
        """The message for the transcript, if it isn't the message itself that can't be read."""
        try:
            update = self._parse(row)
            codec.dump(update)
        except Exception:
            return None
        if not isinstance(update, InboundMessage):
            return None
        return replace(update, text="", hidden=True) if _awaits_password(row) else update


def _awaits_password(row: Row) -> bool:
    """Whether a password had been asked for: then a message that can't be dealt with isn't kept."""
    if row.channel == inbox.INTERNAL or row.session_body is None:
        return False
    try:
        return codec.load(Session, row.session_body).aside == password.ID
    except codec.Unreadable:
        # Why no turn can be taken, and nothing is known of what was asked: what was said is kept.
        return False
