"""Sealing what older versions have left: what `second-opinion keys seal` does, and what is left to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import App
from bot.audit_command import on_record
from bot.store import audit, case_keys
from bot.store.blob_owners import awaited
from bot.store.codec import seconds
from bot.store.frames import is_sealed, read_header
from bot.store.keyring import BrokenSeal
from bot.store.own_keys import HOUSE
from bot.store.schema import audit as events
from bot.store.sealing import Done, end_house_key, of_the_house, seal_all, unsealed
from bot.store.sealing_files import Progress, count_plain, seal_files

#: For how many seconds it is counted what lies plain, before it is sealed.
_SECONDS: Final = 60.0
_MOST_NAMED: Final = 10
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
    """What was done. `waiting` files are still sealed with the house's key, which stays for them.

    It stays, too, where a message that is yet to be read is `shut`: it may name one more.
    """

    rows: Done
    files: Progress
    waiting: int
    shut: bool
    forgotten: int
    sealed_at: float | None

    def lines(self) -> Iterator[str]:
        """For an operator."""
        yield f"{self.rows.rows} rows were sealed."
        if self.rows.damaged:
            yield damaged_rows(self.rows)
        if self.waiting:
            yield (
                f"{self.waiting} files that came with messages are sealed with a key that no erasure "
                "destroys. Run this again when they were read (`second-opinion set-aside` lists "
                "those that could not be)."
            )
        if self.shut:
            yield (
                "A message that is yet to be read can't be opened, and may have come with a file: the "
                "key that no erasure destroys stays for it. Run this again when it is gone."
            )
        yield f"{self.files.sealed} files were sealed, of {self.files.of}."
        if self.files.unreadable:
            yield f"{self.files.unreadable} files are damaged, and stay as they are."
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
    "snapshots.",
)


def damaged_rows(done: Done) -> str:
    """What an operator reads of rows that could be neither sealed nor opened."""
    whose = sorted(done.whose)
    shown = ", ".join(whose[:_MOST_NAMED])
    more = f" and {len(whose) - _MOST_NAMED} more" if len(whose) > _MOST_NAMED else ""
    return f"{done.damaged} rows can't be opened, and are as they were. Whose: {shown}{more}"


async def reseal(app: App, tell: Callable[[Progress], None] = lambda _: None) -> Resealed:
    """Seal what is left, and destroy the house's key once nothing needs it.

    `tell` hears how far the files are. Raises OSError where the disk is full or the bucket is away.
    """
    before = await app.db.read(left)
    lying = await count_plain(app.files.blobs, app.files.partials, _SECONDS)
    due = before.any or lying.files or lying.coming
    if due:
        # Also at the end: a backup made meanwhile may hold some of it. And now, for it may be broken off.
        await on_record(app, SEALED)
    rows = await seal_all(app.db)
    files = await seal_files(app.db, app.blobs, app.partials, tell)
    waiting, shut = await _waiting(app) if before.house_key else (0, False)
    if before.house_key and not waiting and not shut:
        await end_house_key(app.db)
    now = seconds(app.clock())
    forgotten = await app.db.write(partial(audit.forget_ended, at=now))
    if due or files.sealed:
        await on_record(app, SEALED)
    after = await app.db.read(left)
    return Resealed(
        rows=rows,
        files=files,
        waiting=waiting,
        shut=shut,
        forgotten=forgotten,
        sealed_at=after.sealed_at,
    )


async def _waiting(app: App) -> tuple[int, bool]:
    """How many files that are yet to be read were sealed for nobody, and whether there may be more."""
    house = set(await app.db.read(partial(case_keys.ids_of, owner=HOUSE)))
    found = await app.db.read(awaited)
    heads = [head async for head in _heads(app, found.cases)]
    return sum(_key_of(head) in house for head in heads), not found.whole


def _key_of(head: bytes) -> str | None:
    """The key by which a file is sealed; None for one that isn't, or is damaged."""
    try:
        return read_header(head).key_id if is_sealed(head) else None
    except BrokenSeal:
        return None


async def _heads(app: App, blob_ids: Iterable[str]) -> AsyncIterator[bytes]:
    """The first bytes of files, as they lie."""
    for blob_id in blob_ids:
        try:
            file = await app.files.blobs.raw(blob_id)
        except FileNotFoundError:
            continue
        yield file.head
        file.close()
