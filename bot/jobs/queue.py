"""The queue's protocol: the little that every engine for durable jobs can do.

Delivery is at least once: a job may run twice, on two workers even. What it does to the database is
done once, because its effect is written in the transaction that settles it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

#: Arguments are ids and numbers, never words: they are kept in plain sight of operators.
Value = str | int | list[str]
Args = Mapping[str, Value]

#: What runs in a transaction of somebody else's.
Write = Callable[[AsyncConnection], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as a worker holds it. `attempt` counts from 1, this one included.

    `waits` counts the attempts that ended in `Later`. `doubtful` tells that an earlier attempt was
    cut short, or said that nobody knows how far it got.
    """

    id: int
    kind: str
    args: Args
    attempt: int
    lease: str
    case_id: str | None = None
    key: str | None = None
    doubtful: bool = False
    waits: int = 0

    @property
    def failures(self) -> int:
        """How many attempts have failed if this one does."""
        return self.attempt - self.waits

    def text(self, name: str) -> str:
        """An argument that is an id. Raises KeyError."""
        return str(self.args[name])

    def texts(self, name: str) -> list[str]:
        """An argument that is a list of ids; empty where it isn't given."""
        value = self.args.get(name, [])
        return [str(one) for one in value] if isinstance(value, list) else [str(value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a job leaves behind.

    `effect` is written in the transaction that settles the job, or not at all. `undo` is called
    when the job was taken away meanwhile, and nothing of `effect` was written.
    """

    effect: Write | None = None
    undo: Callable[[], Awaitable[object]] | None = None


#: A job that has nothing to write.
NOTHING = Outcome()


class Permanent(Exception):
    """The job can never succeed, so it isn't tried again. `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


class Later(Exception):
    """The job is to be tried again, after `seconds` at the earliest, however often it comes to that.

    `doubtful` says that this attempt may have done what it was for.
    """

    def __init__(self, seconds: float, reason: str = "", *, doubtful: bool = False) -> None:
        """Keep the pause, the reason and the doubt."""
        super().__init__(reason)
        self.seconds = seconds
        self.reason = reason
        self.doubtful = doubtful


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A job that was given up. `error` is the kind of the last failure, without words."""

    id: int
    kind: str
    case_id: str | None
    attempt: int
    error: str
    created_at: datetime
    args: Args = field(default_factory=dict)


class Queue(Protocol):
    """Durable jobs, written in the transaction of those who ask for them."""

    async def add(
        self,
        tx: AsyncConnection,
        kind: str,
        args: Args,
        *,
        key: str | None = None,
        run_at: datetime | None = None,
        priority: int = 0,
        case_id: str | None = None,
        move: bool = False,
    ) -> bool:
        """Add a job that runs at `run_at`, or at once; a higher `priority` goes first.

        While a job of the same `key` is unfinished nothing is added: False. With `move` that job
        gets this time and these arguments instead, also when it is just being run.
        """
        ...

    async def cancel(self, tx: AsyncConnection, key: str) -> bool:
        """Forget the unfinished job of that key. One that is just being run leaves no effect."""
        ...

    async def drop(self, tx: AsyncConnection, case_id: str, kinds: Sequence[str]) -> int:
        """Forget the unfinished jobs of a case; how many."""
        ...

    async def once(self, tx: AsyncConnection, key: str, fn: Write) -> bool:
        """Do something in this transaction unless it was ever done under this key; whether it was.

        The key is forgotten with the transaction when that is rolled back.
        """
        ...

    async def failed(self, tx: AsyncConnection) -> list[Failure]:
        """The jobs that were given up, oldest first."""
        ...

    async def retry(self, tx: AsyncConnection, job_id: int) -> bool:
        """Try a job again that was given up; False where there is none, or one took its place."""
        ...

    async def unfinished(
        self, tx: AsyncConnection, case_id: str, kinds: Sequence[str], until: datetime
    ) -> int:
        """How many jobs of a case are still to run by then."""
        ...
