"""Archives that can only be read from front to back become a plain copy, in a limited process.

A plain copy is a zip of the members as they are (`plainzip.py`); everything after reads that. What
is no file (a link, a device) is left out, and a damaged member costs itself alone.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from bot.intake import libarchive
from bot.intake.libarchive import BadData, Item, Reader
from bot.intake.limited import Caps, Died, Limited, Values, call
from bot.intake.limits import GIB, MIB, Budget, Reason, Refused
from bot.intake.plainzip import PlainZip
from bot.intake.rar import locked_members
from bot.intake.sniff import SNIFF_BYTES, Kind, sniff

_COMPRESSIONS = ("gzip", "bzip2", "xz", "zstd", "lzip", "compress")

#: The formats and filters of libarchive that each kind may be read with.
_READ_WITH: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "7z": (("7zip",), ()),
    "rar": (("rar", "rar5"), ()),
    "cab": (("cab",), ()),
    "tar": (("tar",), ()),
    # Of one file of any kind; where it is a tar, it is read as one.
    "compressed": (("raw", "empty"), _COMPRESSIONS),
}

#: What the disk keeps free for others.
_ROOM_LEFT = GIB
#: Members are named one by one up to this many.
_NAMED = 1000


@dataclass(slots=True, kw_only=True)
class Unpacked:
    """What became of an archive: members kept, names of those damaged or locked, no files.

    `cut` says that the archive broke off before its end.
    """

    kept: int = 0
    damaged: list[str] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    links: int = 0
    cut: bool = False


def plain_copy(
    source: BinaryIO, kind: Kind, to: BinaryIO, budget: Budget, *, password: str = ""
) -> Unpacked:
    """Write the plain copy of `source` into the empty file `to`.

    Both are files on disk. Raises `Refused` where nothing can be read or too much would come out,
    and for whatever its process died of.
    """
    room = room_for(to, budget)
    values = {
        "kind": kind,
        "entries": budget.entries,
        "bytes": room,
        "member": budget.limits.member,
        "short": room < budget.inflated,
        "password": password,
    }
    # Headers and names come on top of the bytes.
    caps = Caps(file_bytes=room + room // 8 + 512 * MIB)
    said = call_refusing(_unpack, values, files=(source, to), caps=caps)
    unpacked = Unpacked(**said)
    if not unpacked.kept and (unpacked.locked or unpacked.damaged or unpacked.cut):
        raise Refused("encrypted_archive" if unpacked.locked else "damaged_archive")
    to.seek(0)
    return unpacked


def room_for(to: BinaryIO, budget: Budget) -> int:
    """How many bytes may be written into a file: what the budget and the disk have left."""
    disk = os.fstatvfs(to.fileno())
    return max(0, min(budget.inflated, disk.f_bavail * disk.f_frsize - _ROOM_LEFT))


def call_refusing(fn: Limited, values: Values, *, files: Sequence[BinaryIO], caps: Caps) -> Values:
    """`limited.call`, where a process that dies is a file that can't be used."""
    for file in files:
        file.flush()
        file.seek(0)
    try:
        return call(fn, values, files=files, caps=caps)
    except Died as died:
        raise Refused("damaged_archive" if died.why == "crash" else "too_large") from None


# ---- in the limited process --------------------------------------------------------------------


class Copying:
    """A plain copy on its way, and what of the budget is left."""

    def __init__(self, values: Values, to: BinaryIO) -> None:
        """`values` are those that `plain_copy` sends."""
        self.found = Unpacked()
        self._zip = PlainZip(to)
        self._entries: int = values["entries"]
        self._bytes: int = values["bytes"]
        self._member: int = values["member"]
        self._too_much: Reason = "too_large" if values["short"] else "bomb"

    def count(self) -> None:
        """Another entry, of whatever kind."""
        self._entries -= 1
        if self._entries < 0:
            raise Refused("too_many_files")

    def member(self, name: bytes, reader: Reader) -> None:
        """Copy the entry that the reader stands at."""
        self._zip.begin(name)
        size = 0
        try:
            for chunk in reader.data():
                size += len(chunk)
                self._bytes -= len(chunk)
                if self._bytes < 0:
                    raise Refused(self._too_much)
                if size > self._member:
                    raise Refused("too_large")
                self._zip.write(chunk)
        except BadData as bad:
            self._zip.drop()
            self.lost(name, locked=bad.locked)
        else:
            self._zip.keep()
            self.found.kept += 1

    def lost(self, name: bytes, *, locked: bool) -> None:
        """A member can't be had."""
        names = self.found.locked if locked else self.found.damaged
        if len(names) < _NAMED:
            names.append(name.decode("utf-8", "replace"))

    def finish(self) -> Values:
        """Write the directory; what the parent is told."""
        self._zip.finish()
        found = self.found
        return {
            "kept": found.kept,
            "damaged": found.damaged,
            "locked": found.locked,
            "links": found.links,
            "cut": found.cut,
        }


def _unpack(values: Values, files: Sequence[int]) -> Values:
    if libarchive.library() is None:
        raise Refused("other_archive")
    kind: Kind = values["kind"]
    formats, filters = _READ_WITH[kind]
    try:
        if kind == "compressed" and _is_tar(files[0]):
            formats = ("tar",)
        with open(files[1], "wb", closefd=False) as to:
            copying = Copying(values, to)
            locked = locked_members(files[0]) if kind == "rar" else []
            _copy_all(copying, Reader(files[0], formats, filters, values["password"]), locked)
            return copying.finish()
    except BadData as bad:
        raise Refused("encrypted_archive" if bad.locked else "damaged_archive") from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
        raise Refused("too_large" if full else "damaged_archive") from None


def _is_tar(descriptor: int) -> bool:
    """Whether what is compressed is a tar. libarchive can't say: it takes zeros for one, too."""
    reader = Reader(descriptor, ("raw", "empty"), _COMPRESSIONS)
    head = b""
    with contextlib.suppress(BadData):
        for _ in reader:
            for chunk in reader.data():
                head += chunk
                if len(head) >= SNIFF_BYTES:
                    break
    reader.close()
    os.lseek(descriptor, 0, os.SEEK_SET)
    return sniff(head[:SNIFF_BYTES]) == "tar"


def _copy_all(copying: Copying, reader: Reader, locked: Sequence[bool]) -> None:
    try:
        for index, item in enumerate(reader):
            copying.count()
            _copy(copying, reader, item, locked=index < len(locked) and locked[index])
    except BadData as bad:
        # What came before is whole; the names of what would follow are not known.
        copying.found.cut = True
        if bad.locked:
            copying.lost(b"", locked=True)


def _copy(copying: Copying, reader: Reader, item: Item, *, locked: bool) -> None:
    if item.link:
        copying.found.links += 1
    elif locked:
        copying.lost(item.name, locked=True)
    elif not item.folder:
        copying.member(item.name, reader)
