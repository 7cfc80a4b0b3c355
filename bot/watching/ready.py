"""Readiness: whether this process can do its work now, and if not, what is in its way."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.shell import Shell
from bot.store import schema
from bot.watching.measures import HEARTS

#: What takes longer is in the way.
_PATIENCE_SECONDS = 3.0
#: A loop goes round once a second; one that has trouble waits for half a minute.
_SILENT_SECONDS = 90.0
_LITTLE_ROOM = 1 << 30
#: So long an answer stands: whoever asks all the time must not keep the database from its work.
_STANDS_SECONDS = 2.0
#: A blob that there never is.
_NOBODYS = "0" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is needed. `said` is for the operator."""

    name: str
    good: bool
    said: str


class Ready:
    """Looks whether all is there that this process needs."""

    def __init__(self, shell: Shell) -> None:
        """Take the program, which is open."""
        self._shell = shell
        self._looked: tuple[float, list[Check]] | None = None
        self._looking = asyncio.Lock()

    async def checks(self) -> list[Check]:
        """All checks, none of which takes longer than three seconds."""
        async with self._looking:
            if self._looked is None or time.monotonic() - self._looked[0] > _STANDS_SECONDS:
                found = await asyncio.gather(
                    self._timely("database", self._database),
                    self._timely("files", self._files),
                    self._timely("room", self._room),
                    self._timely("loops", self._loops),
                )
                self._looked = (time.monotonic(), [*found, self._keys()])
            return self._looked[1]

    async def _timely(self, name: str, look: Callable[[], Awaitable[str]]) -> Check:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                wrong = await look()
        except Exception as error:
            # Its words may name an address with a password.
            wrong = f"no answer: {type(error).__name__}"
        return Check(name=name, good=not wrong, said=wrong or "ok")

    async def _database(self) -> str:
        revision = await self._shell.db.read(_revision)
        # A newer one carries this version too, while processes are replaced one by one.
        older = revision is None or revision < schema.REVISION
        return f"at revision {revision}, {schema.REVISION} is needed" if older else ""

    async def _files(self) -> str:
        await self._shell.blobs.exists(_NOBODYS)
        return ""

    async def _room(self) -> str:
        free = shutil.disk_usage(self._shell.settings.data_dir).free
        return "" if free >= _LITTLE_ROOM else f"{free >> 20} MB are left in DATA_DIR"

    async def _loops(self) -> str:
        silent = [name for name, age in HEARTS.ages().items() if age > _SILENT_SECONDS]
        return f"not seen going round: {', '.join(sorted(silent))}" if silent else ""

    def _keys(self) -> Check:
        """What was found where an operator's key was missed; a keeper of secrets isn't asked for this.

        It is told and in nobody's way: what this process could open it opens still, and one that is
        started anew for it would open nothing.
        """
        return Check(name="keys", good=True, said=self._shell.db.keys.ring.trouble or "ok")


async def _revision(tx: AsyncConnection) -> str | None:
    row = (await tx.exec_driver_sql("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])
