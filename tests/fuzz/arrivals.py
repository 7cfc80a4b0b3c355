"""What arrives from outside, malformed: updates of Telegram and Twilio, what the pages are sent, uploads.

The program is the real one, without its loops: the routes are asked, and turns are taken after each few
hundred. Whatever came, no route fails, no turn dies in the conversation, and the next patient is answered.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import sqlalchemy as sa

from bot.app import App
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_webhook import PATH, TelegramWebhook
from bot.settings import Settings
from bot.store import cases, codec, links, schema
from bot.store.sealed import sealed
from bot.tokens import new_token, token_hash
from bot.web.site import site
from bot.web.telegram_hook import TelegramHook
from checklist.case import Case, Consent
from tests.doubles.twilio import PUBLIC, SENDER, SID, TOKEN, sign
from tests.fuzz.mutations import mutated

_PAYLOADS = Path(__file__).parents[1] / "payloads"
_HOOK = "/hooks/whatsapp"
_CASE, _CHAT = "FUZZ-CASE", "5" * 32

#: What a field is never meant to hold.
_ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**31, 2**63, 2**70, 1e308, "", " ", "\0", "\ud800", "\u202e\u2066"),
    *([], {}, [[]], {"": {}}, "x" * 5000, "🩻" * 300, "/start", "/start x", "../../etc/passwd"),
    *("consent:yes", "language:zz", "a:b:c", "&#0;", "%00", "\r\nSet-Cookie: a=b", "٣٤٥", "١"),
)


@dataclass(kw_only=True)
class Target:
    """The program, and somebody to talk to it."""

    app: App
    client: httpx.AsyncClient
    secret: str
    seeds: dict[str, list[Any]]
    answered: Counter[int]
    batch: str = ""
    good: int = 0

    async def settle(self) -> None:
        """Take all turns, and see that the next who writes is answered."""
        self.good += 1
        before = await self._replies()
        form = {"key": (None, f"good-key-{self.good:08}"), "text": (None, "hello")}
        visitor = httpx.AsyncClient(
            transport=self.client._transport, base_url=PUBLIC, headers={"origin": PUBLIC}
        )
        sent = await visitor.post("/send", files=form, headers={"accept": "application/json"})
        assert sent.status_code == 200, sent.status_code
        while await self.app.turns.run_next():
            pass
        assert await self._replies() > before, "nobody was answered"

    async def _replies(self) -> int:
        query = sa.select(sa.func.count()).where(schema.message.c.direction == "out")

        async def read(tx: Any) -> int:
            return int((await tx.execute(query)).scalar_one())

        return await self.app.db.read(read)

    async def set_aside(self) -> dict[str, int]:
        """Why updates were given up, with how many of each."""

        async def read(tx: Any) -> list[str]:
            return list((await tx.execute(sa.select(schema.set_aside.c.reason))).scalars())

        return dict(Counter(await self.app.db.read(read)))


@asynccontextmanager
async def opened() -> AsyncIterator[Target]:
    """The program on a folder of its own, with Telegram and WhatsApp set up, and a private link."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        settings = Settings(
            data_dir=Path(folder) / "data",
            public_url=PUBLIC,
            telegram_token="1:fuzz",  # type: ignore[arg-type]  # pydantic makes a secret of it
            telegram_api_url="http://127.0.0.1:9",
            telegram_mode="webhook",
            twilio_account_sid=SID,
            twilio_auth_token=TOKEN,  # type: ignore[arg-type]  # the same
            whatsapp_from=SENDER,
        )
        async with App.open(settings) as app:
            channel = app.channels[TelegramChannel.name]
            assert isinstance(channel, TelegramChannel)
            hook = TelegramWebhook(channel, app.db, app.clock, public_url=PUBLIC)
            transport = httpx.ASGITransport(app=site(app, TelegramHook(hook).routes()))
            async with httpx.AsyncClient(
                transport=transport, base_url=PUBLIC, headers={"origin": PUBLIC}
            ) as client:
                target = Target(
                    app=app,
                    client=client,
                    secret=channel.secret,
                    seeds=_payloads(),
                    answered=Counter(),
                )
                await _with_link(target)
                yield target


def _payloads() -> dict[str, list[Any]]:
    return {
        name: [
            json.loads(path.read_text())["update"]
            for path in sorted((_PAYLOADS / name).glob("*.json"))
        ]
        for name in ("telegram", "whatsapp")
    }


