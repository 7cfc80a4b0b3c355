"""Whoever is asked may lie: redirect elsewhere, answer for ever, drip, say a wrong length."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from telegram import Bot

from bot import outward
from bot.channels import telegram_files, twilio_http, twilio_media
from bot.channels.base import ChannelError, Rejected, Retry
from bot.channels.telegram_failures import failure_of
from bot.channels.telegram_files import TelegramFiles
from bot.channels.twilio_http import TwilioHttp
from bot.channels.twilio_media import TwilioMedia
from bot.doctor_finding import Look
from bot.handoff import notices
from bot.handoff.notices import NoticeFailed
from bot.outward import NotPublic, PublicOnly, TooLarge, answer_of, is_public, public_client
from bot.settings import Settings, TwilioSettings
from bot.translating import libre
from bot.translating.base import TranslateError
from bot.translating.libre import LibreTranslate
from bot.web import sign_in_oidc
from bot.web.sign_in_oidc import Provider, ProviderFailed
from bot.webhooks import sending
from bot.webhooks.endpoints import endpoints_of

SOON = 0.25
MANNERS = ("redirects", "drips", "endless", "short", "long", "bomb", "hangs", "rubbish", "nested")


@dataclass
class Liar:
    """A server that answers everything in one bad manner, and one beside it that nobody may ask."""

    manner: str = ""
    url: str = ""
    other: str = ""
    strangers: list[bytes] = field(default_factory=list)
    answering: list[asyncio.Task[Any]] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.answering.append(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")
                await getattr(self, self.manner)(writer)
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()

    async def overheard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.strangers.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    async def redirects(self, writer: asyncio.StreamWriter) -> None:
        to = self.other.encode()
        writer.write(b"HTTP/1.1 307 Go\r\nlocation: %s/inside\r\ncontent-length: 0\r\n\r\n" % to)
        await writer.drain()

    async def drips(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def endless(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            await writer.drain()

    async def short(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{")
        await writer.drain()

    async def long(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{" + bytes(5000))
        await writer.drain()

    async def bomb(self, writer: asyncio.StreamWriter) -> None:
        body = gzip.compress(bytes(64 << 20))
        head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
        writer.write(head % len(body) + body)
        await writer.drain()

    async def hangs(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async def rubbish(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await writer.drain()

    async def nested(self, writer: asyncio.StreamWriter) -> None:
        body = b"[" * 200_000
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()


@asynccontextmanager
async def lying() -> AsyncIterator[Liar]:
    liar, addresses = Liar(), []
    servers = [
        await asyncio.start_server(how, host, 0)
        for how, host in ((liar.answer, "127.0.0.1"), (liar.overheard, "127.0.0.2"))
    ]
    for server in servers:
        host, port = server.sockets[0].getsockname()
        addresses.append(f"http://{host}:{port}")
    liar.url, liar.other = addresses
    try:
        yield liar
    finally:
        for server in servers:
            server.close()
        for task in liar.answering:
            task.cancel()
        await asyncio.gather(*liar.answering, return_exceptions=True)
        await asyncio.sleep(0)


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    async with lying() as made:
        yield made


# ---- all that the program asks of others -------------------------------------------------------


async def twilio_file(url: str) -> None:
    media = TwilioMedia(url, ("AC1", "token"), timeout=SOON)
    try:
        async for _piece in media.download(f"{url}/2010-04-01/Media/ME1"):
            pass
    finally:
        await media.aclose()


async def twilio_call(url: str) -> None:
    http = TwilioHttp(timeout=SOON)
    try:
        answer = await http.request("GET", f"{url}/2010-04-01/Messages.json", auth=("AC1", "token"))
        assert answer.status_code >= 300 or not answer.text.startswith("{}")
        raise Retry("an answer that its library refuses")
    finally:
        await http.aclose()


async def telegram_file(url: str) -> None:
    files = TelegramFiles(
        Bot("42:x"),
        lambda error: failure_of(error, ""),
        max_file=20_000_000,
        folder=None,
        timeout=httpx.Timeout(SOON),
    )
    try:
        async for _piece in files._download(f"{url}/file/bot42:x/documents/1"):
            pass
    finally:
        await files.close()


async def a_webhook(url: str) -> None:
    (endpoint,) = endpoints_of([url])
    async with sending.client() as http:
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjAmqk2gWmB3x1c="
        found = await sending.post(http, endpoint, [secret], {"id": "1"})
    # No body is read: a yes is a yes, whatever follows.
    if not found.taken or "HTTP 200" in found.code:
        raise Retry(found.code)


async def the_provider(url: str) -> None:
    given = {"oidc_issuer": url, "oidc_client_id": "us"}
    await Provider(Settings.model_validate(given)).address("s", "n", "v" * 50)


async def a_translation(url: str) -> None:
    engine = LibreTranslate(url)
    try:
        await engine.translate(["Word"], source="en", target="ru")
    finally:
        await engine.close()


async def a_notice(url: str) -> None:
    given = {"telegram_api_url": url, "telegram_token": SecretStr("42:x")}
    await notices.telegram("sendMessage", {"text": "x"}, Settings.model_validate(given))


async def the_doctor(url: str) -> None:
    async with httpx.AsyncClient() as http:
        look = Look(settings=Settings(), twilio=TwilioSettings(), http=http)
        found = await look.ask(f"{url}/healthz")
    if isinstance(found, str) or found.text != "ok":
        raise Retry("not ours")


ASKING: dict[str, Callable[[str], Awaitable[None]]] = {
    one.__name__: one
    for one in (
        *(twilio_file, twilio_call, telegram_file, a_webhook, the_provider),
        *(a_translation, a_notice, the_doctor),
    )
}
KNOWN = (ChannelError, ProviderFailed, TranslateError, NoticeFailed, httpx.HTTPError, ValueError)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long in life is short here."""
    for module, name in (
        *((sending, "SECONDS"), (sign_in_oidc, "_TIMEOUT"), (libre, "_SECONDS")),
        *((notices, "_TIMEOUT"), (twilio_media, "_SECONDS"), (telegram_files, "_WHOLE_WITHIN")),
    ):
        monkeypatch.setattr(module, name, SOON)
    monkeypatch.setattr("bot.doctor_finding._SECONDS", SOON)
    monkeypatch.setattr(twilio_media, "LARGEST", 2_000_000)
    monkeypatch.setattr(twilio_http, "_MOST", 2_000_000)


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("name", ASKING)
async def test_a_server_that_lies_is_left_soon_and_leads_nowhere(
    liar: Liar, name: str, manner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it does, the error is one that the caller knows, and says nothing of the address."""
    # A file is whatever it is: what it holds is somebody else's affair.
    fine = name in ("twilio_file", "telegram_file") and manner in ("long", "nested", "bomb")
    liar.manner, began = manner, time.monotonic()
    with nullcontext() if fine else pytest.raises(KNOWN) as failed:
        await ASKING[name](liar.url)
    # Telegram's address holds the token; a provider's is the operator's own setting.
    told = name == "the_provider" or failed is None
    assert told or (failed and liar.url.rpartition("/")[2] not in str(failed.value))
    assert time.monotonic() - began < SOON * 12
    assert liar.strangers == []


async def test_an_honest_answer_is_had_whole(liar: Liar) -> None:
    liar.manner = "nested"
    async with httpx.AsyncClient() as http:
        found = await answer_of(http, "GET", liar.url, most=200_000, seconds=5)
        assert found.text == "[" * 200_000
        with pytest.raises(TooLarge):
            await answer_of(http, "GET", liar.url, most=199_999, seconds=5)


async def test_a_picture_that_grows_when_it_is_unpacked_is_counted_as_it_grows(liar: Liar) -> None:
    liar.manner = "bomb"
    async with httpx.AsyncClient() as http:
        with pytest.raises(TooLarge):
            await answer_of(http, "GET", liar.url, most=1 << 20, seconds=5)


# ---- addresses that came from outside ----------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:7f00:1::"),
    ],
)
async def test_no_private_address_is_asked_however_it_is_written(address: str) -> None:
    assert not is_public(address)

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["93.184.215.14", address]

    way = PublicOnly(httpx.MockTransport(lambda _request: httpx.Response(200)), resolve)
    async with httpx.AsyncClient(transport=way) as http:
        with pytest.raises(NotPublic):
            await http.get("https://files.example/1")


def test_a_machine_without_ipv4_reaches_public_addresses_by_their_names_for_it() -> None:
    assert is_public("64:ff9b::5db8:d70e")
    assert not is_public("64:ff9b::a9fe:a9fe")
    assert not is_public("64:ff9b:1::5db8:d70e")


@pytest.mark.parametrize("url", ["http://localhost:9/", "http://127.0.0.1:9/", "http://[::1]:9/"])
async def test_this_machine_is_not_asked_by_its_names(url: str) -> None:
    async with public_client() as http:
        with pytest.raises(NotPublic):
            await http.get(url)


async def test_what_was_looked_up_is_what_is_connected_to() -> None:
    """A name that leads elsewhere a moment later leads nowhere; the certificate is that of the name."""
    asked: list[httpx.Request] = []
    looked_up = iter([["93.184.215.14"], ["127.0.0.1"]])

    async def resolve(_host: str, _port: int) -> list[str]:
        return next(looked_up)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    async with httpx.AsyncClient(
        transport=PublicOnly(httpx.MockTransport(answer), resolve)
    ) as http:
        await http.get("https://files.example:8443/1")
        with pytest.raises(NotPublic):
            await http.get("https://files.example:8443/1")
    (request,) = asked
    assert (request.url.host, request.url.port) == ("93.184.215.14", 8443)
    assert request.headers["host"] == "files.example:8443"
    assert request.extensions["sni_hostname"] == "files.example"


async def test_where_the_operator_has_a_proxy_that_is_the_gate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with public_client() as http:
        assert not isinstance(http._transport, PublicOnly)


@pytest.mark.parametrize(
    "elsewhere",
    [
        *(
            "https://evil.example/x",
            "https://api.twilio.com.evil.example/x",
            "http://api.twilio.com/",
        ),
        *(
            "https://user@169.254.169.254/",
            "https://media.twiliocdn.com:22/x",
            "file:///etc/passwd",
        ),
        *("https://evil.s3.amazonaws.com/x", "https://127.0.0.1/media.twiliocdn.com/x", "//evil/x"),
    ],
)
async def test_a_file_of_twilios_is_at_twilios_hosts_or_nowhere(elsewhere: str) -> None:
    media = TwilioMedia("https://api.twilio.com", ("AC1", "token"), timeout=SOON)

    def leads(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(307, headers={"location": elsewhere})

    media._client = media._elsewhere = httpx.AsyncClient(transport=httpx.MockTransport(leads))
    with pytest.raises(Rejected, match="elsewhere"):
        async for _piece in media.download("https://api.twilio.com/2010-04-01/Media/ME1"):
            pass
    await media.aclose()


async def test_a_host_of_twilios_that_leads_into_our_network_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    media = TwilioMedia("https://api.twilio.com", ("AC1", "token"), timeout=SOON)
    assert isinstance(media._elsewhere._transport, PublicOnly)

    async def inside(_host: str, _port: int) -> list[str]:
        return ["10.0.0.7"]

    monkeypatch.setattr(media._elsewhere._transport, "_resolve", inside)
    location = {"location": "https://media.twiliocdn.com/x"}
    await media._client.aclose()
    media._client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _request: httpx.Response(307, headers=location))
    )
    with pytest.raises(Retry, match="NotPublic"):
        async for _piece in media.download("https://api.twilio.com/2010-04-01/Media/ME1"):
            pass
    await media.aclose()


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:9/token", "https://127.0.0.1:9/token", "https://localhost/token"]
)
async def test_a_provider_can_not_send_us_into_our_own_network(endpoint: str) -> None:
    with pytest.raises(ProviderFailed):
        await sign_in_oidc._json(endpoint, issuer="https://login.example")


async def test_a_slow_file_has_an_end() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x"
        await asyncio.sleep(60)

    timed = outward.in_time(pieces(), 0.2)
    assert [await anext(timed) for _ in range(3)] == [b"x"] * 3
    with pytest.raises(httpx.ReadTimeout):
        await anext(timed)


def test_nothing_else_in_the_program_asks_without_limits() -> None:
    """Who makes a client of their own is in this list, and above."""
    found = {
        path.name
        for path in Path("bot").rglob("*.py")
        if "AsyncClient(" in path.read_text(encoding="utf-8")
    }
    assert found == {
        *("outward.py", "libre.py", "sign_in_oidc.py", "twilio_http.py", "telegram_files.py"),
        *("twilio_media.py", "doctor.py", "sending.py", "notices.py"),
    }
