"""The sectors of a disc image, and what a listing of its files comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO, Final

from bot.intake.limits import Budget
from bot.intake.zip_directory import Bytes

#: User data of a sector, in bytes.
SECTOR: Final = 2048
_RAW: Final = 2352
_ASK_EACH: Final = 256
_SYNC: Final = b"\0" + b"\xff" * 10 + b"\0"


@dataclass(slots=True, kw_only=True)
class DiscFile:
    """A file: its whole name, its size, and where its bytes lie, as offsets and lengths."""

    name: str
    size: int
    extents: list[tuple[int, int]]


@dataclass(slots=True, kw_only=True)
class Listing:
    """The files of a disc, and how many links and devices it has.

    `readable` says that its descriptors are there, `damaged` that not all of it could be read.
    """

    files: list[DiscFile] = field(default_factory=list)
    readable: bool = False
    damaged: bool = False
    links: int = 0

    @property
    def extent(self) -> tuple[int, int]:
        """How much of the disc it has: things in it, and bytes.

        A listing without links has them as empty files; one without 64 bits cuts the longest short.
        """
        return len(self.files) + self.links, sum(file.size for file in self.files)


class Allowance:
    """What one listing may cost: its files, all else that it names, its time, and each place once."""

    def __init__(self, budget: Budget) -> None:
        """Of the time nothing is set aside: listing is a part of reading."""
        self._budget = budget
        self._left = self.files = budget.entries_left
        self._until_asked = 0
        self._read: set[int] = set()

    def take(self, things: int = 1) -> bool:
        """Take so many folders, links or pieces of files; False where that is too many or too slow."""
        self._left -= things
        return self._left >= 0 and self.in_time()

    def in_time(self) -> bool:
        """Whether there is time left; the clock is looked at now and then."""
        self._until_asked -= 1
        if self._until_asked < 0:
            if not self._budget.seconds_left:
                return False
            self._until_asked = _ASK_EACH
        return True

    def unread(self, start: int, length: int, unit: int) -> int:
        """How many of these bytes of a folder come before the first that was read as one already.

        Folders that share a region would cost the square of its size.
        """
        for number in range(start // unit, -(-(start + length) // unit)):
            if number in self._read:
                return max(0, number * unit - start)
            self._read.add(number)
        return length


class Sectors:
    """The user data of an image as if sector followed on sector; raw sectors are stripped."""

    def __init__(self, file: BinaryIO) -> None:
        """`file` can be sought in. Processes that share it may read at once."""
        self._bytes = Bytes(file)
        length = self._bytes.length
        head = self._bytes.at(0, 16)
        self._raw = head.startswith(_SYNC)
        # Mode 1 has 16 bytes before its data, mode 2 (form 1, of a CD-ROM XA) 24.
        self._skip = 24 if head[15:16] == b"\x02" else 16
        #: The size of the user data in bytes.
        self.length = length // _RAW * SECTOR if self._raw else length

    def read(self, offset: int, size: int) -> bytes:
        """The bytes from there; fewer where the image ends."""
        if offset < 0 or size <= 0 or offset >= self.length:
            return b""
        size = min(size, self.length - offset)
        return self._stripped(offset, size) if self._raw else self._bytes.at(offset, size)

    def _stripped(self, offset: int, size: int) -> bytes:
        first, last = offset // SECTOR, (offset + size - 1) // SECTOR
        data = self._bytes.at(first * _RAW, (last - first + 1) * _RAW)
        parts = (
            data[at + self._skip : at + self._skip + SECTOR] for at in range(0, len(data), _RAW)
        )
        start = offset - first * SECTOR
        return b"".join(parts)[start : start + size]


def readable(raw: bytes) -> str:
    """A name as text; one that is no UTF-8 is read as a zip's would be."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")
