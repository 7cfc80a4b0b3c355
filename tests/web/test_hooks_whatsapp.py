"""What may come in by WhatsApp's webhook: what Twilio has signed, and nothing else."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from twilio.request_validator import RequestValidator

from bot import set_aside
from bot.app import App, StartError
from bot.settings import Settings
from bot.store import schema
from bot.store.set_aside import forget_unread
from bot.web.site import site
from tests.doubles.twilio import PUBLIC, SENDER, SID, TOKEN, TwilioDouble, sign

HOOK = "/hooks/whatsapp"
SETTINGS: dict[str, Any] = {
    "twilio_account_sid": SID,
    "twilio_auth_token": TOKEN,
    "whatsapp_from": SENDER,
    "public_url": PUBLIC,
}


class Hook:
    """The webhook, and what it has kept."""

    def __init__(self, app: App) -> None:
        self.app = app
        transport = httpx.ASGITransport(site(app))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://inside:8080")

    async def post(
        self, form: dict[str, str], signature: str, *, to: str = HOOK, **headers: str
    ) -> int:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        named = {**kind, "X-Twilio-Signature": signature, **headers}
        signed = [(name.encode(), value.encode()) for name, value in named.items()]
        return (await self.client.post(to, content=urlencode(form), headers=signed)).status_code

    async def kept(self) -> int:
        async def count(tx: AsyncConnection) -> int:
            query = sa.select(sa.func.count()).select_from(schema.inbox)
            return int((await tx.execute(query)).scalar_one())

        return await self.app.db.read(count)


@pytest.fixture
async def hook(tmp_path: Path) -> AsyncIterator[Hook]:
    async with App.open(Settings(data_dir=tmp_path, **SETTINGS)) as app:
        hook = Hook(app)
        yield hook
        await hook.client.aclose()


def form(**fields: str) -> dict[str, str]:
    return TwilioDouble().inbound("hello", **fields)


WITH_MEDIA = {"Body": "", "MediaUrl0": "https://api.twilio.com/x", "NumMedia": "1"}


@pytest.mark.parametrize(
    ("signed_for", "asked", "status"),
    [
        (PUBLIC + HOOK, HOOK, 204),
        (PUBLIC + ":443" + HOOK, HOOK, 204),
        (PUBLIC + HOOK + "?clinic=1&x=", HOOK + "?clinic=1&x=", 204),
        (PUBLIC + HOOK + "?clinic=1", HOOK, 403),
        (PUBLIC + HOOK, HOOK + "?clinic=1", 403),
        (PUBLIC + HOOK + "/", HOOK, 403),
        (PUBLIC.replace("https:", "http:") + HOOK, HOOK, 403),
        ("http://inside:8080" + HOOK, HOOK, 403),
        ("https://other.example" + HOOK, HOOK, 403),
        (PUBLIC + ":8443" + HOOK, HOOK, 403),
    ],
)
@pytest.mark.parametrize("fields", [{}, WITH_MEDIA])
async def test_the_signature_is_for_the_public_address_and_for_every_field(
    hook: Hook, signed_for: str, asked: str, status: int, fields: dict[str, str]
) -> None:
    sent = form(**fields)
    assert await hook.post(sent, sign(TOKEN, signed_for, sent), to=asked) == status
    assert await hook.kept() == (status == 204)


@pytest.mark.parametrize(
    "changed",
    [
        {"From": "whatsapp:+15550009999"},
        {"Body": "another word"},
        {"Extra": ""},
        {"SmsStatus": None},
    ],
)
async def test_a_form_that_was_changed_on_the_way_is_refused(
    hook: Hook, changed: dict[str, str | None]
) -> None:
    sent = form()
    signature = sign(TOKEN, PUBLIC + HOOK, sent)
    given = {name: value for name, value in {**sent, **changed}.items() if value is not None}
    assert await hook.post(given, signature) == 403
    assert await hook.kept() == 0


async def test_whoever_has_another_token_or_none_is_refused(hook: Hook) -> None:
    sent = form()
    for signature in (sign("another", PUBLIC + HOOK, sent), "", "=", "é"):
        assert await hook.post(sent, signature) == 403
    assert await hook.kept() == 0


async def test_twilios_own_library_signs_what_is_accepted(hook: Hook) -> None:
    sent = form()
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + HOOK, sent)
    assert await hook.post(sent, signature) == 204


@pytest.mark.parametrize(
    ("named", "how", "status"),
    [
        ("key=k1,algorithm=HMAC_SHA256", hashlib.sha256, 204),
        ("key=k1", hashlib.sha1, 204),
        ("key=k1,algorithm=HMAC_SHA256", hashlib.sha1, 403),
        ("key=k1,algorithm=HMAC_MD5", hashlib.md5, 403),
        ("algorithm=none", hashlib.sha1, 403),
        (None, hashlib.sha256, 403),
    ],
)
async def test_a_request_names_its_algorithm_but_only_one_of_two(
    hook: Hook, named: str | None, how: Any, status: int
) -> None:
    sent = form()
    headers = {} if named is None else {"X-Twilio-Webhooks-Signature-Settings": named}
    assert await hook.post(sent, sign(TOKEN, PUBLIC + HOOK, sent, how), **headers) == status


async def test_what_is_too_large_or_no_form_is_refused_before_it_is_read(hook: Hook) -> None:
    large = form(Body="a" * 200_000)
    assert await hook.post(large, sign(TOKEN, PUBLIC + HOOK, large)) == 413
    many = form(**{f"F{n}": "" for n in range(400)})
    assert await hook.post(many, sign(TOKEN, PUBLIC + HOOK, many)) == 400
    assert (await hook.client.post(HOOK, content=b"\xff\xfe")).status_code == 400
    assert (await hook.client.get(HOOK)).status_code == 405
    assert await hook.kept() == 0


@pytest.mark.parametrize(
    "odd", [{"MessageSid": "", "SmsMessageSid": "", "SmsSid": ""}, {"From": "?"}]
)
async def test_what_names_no_message_or_nobody_is_set_aside_whole(
    hook: Hook, odd: dict[str, str]
) -> None:
    sent = {**form(), **odd}
    for _ in range(2):
        assert await hook.post(sent, sign(TOKEN, PUBLIC + HOOK, sent)) == 204
    app = hook.app
    (row,) = await set_aside.listed(app)
    assert (row["what"], row["why"]) == ("message from whatsapp", "no id, or no sender")
    assert "hello" not in set_aside.to_text([row])
    assert json.loads(await set_aside.shown(app, row["id"]))["raw"]["Body"] == "hello"
    with pytest.raises(StartError):
        await set_aside.again(app, row["id"])
    now = app.clock().timestamp()
    await app.db.write(lambda tx: forget_unread(tx, now + 29 * 24 * 3600))
    assert await set_aside.listed(app)
    await app.db.write(lambda tx: forget_unread(tx, now + 31 * 24 * 3600))
    assert await set_aside.listed(app) == []


async def test_a_report_that_comes_to_the_wrong_address_is_no_message(hook: Hook) -> None:
    told = form(MessageStatus="delivered", SmsStatus="delivered")
    assert await hook.post(told, sign(TOKEN, PUBLIC + HOOK, told)) == 204
    assert await hook.kept() == 0


async def test_a_report_is_only_taken_from_twilio(hook: Hook) -> None:
    told, to = form(MessageStatus="undelivered", ErrorCode="63016"), f"{HOOK}/status"
    assert await hook.post(told, sign(TOKEN, PUBLIC + to, told), to=to) == 204
    assert await hook.post(told, sign(TOKEN, PUBLIC + HOOK, told), to=to) == 403


async def test_without_whatsapp_there_is_no_webhook(tmp_path: Path) -> None:
    async with (
        App.open(Settings(data_dir=tmp_path)) as app,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(site(app)), base_url="http://inside"
        ) as client,
    ):
        assert (await client.post(HOOK)).status_code == 404


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"public_url": ""}, "PUBLIC_URL"),
        ({"twilio_auth_token": ""}, "TWILIO_AUTH_TOKEN"),
        ({"whatsapp_from": ""}, "WHATSAPP_FROM"),
        ({"whatsapp_from": "415555"}, "WHATSAPP_FROM must be"),
    ],
)
async def test_what_is_half_set_up_names_the_setting(
    tmp_path: Path, changed: dict[str, str], words: str
) -> None:
    settings = Settings(data_dir=tmp_path, **{**SETTINGS, **changed})
    with pytest.raises(StartError, match=words):
        async with App.open(settings):
            pass
