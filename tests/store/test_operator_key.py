"""The operator's key survives careless hands, and nobody waits where it is asked for."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import case_keys, keyring
from bot.store.case_keys import Rewrapped
from bot.store.db import Database
from bot.store.operator_key import (
    KeyFile,
    KeyText,
    OperatorKeyError,
    OperatorKeys,
    id_of,
    new_key,
    parsed,
    written,
)
from bot.store.schema import case_key, file, inbox
from bot.store.sealed import sealed
from tests.engine import opened

OLD, NEW = new_key(), new_key()
BOTH = KeyText(f"{written(NEW)} {written(OLD)}")


class Keeper:
    """A keeper of secrets whose answers, and whose slowness, are in the test's hands."""

    def __init__(self, *keys: bytes, seconds: float = 0.0) -> None:
        self.keys, self.seconds, self.dead = keys, seconds, False
        self.asked = 0
        self.threads: set[int] = set()

    @property
    def where(self) -> str:
        return "SEALING_KEY_COMMAND"

    def load(self) -> OperatorKeys:
        self.asked += 1
        self.threads.add(threading.get_ident())
        time.sleep(self.seconds)
        if self.dead:
            raise OperatorKeyError(
                "SEALING_KEY_COMMAND gave no key (TimeoutExpired): run it by hand"
            )
        return OperatorKeys(self.keys)

    def first(self) -> OperatorKeys:
        return self.load()


async def add_file(db: Database, case_id: str, name: str = "letter.pdf") -> None:
    row = {
        "id": f"{case_id} {name}", "case_id": case_id, "session_id": "s", "fetch_ref": "",
        "channel": "web", "media_type": "", "caption": "", "received_at": 0.0, "sender": "",
        "name": sealed(case_id, name),
    }  # fmt: skip
    await db.write(lambda tx: tx.execute(sa.insert(file), row))


async def names(db: Database, case_id: str) -> list[str]:
    query = sa.select(file.c.name).where(file.c.case_id == case_id).order_by(file.c.id)
    return await db.read(lambda tx: _scalars(tx, query))


async def _scalars(tx: AsyncConnection, query: sa.Select[Any]) -> list[str]:
    return list((await tx.execute(query)).scalars())


async def rewrapped(db: Database, *, forget: bool = False) -> Rewrapped:
    ring = db.keys.ring
    return await db.write(lambda tx: case_keys.rewrap(tx, ring, forget=forget))


@pytest.fixture
async def held(tmp_path: Path) -> Path:
    """A store with a case, whose keys are wrapped by OLD."""
    path = tmp_path / "core.db"
    async with await Database.open(path, keys=KeyText(written(OLD))) as db:
        await add_file(db, "AAAA-1111")
    return path


# ---- the file ----------------------------------------------------------------------------------


def test_of_many_who_change_the_file_at_once_none_loses_a_key(tmp_path: Path) -> None:
    source = KeyFile(tmp_path / "operator.key")
    first = source.first().current
    keys = [new_key() for _ in range(24)]

    def change(key: bytes) -> None:
        KeyFile(source.path).add(key)
        KeyFile(source.path).drop([first])

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(change, keys))
    assert set(source.load().ids) == {id_of(key) for key in keys}


def test_the_last_key_of_a_file_is_never_dropped(tmp_path: Path) -> None:
    source = KeyFile(tmp_path / "operator.key")
    only = source.first().current
    assert source.drop([only]) == 0
    assert source.load().ids == (only,)


async def test_a_key_that_is_missing_is_not_made_anew(tmp_path: Path) -> None:
    source = KeyFile(tmp_path / "operator.key")
    async with await Database.open(tmp_path / "core.db", keys=source) as db:
        await add_file(db, "AAAA-1111")
    needed = source.load().current
    source.path.rename(tmp_path / "elsewhere")
    with pytest.raises(OperatorKeyError, match=f"key {needed}.*operator.key can't be read"):
        await Database.open(tmp_path / "core.db", keys=source)
    assert not source.path.exists()


# ---- several machines --------------------------------------------------------------------------


async def test_a_machine_with_a_key_of_its_own_is_refused_with_what_to_put_where(
    where: Path | str, tmp_path: Path
) -> None:
    ours, theirs = KeyFile(tmp_path / "ours.key"), KeyFile(tmp_path / "theirs.key")
    async with await Database.open(where, keys=ours) as db:
        await add_file(db, "AAAA-1111")
    needed, own = ours.load().current, theirs.first().current
    with pytest.raises(OperatorKeyError) as refused:
        await Database.open(where, keys=theirs)
    for said in (f"key {needed} is missing", own, f"a line of its own in {theirs.path}"):
        assert said in str(refused.value)


