"""Unlocked: a database with its keys. What misses a key is begun again when it was looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import case_keys
from bot.store.engine import About, Engine, T, Work
from bot.store.keyring import KEYS, BrokenSeal, CaseKey, KeyNeeded, Keyring, Keys, derived
from bot.store.operator_key import KeySource, OperatorKeyError

#: A transaction is begun again for each case that it touches and that has no key yet.
_MOST_TIMES = 1000


class Unlocked:
    """An engine that is prepared, and the ring of its keys."""

    def __init__(self, engine: Engine, ring: Keyring) -> None:
        """Put them together; no key of a case is read before one is needed."""
        self._engine = engine
        self.ring = ring
        self._last = 0
        self._learning = asyncio.Lock()
        self._asking = asyncio.Lock()

    @classmethod
    async def of(cls, engine: Engine, source: KeySource) -> Unlocked:
        """Open the house's key, which a new database is given. Raises OperatorKeyError."""
        house = await engine.read(case_keys.house)
        # A command or a file may have to be waited for.
        make_ring = partial(Keyring, source, fresh=house is None)
        try:
            ring = await asyncio.to_thread(make_ring)
        except OperatorKeyError as error:
            if house is None:
                raise
            needed = f"what is stored was sealed with the operator's key {house.operator}"
            raise OperatorKeyError(f"{needed}: {error}") from None
        self = cls(engine, ring)
        if house is None:
            await self.write(lambda tx: case_keys.make_first(tx, ring), synced=True)
            house = await engine.read(case_keys.house)
        assert house is not None
        # It was asked for just now: nothing has to be waited for once more.
        await self._ask(house.operator)
        ring.look_up_by(ring.unwrap(house.operator, house.wrapped, house.id))
        return self

    async def write(
        self, fn: Work[T], *, synced: bool, about: About = None, wait: bool = True
    ) -> T:
        """Run `fn` in a writing transaction; see `Database.write`."""
        seen: list[Keys] = []

        async def work(tx: AsyncConnection) -> T:
            # It may be called again, from the beginning.
            seen[:] = [keys := Keys(self.ring)]
            with_keys = await _with(keys, fn, tx)
            if self._engine.shared and keys.used_of_others:
                await self._see_that_they_are_there(tx, keys)
            return with_keys

        run = partial(self._engine.write, work, synced=synced, about=about, wait=wait)
        result = await self._with_what_it_needs(run)
        seen[0].keep()
        return result

    async def read(self, fn: Work[T]) -> T:
        """Run `fn` on one unchanging view; see `Database.read`."""

        async def work(tx: AsyncConnection) -> T:
            return await _with(Keys(self.ring), fn, tx)

        return await self._with_what_it_needs(partial(self._engine.read, work))

    # ---- for files -----------------------------------------------------------------------------

    async def for_case(self, case_id: str) -> CaseKey:
        """The key that the files of a case are sealed with, from now on."""
        if not case_id:
            raise ValueError("a file of nobody's would outlive every erasure: say whose it is")
        while True:
            key_id = self.ring.current(case_id)
            if key_id is not None and self._engine.shared:
                # Another process may have erased the case.
                gone = partial(case_keys.missing, key_ids=[key_id])
                self.ring.forget(await self._engine.read(gone))
                key_id = self.ring.current(case_id)
            missed = KeyNeeded(case_id=case_id)
            try:
                if key_id is not None and (secret := self.ring.secret(key_id)) is not None:
                    return CaseKey(id=key_id, secret=derived(secret, "files"))
            except KeyNeeded as needed:
                missed = needed
            await self._provide(missed)

    async def opened(self, key_id: str) -> bytes | None:
        """The key of files, by its id; None where it was destroyed."""
        while True:
            try:
                secret = self.ring.secret(key_id)
            except KeyNeeded as needed:
                await self._provide(needed)
            else:
                return None if secret is None else derived(secret, "files")

    # ---- keys that are missed ------------------------------------------------------------------

    async def _with_what_it_needs(self, run: Callable[[], Awaitable[T]]) -> T:
        for _ in range(_MOST_TIMES):
            try:
                return await run()
            except KeyNeeded as needed:
                missed = needed
            except sa.exc.StatementError as error:
                # So SQLAlchemy tells of what a value's type has raised.
                if isinstance(error.orig, BrokenSeal | OperatorKeyError):
                    raise error.orig from None
                if not isinstance(error.orig, KeyNeeded):
                    raise
                missed = error.orig
            await self._provide(missed)
        raise RuntimeError("a transaction misses another key each time that it is begun again")

    async def _provide(self, missed: KeyNeeded) -> None:
        """Look up the keys that are new; make the one of a case that has none.

        What isn't there after it is told of by whoever asks for it again.
        """
        if missed.operator:
            return await self._ask(missed.operator)
        async with self._learning:
            await self._learn(missed)
        if operator := self.ring.shut_by(missed):
            await self._ask(operator)
        async with self._learning:
            if operator:
                await self._learn(missed)
            if missed.key_id:
                if not self.ring.is_known(missed.key_id):
                    self.ring.is_gone(missed.key_id)
            elif self.ring.current(missed.case_id) is None:
                make = partial(case_keys.make_missing, case_id=missed.case_id)
                await self.write(make, synced=True)

    async def _learn(self, missed: KeyNeeded) -> None:
        news = partial(case_keys.after, last=self._last, missed=missed)
        keys, self._last = await self._engine.read(news)
        self.ring.learn(keys)

    async def _ask(self, operator: str) -> None:
        """Ask for an operator's key, once for all who miss it, and in no transaction: it may take long."""
        async with self._asking:
            if self.ring.must_ask_for(operator):
                await asyncio.to_thread(self.ring.ask_for, operator)

    async def _see_that_they_are_there(self, tx: AsyncConnection, keys: Keys) -> None:
        gone = await case_keys.missing(tx, sorted(keys.used_of_others), lock=True)
        if gone:
            # Another process has erased the case meanwhile: it has another key now.
            self.ring.forget(gone)
            raise KeyNeeded(key_id=min(gone))


async def _with(keys: Keys, fn: Work[T], tx: AsyncConnection) -> T:
    # On SQLite this runs on the database's own thread, and so do the columns' types.
    token = KEYS.set(keys)
    try:
        return await fn(tx)
    finally:
        # One that a test's end breaks off is closed elsewhere.
        with suppress(ValueError):
            KEYS.reset(token)
