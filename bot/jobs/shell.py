"""What a job may use of the program around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from bot.channels.base import Channel
from bot.jobs.children import Children
from bot.jobs.lease_table import LeaseTable
from bot.settings import Settings
from bot.store.blobs import Blobs
from bot.store.db import Database
from checklist.catalog import Catalog
from handlers.languages import Languages


class Shell(Protocol):
    """The opened program, as jobs see it. It is not imported: it imports the jobs."""

    @property
    def db(self) -> Database:
        """The store's rows."""
        ...

    @property
    def blobs(self) -> Blobs:
        """The store's files."""
        ...

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
    def languages(self) -> Languages:
        """The catalogs."""
        ...

    @property
    def catalog(self) -> Catalog:
        """The checklist."""
        ...

    @property
    def settings(self) -> Settings:
        """What the operator has set."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time, aware, UTC."""
        ...
