"""The keys of cases while all is carried: kept apart from the rows, so that an erasure reaches backups.

A backup folder holds them in one file beside its moments, each time as they are now. So what was
erased since can't be read in any moment of it; and whoever has a copy of a moment alone has nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.carrying.blobs import CarryError
from bot.carrying.place import Place
from bot.carrying.rows import Sheet, Tally, read, shapes, tally_of
from bot.store import append_only, audit, case_keys
from bot.store.columns import metadata
from bot.store.keyring import MARK, KeyNeeded, Keyring
from bot.store.operator_key import KeySource, OperatorKeyError, OperatorKeys
from bot.store.schema import case_key, cases, session

#: What the file is called in a backup folder.
KEYS = "keys.jsonl"

_TABLE = case_key.name


async def write_keys(tx: AsyncConnection, path: Path) -> None:
    """Write the keys of all cases, as they are at this moment, with the last id that was given."""
    shape = next(shape for shape in shapes() if shape.name == _TABLE)
    with path.open("wb") as to:
        tally = await read(tx, shape, to)
        to.write(json.dumps({"last": tally.last}).encode() + b"\n")
        to.flush()
        os.fsync(to.fileno())


def keys_sheet(folder: Path) -> Sheet:
    """The keys that a backup folder holds. Raises CarryError where not all of them are there."""
    path = folder / KEYS
    shape = next(shape for shape in shapes() if shape.name == _TABLE)
    try:
        with path.open("rb") as lines:
            last = int(json.loads(lines.readlines()[-1])["last"])
    except (OSError, LookupError, TypeError, ValueError):
        # Without it each case would pass for one that was erased.
        raise CarryError(
            f"{path} is missing or damaged: the keys of all cases are in it, and without them nothing "
            "of the backup can be read. Bring it from where the backup was made or copied to"
        ) from None
    tally: Tally = tally_of(_rows(path), last)
    return Sheet(shape=shape, tally=tally, lines=partial(_rows, path))


def _rows(path: Path) -> Iterable[bytes]:
    with path.open("rb") as lines:
        yield from (line for line in lines if line.startswith(b"["))


def see_that_it_opens(source: KeySource, lines: Iterable[bytes], columns: list[str]) -> None:
    """Raise CarryError where the operator's key that these rows of `house_key` name isn't there."""
    place = columns.index("operator")
    wanted = {json.loads(line)[place] for line in lines}
    try:
        there = set(source.load().ids)
    except OperatorKeyError as error:
        raise CarryError(str(error)) from None
    if missing := sorted(wanted - there):
        raise CarryError(_absent(missing))


def _absent(operators: Collection[str]) -> str:
    return (
        f"what is carried was sealed with the operator's key {' '.join(operators)}, which isn't there: "
        "put its file into DATA_DIR as operator.key, or set SEALING_KEY_FILE to where it is"
    )


async def drop_erased(place: Place) -> int:
    """Drop what is left of cases that were erased since: nobody can read it. How many they were."""

    async def work(tx: AsyncConnection) -> int:
        known = {None, *(await tx.execute(sa.select(case_key.c.key_id))).scalars()}
        gone = set()
        for belongs, words in ((session.c.case_id, session.c.address), (cases.c.id, cases.c.body)):
            # An erased case has a key, for what came after: which one it is, the words say.
            rows = (await tx.execute(sa.select(belongs, sa.type_coerce(words, sa.Text)))).all()
            gone |= {case_id for case_id, stored in rows if _key_of(stored) not in known}
        for case_id in sorted(gone):
            # The audit trail keeps that there was a case, and nobody.
            await audit.forget(tx, case_id=case_id, at=time.time())
            for table in metadata.sorted_tables:
                if table.name in append_only.TABLES:
                    continue
                whose: Any = cases.c.id if table is cases else table.c.get("case_id")
                if whose is not None:
                    await tx.execute(sa.delete(table).where(whose == case_id))
        return len(gone)

    return await place.engine.write(work, synced=True, about=None, wait=True)


def _key_of(stored: str) -> str | None:
    """The id of the key by which words are sealed; None for what is not."""
    return stored[len(MARK) :].partition(":")[0] if stored.startswith(MARK) else None


async def see_that_keys_are_there(place: Place) -> bool:
    """Whether anything of a place is sealed, and can be wrapped anew. Raises CarryError where it can't.

    No key is made for it: with another one everything would arrive as what nobody can read.
    """
    wanted = await place.engine.read(case_keys.operators)
    if not wanted:
        return False
    why = f"{place.keys.where} gives another one"
    try:
        there = set((await asyncio.to_thread(place.keys.load)).ids)
    except OperatorKeyError as error:
        there, why = set(), str(error)
    if missing := sorted(wanted - there):
        raise CarryError(
            f"what is to be carried was sealed with the operator's key {' '.join(missing)}, which is "
            f"missing ({why}). Bring it back to {place.keys.where} from where you keep it, or set "
            "SEALING_KEY_FILE; nothing was carried"
        )
    return True


async def get_a_key(place: Place) -> None:
    """See that a place has an operator's key; a fresh one gets one. Raises CarryError."""
    try:
        await asyncio.to_thread(place.keys.first)
    except OperatorKeyError as error:
        raise CarryError(str(error)) from None


async def take_over(place: Place, source: KeySource) -> int:
    """Wrap all keys of a place with its own operator's key; `source` has those of where they were."""
    try:
        ring = await asyncio.to_thread(Keyring, _Both(place.keys, source))
        work = partial(case_keys.rewrap, ring=ring)
        done = await place.engine.write(work, synced=True, about=None, wait=True)
    except OperatorKeyError as error:
        raise CarryError(str(error)) from None
    except KeyNeeded as needed:
        raise CarryError(_absent([needed.operator])) from None
    return done.count


class _Both:
    """The keys of a place, and behind them those of another."""

    def __init__(self, first: KeySource, second: KeySource) -> None:
        self._first, self._second = first, second

    @property
    def where(self) -> str:
        return self._second.where

    def load(self) -> OperatorKeys:
        return self._first.load().before(self._second.load())

    def first(self) -> OperatorKeys:
        return self.load()