async def test_a_machine_whose_keys_begin_with_one_of_its_own_locks_nobody_out(held: Path) -> None:
    async with await Database.open(held, keys=BOTH) as db:
        await add_file(db, "BBBB-2222")
    async with await Database.open(held, keys=KeyText(written(OLD))) as db:
        assert await names(db, "BBBB-2222") == ["letter.pdf"]


async def test_nothing_is_wrapped_any_more_with_a_key_that_was_forgotten_elsewhere(
    held: Path,
) -> None:
    async with await Database.open(held, keys=KeyText(written(OLD))) as other:
        assert await names(other, "AAAA-1111") == ["letter.pdf"]
        async with await Database.open(held, keys=BOTH) as db:
            done = await rewrapped(db, forget=True)
            assert (done.count, list(done.older)) == (2, [id_of(OLD)])
        with pytest.raises(OperatorKeyError, match=f"key {id_of(NEW)} is missing"):
            await add_file(other, "CCCC-3333")
        assert f"key {id_of(NEW)} is missing" in other.keys.ring.trouble
        await add_file(other, "AAAA-1111", "second.pdf")
    async with await Database.open(held, keys=KeyText(written(NEW))) as db:
        assert await names(db, "AAAA-1111") == ["letter.pdf", "second.pdf"]
        assert list(await db.read(case_keys.counts)) == [id_of(NEW)]


async def test_two_who_rotate_at_once_wrap_all_with_one_key(tmp_path: Path) -> None:
    source, path = KeyFile(tmp_path / "operator.key"), tmp_path / "core.db"
    async with await Database.open(path, keys=source) as one:
        for case_id in ("AAAA-1111", "BBBB-2222"):
            await add_file(one, case_id)
        async with await Database.open(path, keys=source) as two:
            for db in (one, two):
                source.add(new_key())
                db.keys.ring.reload()
            first, second = await rewrapped(two, forget=True), await rewrapped(one, forget=True)
            source.drop(first.older)
            source.drop(second.older)
    async with await Database.open(path, keys=source) as db:
        assert await names(db, "BBBB-2222") == ["letter.pdf"]
        assert list(await db.read(case_keys.counts)) == [source.load().current]


async def test_a_key_of_a_case_that_needs_a_missing_one_is_left_likewise(held: Path) -> None:
    async with await Database.open(held, keys=BOTH) as db:
        await add_file(db, "BBBB-2222")
        foreign = sa.update(case_key).where(case_key.c.case_id == "AAAA-1111")
        await db.write(lambda tx: tx.execute(foreign.values(operator="abcd1234")))
        done = await rewrapped(db)
        assert (done.count, done.left) == (2, 1)
        assert await names(db, "BBBB-2222") == ["letter.pdf"]


