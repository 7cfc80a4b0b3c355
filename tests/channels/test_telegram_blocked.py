"""A patient blocks the assistant on Telegram, and comes back: the real program, its desk, its notices."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.running import Running
from tests.soak.ledger import Ledger

JSON = dict[str, Any]
ANA = {"id": 7001, "is_bot": False, "first_name": "Ana", "language_code": "en"}
OFFICE = -500
LATER = "Please call us."


def says(number: int, text: str) -> JSON:
    chat = {"id": ANA["id"], "type": "private", "first_name": "Ana"}
    return {"message": {"message_id": number, "from": ANA, "chat": chat, "date": 1, "text": text}}


@pytest.fixture
async def program(tmp_path: Path, telegram: TelegramDouble) -> AsyncIterator[Running]:
    """It runs, and Ana has agreed that her records are kept."""
    known = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.url}
    program = Running(tmp_path / "data", COORDINATOR_CHAT_ID=str(OFFICE), **known)
    await program.start()
    for number, words in enumerate(("/start", "English", "yes"), 1):
        before = len(heard(telegram))
        await telegram.push(says(number, words))
        await telegram.until(lambda n=before: len(heard(telegram)) > n)  # type: ignore[misc]
    yield program
    await program.kill()


def heard(telegram: TelegramDouble, chat: object = ANA["id"]) -> list[str]:
    return [one.get("text", "") for one in telegram.sent if one["chat_id"] == chat]


class Desk:
    """A coordinator's browser on the page of the one case."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._case = ""

    async def page(self) -> str:
        if not self._case:
            found = (await self._client.get("/desk")).text
            self._case = found.partition('href="/desk/cases/')[2].partition('"')[0]
        return (await self._client.get(f"/desk/cases/{self._case}")).text

    async def writes(self, text: str) -> None:
        form = {"text": text, "key": secrets.token_hex(16)}
        sent = await self._client.post(f"/desk/cases/{self._case}/message", data=form)
        assert sent.status_code == 303

    async def until(self, true: Callable[[str], bool]) -> str:
        return await until(self.page, true)


async def until(look: Callable[[], Awaitable[str]], true: Callable[[str], bool]) -> str:
    async with asyncio.timeout(20):
        while not true(seen := await look()):
            await asyncio.sleep(0.1)
        return seen


@asynccontextmanager
async def desk_of(program: Running) -> AsyncIterator[Desk]:
    link = (await program.command("desk-link")).split()[-1]
    async with httpx.AsyncClient(base_url=program.url, headers={"Origin": program.url}) as client:
        path = httpx.URL(next(w for w in link.split() if "/desk/" in w)).path
        assert (await client.post(path, data={"name": "Li Wei"})).status_code == 303
        yield Desk(client)


BLOCKED = 'id="blocked"'
NOT_SENT = 'id="undelivered"'


async def test_who_blocks_is_marked_and_told_of_and_hears_everything_when_they_are_back(
    program: Running, telegram: TelegramDouble
) -> None:
    async with desk_of(program) as desk:
        assert BLOCKED not in await desk.page()
        await telegram.blocks(ANA)
        shown = await desk.until(lambda page: BLOCKED in page)
        assert "has blocked the assistant there" in shown
        await telegram.until(
            lambda: any("has blocked the assistant" in said for said in heard(telegram, OFFICE))
        )
        # What is written now is kept, and nothing is asked of Telegram.
        telegram.calls.clear()
        await desk.writes(LATER)
        await desk.until(lambda page: NOT_SENT in page and LATER in page)
        assert not [data for method, data in telegram.calls if _to_ana(method, data)]
        before = len(heard(telegram))
        telegram.blocked.clear()
        await telegram.push(says(9, "I am back"))
        await telegram.until(lambda: any(LATER in said for said in heard(telegram)[before:]))
        shown = await desk.until(lambda page: NOT_SENT not in page)
        assert BLOCKED not in shown


async def test_a_block_of_which_telegram_said_nothing_is_found_by_the_next_message(
    program: Running, telegram: TelegramDouble
) -> None:
    async with desk_of(program) as desk:
        await desk.page()
        await telegram.blocks(ANA, told=False)
        await desk.writes(LATER)
        shown = await desk.until(lambda page: BLOCKED in page and NOT_SENT in page)
        assert LATER in shown
        await telegram.until(
            lambda: any("could not be delivered" in said for said in heard(telegram, OFFICE))
        )
        # To let it write again is enough.
        await telegram.unblocks(ANA)
        await telegram.until(lambda: any(LATER in said for said in heard(telegram)))
        shown = await desk.until(lambda page: NOT_SENT not in page)
        assert BLOCKED not in shown


async def test_who_comes_back_before_anybody_looked_is_not_taken_for_gone(
    program: Running, telegram: TelegramDouble
) -> None:
    await program.kill()
    await telegram.blocks(ANA)
    await telegram.unblocks(ANA)
    before = len(heard(telegram))
    await telegram.push(says(9, "hello"))
    await program.start()
    await telegram.until(lambda: len(heard(telegram)) > before)
    async with desk_of(program) as desk:
        assert BLOCKED not in await desk.page()


async def test_who_never_wrote_has_no_case_for_having_blocked(
    program: Running, telegram: TelegramDouble
) -> None:
    boris = {"id": 7002, "is_bot": False, "first_name": "Boris"}
    await telegram.blocks(boris)
    await telegram.until(lambda: not telegram.pending)
    assert Ledger(program.folder, "telegram").one("SELECT count(*) FROM session") == 1


def _to_ana(method: str, data: JSON) -> bool:
    return method.startswith("send") and str(data.get("chat_id")) == str(ANA["id"])