async def _with_link(target: Target) -> None:
    app, token = target.app, new_token()
    at = app.clock()
    consent = Consent(version="1", given=True, locale="en", at=at)

    async def write(tx: Any) -> None:
        case = Case(id=_CASE, opened_at=at, consents=(consent,))
        await cases.save_case(tx, case, None, now=at.timestamp())
        chat = {"id": _CHAT, "channel": "telegram", "address": sealed(_CASE, "7"), "case_id": _CASE}
        await tx.execute(sa.insert(schema.session).values(**chat, locale="en", created_at=0))
        await links.add(
            tx,
            link_id=token_hash(token)[:16],
            token_hash=token_hash(token),
            case_id=_CASE,
            session_id=_CHAT,
            name="",
            item=None,
            now=codec.seconds(at),
            expires_at=codec.seconds(at + timedelta(days=7)),
        )

    await app.db.write(write)
    await target.client.get(f"/u/{token}")


# ---- what is made of a good one ----------------------------------------------------------------


def bent(value: Any, random: Random, *, often: float = 0.12) -> Any:
    """A JSON value in which some things are gone, doubled, exchanged, or of another kind."""
    if random.random() < often:
        return random.choice(_ODD)
    if isinstance(value, dict):
        items = [(k, bent(v, random, often=often)) for k, v in value.items()]
        if items and random.random() < often:
            items.pop(random.randrange(len(items)))
        if len(items) > 1 and random.random() < often:
            (a, x), (b, y) = random.sample(items, 2)
            items += [(a, y), (b, x)]
        return dict(items)
    if isinstance(value, list):
        twice = [one for one in value for _n in range(1 + (random.random() < 0.1))]
        return [bent(one, random, often=often) for one in twice]
    if isinstance(value, str) and random.random() < often:
        return mutated(value.encode(), [b"0"], random).decode("utf-8", "surrogateescape")
    if isinstance(value, int) and not isinstance(value, bool) and random.random() < 0.3:
        return value + random.choice((-1, 1, 1000))
    return value


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


async def telegram(target: Target, random: Random) -> int:
    """An update of Telegram's, bent or broken."""
    update = bent(random.choice(target.seeds["telegram"]), random)
    if isinstance(update, dict) and random.random() < 0.9:
        update["update_id"] = random.randrange(2**40)
    body = json.dumps(update).encode()
    if random.random() < 0.15:
        body = mutated(body, [b"{}"], random)
    secret = "" if random.random() < 0.02 else target.secret
    headers = {"x-telegram-bot-api-secret-token": secret, "content-type": "application/json"}
    return (await target.client.post(PATH, content=body, headers=headers)).status_code


async def twilio(target: Target, random: Random) -> int:
    """A form of Twilio's, bent, and mostly signed as it is."""
    form = bent(dict(random.choice(target.seeds["whatsapp"])["form"]), random, often=0.08)
    fields = {str(k): _text(v) for k, v in form.items()} if isinstance(form, dict) else {"Body": ""}
    if random.random() < 0.8:
        fields["MessageSid"] = f"SM{random.randrange(2**64):032x}"
    body = urlencode(fields).encode("utf-8", "replace")
    where = random.choice((_HOOK, f"{_HOOK}/status")) if random.random() < 0.1 else _HOOK
    signature = sign(TOKEN, PUBLIC + where, fields)
    if random.random() < 0.15:
        body = mutated(body, [b"a=b"], random)
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": signature,
    }
    return (await target.client.post(where, content=body, headers=headers)).status_code


