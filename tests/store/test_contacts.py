"""Whoever writes is the same contact as long as it is the same person, and nobody else is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.whatsapp_inbox import take
from bot.store import contacts, set_aside
from bot.store.db import Database
from bot.store.keyring import MARK
from bot.store.schema import case_key, inbox, session
from bot.store.schema import contact as table
from bot.store.sealed import sealed
from bot.store.sealing import as_stored

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NUMBER, OTHER = "whatsapp:+15550007001", "whatsapp:+15550007002"
CASE = "AAAA-1111"
ANA, BOB = "whatsapp:US.7001", "whatsapp:US.7002"


class Book:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._at = NOW

    async def writes(self, reach: str, name: str = "") -> str:
        self._at += timedelta(minutes=1)
        return await self._db.write(
            lambda tx: contacts.recognise(
                tx, channel="whatsapp", reach=reach, name=name, at=self._at
            )
        )

    async def damage(self, column: sa.Column[str], to: object) -> None:
        """Put something into the column of all rows, as it stands."""
        new = {column.name: sa.type_coerce(to, sa.Text)}
        await self._db.write(lambda tx: tx.execute(sa.update(column.table).values(new)))
        # A process that is started anew has no key in memory.
        ring = self._db.keys.ring
        for secrets in (ring._secrets, ring._boxes, ring._current):
            secrets.clear()

    async def chat(self, contact: str) -> None:
        row = {"id": "s", "channel": "whatsapp", "case_id": CASE, "created_at": 0.0}
        await self._db.write(
            lambda tx: tx.execute(sa.insert(session), {**row, "address": sealed(CASE, contact)})
        )

    async def keep_unread(self, raw: str) -> None:
        more = {"channel": "whatsapp", "reason": "", "at": 0.0}
        await self._db.write(lambda tx: set_aside.keep_unread(tx, raw=raw, **more))  # type: ignore[arg-type]  # a time

    async def erase(self) -> list[str]:
        async def work(tx: AsyncConnection) -> list[str]:
            words = await contacts.names_in_case(tx, CASE)
            await set_aside.forget_naming(tx, words)
            await contacts.seal_again(tx, CASE)
            return words

        return await self._db.write(work)

    async def unread(self) -> list[str]:
        return [row.raw for row in await self._db.read(set_aside.dead)]

    async def reach(self, contact: str) -> str:
        return await self._db.read(lambda tx: contacts.reach_of(tx, contact))


@pytest.fixture
async def book(where: Path | str) -> AsyncIterator[Book]:
    async with await Database.open(where) as db:
        yield Book(db)


async def test_a_contact_is_known_by_an_id_that_is_no_number(book: Book) -> None:
    contact = await book.writes(NUMBER, ANA)
    assert await book.writes(NUMBER, ANA) == contact
    assert "7001" not in contact
    assert await book.reach(contact) == NUMBER


async def test_somebody_who_hides_the_number_goes_on_where_they_were(book: Book) -> None:
    contact = await book.writes(NUMBER, ANA)
    assert await book.writes(ANA, ANA) == contact
    assert await book.reach(contact) == ANA


async def test_somebody_whose_vendors_id_is_told_later_goes_on_where_they_were(book: Book) -> None:
    contact = await book.writes(NUMBER)
    assert await book.writes(NUMBER, ANA) == contact
    assert await book.writes(OTHER, ANA) == contact  # The id holds, whatever the number is.


async def test_the_list_which_tells_no_id_finds_who_has_the_number_now(book: Book) -> None:
    contact = await book.writes(NUMBER, ANA)
    assert await book.writes(NUMBER) == contact


async def test_a_number_that_was_given_to_somebody_else_leads_to_no_strangers_case(
    book: Book,
) -> None:
    ana = await book.writes(NUMBER, ANA)
    bob = await book.writes(NUMBER, BOB)
    assert ana != bob
    assert await book.reach(bob) == NUMBER
    # What is still to be said to Ana must not be said to Bob.
    assert await book.reach(ana) == ANA
    assert await book.writes(NUMBER) == bob


async def test_nobody_is_reached_nowhere(book: Book) -> None:
    assert await book.reach("nobody") == ""


async def test_another_process_that_knew_a_contacts_key_writes_with_the_new_one(
    where: Path | str,
) -> None:
    """The case was erased meanwhile: what is sealed with the key of before, nobody could read."""
    if isinstance(where, Path):
        return  # Only one process works on a file.

    async def writes(db: Database, count: int) -> None:
        form = {"MessageSid": f"SM{count:032x}", "From": NUMBER, "ExternalUserId": ANA}
        await db.write(lambda tx: take(tx, form, NOW))

    async with await Database.open(where) as one, await Database.open(where) as other:
        await writes(one, 1)
        await writes(other, 2)
        case_id = await one.read(_case)
        await one.write(lambda tx: contacts.seal_again(tx, case_id))
        await writes(other, 3)
        (row,) = await one.write(lambda tx: contacts.in_case(tx, case_id))
        assert (row.name, row.reach) == (ANA, NUMBER)


async def _case(tx: AsyncConnection) -> str:
    return str((await tx.execute(sa.select(session.c.case_id))).scalar_one())


async def test_whoever_writes_again_is_known_and_reached_though_the_contact_is_damaged(
    book: Book,
) -> None:
    """Its key, or what it has sealed; what is known anew is sealed by a new key."""
    contact = await book.writes(NUMBER, ANA)
    await book.damage(case_key.c.wrapped, "AAAA")
    assert await book.writes(NUMBER, ANA) == contact
    assert await book.reach(contact) == NUMBER
    await book.damage(table.c.name, f"{MARK}{'0' * 16}")
    await book.damage(table.c.reach, sa.func.substr(as_stored(table.c.reach), 1, 40))
    assert await book.writes(OTHER, ANA) == contact
    assert await book.reach(contact) == OTHER


async def test_an_erasure_passes_over_what_is_damaged(book: Book) -> None:
    contact = await book.writes(NUMBER, ANA)
    await book.chat(contact)
    await book.damage(table.c.reach, sa.func.substr(as_stored(table.c.reach), 1, 40))
    await book.keep_unread('{"WaId": "15550007002"}')
    await book.damage(inbox.c.raw, sa.func.substr(as_stored(inbox.c.raw), 1, 40))
    await book.keep_unread('{"WaId": "15550007003"}')
    assert len(await book.unread()) == 2
    words = await book.erase()
    assert words == ["US.7001"]
    # What can't be read may name whoever is erased.
    (left,) = await book.unread()
    assert "15550007003" in left
    assert await book.reach(contact) == ""
