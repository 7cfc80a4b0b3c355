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
from bot.store.keyring import KEYS, CaseKey, KeyNeeded, Keyring, Keys, derived
from bot.store.operator_key import KeySource

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

    @classmethod
    async def of(cls, engine: Engine, source: KeySource) -> Unlocked:
        """Open the house's key, which a new database is given. Raises OperatorKeyError."""
        # A command or a file may have to be waited for.
        ring = await asyncio.to_thread(Keyring, source)
        self = cls(engine, ring)
        look_up = await engine.read(lambda tx: case_keys.look_up_secret(tx, ring))
        if look_up is None:
            await self.write(lambda tx: case_keys.make_first(tx, ring), synced=True)
            look_up = await engine.read(lambda tx: case_keys.look_up_secret(tx, ring))
        assert look_up is not None
        ring.look_up_by(look_up)
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
            if key_id is not None and (secret := self.ring.secret(key_id)) is not None:
                return CaseKey(id=key_id, secret=derived(secret, "files"))
            await self._provide(KeyNeeded(case_id=case_id))

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
                if not isinstance(error.orig, KeyNeeded):
                    raise
                missed = error.orig
            await self._provide(missed)
        raise RuntimeError("a transaction misses another key each time that it is begun again")

    async def _provide(self, missed: KeyNeeded) -> None:
        """Look up the keys that are new; make the one of a case that has none."""
        if missed.operator:
            # Not under the lock: a key that is made under it may miss this one.
            await asyncio.to_thread(self.ring.ask_for, missed.operator)
            return
        async with self._learning:
            last = self._last
            news = partial(case_keys.after, last=last, missed=missed)
            keys, self._last = await self._engine.read(news)
            self.ring.learn(keys)
            if missed.key_id:
                try:
                    self.ring.secret(missed.key_id)
                except KeyNeeded:
                    self.ring.is_gone(missed.key_id)
            elif self.ring.current(missed.case_id) is None:
                make = partial(case_keys.make_missing, case_id=missed.case_id)
                await self.write(make, synced=True)

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
