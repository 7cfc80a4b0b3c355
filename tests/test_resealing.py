"""What an older version sealed with a key that no erasure destroys is sealed anew, and copies are told of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import App
from bot.channels.whatsapp_inbox import take
from bot.doctor_finding import Look
from bot.doctor_sealing import look_at_sealing
from bot.resealing import left, reseal
from bot.settings import Settings, TwilioSettings
from bot.store import audit, case_keys, inbox, set_aside
from bot.store.db import Row
from bot.store.keyring import KEYS, CaseKey
from bot.store.own_keys import HOUSE
from bot.store.schema import case_key, contact, session
from bot.store.schema import inbox as schema_inbox
from bot.store.sealed_blobs import SealedBlobs
from bot.store.sealing import as_stored
from tests.damaging import break_seal
from tests.old_copies import copied, readable

NUMBER, WORDS = "15550778899", "Kaulquappe"
FORM = {"MessageSid": "SM" + "1" * 32, "From": f"whatsapp:+{NUMBER}", "Body": "hello"}
AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
async def app(where: Path | str, tmp_path: Path) -> AsyncIterator[App]:
    """The program, where an older one has sealed a contact and what named nobody for the house."""
    made = {"data_dir": tmp_path, "backup_dir": tmp_path / "backups"}
    url = where if isinstance(where, str) else ""
    async with App.open(Settings(**made, database_url=url)) as app:  # type: ignore[arg-type]  # a setting
        await app.db.write(lambda tx: take(tx, FORM, AT))
        await app.db.write(_as_before)
        await app.db.write(_without_own_keys)
        yield app


async def _as_before(tx: AsyncConnection) -> None:
    await set_aside.keep_unread(tx, channel="whatsapp", raw=WORDS, reason="no id", at=0.0)
    await case_keys.make(tx, HOUSE)
    for place, words in (("contact.reach", f"whatsapp:+{NUMBER}"), ("inbox.raw", WORDS)):
        table, column = place.split(".")
        stored = {"new": KEYS.get().seal(HOUSE, place, words)}
        which = "" if table == "contact" else " WHERE case_id = ''"
        await tx.execute(sa.text(f"UPDATE {table} SET {column} = :new{which}"), stored)


async def _without_own_keys(tx: AsyncConnection) -> None:
    owners = case_key.c.case_id.startswith("contact:") | case_key.c.case_id.startswith("unread:")
    await tx.execute(sa.delete(case_key).where(owners))


async def found(app: App) -> list[tuple[str, str]]:
    async with httpx.AsyncClient() as http:
        look = Look(settings=app.settings, twilio=TwilioSettings(), http=http)
        return [(one.verdict, one.what) for one in await look_at_sealing(look)]


def database(app: App) -> Path | str:
    return app.settings.store


async def test_what_was_sealed_for_the_house_is_sealed_anew_and_read_in_no_earlier_copy(
    app: App, tmp_path: Path
) -> None:
    copy = copied(database(app), tmp_path, tmp_path / "copy")
    read = str(await readable(copy, app.db))
    assert NUMBER in read
    assert WORDS in read
    assert (await app.db.read(left)).of_house == {"contact": 1, "inbox": 1}
    done = await reseal(app)
    assert done.rows.rows == 2
    assert any("make a backup now" in line for line in done.lines())
    assert not (await app.db.read(left)).any
    read = str(await readable(copy, app.db))
    assert WORDS not in read
    # It is in the case that it has opened, until that is erased.
    assert {place for place, words in await readable(copy, app.db) if NUMBER in words} == {
        "inbox.raw"
    }
    (row,) = await app.db.read(_contacts)
    assert row.reach == f"whatsapp:+{NUMBER}"
    again = await reseal(app)
    assert again.rows.rows == 0


async def _contacts(tx: AsyncConnection) -> list[sa.Row[tuple[str]]]:
    return list((await tx.execute(sa.select(contact))).all())


async def test_whoever_writes_again_is_sealed_anew_without_a_command(app: App) -> None:
    form = {**FORM, "MessageSid": "SM" + "2" * 32}
    await app.db.write(lambda tx: take(tx, form, AT))
    assert (await app.db.read(left)).of_house == {"inbox": 1}


async def test_the_key_of_the_house_stays_while_a_file_that_is_yet_to_be_read_needs_it(
    app: App,
) -> None:
    (house,) = await app.db.read(lambda tx: case_keys.ids_of(tx, HOUSE))
    secret = await app.db.keys.opened(house) or b""

    class Before:
        """The keys as an older version has had them."""

        async def for_case(self, case_id: str) -> CaseKey:
            return CaseKey(id=house, secret=secret)

        opened = app.db.keys.opened

    blobs = SealedBlobs(app.files.blobs, Before(), None)  # type: ignore[arg-type]  # no copies
    blob = await blobs.put(_once(b"a scan"), case_id=HOUSE)
    raw = {"from": "ann", "files": [blob.id]}
    arrival = {"channel": "web", "external_id": "1", "address": "ann", "received_at": AT}
    await inbox.add(app.db, raw=raw, **arrival)  # type: ignore[arg-type]  # as one was
    done = await reseal(app)
    assert done.waiting == 1
    assert any("yet" in line or "Run this again" in line for line in done.lines())
    assert await app.db.keys.opened(house) == secret
    assert [verdict for verdict, _ in await found(app)] == ["wrong"]
    # While the message can't be read nobody knows of the file, and the key stays for both.
    (case_id,) = [row.case_id for row in await app.db.read(_chats)]
    (raw_as_it_was,) = [row.raw for row in await app.db.read(_stored)]
    await break_seal(app.db, schema_inbox.c.raw, case_id)
    done = await reseal(app)
    assert (done.waiting, done.shut) == (0, True)
    assert any("can't be opened, and may have come with a file" in line for line in done.lines())
    assert await app.db.keys.opened(house) == secret
    whole = sa.update(schema_inbox).where(schema_inbox.c.case_id == case_id)
    again = whole.values(raw=sa.literal(raw_as_it_was, sa.Text))
    await app.db.write(lambda tx: tx.execute(again))
    await app.blobs.delete(blob.id)
    assert (await reseal(app)).waiting == 0
    assert [verdict for verdict, _ in await found(app)] == ["ok"]


async def _chats(tx: AsyncConnection) -> list[Row]:
    return list(await tx.execute(sa.select(session.c.case_id).where(session.c.channel == "web")))


async def _stored(tx: AsyncConnection) -> list[Row]:
    raw = as_stored(schema_inbox.c.raw).label("raw")
    return list(await tx.execute(sa.select(raw).where(schema_inbox.c.channel == "web")))


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def test_the_doctor_says_what_is_left_and_which_moments_must_go(app: App) -> None:
    ((verdict, what),) = await found(app)
    assert verdict == "wrong"
    assert "of 2 rows" in what
    folder = app.settings.backup_dir
    assert folder is not None
    for at in (datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)):
        moment = folder / at.strftime("%Y-%m-%dT%H%M%S.%fZ")
        moment.mkdir(parents=True)
        (moment / "manifest.json").write_text("{}")
    await reseal(app)
    assert [verdict for verdict, _ in await found(app)] == ["ok", "wrong"]
    assert "1 are from before" in (await found(app))[1][1]


async def test_who_did_what_in_a_case_that_joined_another_long_ago_is_on_record_no_more(
    app: App,
) -> None:
    """An older version did not say which one it had joined: no erasure would find it."""
    looked = {"actor": "coordinator Li Wei", "action": "looked", "object": "a scan"}
    await audit.note(app.db, case_id="AAAA-1111", at=0.0, **looked)
    done = await reseal(app)
    assert done.forgotten == 1
    trail = await app.db.read(lambda tx: audit.trail(tx, "AAAA-1111"))
    assert [(row.actor, row.action) for row in trail] == [
        ("coordinator", "looked"),
        ("operator", "trail.forgotten"),
    ]
    assert (await reseal(app)).forgotten == 0
