"""What the parts of the shell may use of the opened program. `App` is one; nobody imports it for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.settings import Settings
from bot.store.blobs import Blobs
from bot.store.db import Database
from bot.store.partials import Partials
from checklist.catalog import Catalog
from handlers.languages import Languages


class Shell(Protocol):
    """The opened program, as the web sees it; the jobs see a little more (`bot/jobs/shell.py`)."""

    @property
    def db(self) -> Database:
        """The store's rows."""
        ...

    @property
    def blobs(self) -> Blobs:
        """The store's files."""
        ...

    @property
    def partials(self) -> Partials:
        """Files on their way."""
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
