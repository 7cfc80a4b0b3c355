"""A link from another chat opens the case in this browser's chat, after one press."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from bot.store import chat_codes, codec
from bot.store.schema import chat_code, inbox, session
from bot.tokens import token_hash
from bot.web.bubbles import Bubbles, Line
from handlers.updates import InboundMessage
from tests.web.conftest import LANGUAGES, House, begin, browser, said

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def link(house: House) -> str:
    """A case in some other chat, which has handed out a link."""
    async with browser(house) as elsewhere:
        await begin(house, elsewhere)
        await house.answer(said("Welcome"), locale="ru")
    (row,) = await house.rows(session)
    ends = codec.seconds(house.clock() + timedelta(hours=24))
    await house.db.write(
        lambda tx: chat_codes.add(
            tx, code_hash=token_hash(SECRET), case_id=row.case_id, session_id=row.id, writer="",
            expires_at=ends,
        )
    )  # fmt: skip
    return f"/j/{SECRET}"


async def test_looking_at_the_link_does_nothing(
    house: House, client: httpx.AsyncClient, link: str
) -> None:
    await client.get(link)
    shown = await client.get(link)
    assert shown.status_code == 200
    assert "set-cookie" not in shown.headers
    assert len(await house.rows(chat_code)) == 1
    assert len(await house.rows(session)) == 1
    assert 'lang="ru"' in shown.text


async def test_the_press_sends_the_code_into_the_chat_and_leads_there(
    house: House, client: httpx.AsyncClient, link: str
) -> None:
    done = await client.post(link)
    assert (done.status_code, done.headers["location"]) == (303, "/chat#newest")
    assert "chat=" in done.headers["set-cookie"]
    rows = await house.rows(inbox)
    assert f"/continue {SECRET}" in rows[-1].raw
    assert SECRET not in (await client.get("/chat")).text


async def test_a_press_from_another_site_does_nothing(
    house: House, client: httpx.AsyncClient, link: str
) -> None:
    count = len(await house.rows(inbox))
    refused = await client.post(link, headers={"origin": "https://evil.example"})
    assert refused.status_code == 403
    assert len(await house.rows(inbox)) == count


async def test_a_link_that_has_ended_says_where_to_get_another(
    house: House, client: httpx.AsyncClient, link: str
) -> None:
    house.clock.move(timedelta(hours=25))
    ended = await client.get(link)
    assert ended.status_code == 404
    assert "does not work any more" in ended.text


async def test_a_browser_that_has_a_chat_is_led_on_from_a_link_that_has_ended(
    house: House, client: httpx.AsyncClient
) -> None:
    await begin(house, client)
    led = await client.get("/j/whatever")
    assert (led.status_code, led.headers["location"]) == (303, "/chat#newest")


def test_the_desk_shows_no_code_and_no_link(house: House) -> None:
    bubbles = Bubbles(LANGUAGES, "en", secrets=False)
    at = house.clock()
    typed = InboundMessage(
        channel="web", external_id="1", sender="a", received_at=at, text="/continue ABCD"
    )
    handed = said(f"Your code: C39D WHWT or https://x.example/j/{SECRET}")
    shown = bubbles.show([Line(id=1, at=at, said=typed), Line(id=2, at=at, reply=handed)])
    text = " ".join(bubble.text for bubble in shown)
    assert not re.search(f"ABCD|C39D|{SECRET}", text)
    assert not any(part.href for bubble in shown for part in bubble.parts)
