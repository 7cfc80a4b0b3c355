"""Partials: files on their way. How much of one has come is what its store holds, and nothing else.

So no crash can set the two apart. A phone that changes its network leaves a connection that looks
alive for minutes: whoever claims a partial ends the earlier writer's right to write, in this process
and in others.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Protocol

from bot.store.blobs import Blobs, RawFile

ID = re.compile(r"[0-9a-f]{32}")


class Superseded(Exception):
    """Somebody else has claimed the partial since: this writer may not write to it any more."""


class Partial(Protocol):
    """The right to add to one file, until somebody else claims it. Close it in any case."""

    @property
    def size(self) -> int:
        """How many bytes there are, with those that were added and are yet to be `keep`t."""
        ...

    async def add(self, data: bytes | bytearray | memoryview) -> None:
        """Add bytes at the end. Raises Superseded, and then nothing was added; OSError when full."""
        ...

    async def cut(self, size: int) -> None:
        """Take back what was added after `size`. Raises Superseded."""
        ...

    async def keep(self) -> None:
        """Have everything so far stored for good before this returns. Raises as `add` does."""
        ...

    async def close(self) -> None:
        """Let go of it; what was added stays, unless somebody else has claimed it."""
        ...


class Partials(Protocol):
    """All files on their way. Those of one kind go with the blobs of the same kind."""

    @property
    def aside(self) -> Path:
        """A folder of this machine for files without a name."""
        ...

    async def claim(self, upload_id: str, *, case_id: str) -> Partial:
        """The right to write to this one, from now on; its `size` is stored for good.

        Where bytes are sealed, a new one is sealed for this case.
        """
        ...

    async def size(self, upload_id: str) -> int:
        """How many bytes have come; 0 for one of which nothing has come."""
        ...

    def open(self, upload_id: str) -> AsyncIterator[bytes]:
        """The bytes, in pieces. Raises FileNotFoundError where nothing has come."""
        ...

    async def become(self, upload_id: str, blobs: Blobs, *, case_id: str) -> None:
        """Make the file the blob of the same id. Again, it changes nothing.

        Raises FileNotFoundError where it is neither here nor a blob.
        """
        ...

    async def grew_after(self, upload_id: str, moment: float) -> bool:
        """Whether bytes have come since then, in seconds since 1970 by the clock of the store."""
        ...

    async def delete(self, upload_id: str) -> None:
        """Forget it. A writer that is at work on it is superseded."""
        ...

    async def ids(self) -> set[str]:
        """The ids of all that are here."""
        ...


class RawPartial(Partial, Protocol):
    """A partial that takes bytes as they are to lie."""

    async def add_each(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Add pieces at the end, none divided between two writes; they are made in a thread.

        A piece is what it is only until the next is asked for.
        Raises as `add` does; what was added of them by then is seen by the `size`.
        """
        ...

    async def replace(self, stream: AsyncIterator[bytes | bytearray]) -> None:
        """Have what the stream gives lie in place of all that has come: all of it, or it is as it was.

        This writer is at its end then. Raises Superseded.
        """
        ...


class RawPartials(Partials, Protocol):
    """A store that keeps bytes as it gets them, beneath one that seals."""

    async def claim(self, upload_id: str, *, case_id: str) -> RawPartial:
        """As in `Partials`."""
        ...

    async def raw(self, upload_id: str) -> RawFile:
        """What has come, to be read anywhere. Raises FileNotFoundError where nothing has."""
        ...

    async def tidy(self, upload_id: str) -> None:
        """Delete what a `replace` that was killed has left beside."""
        ...

    def place(self, upload_id: str) -> Path | None:
        """The file which `become` only moves; None where it is written anew."""
        ...
