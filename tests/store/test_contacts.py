"""Whoever writes is the same contact as long as it is the same person, and nobody else is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.whatsapp_inbox import take
from bot.store import contacts
from bot.store.db import Database
from bot.store.schema import session

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NUMBER, OTHER = "whatsapp:+15550007001", "whatsapp:+15550007002"
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
