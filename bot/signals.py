"""Signals: how one part of the process wakes another, without a message and without polling.

A signal carries nothing: who is woken looks in the database, which is the only truth. One that is
missed (another process wrote the row) costs a second, since every loop also looks by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: Somebody's turn is due.
INBOX = "inbox"
#: A message is held back, which may be a cry for help.
HELD_BACK = "held_back"
#: A message waits to be sent.
OUTBOX = "outbox"
#: A case has changed, or somebody is wanted for one.
DESK = "desk"
#: A job was added, moved or cancelled.
JOBS = "jobs"


def chat(session_id: str) -> str:
    """The topic of one chat: something was said in it, by either side."""
    return f"chat:{session_id}"


class Watch:
    """One listener's view of its topics. What happens while it is busy is kept, as one wake-up."""

    def __init__(self) -> None:
        """Start without a wake-up."""
        self._woken = asyncio.Event()

    def set(self) -> None:
        """Wake the listener."""
        self._woken.set()

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait for a wake-up, at most `timeout` seconds; whether there was one.

        The wake-up is taken before this returns, so look in the database after it, never before.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._woken.wait()
        woken = self._woken.is_set()
        self._woken.clear()
        return woken


class Signals:
    """Wake-ups by topic, for the tasks of one event loop."""

    def __init__(self) -> None:
        """Start with nobody watching."""
        self._watches: dict[str, set[Watch]] = {}

    def notify(self, topic: str) -> None:
        """Wake everybody who watches the topic."""
        for watch in self._watches.get(topic, ()):
            watch.set()

    def notify_all(self) -> None:
        """Wake everybody: what happened meanwhile isn't known."""
        for topic in list(self._watches):
            self.notify(topic)

    def watched(self, topic: str) -> bool:
        """Whether anybody of this process watches the topic."""
        return topic in self._watches

    @contextmanager
    def watch(self, *topics: str) -> Iterator[Watch]:
        """Listen to topics for as long as the block runs."""
        watch = Watch()
        for topic in topics:
            self._watches.setdefault(topic, set()).add(watch)
        try:
            yield watch
        finally:
            for topic in topics:
                self._watches[topic].discard(watch)
                if not self._watches[topic]:
                    del self._watches[topic]
