"""Which engine keeps the jobs: the database's own table, or on PostgreSQL Procrastinate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.jobs.lease_table import LeaseTable
from bot.store.db import Database


def queue_for(db: Database, clock: Callable[[], datetime], *, lease: float = 60.0) -> LeaseTable:
    """The queue on this database. A lease lasts `lease` seconds, and is renewed in time."""
    if not db.shared:
        return LeaseTable(db, clock, lease=lease)
    # It and its driver are only loaded where they are used.
    from bot.jobs.procrastinated import ProcrastinateQueue

    return ProcrastinateQueue(db, clock, lease=lease)
