"""What lies in a stored file, opened to be read in places: the file itself, or a member of it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from bot.intake.limits import GIB, MIB, Refused
from bot.intake.opening import Archive

#: So much of a member is held in memory; the rest of a long one lies in an unnamed file.
_IN_MEMORY = 24 * MIB
#: A member is taken out as far as it is read, and no further than this.
_MOST = GIB


class Members:
    """Opens members of stored files, one after the other; the last one stays open for more."""

    def __init__(self) -> None:
        """Nothing is opened yet."""
        self._stack = ExitStack()
        self._archives: dict[Path, Archive] = {}
        self._last: tuple[Path, str, BinaryIO] | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything."""
        self._let_go()
        self._stack.close()

    def open(self, path: Path, member: str) -> BinaryIO:
        """A seekable file of the member, or of the file itself for "".

        It is closed when another one is opened. Raises OSError, `Refused` or KeyError, also while
        it is read.
        """
        if self._last is None or self._last[:2] != (path, member):
            self._let_go()
            file = self._member(path, member) if member else path.open("rb")
            self._last = (path, member, cast(BinaryIO, file))
        return self._last[2]

    def _member(self, path: Path, member: str) -> MemberFile:
        if path not in self._archives:
            self._archives[path] = self._stack.enter_context(Archive(path))
        return MemberFile(self._archives[path].chunks(member))

    def _let_go(self) -> None:
        if self._last is not None:
            self._last[2].close()
            self._last = None


class MemberFile(io.BufferedIOBase):
    """A seekable file over bytes that come in pieces, which are asked for as they are read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        """Nothing is asked for yet."""
        self._chunks = chunks
        self._kept = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed by `close`
        self._size = 0
        self._at = 0
        self._whole = False

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there. Nothing is read for it, but for a place that is counted from the end."""
        if whence == io.SEEK_END:
            self._fill(None)
            offset += self._size
        elif whence == io.SEEK_CUR:
            offset += self._at
        self._at = max(0, offset)
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, fewer only at the end."""
        end = None if size is None or size < 0 else self._at + size
        self._fill(end)
        self._kept.seek(self._at)
        data = self._kept.read() if end is None else self._kept.read(end - self._at)
        self._at += len(data)
        return data

    def close(self) -> None:
        """Let go of what was kept."""
        self._kept.close()
        super().close()

    def _fill(self, end: int | None) -> None:
        """Take pieces in until there are so many bytes, or all."""
        while not self._whole and (end is None or self._size < end):
            piece = next(self._chunks, None)
            if piece is None:
                self._whole = True
                return
            if self._size + len(piece) > _MOST:
                raise Refused("too_large")
            self._kept.seek(self._size)
            self._kept.write(piece)
            self._size += len(piece)
