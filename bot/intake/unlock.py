"""Opening what is locked with a password: zip, 7z, PDF and Office files, alone or within another.

What comes of it is a plain copy. A password lives in the memory of this process and of the limited
one that uses it, which gets it through a pipe. It never stands in a command line, an environment, a
file, a log or the words of an exception.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from bot.intake.archives import Entry, ZipReader
from bot.intake.discimages import DiscReader
from bot.intake.limits import LIMITS, MIB, Budget, Limits, Refused
from bot.intake.opening import Members, on_disk
from bot.intake.plainzip import PlainZip
from bot.intake.sniff import CONTAINERS, SNIFF_BYTES, Kind, office_kind, sniff
from bot.intake.unlocking_documents import LOCKABLE, Outcome, unlock_document
from bot.intake.unpacking import plain_copy

Unlocked = Literal["unlocked", "wrong_password", "unreadable"]

#: How often the bytes of one level are read: to unlock it, to look into it, to copy it.
_READINGS = 3


def unlocked(
    path: Path,
    password: str,
    to: Path,
    *,
    limits: Limits = LIMITS,
    original: Path | None = None,
) -> Unlocked:
    """What comes of one password; see `first_that_opens`."""
    return first_that_opens(path, (password,), to, limits=limits, original=original)


def first_that_opens(
    path: Path,
    passwords: Sequence[str],
    to: Path,
    *,
    limits: Limits = LIMITS,
    original: Path | None = None,
) -> Unlocked:
    """Write the plain copy of a locked file to `to`, with everything that the passwords open.

    On each thing that is locked they are tried in order, all in one limited process. An archive's
    members keep their names; what was not locked is copied bit for bit, and what stays locked is
    named in the copy. Where `path` is such a copy already, `original` is what it was made of, and is
    tried next. Nothing is left at `to` unless it says `unlocked`.
    """
    outcome = _tried(path, passwords, to, limits)
    if outcome != "unlocked" and original is not None:
        again = _tried(original, passwords, to, limits)
        outcome = again if again != "unreadable" else outcome
    return outcome


@contextmanager
def opened_with(
    password: str, paths: Sequence[Path]
) -> Iterator[tuple[tuple[Path, ...], tuple[Unlocked, ...]]]:
    """The paths with a plain copy in place of each file that a password opens, and what came of each.

    The copies have the names of the files, and are gone when this is left.
    """
    with tempfile.TemporaryDirectory() as folder:
        opened: list[Path] = []
        outcomes: list[Unlocked] = []
        for number, path in enumerate(paths):
            copy = Path(folder, str(number), path.name)
            copy.parent.mkdir()
            outcome = unlocked(path, password, copy) if path.is_file() else "unreadable"
            opened.append(copy if outcome == "unlocked" else path)
            outcomes.append(outcome)
        yield tuple(opened), tuple(outcomes)


def _tried(path: Path, passwords: Sequence[str], to: Path, limits: Limits) -> Unlocked:
    budget = Budget(path.stat().st_size, limits, readings=_READINGS)
    outcome: Outcome
    try:
        with path.open("rb") as file, to.open("w+b") as copy:
            outcome = _Work(passwords, budget).open(file, copy, 1)
    except (Refused, OSError):
        outcome = "unreadable"
    if outcome == "unlocked":
        return outcome
    to.unlink(missing_ok=True)
    return "wrong_password" if outcome == "wrong_password" else "unreadable"


@dataclass(frozen=True, slots=True)
class _Part:
    """Where the bytes of an opened member lie in a file."""

    start: int
    size: int


class _Work:
    """The passwords, and the budget that all levels share."""

    def __init__(self, passwords: Sequence[str], budget: Budget) -> None:
        self._passwords = passwords
        self._budget = budget

    def open(self, file: BinaryIO, to: BinaryIO, depth: int) -> Outcome:
        """Open a file of any kind and what is in it; `to` counts only when it says `unlocked`."""
        file.seek(0)
        kind = sniff(file.read(SNIFF_BYTES))
        if kind in LOCKABLE:
            with on_disk(file) as source:
                return unlock_document(source, kind, to, self._passwords)
        if kind not in CONTAINERS or depth > self._budget.limits.depth:
            return "plain"
        if kind == "iso":
            return self._inside(DiscReader(file, self._budget), to, depth)
        reader = self._zip(file) if kind == "zip" else None
        # What a plain copy names as locked has no bytes; a password can't help it.
        if reader is None or any(one.encrypted and one.compressed for one in reader.files):
            return self._archive(file, kind, to, depth)
        return "plain" if office_kind(reader.names) else self._inside(reader, to, depth)

    def _zip(self, file: BinaryIO) -> ZipReader | None:
        """The members of a zip, None where it has lost its directory."""
        try:
            return ZipReader(file, self._budget)
        except Refused:
            return None

    def _archive(self, file: BinaryIO, kind: Kind, to: BinaryIO, depth: int) -> Outcome:
        """Unpack an archive with the passwords, then open what is in it."""
        with tempfile.TemporaryFile() as plain, on_disk(file) as source:
            try:
                found = plain_copy(source, kind, plain, self._budget, passwords=self._passwords)
            except Refused as refused:
                if refused.reason == "encrypted_archive":
                    return "wrong_password"
                raise
            inside = self._inside(ZipReader(plain, self._budget), to, depth)
            if inside == "unlocked":
                return inside
            if found.opened:
                _copy(plain, to)
                return "unlocked"
            return "wrong_password" if found.locked else inside

    def _inside(self, reader: Members, to: BinaryIO, depth: int) -> Outcome:
        """Open the locked members of what can be listed; where any opens, all go into `to`."""
        reader.check()
        said: set[Outcome] = set()
        parts: dict[str, _Part] = {}
        with tempfile.TemporaryFile() as opened:
            for entry in reader.files:
                said.add(self._member(reader, entry, opened, parts, depth))
            if parts:
                copy = PlainZip(to)
                for entry in reader.files:
                    part = parts.get(entry.name)
                    _add(copy, reader, entry, _read(opened, part) if part else None)
                copy.finish()
        order: tuple[Outcome, ...] = ("unlocked", "wrong_password", "unreadable")
        return next((one for one in order if one in said), "plain")

    def _member(
        self,
        reader: Members,
        entry: Entry,
        opened: BinaryIO,
        parts: dict[str, _Part],
        depth: int,
    ) -> Outcome:
        """Open one member if it is locked; its new bytes go to the end of `opened`."""
        with tempfile.TemporaryFile() as whole, tempfile.TemporaryFile() as new:
            try:
                if not _fetch_if_lockable(reader, entry, whole):
                    return "plain"
                outcome = self.open(whole, new, depth + 1)
            except Refused as refused:
                if refused.reason == "bomb":
                    raise
                return "plain"  # Whoever reads the copy says what is wrong with it.
            if outcome == "unlocked":
                start = opened.seek(0, 2)
                _copy(new, opened)
                parts[entry.name] = _Part(start, opened.tell() - start)
            return outcome


def _fetch_if_lockable(reader: Members, entry: Entry, to: BinaryIO) -> bool:
    """Write the member's bytes to a file, if it is of a kind that can be locked."""
    chunks = reader.chunks(entry)
    first = next(chunks, b"")
    if sniff(first[:SNIFF_BYTES]) not in LOCKABLE | CONTAINERS:
        return False
    to.write(first)
    for chunk in chunks:
        to.write(chunk)
    return True


def _add(copy: PlainZip, reader: Members, entry: Entry, new: Iterator[bytes] | None) -> None:
    """Put a member into a plain copy: its new bytes, or the ones it has."""
    name = entry.name.encode("utf-8", "replace")
    copy.start(name)
    try:
        for chunk in new or reader.chunks(entry):
            copy.write(chunk)
    except Refused as refused:
        if refused.reason == "bomb":
            raise
        copy.drop()
        copy.lost(name, locked=refused.reason == "encrypted_archive")
    else:
        copy.keep()


def _read(file: BinaryIO, part: _Part) -> Iterator[bytes]:
    for at in range(0, part.size, MIB):
        file.seek(part.start + at)
        yield file.read(min(MIB, part.size - at))


def _copy(file: BinaryIO, to: BinaryIO) -> None:
    """Add all of a file to the end of another."""
    file.seek(0)
    while chunk := file.read(MIB):
        to.write(chunk)
    to.flush()
