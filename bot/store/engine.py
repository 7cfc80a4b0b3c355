"""What a database must be able to do for `Database`; SQLite and PostgreSQL each do it their own way."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

#: A row of a query; its columns are attributes.
Row: TypeAlias = sa.Row[*tuple[Any, ...]]

#: What runs in a transaction. It may await nothing but the connection it is given.
Work = Callable[[AsyncConnection], Awaitable[T]]

#: What a write is confined to: names of cases or chats. None: it may touch anything.
About = Sequence[str] | None

#: The database is at fault (a full disk, a lock, a restart), not what was asked of it.
TROUBLE = (
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    sa.exc.TimeoutError,
    sqlite3.OperationalError,
)


class Busy(Exception):
    """Somebody else is writing about the same thing, and the caller did not want to wait."""


class SchemaError(RuntimeError):
    """The database is of another version of the program; the message says what to run."""


class Engine(Protocol):
    """One database, opened."""

    #: Whether other processes may work on it at the same time.
    shared: bool

    #: How far this machine's clock is behind the one that all processes go by, in seconds.
    behind: float

    async def prepare(self) -> None:
        """Make the tables, or see that they are there. Raises SchemaError."""
        ...

    async def write(self, fn: Work[T], *, synced: bool, about: About, wait: bool) -> T:
        """Run `fn` in a writing transaction, which also tells other processes of its wakes.

        `fn` may be called again, from the beginning, where the database could not keep the first.
        """
        ...

    async def read(self, fn: Work[T]) -> T:
        """Run `fn` on one unchanging view."""
        ...

    async def empty_log(self) -> bool:
        """Leave nothing of what was overwritten in the log; False where that has to wait."""
        ...

    async def alone(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` in one process at a time; see `Database.alone`."""
        ...

    async def in_company(self, name: str, tell: Callable[[int], None]) -> None:
        """Count those who do the same; see `Database.in_company`."""
        ...

    async def others(self) -> int:
        """How many other programs have it open that may work on it, on any machine."""
        ...

    async def close(self) -> None:
        """Close. No transaction may be under way."""
        ...


_WAKES = "second-opinion wakes"


def wakes_of(tx: AsyncConnection) -> set[str]:
    """The topics that this transaction wakes."""
    return cast(set[str], tx.info.setdefault(_WAKES, set()))


def begin_wakes(tx: AsyncConnection) -> set[str]:
    """An empty set of topics: a connection is used again and again, and a failed try wakes nobody."""
    fresh: set[str] = set()
    tx.info[_WAKES] = fresh
    return fresh