async def web(target: Target, random: Random) -> int:
    """A form of the chat, or any address with anything in it."""
    if random.random() < 0.3:
        path = _address(target, random)
        method = random.choice(("GET", "GET", "POST", "HEAD", "PUT", "DELETE"))
        return (await target.client.request(method, path, headers=_headers(random))).status_code
    parts = {
        "key": f"{random.randrange(2**64):016x}",
        "text": _text(bent("Tengo dolor de espalda", random, often=0.5)),
        "choice": _text(bent("consent:yes", random, often=0.5)),
    }
    border = "border"
    body = "".join(
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    if random.random() < 0.5:
        name = quote(_text(random.choice(_ODD)))[:200]
        body += (
            f'--{border}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            "Content-Type: application/pdf\r\n\r\n%PDF-1.4 x\r\n"
        )
    data = f"{body}--{border}--\r\n".encode()
    if random.random() < 0.5:
        data = mutated(data, [b"--border--"], random)
    headers = {**_headers(random), "content-type": f"multipart/form-data; boundary={border}"}
    return (await target.client.post("/send", content=data, headers=headers)).status_code


def _headers(random: Random) -> dict[str, str]:
    odd = ("", "a=b", "visitor=", '"', "x" * 3000, "en-US,en;q=0.9,*;q=x", "bytes=9-1", "\xff")
    names = ("accept-language", "cookie", "range", "if-none-match", "origin", "x-forwarded-for")
    chosen = random.sample(names, random.randrange(3))
    headers = {name: quote(random.choice(odd), safe='",;=* -') for name in chosen}
    return {"accept": "application/json", **headers}


def _address(target: Target, random: Random) -> str:
    paths = (
        *(
            "/",
            "/saved/",
            "/sent",
            "/events",
            "/upload",
            "/u/",
            "/opinion",
            "/letter",
            "/join",
            "/desk",
        ),
        *("/desk/cases/", "/api/v1/cases", "/api/v1/openapi.json", "/static/", "/hooks/whatsapp"),
    )
    path = random.choice(paths)
    if path == "/events":
        path = "/sent"  # A stream has no end to wait for.
    if random.random() < 0.6:
        path += "/" + quote(_text(random.choice(_ODD)), safe="/")[:300]
    if random.random() < 0.6:
        path += "?" + urlencode({"key": _text(random.choice(_ODD))[:300], "after": "x"})
    return path


async def tus(target: Target, random: Random) -> int:
    """An announcement and its pieces, in the wrong order, with headers that don't fit."""
    if not target.batch or random.random() < 0.01:
        wish = bent({"files": 9, "size": 1000, "folder": ""}, random, often=0.02)
        # Half a sign is escaped, as a script writes it: the client's own JSON would refuse it.
        body = json.dumps(wish if _plain(wish) else {})
        kind = {"content-type": "application/json"}
        answer = await target.client.post("/upload/batches", content=body, headers=kind)
        target.batch = str(answer.json()["id"]) if answer.status_code == 201 else target.batch
    length = random.choice(("0", *("3", "10", "300") * 5, "-1", "1e3", "", "9" * 30, "٣"))
    batch = target.batch if random.random() < 0.95 else "nothing"
    pairs = {"filename": _text(random.choice(_ODD))[:300], "batch": batch}
    if random.random() < 0.3:
        pairs["key"] = str(random.randrange(50))
    metadata = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items())
    if random.random() < 0.15:
        metadata = mutated(metadata.encode(), [b"a b"], random).decode("ascii", "ignore")
    headers = {
        "tus-resumable": random.choice(("1.0.0",) * 9 + ("2.0", "")),
        "upload-length": quote(length),
        "upload-metadata": "".join(c for c in metadata if 32 <= ord(c) < 127)[:4000],
    }
    created = await target.client.post("/upload/files", headers=headers)
    if created.status_code != 201:
        return created.status_code
    return await _pieces(target, random, httpx.URL(created.headers["location"]).path)


async def _pieces(target: Target, random: Random, path: str) -> int:
    status = 0
    for _piece in range(random.randrange(1, 5)):
        headers = {
            "tus-resumable": "1.0.0",
            "content-type": random.choice(("application/offset+octet-stream",) * 6 + ("text/a",)),
            "upload-offset": random.choice(("0", "0", "3", "5", "-1", "x", "9" * 40)),
        }
        if random.random() < 0.2:
            headers["upload-checksum"] = random.choice(("sha1 x", "md5 ===", "sha256 AAAA", ""))
        method = random.choice(("PATCH", "PATCH", "PATCH", "HEAD", "DELETE"))
        body = random.randbytes(random.choice((0, 3, 7, 400))) if method == "PATCH" else None
        answer = await target.client.request(method, path, headers=headers, content=body)
        status = max(status, answer.status_code)
    # What is left open counts against the link, which takes so many and no more.
    gone = await target.client.delete(path, headers={"tus-resumable": "1.0.0"})
    return max(status, gone.status_code)


def _plain(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False).encode("utf-8")
    except (ValueError, TypeError):
        return False
    return True


ARRIVALS: dict[str, Callable[[Target, Random], Any]] = {
    "telegram": telegram,
    "twilio": twilio,
    "web": web,
    "tus": tus,
}
