"""Every call to Twilio has the shape that Twilio's own description gives it; Prism is the judge."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.channels.base import Rendered
from bot.channels.whatsapp import WhatsAppChannel
from bot.whatsapp_command import templates
from tests.channels.conftest import Phonebook, account
from tests.doubles.twilio import Call, TwilioDouble
from tests.ports import own_port
from tests.test_whatsapp_templates import settings

ROOT = Path(__file__).parent.parent.parent
PRISM = ROOT / "node_modules" / ".bin" / "prism"
DESCRIPTION = ROOT / "tests" / "data" / "twilio" / "openapi.json"


@pytest.fixture
async def judge() -> AsyncIterator[httpx.AsyncClient]:
    if not PRISM.exists():
        pytest.skip("prism is not installed: make setup-dev")
    port = str(own_port())
    process = await asyncio.create_subprocess_exec(
        *(PRISM, "mock", "--host", "127.0.0.1", "--port", port, DESCRIPTION),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            async with asyncio.timeout(60):
                while True:
                    with contextlib.suppress(httpx.TransportError):
                        await client.get("/chat")
                        break
                    await asyncio.sleep(0.2)
            yield client
    finally:
        process.kill()
        await process.wait()


async def verdict(judge: httpx.AsyncClient, call: Call) -> str:
    """What is wrong with a call, "" for nothing."""
    # The library sends a content type with calls that have no content; the description knows none.
    headers = {
        name: value
        for name, value in call.headers.items()
        if name.lower() in ("authorization", "content-type", "accept")
        and (call.body or name.lower() != "content-type")
    }
    answer = await judge.request(
        call.method,
        f"{call.path}?{call.query}" if call.query else call.path,
        headers=headers,
        content=call.body or None,
    )
    return "" if answer.is_success else f"{call.method} {call.path}: {answer.text}"


def prompts() -> list[Rendered]:
    return [
        Rendered(
            step="s",
            turn=4,
            text="Есть ли снимки?",
            locale="ru",
            choices=tuple((f"imaging:{n}:4", f"Answer {n}") for n in range(count)),
        )
        for count in (0, 2, 10)
    ]


async def test_every_call_that_we_make_is_one_that_twilio_describes(
    twilio: TwilioDouble, judge: httpx.AsyncClient
) -> None:
    await templates(settings(twilio), create=True)
    own = account(twilio)
    for sender in (own.sender, "MG" + "0" * 32):
        channel = WhatsAppChannel(replace(own, sender=sender), Phonebook(), timeout=5, look=0.05)
        for said in prompts():
            await channel.send("ana", said, "k1")
        await channel.knock("ana", "ar", "k2")
        picture = await channel.show_record("ana", "s1", "CT of the chest")
        await twilio.until(lambda own=picture: own in [f.message for f in twilio.files.values()])  # type: ignore[misc]
        await channel.release(picture)
        form = twilio.inbound_file(b"abc")
        await channel.unsay("ana", form["MessageSid"])
        since = datetime.now(UTC) - timedelta(hours=1)
        found = [await one.form() async for one in channel.missed(since)]
        await channel.release(form["MediaUrl0"])
        twilio.fail("send", 503)
        with contextlib.suppress(Exception):
            await channel.send("ana", prompts()[0], "k3")
        await channel.close()
        assert found or sender.startswith("MG")
    calls = list(twilio.calls)
    assert {"GET", "POST", "DELETE"} == {call.method for call in calls}
    faults = [fault for call in calls if (fault := await verdict(judge, call))]
    assert faults == []
    # A judge that never finds fault is none.
    sent = next(call for call in calls if b"To=" in call.body)
    assert any(b"MediaUrl=" in call.body for call in calls)
    wrong = (
        replace(sent, body=sent.body.replace(b"To=", b"Too=")),
        replace(sent, body=sent.body + b"&Body=" + b"a" * 1601),
        replace(sent, path=sent.path.replace("Messages", "Texts")),
        replace(sent, headers={}),
    )
    assert all([await verdict(judge, call) for call in wrong])
