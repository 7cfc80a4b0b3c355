"""Have a stored file looked into, and each file within it by itself.

clamd unpacks too, but it leaves off where something in an archive is larger than it likes, and calls the
rest clean (ClamAV 1.4, issue 633, also with AlertExceedsMax). So members are taken out by our own
readers, which say what they could not take out. This runs in a child.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from bot import clamd
from bot.clamd import TOO_LARGE, Verdict
from bot.intake.archives import Entry
from bot.intake.limits import LIMITS, MIB, Budget, Refused
from bot.intake.opening import Members, opened
from bot.intake.sniff import CONTAINERS, SNIFF_BYTES, sniff

_PIECE: Final = MIB
_UNREAD: Final = Verdict(state="unscanned", what="error")
_CLEAN: Final = Verdict(state="clean")


def scan_stored(path: Path, address: str, most: int) -> Verdict:
    """The verdict on all of a file. clamd is given no more than `most` bytes at once.

    Raises what `clamd.scan` raises.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        return _Scan(address, most).of(file, size, 0, Budget(size))


class _Scan:
    def __init__(self, address: str, most: int) -> None:
        self._address = address
        self._most = most

    def of(self, file: BinaryIO, size: int, depth: int, budget: Budget) -> Verdict:
        """Of the file as it is, and of what it holds."""
        file.seek(0)
        kind = sniff(file.read(SNIFF_BYTES))
        holds = kind in CONTAINERS
        whole = self._whole(file, size)
        if whole.state == "infected" or not holds:
            return whole
        if depth >= LIMITS.depth:
            return _UNREAD
        try:
            with opened(file, kind, budget) as found:
                inside = self._members(found.members, depth, budget)
        except Refused:
            inside = _UNREAD
        # One that is too large as a whole is known by its members.
        return inside if whole in (_CLEAN, TOO_LARGE) else _worse(whole, inside)

    def _whole(self, file: BinaryIO, size: int) -> Verdict:
        if size > self._most:
            return TOO_LARGE
        file.seek(0)
        return clamd.scan(self._address, iter(lambda: file.read(_PIECE), b""))

    def _members(self, reader: Members, depth: int, budget: Budget) -> Verdict:
        reader.check()
        verdict = _CLEAN
        for entry in reader.files:
            try:
                reader.admit(entry)
                verdict = _worse(verdict, self._member(reader, entry, depth, budget))
            except Refused:
                verdict = _worse(verdict, _UNREAD)
            if verdict.state == "infected":
                break
        return verdict

    def _member(self, reader: Members, entry: Entry, depth: int, budget: Budget) -> Verdict:
        chunks = reader.chunks(entry)
        head = b""
        while len(head) < SNIFF_BYTES and (chunk := next(chunks, None)) is not None:
            head += chunk
        whole = _joined(head, chunks)
        if sniff(head[:SNIFF_BYTES]) in CONTAINERS:
            with tempfile.TemporaryFile() as file:
                for piece in whole:
                    file.write(piece)
                return self.of(file, file.tell(), depth + 1, budget.inner(file.tell()))
        if entry.size > self._most:
            return TOO_LARGE
        return clamd.scan(self._address, whole)


def _joined(head: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _worse(one: Verdict, other: Verdict) -> Verdict:
    """An infection, else what nobody looked at, else clean."""
    order = ("infected", "unscanned", "clean")
    return min(one, other, key=lambda verdict: order.index(verdict.state))
