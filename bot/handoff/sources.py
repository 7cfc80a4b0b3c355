"""Sources: the bytes of an original, from a stored file or a member of a stored archive."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bot.intake.opening import Archive

_CHUNK: Final = 1024 * 1024
#: So many archives stay open; members of one usually follow each other.
_OPEN: Final = 8


class Sources:
    """Reads originals one after the other. `path_of` gives the local file of a blob."""

    def __init__(self, path_of: Callable[[str], Path]) -> None:
        """Nothing is opened yet."""
        self._path_of = path_of
        self._archives: OrderedDict[str, tuple[ExitStack, Archive]] = OrderedDict()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the archives that are open."""
        while self._archives:
            self._archives.popitem()[1][0].close()

    def read(self, blob_id: str, member: str) -> Iterator[bytes]:
        """The bytes. Raises OSError, `Refused` or KeyError where they can't be had."""
        if member:
            yield from self._archive(blob_id).chunks(member)
            return
        with self._path_of(blob_id).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def _archive(self, blob_id: str) -> Archive:
        if blob_id not in self._archives:
            if len(self._archives) >= _OPEN:
                self._archives.popitem(last=False)[1][0].close()
            stack = ExitStack()
            archive = stack.enter_context(Archive(self._path_of(blob_id)))
            self._archives[blob_id] = (stack, archive)
        self._archives.move_to_end(blob_id)
        return self._archives[blob_id][1]
