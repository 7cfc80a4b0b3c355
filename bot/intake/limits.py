"""How much an archive may hold, and why a file is refused."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Literal

#: Why a file, or a part of one, can't be used; `messages.py` has the words for each.
Reason = Literal[
    "empty",
    "encrypted_archive",
    "encrypted_document",
    "no_directory",
    "cut_off",
    "damaged_archive",
    "damaged_member",
    "damaged_instance",
    "damaged_document",
    "truncated_instance",
    "bomb",
    "too_many_files",
    "too_large",
    "too_deep",
    "unsafe_names",
    "other_archive",
    "other_compression",
    "program",
    "media",
    "web_page",
    "unknown_kind",
    "not_a_file",
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
    room for both within one disc, and `floor` for a small zip of empty pictures.
    """

    entries: int = 200_000
    inflated: int = 64 * GIB
    ratio: int = 200
    floor: int = 100 * MIB
    member: int = 16 * GIB
    depth: int = 3


LIMITS = Limits()


class Budget:
    """What is left of the limits; every archive of a file takes from the same one."""

    def __init__(self, upload: int, limits: Limits = LIMITS) -> None:
        """`upload` is the size in bytes of what was sent."""
        self.limits = limits
        self._lock = Lock()
        self.entries = limits.entries
        self.inflated = min(limits.inflated, max(limits.floor, upload * limits.ratio))

    def declare(self, sizes: list[int]) -> None:
        """Raise `Refused` when an archive promises more than is left, before it is read."""
        if len(sizes) > self.entries:
            raise Refused("too_many_files")
        if max(sizes, default=0) > self.limits.member:
            raise Refused("too_large")
        if sum(sizes) > self.inflated:
            raise Refused("bomb")
        self.entries -= len(sizes)

    def spend(self, size: int) -> None:
        """Count bytes that really came out; raises `Refused` when they are too many."""
        with self._lock:
            self.inflated -= size
        if self.inflated < 0:
            raise Refused("bomb")