async def test_a_missing_key_is_asked_for_once_however_long_all_others_take(
    held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all would be begun anew whenever it is time to ask again, without an end."""
    async with await Database.open(held, keys=BOTH) as db:
        for case_id in ("BBBB-2222", "CCCC-3333", "DDDD-4444", "EEEE-5555", "FFFF-6666"):
            await add_file(db, case_id)
        foreign = sa.update(case_key).where(case_key.c.case_id != "AAAA-1111")
        await db.write(lambda tx: tx.execute(foreign.values(operator="abcd1234")))
        ticks = itertools.count(1000.0, 4.0)
        monkeypatch.setattr(keyring, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
        done = await rewrapped(db)
        assert (done.count, done.left) == (2, 5)


async def test_a_damaged_key_is_left_when_the_others_are_wrapped_anew(held: Path) -> None:
    async with await Database.open(held, keys=BOTH) as db:
        await add_file(db, "BBBB-2222")
        spoil = sa.update(case_key).where(case_key.c.case_id == "AAAA-1111").values(wrapped="????")
        await db.write(lambda tx: tx.execute(spoil))
        done = await rewrapped(db, forget=True)
        assert (done.count, done.left) == (2, 1)
        assert set(await db.read(case_keys.counts)) == {id_of(OLD), id_of(NEW)}
    # So nothing was forgotten.
    async with await Database.open(held, keys=BOTH) as db:
        await add_file(db, "CCCC-3333")


# ---- a keeper of secrets that is slow, or dead ----------------------------------------------------


@contextmanager
def rotated_elsewhere(path: Path) -> Iterator[None]:
    """What another machine does: everything is wrapped by NEW, and there is a case more."""

    async def work() -> None:
        async with await Database.open(path, keys=BOTH) as db:
            await rewrapped(db)
            await add_file(db, "BBBB-2222")

    thread = threading.Thread(target=lambda: asyncio.run(work()))
    thread.start()
    thread.join()
    yield


async def test_who_waits_for_the_key_holds_up_neither_the_loop_nor_the_writer(held: Path) -> None:
    keeper = Keeper(OLD)
    async with await Database.open(held, keys=keeper) as db:
        assert await names(db, "AAAA-1111") == ["letter.pdf"]
        with rotated_elsewhere(held):
            keeper.keys, keeper.seconds, keeper.asked = (NEW, OLD), 0.6, 0
            waiting = [asyncio.create_task(names(db, "BBBB-2222")) for _ in range(5)]
            began, longest = time.monotonic(), 0.0
            while time.monotonic() - began < 0.4:
                before = time.monotonic()
                await add_file(db, "AAAA-1111", f"{before}.pdf")
                longest = max(longest, time.monotonic() - before)
            assert not any(task.done() for task in waiting)
            assert longest < 0.3
            assert await asyncio.gather(*waiting) == [["letter.pdf"]] * 5
    assert keeper.asked == 1
    assert threading.get_ident() not in keeper.threads


async def test_a_dead_keeper_is_asked_now_and_then_and_holds_up_nobody_elses_case(
    held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(OLD)
    async with await Database.open(held, keys=keeper) as db:
        assert await names(db, "AAAA-1111") == ["letter.pdf"]
        with rotated_elsewhere(held):
            keeper.dead, keeper.asked = True, 0
            for _ in range(3):
                with pytest.raises(OperatorKeyError, match="gave no key"):
                    await names(db, "BBBB-2222")
            assert keeper.asked == 1
            assert "SEALING_KEY_COMMAND gave no key" in db.keys.ring.trouble
            await add_file(db, "AAAA-1111", "second.pdf")
            # What comes for the other case is kept, though nothing of it can be read.
            await add_file(db, "BBBB-2222", "second.pdf")
            keeper.dead, keeper.keys = False, (NEW, OLD)
            monkeypatch.setattr(keyring, "_ASKED_AGAIN_SECONDS", 0.0)
            db.keys.ring.ask_for(id_of(NEW))
            assert db.keys.ring.trouble == ""
            for case_id in ("AAAA-1111", "BBBB-2222"):
                assert await names(db, case_id) == ["letter.pdf", "second.pdf"]


async def test_turns_wait_for_the_operators_key_and_none_is_given_up(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear("one")
        await engine.take_turns()
        ring, row = engine.db.keys.ring, case_key.c
        foreign = partial(_foreign, ring=ring)
        await engine.db.write(foreign)
        (case_id,) = await engine.db.read(lambda tx: _scalars(tx, sa.select(row.case_id)))
        ring.forget([ring.current(case_id) or ""])
        ring._gone.clear()
        await engine.hear("two")
        await engine.hear("of another", sender="bob")
        for _ in range(8):
            await engine.take_turns()
            engine.clock.move(30)
        states = sa.select(inbox.c.state, inbox.c.attempts).order_by(inbox.c.id)
        found = (await engine.db.read(lambda tx: tx.execute(states))).all()
        assert [tuple(one) for one in found] == [("done", 0), ("new", 0), ("done", 0)]


async def _foreign(tx: AsyncConnection, ring: keyring.Keyring) -> None:
    """Wrap the keys of all cases with a key that this machine doesn't have."""
    other = OperatorKeys([NEW])
    for one in (await tx.execute(sa.select(case_key))).all():
        wrapped = case_keys._coded(other.wrap(b"k" * 32, one.key_id))
        values = {"operator": other.current, "wrapped": wrapped}
        await tx.execute(sa.update(case_key).where(case_key.c.id == one.id).values(values))


def test_keys_of_a_setting_are_the_newest_first() -> None:
    assert parsed(f"{written(NEW)}, {written(OLD)}").current == id_of(NEW)
