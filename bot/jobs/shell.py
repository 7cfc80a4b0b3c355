"""What a job may use of the program around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot import shell
from bot.channels.base import Channel
from bot.jobs.children import Children
from bot.jobs.lease_table import LeaseTable


class Shell(shell.Shell, Protocol):
    """The opened program, as jobs see it. It is not imported: it imports the jobs."""

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels by name."""
        ...

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
