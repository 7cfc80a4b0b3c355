"""The keys of cases while all is carried: kept apart from the rows, so that an erasure reaches backups.

A backup folder holds them in one file beside its moments, each time as they are now. So what was
erased since can't be read in any moment of it; and whoever has a copy of a moment alone has nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterable
from functools import partial

from bot.carrying.blobs import CarryError
from bot.carrying.place import Place
from bot.carrying.rows import Shape
from bot.store import case_keys
from bot.store.keyring import Keyring
from bot.store.operator_key import KeySource, OperatorKeyError, OperatorKeys


def operators_of(lines: Iterable[bytes], shape: Shape) -> set[str]:
    """The operator's keys that these rows of keys name."""
    place = [name for name, _ in shape.columns].index("operator")
    return {json.loads(line)[place] for line in lines}


def see_that_they_are_there(source: KeySource, wanted: Collection[str]) -> OperatorKeys:
    """The operator's keys. Raises CarryError where one that is wanted isn't among them."""
    try:
        found = source.load()
    except OperatorKeyError as error:
        raise CarryError(f"{_absent(sorted(wanted))} ({error})") from None
    if missing := sorted(set(wanted) - set(found.ids)):
        raise CarryError(_absent(missing))
    return found


def _absent(operators: Collection[str]) -> str:
    return (
        f"what is carried was sealed with the operator's key {' '.join(operators)}, which isn't there: "
        "put its file into DATA_DIR as operator.key, or set SEALING_KEY_FILE to where it is"
    )


async def see_that_keys_are_there(place: Place) -> bool:
    """Whether anything of a place is sealed, and can be wrapped anew. Raises CarryError where it can't.

    No key is made for it: with another one everything would arrive as what nobody can read.
    """
    house = await place.engine.read(case_keys.house)
    if house is None:
        return False
    why = f"{place.keys.where} gives another one"
    try:
        if house.operator in (await asyncio.to_thread(place.keys.load)).ids:
            return True
    except OperatorKeyError as error:
        why = str(error)
    raise CarryError(
        f"what is to be carried was sealed with the operator's key {house.operator}, which is missing "
        f"({why}). Bring it back to {place.keys.where} from where you keep it, or set "
        "SEALING_KEY_FILE; nothing was carried"
    )


async def get_a_key(place: Place) -> None:
    """See that a place has an operator's key; a fresh one gets one. Raises CarryError."""
    try:
        await asyncio.to_thread(place.keys.first)
    except OperatorKeyError as error:
        raise CarryError(str(error)) from None


async def take_over(place: Place, source: KeySource) -> case_keys.Rewrapped:
    """Wrap all keys of a place with its own operator's key; `source` has those of where they were."""
    try:
        ring = await asyncio.to_thread(Keyring, _Both(place.keys, source))
        for operator in await place.engine.read(case_keys.operators):
            if ring.must_ask_for(operator):
                await asyncio.to_thread(ring.ask_for, operator)
        work = partial(case_keys.rewrap, ring=ring)
        return await place.engine.write(work, synced=True, about=None, wait=True)
    except OperatorKeyError as error:
        raise CarryError(str(error)) from None


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
