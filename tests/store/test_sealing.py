"""What patients say is sealed with the key of their case, and an erasure destroys the key."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import case_keys
from bot.store import cases as kept_cases
from bot.store.db import About, Database, Row
from bot.store.engine import SchemaError
from bot.store.keyring import BrokenSeal, Keyring, Keys
from bot.store.migrate import migrate
from bot.store.operator_key import (
    KeyCommand,
    KeyFile,
    KeyText,
    OperatorKeyError,
    new_key,
    written,
)
from bot.store.schema import case_key, cases, file, message, session
from bot.store.sealed import SealedText, sealed
from bot.store.sealing import Done, open_all, seal_all, unsealed
from checklist.case import Case
from handlers.effects import Effect, EraseCase
from handlers.session import Session
from handlers.updates import InboundMessage, Update
from tests.engine import Script, opened, say
from tests.postgres import database_of

WORDS = "Меня зовут Анна Каренина, мне больно"


def ring() -> Keyring:
    made = Keyring(KeyText(written(new_key())))
    made.look_up_by(new_key())
    return made


@pytest.fixture
async def db(where: Path | str) -> AsyncIterator[Database]:
    async with await Database.open(where) as opened_:
        yield opened_


def erasing(update: Update, _session: Session, _case: Case) -> tuple[Effect, ...]:
    said = isinstance(update, InboundMessage) and update.text
    return (EraseCase(), say("All is erased.")) if said == "erase" else ()


# ---- the ring ----------------------------------------------------------------------------------


@given(st.text(), st.sampled_from(["message.body", "cases.body"]))
def test_whatever_is_sealed_is_opened_again_and_shows_nothing(text: str, place: str) -> None:
    keys = Keys(ring())
    keys.make("7KQ4-M2XR")
    stored = keys.seal("7KQ4-M2XR", place, text)
    assert keys.open(place, stored) == text
    assert len(text) < 4 or text not in stored
    assert keys.seal("7KQ4-M2XR", place, text) != stored


@given(st.data())
def test_whatever_is_changed_in_a_sealed_text_is_found(data: st.DataObject) -> None:
    keys = Keys(ring())
    keys.make("7KQ4-M2XR")
    stored = keys.seal("7KQ4-M2XR", "message.body", WORDS)
    head, _, body = stored.rpartition(":")
    raw = bytearray(base64.b64decode(body))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BrokenSeal):
        keys.open("message.body", f"{head}:{base64.b64encode(raw).decode()}")
    with pytest.raises(BrokenSeal):
        keys.open("cases.body", stored)
    with pytest.raises(BrokenSeal):
        keys.open("message.body", f"{head}:{body[:-8]}")


def test_a_key_counts_for_others_only_when_its_transaction_was_committed() -> None:
    shared = ring()
    one, other = Keys(shared), Keys(shared)
    one.make("7KQ4-M2XR")
    stored = one.seal("7KQ4-M2XR", "cases.body", WORDS)
    assert shared.current("7KQ4-M2XR") is None
    one.keep()
    assert other.open("cases.body", stored) == WORDS
    gone = shared.current("7KQ4-M2XR")
    assert gone is not None
    other.destroy([gone])
    assert Keys(shared).open("cases.body", stored) == WORDS
    other.keep()
    assert Keys(shared).open("cases.body", stored) is None


# ---- the database ------------------------------------------------------------------------------


async def test_words_that_nobody_says_whose_they_are_are_refused(db: Database) -> None:
    values = {"id": "a", "status": "", "version": 1, "opened_at": 0.0, "updated_at": 0.0}

    async def forgets(tx: AsyncConnection) -> None:
        await tx.execute(sa.insert(cases), {**values, "body": WORDS})

    with pytest.raises(sa.exc.StatementError, match=r"say whose, with sealed\(\)"):
        await db.write(forgets)


async def test_every_column_that_holds_a_patients_words_is_sealed() -> None:
    """A new one is either sealed, or is named here as one that holds none."""
    known = {
        *(
            "api_token",
            "audit",
            "audit_checkpoint",
            "audit_head",
            "card",
            "case_key",
            "chat_code",
            "chat_try",
            "coordinator",
        ),
        *(
            "delivery",
            "desk_session",
            "effect",
            "event",
            "file_scan",
            "handoff",
            "house_key",
            "job",
            "link_code",
        ),
        *("link_visit", "oidc_login", "package", "recovery_code", "second_factor", "set_aside"),
        *("sign_in", "webhook_endpoint", "webhook_send"),
    }
    metadata = cases.metadata
    without = {
        table.name
        for table in metadata.sorted_tables
        if not any(isinstance(column.type, SealedText) for column in table.columns)
    }
    assert without == known


async def test_nothing_that_was_said_stands_in_the_database_as_it_was(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear(WORDS, files=["late"])
        await engine.take_turns()
        await engine.outbox.drain()
        assert await engine.db.read(unsealed) == {}
        assert any(WORDS in str(row.body) for row in await engine.rows(message))
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("*.db*"))
    assert stored
    assert WORDS.encode() not in stored
    assert "Каренина".encode() not in stored


@pytest.mark.usefixtures("both")
async def test_an_erasure_destroys_the_keys_and_what_is_said_afterwards_has_another(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, script=Script(effects=erasing)) as engine:
        await engine.hear(WORDS)
        await engine.take_turns()
        (before,) = await engine.rows(case_key)
        await engine.hear("erase")
        await engine.hear("one more word")
        await engine.take_turns()
        (after,) = await engine.rows(case_key)
        assert before.case_id == after.case_id
        assert before.key_id != after.key_id
        # What came behind the wish to be erased was not lost with the key.
        assert any("one more word" in str(row.body) for row in await engine.rows(message))
    async with await Database.open(database_of(tmp_path)) as again:
        found = await again.read(lambda tx: _all(tx, session))
        assert all(row.body for row in found)


@pytest.mark.usefixtures("both")
async def test_a_copy_of_the_rows_from_before_an_erasure_can_be_read_by_nobody(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, script=Script(effects=erasing)) as engine:
        await engine.hear(WORDS)
        await engine.take_turns()
        raw = sa.type_coerce(message.c.body, sa.Text)
        copied = await engine.db.read(lambda tx: _all_of(tx, sa.select(message.c.id, raw)))
        await engine.hear("erase")
        await engine.take_turns()

        async def put_back(tx: AsyncConnection) -> None:
            for row in copied:
                same = sa.text("UPDATE message SET body = :body WHERE id = :id")
                await tx.execute(same, {"id": row[0], "body": row[1]})

        await engine.db.write(put_back)
        ids = {row[0] for row in copied}
        bodies = [row.body for row in await engine.rows(message) if row.id in ids]
        assert bodies
        assert set(bodies) == {None}


async def test_another_process_that_knew_a_key_seals_with_the_new_one(where: Path | str) -> None:
    if isinstance(where, Path):
        return  # Only one process works on a file.
    async with await Database.open(where) as one, await Database.open(where) as other:
        await _add_file(one, "f1", "before")
        await _add_file(other, "f2", "also before")
        await one.write(_new_key)
        await _add_file(other, "f3", "after")
        rows = await one.read(lambda tx: _all(tx, file))
        assert {row.id: row.name for row in rows} == {"f1": "", "f2": "", "f3": "after"}


async def test_files_are_sealed_with_a_key_of_the_case_that_ends_with_it(db: Database) -> None:
    key = await db.keys.for_case("7KQ4-M2XR")
    assert await db.keys.opened(key.id) == key.secret
    assert await db.keys.for_case("7KQ4-M2XR") == key
    await db.write(_new_key)
    assert await db.keys.opened(key.id) is None
    assert (await db.keys.for_case("7KQ4-M2XR")).id != key.id


# ---- what was there before ---------------------------------------------------------------------


async def test_what_an_older_version_stored_is_read_and_then_sealed(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.hear(WORDS)
        await engine.take_turns()
        was = await engine.dump()
        assert (await open_all(engine.db)).rows > 4
        assert await engine.dump() == was
        plain = await engine.db.read(unsealed)
        assert {"inbox", "message", "session", "cases"} == plain.keys()
        assert await seal_all(engine.db) == Done(
            rows=sum(plain.values()), damaged=0, whose=frozenset()
        )
        assert await engine.db.read(unsealed) == {}
        assert await engine.dump() == was


# ---- the operator's key ------------------------------------------------------------------------


async def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "operator.key"
    with pytest.raises(OperatorKeyError, match="can't be read"):
        KeyFile(path).load()
    first = KeyFile(path).first()
    assert KeyFile(path).load().ids == KeyFile(path).first().ids == first.ids
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(OperatorKeyError, match="can't be read"):
        KeyFile(tmp_path / "other.key", make=False).first()


@pytest.mark.parametrize("text", ["", "short", "!" * 44, base64.b64encode(b"x" * 31).decode()])
def test_what_is_no_key_is_told_to_the_operator(text: str) -> None:
    with pytest.raises(OperatorKeyError, match="32 bytes in base64"):
        KeyText(text).load()


def test_a_keeper_of_secrets_is_asked_by_a_command() -> None:
    key = written(new_key())
    assert KeyCommand(f"echo {key}").load().ids == KeyText(key).load().ids
    with pytest.raises(OperatorKeyError, match="run it by hand"):
        KeyCommand("false").load()


async def test_another_operators_key_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path, key = tmp_path / "core.db", written(new_key())
    async with await Database.open(path, keys=KeyText(key)):
        pass
    with pytest.raises(OperatorKeyError, match=r"is missing.*Bring the file back"):
        await Database.open(path, keys=KeyText(written(new_key())))


async def test_a_new_operators_key_takes_over_while_another_process_runs(tmp_path: Path) -> None:
    path, source = tmp_path / "core.db", KeyFile(tmp_path / "operator.key")
    async with await Database.open(path, keys=source) as running:
        await _add_file(running, "f1", "one")
        source.add(new_key())
        async with await Database.open(path, keys=source) as db:
            fresh = db.keys.ring
            done = await db.write(lambda tx: case_keys.rewrap(tx, fresh))
            assert (done.count, done.left, len(done.older)) == (2, 0, 1)
            assert (await db.write(lambda tx: case_keys.rewrap(tx, fresh))).count == 0
        assert source.drop(done.older) == 1
        await _add_file(running, "f2", "two")
    async with await Database.open(path, keys=source) as db:
        rows = await db.read(lambda tx: _all(tx, file))
        assert sorted(row.name for row in rows) == ["one", "two"]


def test_a_look_up_tells_nothing_of_what_is_looked_up() -> None:
    one, other = ring(), ring()
    assert one.hashed("whatsapp:+77011234567") == one.hashed("whatsapp:+77011234567")
    assert one.hashed("whatsapp:+77011234567") != other.hashed("whatsapp:+77011234567")


# ---- helpers -----------------------------------------------------------------------------------


async def _all(tx: AsyncConnection, table: sa.Table) -> list[Row]:
    return await _all_of(tx, sa.select(table))


async def _all_of(tx: AsyncConnection, query: sa.Select[*tuple[Any, ...]]) -> list[Row]:
    return list((await tx.execute(query)).all())


async def _new_key(tx: AsyncConnection) -> None:
    await case_keys.make(tx, "7KQ4-M2XR")
    await case_keys.destroy_earlier(tx, "7KQ4-M2XR")


async def _add_file(db: Database, file_id: str, name: str, about: About = None) -> None:
    values = {
        **{
            "id": file_id,
            "case_id": "7KQ4-M2XR",
            "session_id": "s",
            "fetch_ref": "",
            "channel": "web",
        },
        **{"media_type": "", "caption": "", "received_at": 0.0},
        "sender": "",
        "name": sealed("7KQ4-M2XR", name),
    }
    await db.write(lambda tx: tx.execute(sa.insert(file), values), about=about)


async def test_a_case_that_begins_after_the_old_key_was_forgotten_can_be_read(
    tmp_path: Path,
) -> None:
    """The running program makes keys, too: not with one that nobody has any more."""
    path, source = tmp_path / "core.db", KeyFile(tmp_path / "operator.key")
    async with await Database.open(path, keys=source) as running:
        source.add(new_key())
        async with await Database.open(path, keys=source) as db:
            fresh = db.keys.ring
            done = await db.write(lambda tx: case_keys.rewrap(tx, fresh))
        source.drop(done.older)
        await _add_file(running, "f1", "one")
        await running.write(_new_key)
        await running.write(case_keys.new_case)
        await _add_file(running, "f2", "two")
    async with await Database.open(path, keys=source) as db:
        rows = await db.read(lambda tx: _all(tx, file))
        assert sorted(row.name for row in rows) == ["", "two"]
        assert list(await db.read(case_keys.counts)) == [fresh.operator.current]


async def test_a_process_that_is_not_given_the_new_operators_key_goes_on(tmp_path: Path) -> None:
    path, old, new = tmp_path / "core.db", written(new_key()), written(new_key())
    async with await Database.open(path, keys=KeyText(old)) as running:
        async with await Database.open(path, keys=KeyText(f"{new} {old}")) as db:
            fresh = db.keys.ring
            await db.write(lambda tx: case_keys.rewrap(tx, fresh))
        await _add_file(running, "f1", "one")
    async with await Database.open(path, keys=KeyText(f"{new} {old}")) as db:
        (row,) = await db.read(lambda tx: _all(tx, file))
        assert row.name == "one"


async def test_who_seals_while_another_process_erases_the_case_loses_nothing(
    where: Path | str,
) -> None:
    """A chat that joins the case just then is such a writer: what it is about is the case it leaves."""
    if isinstance(where, Path):
        return  # Only one process works on a file.
    async with await Database.open(where) as one, await Database.open(where) as other:
        await _add_file(one, "f1", "before")
        await _add_file(other, "f2", "also before")
        writers: list[asyncio.Task[None]] = []

        async def erase(tx: AsyncConnection) -> None:
            await case_keys.make(tx, "7KQ4-M2XR")
            await case_keys.lock_earlier(tx, "7KQ4-M2XR")
            # Here everything that is there is sealed again; this one is yet to come.
            writers.append(asyncio.create_task(_add_file(other, "f3", "after", about=())))
            await tx.execute(sa.text("SELECT pg_sleep(1)"))
            await case_keys.destroy_earlier(tx, "7KQ4-M2XR")

        await one.write(erase, about=["7KQ4-M2XR"])
        await asyncio.gather(*writers)
        rows = await one.read(lambda tx: _all(tx, file))
        assert {row.id: row.name for row in rows} == {"f1": "", "f2": "", "f3": "after"}


async def test_nobody_goes_back_to_a_version_without_keys_before_all_is_opened(
    where: Path | str,
) -> None:
    """Its migration drops them, and what is sealed then could be read by nobody any more."""
    async with await Database.open(where) as db:
        case = Case(id="AAAA-1111", opened_at=datetime.now(UTC))
        await db.write(lambda tx: kept_cases.save_case(tx, case, None, now=0.0))
    with pytest.raises(SchemaError, match="keys open"):
        await migrate(where, "0017")
    async with await Database.open(where) as db:
        assert await db.read(lambda tx: kept_cases.load_case(tx, case.id)) == case
        await open_all(db)
    assert await migrate(where, "0017") == "0017"
