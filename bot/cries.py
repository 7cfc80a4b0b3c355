"""Cries: a call for help that is held back behind a flood is heard at once, with what stands before it.

What is held back waits for half a minute at most (`store/holding_back.py`). That is long for whoever writes
"he can't breathe" after a hundred photographs. So each message that is held back is read when it comes, for
this alone; its turn says what is said. A sender gets only so much by it, or a flood would cry all the time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from bot.channels.base import Channel
from bot.signals import HELD_BACK
from bot.sound import sound
from bot.store import codec, holding_back
from bot.store.db import TROUBLE, Database, Row
from bot.watching import measures
from handlers.crying import cries_out
from handlers.languages import Languages

_log = structlog.get_logger(__name__)

#: So often a chat's cry lets something go. Counted in each process: what it guards is its load alone.
MOST_A_MINUTE: Final = 3
_AT_ONCE: Final = 20
#: On a server a row with an earlier number may be committed a moment later.
_LATER: Final = 64
#: A wake-up of another process may be lost.
_GLANCE_SECONDS: Final = 5.0
_PAUSE: Final = 1.0


class Cries:
    """Reads what is held back, each message once."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        languages: Languages,
        clock: Callable[[], datetime],
    ) -> None:
        """Take where it waits, and what is needed to read it."""
        self._db = db
        self._channels = channels
        self._languages = languages
        self._clock = clock
        self._until = -1
        self._read: set[int] = set()
        self._let_go: dict[str, list[float]] = {}

    async def run_forever(self) -> None:
        """Read what comes, until cancelled. Trouble with the database is waited out."""
        with self._db.signals.watch(HELD_BACK) as watch:
            while True:
                try:
                    measures.HEARTS.beat("cries")
                    while await self.look():
                        await asyncio.sleep(0)
                    await watch.wait(_GLANCE_SECONDS)
                except Exception as error:
                    measures.interrupted("cries")
                    _log.error("cries_interrupted", error=type(error).__name__, again_in=_PAUSE)
                    await asyncio.sleep(_PAUSE)

    async def look(self) -> bool:
        """Read some of what is held back and wasn't read yet; whether there was any."""
        now = codec.seconds(self._clock())
        found = [row for row in await self._waiting(now) if row.id not in self._read]
        if not found:
            return False
        crying: dict[str, Row] = {}
        for row in found:
            if self._may_cry(row.session_id, now) and await self._cries(row):
                # What stands before the last of them is let go with it.
                crying[row.case_id] = row
        for row in crying.values():
            await self._let(row, now)
        self._until = max(self._until, found[-1].id)
        kept = {number for number in self._read if number > self._until - _LATER}
        self._read = kept | {row.id for row in found}
        return True

    async def _waiting(self, now: float) -> Sequence[Row]:
        if self._until < 0:
            self._until = await self._db.read(holding_back.before_all)
        later = _LATER if self._db.shared else 0
        after, most = self._until - later, _AT_ONCE + later
        return await self._db.read(lambda tx: holding_back.waiting(tx, after, now, most))

    def _may_cry(self, session_id: str, now: float) -> bool:
        mine = [at for at in self._let_go.get(session_id, ()) if at > now - 60.0]
        if mine:
            self._let_go[session_id] = mine
        else:
            self._let_go.pop(session_id, None)
        return len(mine) < MOST_A_MINUTE

    async def _cries(self, row: Row) -> bool:
        # One by one: a long text takes some milliseconds, and others are answered meanwhile.
        read = partial(holding_back.words_of, row_id=row.id)
        try:
            raw = json.loads(await self._db.read(read))
            said = self._channels[row.channel].parse(raw, codec.moment(row.received_at))
            return said is not None and cries_out(sound(said), self._languages)
        except TROUBLE:
            raise
        except Exception:
            # Its turn says what is wrong with it.
            return False

    async def _let(self, row: Row, now: float) -> None:
        count = await self._db.write(
            lambda tx: holding_back.let_go(tx, row.case_id, row.id, now), about=[row.case_id]
        )
        if count:
            self._let_go.setdefault(row.session_id, []).append(now)
            _log.info("cry_let_go", case=row.case_id, rows=count)
