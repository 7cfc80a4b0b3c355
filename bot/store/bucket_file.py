"""A file of a bucket, of one object or of several in a row, read anywhere."""

from __future__ import annotations

from collections.abc import Sequence

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from bot.store.blobs import Changed
from bot.store.frames import HEADER

#: Bytes of one request: less takes as long on most networks.
_WINDOW = 4 * 1024 * 1024
#: Who asks for so few bytes further on will go on so.
_NEAR = 1024 * 1024


class BucketFile:
    """Reads in a bucket, from a thread. What is read in small pieces is fetched in large ones."""

    at_once = _WINDOW

    def __init__(
        self,
        store: ObjectStore,
        objects: Sequence[tuple[str, int]],
        head: bytes,
        mark: str = "",
    ) -> None:
        """Take the names and sizes of the objects that it consists of, in order, and the first bytes.

        With the `mark` of its only object, reading another one under the same name raises Changed.
        """
        self.head = head
        self._mark = mark
        self._store = store
        self._objects = objects
        self._held, self._held_at, self._asked = b"", 0, 0
        self.size = sum(size for _, size in objects)

    def read(self, at: int, count: int) -> bytes:
        """So many bytes from a place on; fewer only where they end."""
        count = max(0, min(count, self.size - at))
        start = at - self._held_at
        if start >= 0 and start + count <= len(self._held):
            return self._held[start : start + count]
        if count >= _WINDOW:
            return self._fetched(at, count)
        # One head of a frame after the other is read when somebody looks for a place.
        near = 0 <= at - self._asked <= _NEAR
        self._asked = at
        worth = min(_WINDOW, self.size - at) if near else count
        self._held, self._held_at = self._fetched(at, worth), at
        return self._held[:count]

    def close(self) -> None:
        """Nothing is open between two requests."""

    def _fetched(self, at: int, count: int) -> bytes:
        found, begins = [], 0
        for name, size in self._objects:
            start, end = max(at, begins) - begins, min(at + count, begins + size) - begins
            if start < end:
                options: obstore.GetOptions = {"range": (start, end)}
                answer = obstore.get(self._store, name, options=options)
                if self._mark and answer.meta["e_tag"] != self._mark:
                    raise Changed(name)
                found.append(bytes(answer.bytes()))
            begins += size
        return found[0] if len(found) == 1 else b"".join(found)


async def beginning(store: ObjectStore, name: str) -> tuple[bytes, int, str]:
    """The first bytes of an object, as many as a header has, its size, and a mark of what it holds.

    Raises FileNotFoundError.
    """
    options: obstore.GetOptions = {"range": (0, HEADER)}
    try:
        answer = await obstore.get_async(store, name, options=options)
        head = bytes(await answer.bytes_async())
        return head, int(answer.meta["size"]), answer.meta["e_tag"] or ""
    except FileNotFoundError:
        raise
    except BaseError:
        # Some stores know no range of an empty object.
        size = int((await obstore.head_async(store, name))["size"])
        if size:
            raise
        return b"", 0, ""
