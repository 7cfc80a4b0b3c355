"""Updates that Telegram sends to us: kept before they are answered, and from nobody but Telegram."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.applications import Starlette

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_poll import TelegramPoll
from bot.channels.telegram_webhook import PATH, TelegramWebhook
from bot.settings import Settings
from bot.store import schema
from bot.store.db import Database
from bot.web.telegram_hook import TelegramHook
from tests.doubles.telegram import TOKEN, TelegramDouble
from tests.postgres import Cluster
from tests.running import Running

PUBLIC = "http://127.0.0.1:1"
SECRET = "x-telegram-bot-api-secret-token"


def now() -> datetime:
    return datetime.now(UTC)


def text(words: str, number: int = 1, chat: int = 7001) -> dict[str, Any]:
    ana = {"id": chat, "is_bot": False, "first_name": "Ana", "language_code": "en"}
    place = {"id": chat, "type": "private", "first_name": "Ana"}
    message = {"message_id": number, "date": 1, "chat": place, "from": ana, "text": words}
    return {"message": message}


@dataclass
class Site:
    """The route, without a network in between."""

    webhook: TelegramWebhook
    db: Database
    client: httpx.AsyncClient
    secret: str

    async def post(self, body: Any, secret: str | None = None) -> httpx.Response:
        headers = {SECRET: self.secret if secret is None else secret}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post(PATH, content=content, headers=headers)

    async def words(self) -> list[str]:
        query = sa.select(schema.inbox.c.raw).order_by(schema.inbox.c.id)

        async def work(tx: AsyncConnection) -> list[str]:
            found = (await tx.execute(query)).scalars()
            return [json.loads(raw)["message"]["text"] for raw in found]

        return await self.db.read(work)


@asynccontextmanager
async def sited(channel: TelegramChannel, where: Path | str) -> AsyncIterator[Site]:
    async with await Database.open(where) as db:
        webhook = TelegramWebhook(channel, db, now, public_url=PUBLIC, first_pause=0.01)
        app = Starlette(routes=TelegramHook(webhook).routes())
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            yield Site(webhook, db, client, channel.secret)


@pytest.fixture
async def site(channel: TelegramChannel, tmp_path: Path) -> AsyncIterator[Site]:
    async with sited(channel, tmp_path / "assistant.db") as made:
        yield made


async def test_an_update_is_in_the_inbox_before_telegram_is_answered(site: Site) -> None:
    assert (await site.post({"update_id": 1, **text("hello")})).status_code == 200
    assert await site.words() == ["hello"]


@pytest.mark.parametrize("secret", ["", "wrong", "ключ", None])
async def test_nobody_but_telegram_is_heard(site: Site, secret: str | None) -> None:
    """Also not somebody who knows how the secret looks."""
    guess = site.secret[:-1] + "x" if secret is None else secret
    headers = {SECRET.encode(): guess.encode()}
    answer = await site.client.post(PATH, json={"update_id": 1, **text("hello")}, headers=headers)
    assert answer.status_code == 403
    assert await site.words() == []


async def test_the_secret_and_the_address_hold_nothing_of_the_token(
    channel: TelegramChannel, telegram: TelegramDouble
) -> None:
    other = TelegramChannel("43:double", telegram.url)
    assert channel.secret != other.secret
    assert TOKEN.partition(":")[2] not in channel.secret + PATH
    assert channel.secret.isalnum()
    await other.close()


async def test_an_update_that_comes_twice_is_kept_once(site: Site) -> None:
    """Telegram repeats what it heard no answer to."""
    update = {"update_id": 1, **text("hello")}
    answers = await asyncio.gather(*(site.post(update) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert await site.words() == ["hello"]


async def test_updates_may_land_at_any_server(channel: TelegramChannel, postgres: Cluster) -> None:
    """In the order in which they came, each kept once, also one that comes again elsewhere."""
    with postgres.database() as url:
        async with sited(channel, url) as one, sited(channel, url) as other:
            for number in range(10):
                update = {"update_id": number, **text(f"{number}", number)}
                here, there = (one, other) if number % 3 else (other, one)
                assert (await here.post(update)).status_code == 200
                assert (await there.post(update)).status_code == 200
            assert await one.words() == [f"{number}" for number in range(10)]


async def test_a_body_over_a_megabyte_is_refused_while_it_comes(site: Site) -> None:
    assert (await site.post(b'{"x": "' + b"a" * (1 << 20) + b'"}')).status_code == 413


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 99_999])
async def test_what_was_cut_on_its_way_is_asked_for_once_more(site: Site, body: bytes) -> None:
    assert (await site.post(body)).status_code == 400


async def test_what_no_database_takes_does_not_come_for_ever(site: Site) -> None:
    """Halves of surrogate pairs and NUL, in what becomes an id or a language too."""
    odd = "half \ud83d and \0"
    message = text(odd)["message"]
    message["from"]["language_code"] = message["message_id"] = odd
    assert (await site.post({"update_id": odd, "message": message})).status_code == 200
    assert await site.words() == ["half \ufffd and \ufffd"]


async def test_what_is_no_patients_is_answered_and_not_kept(site: Site) -> None:
    """Or Telegram would send it for a day."""
    group = {"id": -5, "type": "group", "title": "Family"}
    update = {"update_id": 2, "message": {**text("hi")["message"], "chat": group}}
    assert (await site.post(update)).status_code == 200
    assert (await site.post({"update_id": 3})).status_code == 200
    assert await site.words() == []


async def test_an_update_that_the_store_could_not_take_comes_again(site: Site) -> None:
    away = sa.text("ALTER TABLE inbox RENAME TO inbox_away")
    back = sa.text("ALTER TABLE inbox_away RENAME TO inbox")
    await site.db.write(lambda tx: tx.execute(away))
    assert (await site.post({"update_id": 1, **text("hello")})).status_code == 500
    await site.db.write(lambda tx: tx.execute(back))
    assert (await site.post({"update_id": 1, **text("hello")})).status_code == 200
    assert await site.words() == ["hello"]


async def test_a_pressed_button_is_freed_by_the_answer_itself(site: Site) -> None:
    message = text("?")["message"]
    query = {"id": "q1", "from": message["from"], "chat_instance": "1", "data": "a:b:1"}
    answer = await site.post({"update_id": 1, "callback_query": {**query, "message": message}})
    assert answer.json() == {"method": "answerCallbackQuery", "callback_query_id": "q1"}


# ---- setting it --------------------------------------------------------------------------------


async def test_the_webhook_is_set_with_a_secret_and_nothing_that_waits_is_dropped(
    site: Site, telegram: TelegramDouble
) -> None:
    await site.webhook.look()
    asked = dict(telegram.calls)["setwebhook"]
    assert asked["url"] == PUBLIC + PATH
    assert asked["secret_token"] == site.secret
    assert json.loads(asked["allowed_updates"]) == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    ]
    assert "drop_pending_updates" not in asked


async def test_a_webhook_that_somebody_else_has_set_is_set_back(
    site: Site, telegram: TelegramDouble
) -> None:
    for _ in range(2):
        await site.webhook.look()
    assert [method for method, _ in telegram.calls].count("setwebhook") == 1
    telegram.webhook = "http://127.0.0.1:1/elsewhere"
    await site.webhook.look()
    assert telegram.webhook == PUBLIC + PATH


async def test_the_operator_hears_that_updates_do_not_arrive(
    site: Site, telegram: TelegramDouble
) -> None:
    await site.webhook.look()
    await telegram.push(text("hello"))  # Nobody listens there.
    await telegram.until(lambda: telegram.hook_error)
    with structlog.testing.capture_logs() as logs:
        await site.webhook.look()
    (log,) = logs
    assert (log["waiting"], "PUBLIC_URL" in log["remedy"]) == (1, True)


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        ({"code": 400, "description": "Bad Request: bad webhook: HTTPS url must be"}, "PUBLIC_URL"),
        ({"code": 429, "parameters": {"retry_after": 1}}, "tried again"),
    ],
)
async def test_trouble_at_the_start_is_logged_with_its_remedy_and_waited_out(
    site: Site, telegram: TelegramDouble, fault: dict[str, Any], remedy: str
) -> None:
    telegram.fail("setWebhook", **fault)
    with structlog.testing.capture_logs() as logs:
        task = asyncio.create_task(site.webhook.run_forever())
        await telegram.until(lambda: telegram.webhook, within=20)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert remedy in logs[0]["remedy"]
    assert site.secret not in str(logs)


async def test_back_to_polling_the_webhook_is_deleted_and_what_waited_is_polled(
    channel: TelegramChannel, telegram: TelegramDouble, site: Site
) -> None:
    await site.webhook.look()
    await telegram.push(text("hello"))
    await telegram.until(lambda: telegram.hook_answers)
    poll = TelegramPoll(channel, site.db, now, wait=2, first_pause=0.01)
    task = asyncio.create_task(poll.run_forever())
    await telegram.until(lambda: not telegram.pending)
    # Somebody else's, later: it is left to the operator.
    telegram.webhook = "http://127.0.0.1:1/elsewhere"
    with structlog.testing.capture_logs() as logs:
        async with asyncio.timeout(5):
            while not logs:
                await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await site.words() == ["hello"]
    assert telegram.webhook.endswith("elsewhere")
    assert "drop_pending_updates" not in dict(telegram.calls)["deletewebhook"]


# ---- settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", "http://clinic.example"])
def test_a_webhook_without_an_address_that_telegram_takes_is_refused_at_the_start(
    address: str,
) -> None:
    with pytest.raises(ValidationError, match="PUBLIC_URL"):
        Settings(telegram_mode="webhook", public_url=address)
    Settings(telegram_mode="webhook", public_url="https://clinic.example")


# ---- the whole program -------------------------------------------------------------------------


@pytest.mark.crash
async def test_the_program_is_sent_updates_and_what_came_while_it_was_dead_is_answered(
    telegram: TelegramDouble, tmp_path: Path
) -> None:
    program = Running(
        tmp_path / "data",
        TELEGRAM_TOKEN=TOKEN,
        TELEGRAM_API_URL=telegram.url,
        TELEGRAM_MODE="webhook",
    )
    program.set(PUBLIC_URL=program.url)
    try:
        await program.start()
        await telegram.until(lambda: telegram.webhook, within=30)
        await telegram.push(text("hello"))
        await telegram.until(lambda: len(telegram.sent) == 1, within=30)
        await program.kill()
        await telegram.push(text("again", 2), text("hello", 1, chat=7002))
        await telegram.until(lambda: 0 in telegram.hook_answers)
        await program.start()
        await telegram.until(lambda: len(telegram.sent) == 3, within=30)
        assert await program.stop() == 0
    finally:
        await program.kill()
    assert not telegram.pending
    assert "getupdates" not in {method for method, _ in telegram.calls}
    assert {one["chat_id"] for one in telegram.sent} == {7001, 7002}
