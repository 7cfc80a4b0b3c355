"""A plain copy on its way, in a limited process: members go in one after the other, within limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import BinaryIO

from bot.intake.libarchive import BadData
from bot.intake.limited import Values
from bot.intake.limits import Reason, Refused
from bot.intake.plainzip import PlainZip


@dataclass(slots=True, kw_only=True)
class Unpacked:
    """What became of an archive.

    Members that are `kept`, of those the ones that a password `opened`, and those that are damaged
    or stay locked; the copy names these too. `links` are no files and left out; `cut` says that the
    archive broke off before its end.
    """

    kept: int = 0
    opened: int = 0
    damaged: int = 0
    locked: int = 0
    links: int = 0
    cut: bool = False

    @property
    def clean(self) -> bool:
        """Whether nothing was lost."""
        return not (self.damaged or self.locked or self.cut)


class Copying:
    """A plain copy, and what of the budget is left."""

    def __init__(self, values: Values, to: BinaryIO) -> None:
        """`values` are those that `plain_copy` sends; `to` is written from its beginning."""
        self.found = Unpacked()
        to.seek(0)
        to.truncate()
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

    def member(self, name: bytes, chunks: Iterable[bytes | memoryview], *, locked: bool) -> bool:
        """Copy a member that was locked or not; whether it came out whole."""
        self._zip.start(name)
        size = 0
        try:
            for chunk in chunks:
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
            return False
        self._zip.keep()
        self.found.kept += 1
        self.found.opened += locked
        return True

    def lost(self, name: bytes, *, locked: bool) -> None:
        """A member can't be had: the copy says which."""
        self._zip.lost(name, locked=locked)
        self.found.locked += locked
        self.found.damaged += not locked

    def finish(self) -> Values:
        """Write the directory; what the parent is told."""
        self._zip.finish()
        return asdict(self.found)
