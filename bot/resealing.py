"""Sealing what older versions have left: what `second-opinion keys seal` does, and what is left to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import App
from bot.audit_command import on_record
from bot.jobs.orphans import awaited
from bot.store import audit, case_keys
from bot.store.codec import seconds
from bot.store.own_keys import HOUSE
from bot.store.schema import audit as events
from bot.store.sealed_streams import header_of
from bot.store.sealing import end_house_key, of_the_house, seal_all, unsealed

#: That something was sealed which had not been; copies from before then hold it as it was.
SEALED = "keys.sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What no erasure reaches in copies: rows that aren't sealed, by table, or with the house's key."""

    plain: dict[str, int]
    of_house: dict[str, int]
    house_key: bool
    #: When something was sealed last that had not been, seconds since 1970; None for never.
    sealed_at: float | None

    @property
    def any(self) -> bool:
        """Whether `keys seal` has something to do."""
        return bool(self.plain or self.of_house or self.house_key)


async def left(tx: AsyncConnection) -> Left:
    """Look what is left."""
    newest = sa.select(sa.func.max(events.c.at))
    sealed_at = newest.where(events.c.case_id == "", events.c.action == SEALED)
    return Left(
        plain=await unsealed(tx),
        of_house=await of_the_house(tx),
        house_key=bool(await case_keys.ids_of(tx, HOUSE)),
        sealed_at=(await tx.execute(sealed_at)).scalar(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealed:
    """What was done. `waiting` files are still sealed with the house's key, which stays for them."""

    rows: int
    waiting: int
    forgotten: int
    sealed_at: float | None

    def lines(self) -> Iterator[str]:
        """For an operator."""
        yield f"{self.rows} rows were sealed."
        if self.waiting:
            yield (
                f"{self.waiting} files that came with messages are sealed with a key that no erasure "
                "destroys. Run this again when they were read (`second-opinion set-aside` lists "
                "those that could not be)."
            )
        if self.forgotten:
            yield (
                f"{self.forgotten} cases had ended by joining another: who by name did what in them "
                "is no longer on record, for no erasure would have found it."
            )
        if self.sealed_at is not None:
            yield from ADVICE


#: What an operator does about copies from before.
ADVICE = (
    "Copies from before hold these words as they were, or with a key that no erasure destroyed:",
    "make a backup now and let the earlier ones go (second-opinion backup FOLDER --keep 1), and",
    "throw away all others: moments copied elsewhere, the place that you moved from, dumps,",
    "snapshots. Files that came before they were sealed stay as they are until they are erased.",
)


async def reseal(app: App) -> Resealed:
    """Seal what is left, and destroy the house's key once nothing needs it."""
    before = await app.db.read(left)
    if before.any:
        # Also at the end: a backup made meanwhile may hold some of it. And now, for it may be broken off.
        await on_record(app, SEALED)
    rows = await seal_all(app.db)
    waiting = await _waiting(app) if before.house_key else 0
    if before.house_key and not waiting:
        await end_house_key(app.db)
    now = seconds(app.clock())
    forgotten = await app.db.write(partial(audit.forget_ended, at=now))
    if before.any:
        await on_record(app, SEALED)
    after = await app.db.read(left)
    return Resealed(rows=rows, waiting=waiting, forgotten=forgotten, sealed_at=after.sealed_at)


async def _waiting(app: App) -> int:
    """How many files that are yet to be read were sealed for nobody."""
    house = set(await app.db.read(partial(case_keys.ids_of, owner=HOUSE)))
    count = 0
    for blob_id in await app.db.read(awaited):
        try:
            file = await app.files.blobs.raw(blob_id)
        except FileNotFoundError:
            continue
        try:
            header = await header_of(file)
        finally:
            file.close()
        count += header is not None and header.key_id in house
    return count
