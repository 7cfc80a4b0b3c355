"""Opening what holds other files, of whatever kind, to one small set of calls."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from bot.intake.archives import NESTED, Entry, ZipReader
from bot.intake.discimages import DiscReader
from bot.intake.gzipped import GzipReader
from bot.intake.limits import Budget
from bot.intake.sniff import CONTAINERS, SNIFF_BYTES, Kind, sniff
from bot.intake.unpacking import plain_copy


class Members(Protocol):
    """The members of a container."""

    @property
    def names(self) -> frozenset[str]:
        """The names of all entries."""
        ...

    @property
    def files(self) -> tuple[Entry, ...]:
        """Those that are not folders, in the order in which they lie in the file."""
        ...

    @property
    def salvaged(self) -> bool:
        """Whether the table of contents is lost, and what is whole was found without it."""
        ...

    def check(self) -> None:
        """Raise `Refused` when there are too many, or none can be read."""
        ...

    def admit(self, entry: Entry) -> None:
        """Take a member from the budget before it is read; raises `Refused` where it may not be."""
        ...

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The bytes of a member; raises `Refused` when they are not what was stored."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A container, and what its members don't tell.

    How many links and the like were left out, whether it broke off before its end, and whether the
    members are those of a plain copy.
    """

    members: Members
    links: int = 0
    cut: bool = False
    copied: bool = False


@contextmanager
def opened(
    file: BinaryIO, kind: Kind, budget: Budget, *, to: Path | None = None
) -> Iterator[Opened]:
    """Open a container of one of `CONTAINERS`; raises `Refused`.

    What must be unpacked first is unpacked into a new file at `to`, or without it into a nameless
    one that is gone afterwards.
    """
    if kind == "zip":
        yield Opened(members=ZipReader(file, budget, damaged=True))
    elif kind == "iso":
        disc = DiscReader(file, budget)
        yield Opened(members=disc, links=disc.links, cut=disc.cut)
    elif kind == "compressed" and (gzip := _one_gzip(file, budget)) is not None:
        yield Opened(members=gzip)
    else:
        made = to.open("w+b") if to else tempfile.TemporaryFile()  # noqa: SIM115
        with made as plain, on_disk(file) as source:
            unpacked = plain_copy(source, kind, plain, budget)
            yield Opened(
                members=ZipReader(plain, budget),
                links=unpacked.links,
                cut=unpacked.cut,
                copied=True,
            )


def _one_gzip(file: BinaryIO, budget: Budget) -> GzipReader | None:
    """The reader of a gzip with one file in it; None for a tar, or another compression."""
    file.seek(0)
    if file.read(2) != b"\x1f\x8b":
        return None
    reader = GzipReader(file, budget)
    return None if reader.holds_tar else reader


@contextmanager
def on_disk(file: BinaryIO) -> Iterator[BinaryIO]:
    """The file itself, or a nameless copy of one that is only in memory."""
    try:
        file.fileno()
    except OSError:
        with tempfile.TemporaryFile() as copy:
            file.seek(0)
            shutil.copyfileobj(file, copy)
            yield copy
    else:
        yield file


class Archive:
    """Members of a stored container by the labels that reading it gave them, for whoever packs them.

    `archive.chunks("inner.zip!/DICOM/IM1")` opens an inner archive once and keeps it open. Raises
    `Refused` for an archive that can't be read, `KeyError` for a member that isn't there.
    """

    def __init__(self, path: Path) -> None:
        """`path` is the stored file."""
        self._stack = ExitStack()
        self._budget = Budget(path.stat().st_size)
        self._path = path
        self._readers: dict[str, tuple[Members, dict[str, Entry]]] = {}

    def __enter__(self) -> Self:
        """Open the file."""
        self._add("", self._stack.enter_context(self._path.open("rb")))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file and every inner archive."""
        self._stack.close()

    def chunks(self, member: str) -> Iterator[bytes]:
        """The member's bytes, its CRC checked at the end."""
        *outer, name = member.split(NESTED)
        reader, entries = self._reader(tuple(outer))
        return reader.chunks(entries[name])

    def _reader(self, outer: tuple[str, ...]) -> tuple[Members, dict[str, Entry]]:
        key = NESTED.join(outer)
        if key not in self._readers:
            spool: BinaryIO = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            for chunk in self.chunks(key):
                spool.write(chunk)
            self._add(key, spool)
        return self._readers[key]

    def _add(self, key: str, file: BinaryIO) -> None:
        file.seek(0)
        kind = sniff(file.read(SNIFF_BYTES))
        # Bytes may stand before a zip, as in one that unpacks itself.
        way = opened(file, kind if kind in CONTAINERS else "zip", self._budget)
        reader = self._stack.enter_context(way).members
        self._readers[key] = (reader, {entry.name: entry for entry in reader.files})
