"""Images of discs, read in place: ISO 9660 with its extensions, and UDF.

A disc may have both, of the same files or not (a UDF disc can have an ISO 9660 part that says no
more than "use another reader"), so both are listed and the one with more files is taken. The
members of an image lie in it as they are; they are taken out in any order without a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from bot.intake import iso9660, udf
from bot.intake.archives import Entry
from bot.intake.discsectors import Listing, Sectors
from bot.intake.limits import MIB, Budget, Refused
from bot.intake.zip_names import label_all

_STEP = 4 * MIB
#: A member up to this size comes in one piece.
_AT_ONCE = 16 * MIB


class DiscReader:
    """The files of a disc image, as `ZipReader` gives those of a zip.

    Raises `Refused` for what is no disc, or has a directory beyond reading.
    """

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        """List the files; no file is read yet."""
        self._budget = budget
        self._sectors = Sectors(file)
        found = max(
            iso9660.listing(self._sectors, budget),
            udf.listing(self._sectors, budget),
            key=lambda listing: listing.extent,
        )
        if not found.files and not found.readable:
            raise Refused("damaged_archive")
        self.links = found.links
        self.salvaged = False
        #: Whether a part of the directory could not be read.
        self.cut = found.damaged
        self.entries, self._extents = _entries(found)
        self.names = frozenset(entry.name for entry in self.entries)

    @property
    def files(self) -> tuple[Entry, ...]:
        """The files in the order in which they lie on the disc."""
        return self.entries

    def check(self) -> None:
        """Raise `Refused` when there are too many files."""
        self._budget.count(len(self.entries))

    def admit(self, entry: Entry) -> None:
        """Take a file from the budget before it is read; raises `Refused` where it may not be."""
        self._budget.admit(entry.size, entry.compressed)

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The file's bytes; raises `Refused` where the image ends before the file does."""
        step = _AT_ONCE if entry.size <= _AT_ONCE else _STEP
        left = entry.size
        for start, length in self._extents[entry.name]:
            for at in range(0, length, step):
                chunk = self._sectors.read(start + at, min(step, length - at))
                left -= len(chunk)
                if len(chunk) < min(step, length - at):
                    raise Refused("damaged_member")
                if chunk:
                    yield chunk
        if left:
            raise Refused("damaged_member")


def _entries(found: Listing) -> tuple[tuple[Entry, ...], dict[str, list[tuple[int, int]]]]:
    """An entry for each file, with a name of its own, and where its bytes lie."""
    files = sorted(found.files, key=lambda file: file.extents[:1])
    labels = label_all([(file.name.encode("utf-8", "replace"), True, b"") for file in files])
    extents = {label.text: file.extents for label, file in zip(labels, files, strict=True)}
    entries = [
        Entry(
            name=label.text,
            raw=file.name.encode("utf-8", "replace"),
            flags=0,
            method=0,
            crc=0,
            compressed=file.size,
            size=file.size,
            offset=file.extents[0][0] if file.extents else 0,
            unsafe=label.unsafe,
        )
        for label, file in zip(labels, files, strict=True)
    ]
    return tuple(entries), extents
