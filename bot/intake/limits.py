"""How much an archive may hold, and why a file is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Literal

#: Why a file, or a part of one, can't be used; `messages.py` has the words for each.
Reason = Literal[
    "empty",
    "encrypted_archive",
    "encrypted_document",
    "no_directory",
    "cut_off",
    "damaged_archive",
    "cut_archive",  # what is whole of it was read
    "not_an_archive",
    "damaged_member",
    "damaged_instance",
    "damaged_document",
    "truncated_instance",
    "bomb",
    "too_many_files",
    "too_large",
    "too_deep",
    "unsafe_names",
    "too_slow",
    "other_archive",
    "other_compression",
    "program",
    "media",
    "web_page",
    "unknown_kind",
    "not_a_file",
    "unsafe_name",  # only its label; the file was read
]

MIB = 1024 * 1024
GIB = 1024 * MIB


class Refused(Exception):
    """The bytes can't be used; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason; there are no words here, since a patient reads them in a language."""
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may unfold to; all levels of nesting share it.

    A deflated CT unfolds to 2 or 3 times its size, an empty picture to 1000 times; `ratio` leaves
    room for both within one disc, and `floor` for a small zip of empty pictures. `seconds` is well
    below what the job that reads a file may take, so that what was read by then is kept.
    """

    entries: int = 200_000
    inflated: int = 64 * GIB
    ratio: int = 200
    floor: int = 100 * MIB
    member: int = 16 * GIB
    depth: int = 3
    seconds: float = 1200.0


LIMITS = Limits()


class Budget:
    """What is left of the limits. An archive within an archive takes from both budgets.

    Bytes are counted as an archive promises them and before they are read: no member becomes longer
    than it promises. So a budget gives the same answers however many processes read.
    """

    def __init__(
        self,
        packed: int,
        limits: Limits = LIMITS,
        *,
        outer: Budget | None = None,
        readings: int = 1,
    ) -> None:
        """`packed` is the size in bytes of what was sent, or of the inner archive.

        `readings` is how often all of it may be read.
        """
        self.limits = limits
        self._outer = outer
        self._entries = limits.entries * readings
        self._inflated = min(limits.inflated, max(limits.floor, packed * limits.ratio)) * readings
        self._until: float = outer._until if outer else monotonic() + limits.seconds

    def inner(self, packed: int) -> Budget:
        """The budget of an archive within this one, so that a bomb costs only itself."""
        return Budget(packed, self.limits, outer=self)

    def count(self, entries: int) -> None:
        """Take so many entries; raises `Refused` where there are too many."""
        for budget in self._all():
            if entries > budget._entries:
                raise Refused("too_many_files")
        for budget in self._all():
            budget._entries -= entries

    def admit(self, size: int, packed: int) -> None:
        """Take a member of so many bytes, packed in so many; raises `Refused` where it may not be."""
        if size > self.limits.member:
            raise Refused("too_large")
        if size > self.limits.floor and size > packed * self.limits.ratio:
            raise Refused("bomb")
        for budget in self._all():
            if size > budget._inflated:
                raise Refused("bomb")
        for budget in self._all():
            budget._inflated -= size

    def spend(self, size: int) -> None:
        """Take bytes that came out of what doesn't promise how many it has."""
        for budget in self._all():
            if size > budget._inflated:
                raise Refused("bomb")
        for budget in self._all():
            budget._inflated -= size

    @property
    def entries_left(self) -> int:
        """How many entries may still come."""
        return min(budget._entries for budget in self._all())

    @property
    def bytes_left(self) -> int:
        """How many bytes may still come out."""
        return min(budget._inflated for budget in self._all())

    @property
    def seconds_left(self) -> float:
        """How much time is left, 0 where there is none."""
        return max(0.0, self._until - monotonic())

    def _all(self) -> Iterator[Budget]:
        budget: Budget | None = self
        while budget is not None:
            yield budget
            budget = budget._outer
