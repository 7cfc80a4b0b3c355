"""What the pages may use of the program around them."""

from __future__ import annotations

from typing import Protocol

from bot import shell
from bot.jobs.children import Children
from bot.jobs.lease_table import LeaseTable


class Shell(shell.Shell, Protocol):
    """The opened program, as the pages see it that take files in."""

    @property
    def queue(self) -> LeaseTable:
        """The jobs."""
        ...

    @property
    def children(self) -> Children:
        """The processes for what is heavy or dangerous."""
        ...

    @property
    def decoders(self) -> Children:
        """The processes, with limits, for decoding the pictures that strangers sent."""
        ...
