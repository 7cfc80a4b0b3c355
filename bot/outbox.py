"""The outbox: sends what turns have said, in order within a chat, chats side by side.

That a message is being sent is committed before the channel is asked. When the process dies in
between, nobody knows whether the message arrived, and chats have no way to ask: it is sent
again, and says that it may be a repeat. After a few such repeats it is left at that.

A chat whose window is closed, or that has blocked us, has its messages held back until the patient
writes: see bot/store/reach.py. Outside the window one knock is sent, a message like any other here.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import render as rendering
from bot.channels.base import (
    Blocked,
    Channel,
    ChannelError,
    Knocks,
    Paced,
    Rejected,
    Rendered,
    Retry,
    Sent,
)
from bot.channels.fit import fit
from bot.holding import Holding
from bot.said import Render, Unrenderable, Words
from bot.showing import Showing
from bot.signals import OUTBOX
from bot.store import codec, deliveries, messages, reach
from bot.store.db import TROUBLE, About, Database, Row, T, Work
from bot.watching import measures
from handlers.doorway import is_neutral
from handlers.languages import Languages

_log = structlog.get_logger(__name__)

_SIDE_BY_SIDE = 16
_GLANCE_SECONDS = 1.0
# Of one message, and of all of them, where the database has trouble.
_LONGEST_PAUSE, _LONGEST_TROUBLE = 300.0, 30.0
# To read a thing twice is better than never; but a chat that never answers must not be flooded.
_REPEATS = 3
_FAREWELL_SECONDS = 5.0
_LEASE_SECONDS = 30.0
# What happened to a message is written after a while, rather than sent again with an excuse.
_WRITE_AGAIN = (0.5, 2.0, 5.0)

# A vendor's code for an error, or ours; what is longer may be the vendor's own words.
_CODE = re.compile(r"[0-9a-z_]{1,24}")


class Outbox:
    """Sends messages. One to a process, and on a file of SQLite one only."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        languages: Languages,
        clock: Callable[[], datetime],
        *,
        showing: Showing | None = None,
        render: Render = rendering.render,
        side_by_side: int = _SIDE_BY_SIDE,
        lease: float = _LEASE_SECONDS,
    ) -> None:
        """`side_by_side` is how many chats are sent to at once; without `showing` no picture is.

        For `lease` seconds after a process was last heard of, no other sends what it was sending.
        """
        self._lease = lease
        self._db = db
        self._channels = channels
        self._clock = clock
        self._words = Words(render, languages)
        self._holding = Holding(db, clock)
        self._showing = showing
        self._side_by_side = side_by_side
        self._room = asyncio.Semaphore(side_by_side)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def recover(self) -> None:
        """Settle what was being sent when the last process ended. Only for the start, alone."""

        async def work(tx: AsyncConnection) -> None:
            for row in await messages.interrupted(tx):
                await self._doubt(tx, row, "interrupted")

        await self._db.write(work)

    async def run_forever(self) -> None:
        """Send as messages come, until cancelled. Trouble with the database is waited out."""
        pause = _GLANCE_SECONDS
        with self._db.signals.watch(OUTBOX) as watch:
            try:
                while True:
                    try:
                        measures.HEARTS.beat("outbox")
                        await watch.wait(await self._start_chats())
                        pause = _GLANCE_SECONDS
                    except Exception as error:
                        measures.interrupted("outbox")
                        _log.error("outbox_interrupted", error=type(error).__name__, again_in=pause)
                        await asyncio.sleep(pause)
                        pause = min(pause * 2, _LONGEST_TROUBLE)
            finally:
                await self._stop()

    async def drain(self) -> None:
        """Send all that can be sent now, and return when it is."""
        while True:
            await self._start_chats()
            if not self._busy:
                return
            await asyncio.wait(self._busy.values())

    async def _start_chats(self) -> float:
        """Start sending to every chat that waits; the seconds until another one is due."""
        now = self._now()
        idle = _GLANCE_SECONDS
        waiting = list(await self._db.read(messages.chats_waiting))
        if self._db.shared:
            # So that the processes don't all turn to the same few.
            random.shuffle(waiting)
        for row in waiting:
            if row.session_id in self._busy or row.channel not in self._channels:
                continue
            if row.due_at > now:
                idle = min(idle, row.due_at - now)
                continue
            if self._db.shared and len(self._busy) >= self._side_by_side:
                break
            task = asyncio.create_task(self._send_chat(row.session_id))
            self._busy[row.session_id] = task
            task.add_done_callback(partial(self._chat_done, row.session_id))
        return idle

    def _chat_done(self, session_id: str, _task: asyncio.Task[None]) -> None:
        self._busy.pop(session_id, None)
        # What was said meanwhile was passed over, for this chat was busy.
        self._db.signals.notify(OUTBOX)

    async def _stop(self) -> None:
        """Let what is on its way arrive: an interrupted message is sent again with an excuse."""
        self._stopping = True
        tasks = list(self._busy.values())
        if tasks:
            await asyncio.wait(tasks, timeout=_FAREWELL_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- one chat ------------------------------------------------------------------------------

    async def _send_chat(self, session_id: str) -> None:
        async with self._room:
            try:
                while not self._stopping and await self._send_some(session_id):
                    pass
            except Exception as error:
                _log.error("chat_interrupted", chat=session_id, error=type(error).__name__)
                await asyncio.sleep(_GLANCE_SECONDS)

    async def _send_some(self, session_id: str) -> bool:
        """Send the next message of a chat, or all where that is safe; False when nothing is due."""
        rows = await self._db.read(lambda tx: messages.queue(tx, session_id))
        if not rows or (row := rows[0]).due_at > self._now():
            return False
        if row.state == "sending":
            # Nobody sends to this chat but this task, or is heard any more: a try ended on the way.
            await self._write(lambda tx: self._doubt(tx, row, "interrupted"), [row.case_id])
            return True
        channel = self._channels[row.channel]
        if reason := self._holding.reason(row, channel):
            await self._holding.hold(row, channel, reason)
            return True
        if channel.capabilities.idempotent:
            return await self._deliver_all(session_id, row.case_id, channel)
        return await self._deliver(row, channel)

    async def _deliver_all(self, session_id: str, case_id: str, channel: Channel) -> bool:
        """Mark as sent what the patient reads where it stands; there is nothing to go wrong."""

        async def work(tx: AsyncConnection) -> list[tuple[Row, tuple[Rendered, ...]]]:
            sent = []
            for row in await messages.queue(tx, session_id):
                rendered = self._words.of(row)
                words = codec.dump(rendered)
                changed = {"state": "sent", "sent_at": self._now(), "rendered": words}
                await messages.change(tx, row, **changed)
                sent.append((row, fit(rendered, channel.capabilities)))
            return sent

        try:
            delivered = await self._db.write(work, about=[case_id])
        except Unrenderable as error:
            return await self._unrenderable(session_id, case_id, error)
        for row, parts in delivered:
            for n, part in enumerate(parts):
                await channel.send(row.address, part, f"{row.id}.{n}")
            measures.message(channel.name, "sent")
        return bool(delivered)

    async def _unrenderable(self, session_id: str, case_id: str, error: Exception) -> bool:
        """Find the message that can't be put into words, so that the others get through."""

        async def work(tx: AsyncConnection) -> bool:
            for row in await messages.queue(tx, session_id):
                try:
                    self._words.of(row)
                except Unrenderable:
                    await self._fail(tx, row, "unrenderable")
                    return True
            return False

        _log.error("message_unrenderable", chat=session_id, error=type(error).__name__)
        return await self._db.write(work, about=[case_id])

    async def _deliver(self, row: Row, channel: Channel) -> bool:
        """Send one message, in its parts; whether the next one may follow."""
        try:
            # A message of which a part has arrived is finished in the words in which it was begun.
            rendered = (
                codec.load(Rendered, row.rendered) if row.external_id else self._words.of(row)
            )
        except Unrenderable as error:
            return await self._unrenderable(row.session_id, row.case_id, error)
        if not channel.capabilities.health and not is_neutral(rendered.step, rendered.human):
            # The operator has changed what may be said there since this was written.
            await self._change(row, state="kept")
            return True
        try:
            await _ready(channel, row)
        except Retry as error:
            return await self._again(row, error)
        new = {"rendered": codec.dump(rendered), "attempts": row.attempts + 1}
        taken: dict[str, Any] = {"state": "sending", **new}
        if self._db.shared:
            taken["due_at"] = self._now() + self._lease
        if not await self._db.write(lambda tx: messages.change(tx, row, **taken), about=()):
            return True
        row = row._replace(attempts=row.attempts + 1)
        async with self._held(row):
            return await self._send_parts(row, rendered, channel)

    @asynccontextmanager
    async def _held(self, row: Row) -> AsyncIterator[None]:
        """Keep other processes from this message while the block runs."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._lease / 3)
                with suppress(*TROUBLE):
                    await self._change(row, due_at=self._now() + self._lease)

        heart = asyncio.create_task(renew()) if self._db.shared else None
        try:
            yield
        finally:
            if heart is not None:
                heart.cancel()

    async def _send_parts(self, row: Row, rendered: Rendered, channel: Channel) -> bool:
        parts = fit(rendered, channel.capabilities)
        # Once ever: a picture that may have arrived, or never will, isn't worth a second one.
        if row.attempts == 1 and self._showing is not None:
            await self._showing.show(row, parts[0].pictures, channel)
        ids = [str(one) for one in json.loads(row.external_id or "[]")]
        begin = len(ids)
        try:
            for n in range(begin, len(parts)):
                again = row.doubts and n == begin and row.kind != reach.KNOCK
                part = await self._excused(row, parts[n], channel) if again else parts[n]
                ids.append((await self._give(row, part, channel, n)).external_id)
                if n + 1 < len(parts) and not await self._go_on(row, channel, ids):
                    return True
        except Retry as error:
            return await self._again(row, error)
        except (Blocked, Rejected) as error:
            return await self._refused(row, channel, error)
        except Exception as error:
            # Whatever it was, it came after the message may have left.
            return await self._settle_unknown(row, error)
        await self._note_ids(row, channel, ids, state="sent", sent_at=self._now())
        measures.message(channel.name, "sent")
        _log.debug("message_sent", message=row.id, trace=f"i{row.cause}")
        return True

    async def _go_on(self, row: Row, channel: Channel, ids: list[str]) -> bool:
        """Note that a part has arrived, and wait for the turn of the next; False where there is none.

        While it waits it has not left, and who finds it so after a death has no doubt.
        """
        await self._note_ids(row, channel, ids, state="pending")
        await _ready(channel, row)
        return await self._write(lambda tx: messages.change(tx, row, state="sending"))

    async def _excused(self, row: Row, part: Rendered, channel: Channel) -> Rendered:
        """The part with its excuse, which is said first where it doesn't fit above."""
        *before, last = self._words.excused(part, channel.capabilities)
        for one in before:
            await channel.send(row.address, one, f"{row.id}.again")
        return last

    async def _give(self, row: Row, part: Rendered, channel: Channel, n: int) -> Sent:
        key = f"{row.id}.{n}"
        if row.kind == reach.KNOCK and isinstance(channel, Knocks):
            return await channel.knock(row.address, part.locale, key)
        return await channel.send(row.address, part, key)

    async def _note_ids(self, row: Row, channel: Channel, ids: list[str], **values: Any) -> None:
        """Keep the vendor's ids of the parts; its report of one of them may have come before."""

        async def work(tx: AsyncConnection) -> None:
            await messages.change(tx, row, external_id=json.dumps(ids), **values)
            if channel.capabilities.window is not None:
                name, now = channel.name, self._now()
                await deliveries.sent(tx, channel=name, external_ids=ids, message_id=row.id, at=now)

        # A report changes what is known of the chat, as the patient's own message does.
        await self._write(work, () if channel.capabilities.window is None else None)

    # ---- what came of it -----------------------------------------------------------------------

    async def _again(self, row: Row, error: Retry) -> bool:
        # Some breadth, so that the chats that were stopped together don't return together.
        pause = min(2.0 ** min(row.attempts - 1, 8), _LONGEST_PAUSE) * random.uniform(0.5, 1.0)
        due = self._now() + max(error.after, pause)
        await self._change(row, state="unknown" if row.doubts else "pending", due_at=due)
        measures.message(row.channel, "delayed")
        _log.warning("message_delayed", message=row.id, channel=row.channel, tries=row.attempts)
        return False

    async def _refused(self, row: Row, channel: Channel, error: ChannelError) -> bool:
        if why := self._holding.refusal(row, error):
            await self._holding.hold(row, channel, why)
            return True
        reason = type(error).__name__.lower()
        measures.message(row.channel, "failed")
        _log.warning("message_failed", message=row.id, channel=row.channel, reason=reason)
        code = error.reason if _CODE.fullmatch(error.reason) else ""
        await self._write(lambda tx: self._fail(tx, row, reason, code), [row.case_id])
        return True

    async def _settle_unknown(self, row: Row, error: Exception) -> bool:
        kind = type(error).__name__
        measures.message(row.channel, "unknown")
        _log.warning("message_unknown", message=row.id, channel=row.channel, error=kind)
        await self._write(lambda tx: self._doubt(tx, row, "unknown"), [row.case_id])
        return True

    async def _doubt(self, tx: AsyncConnection, row: Row, reason: str) -> None:
        """It may have arrived: it is sent again, a few times, and says that it may be a repeat."""
        if row.doubts >= _REPEATS:
            await self._fail(tx, row, reason)
        else:
            doubts = row.doubts + 1
            await messages.change(tx, row, state="unknown", doubts=doubts, due_at=self._now())

    async def _fail(self, tx: AsyncConnection, row: Row, reason: str, code: str = "") -> None:
        if await messages.change(tx, row, state="failed", reason=code or reason):
            await self._holding.tell(tx, row, row.id, reason, f"delivery:{row.id}")

    async def _change(self, row: Row, **values: Any) -> None:
        # One statement, which finds the message as it left it or not at all.
        await self._write(lambda tx: messages.change(tx, row, **values))

    async def _write(self, fn: Work[T], about: About = ()) -> T:
        """Write what became of a message. A server that is away for a moment is waited for.

        What it was told, it would else have to tell again.
        """
        for pause in _WRITE_AGAIN if self._db.shared else ():
            with suppress(*TROUBLE):
                return await self._db.write(fn, about=about)
            await asyncio.sleep(pause)
        return await self._db.write(fn, about=about)

    def _now(self) -> float:
        return codec.seconds(self._clock())


async def _ready(channel: Channel, row: Row) -> None:
    if isinstance(channel, Paced):
        await channel.ready(row.address)
