"""Every address of the started program, asked by everybody: who is let in, and what is answered.

`python -m tests.web.asked` writes docs/routes.md anew; a test compares it with what is answered.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from bot.channels.telegram_webhook import PATH as TELEGRAM_HOOK
from bot.coordinators import add, link
from bot.store import api_tokens, cases, codec, links, schema
from bot.store.coordinators import ROLES
from bot.tokens import new_token, token_hash
from bot.web.doors import Door
from bot.web.site import site
from checklist.case import Case
from tests.doubles.twilio import SENDER, SID, TOKEN
from tests.web.conftest import House, begin, housed, said
from tests.web.test_desk import fill

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "routes.md"
PUBLIC = "https://test"

#: Who asks, in the order of the table's columns.
PATIENTS = ("nobody", "patient", "another patient", "helper by link")
SYSTEMS = tuple(f"API {scope}" for scope in api_tokens.SCOPES)
EVERYBODY = (*PATIENTS, *ROLES, *SYSTEMS)

#: What an address asks for beside, or instead of, a cookie. Whoever has it comes in.
BY_SECRET = {
    "/u/{token}": "the link's secret",
    "/j/{code}": "the code of a case",
    "/o/{token}": "the link's secret",
    "/l/{token}": "the link's secret",
    "/c": "a short code",
    "/api/v1/openapi.json": "",
    "/desk/sign-in/{token}": "the link's secret",
    "/desk/sign-in/oidc/back": "what the provider says",
    "/hooks/whatsapp": "Twilio's signature",
    "/hooks/whatsapp/status": "Twilio's signature",
    "/hooks/whatsapp/pictures/{name}.jpg": "a signed address, for 30 minutes",
    TELEGRAM_HOOK: "Telegram's secret",
    "/saved/{token}": "a sealed address, for an hour; no cookie is sent",
}
#: By which channel patients or systems come to an address; the desk is told by its path.
CHANNELS = (
    ("/api/v1", "API"),
    ("/desk", "desk"),
    ("/hooks/telegram", "Telegram"),
    ("/hooks/whatsapp", "WhatsApp"),
    ("/healthz", "watching"),
    ("/readyz", "watching"),
    ("/static", "all pages"),
    ("/saved", "all pages"),
    ("/u/", "private link"),
    ("/c", "private link"),
    ("/upload", "private link"),
    ("/o", "private link"),
    ("/l", "private link"),
    ("", "web chat"),
)
_ENDS = ("/desk/sign-out", "/desk/account/sessions", "/desk/people/sessions")
_STREAMS = ("/events", "/desk/events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One method of one route."""

    method: str
    path: str
    door: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody was answered at an address."""

    address: Address
    who: str
    status: int
    headers: httpx.Headers

    @property
    def came_in(self) -> str:
        """`yes`, or how they were kept out."""
        if self.headers.get("location") == "/desk/sign-in":
            return "yes" if self.address.path == "/desk/sign-out" else "sign in"
        if self.headers.get("location") == "/upload" and self.address.path == "/upload/form":
            return "no"
        return {401: "no", 403: "no", 404: "not there", 410: "not there"}.get(self.status, "yes")


@dataclass(kw_only=True)
class Answers:
    """All that was answered, and what the application's own list of routes holds."""

    addresses: list[Address]
    asked: list[Asked] = field(default_factory=list)
    odd: list[Asked] = field(default_factory=list)


def addresses_of(routes: list[BaseRoute], under: str = "") -> list[Address]:
    """Every method of every route, those of applications within it too."""
    found = []
    for route in routes:
        assert isinstance(route, Route | Mount)
        if isinstance(route, Mount):
            inner = addresses_of(list(route.routes), under + route.path)
            found += inner or [Address(method="GET", path=f"{under}{route.path}/{{file}}")]
            continue
        door = getattr(route.endpoint, "__self__", None)
        roles = frozenset[str](door.roles) if isinstance(door, Door) else None
        for method in sorted(route.methods or ()):
            if method != "HEAD" or (route.methods or set()) & {"GET"} == set():
                found.append(Address(method=method, path=under + route.path, door=roles))
    return found


@asynccontextmanager
async def all_set_up(folder: Path) -> AsyncIterator[House]:
    """A house with every channel and every way in, so that each route is there; nobody waits in it."""
    async with housed(folder, folder / "core.db") as house:
        given: dict[str, Any] = {
            "public_url": PUBLIC,
            "twilio_account_sid": SID,
            "twilio_auth_token": SecretStr(TOKEN),
            "whatsapp_from": SENDER,
            "whatsapp_health_details": "chat",
            "oidc_issuer": "http://127.0.0.1:9",
            "oidc_client_id": "us",
            "api_requests_per_minute": 100_000,
        }
        house.settings = house.settings.model_copy(update=given)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("bot.web.chat._PATIENCE_SECONDS", 0)
            patch.setattr("bot.web.acting.PATIENCE_SECONDS", 0)
            yield house


def application(house: House) -> Starlette:
    """The site, with Telegram's webhook as `serve` adds it."""
    from bot.web.telegram_hook import TelegramHook

    class Webhook:
        def is_telegram(self, secret: str) -> bool:
            return secret == "known"

    hook: Any = Webhook()
    return site(house, TelegramHook(hook).routes())


class Asker:
    """Asks every address as everybody."""

    def __init__(self, house: House, app: Starlette, stack: AsyncExitStack) -> None:
        self.house = house
        self.app = app
        self.stack = stack
        self.clients: dict[str, httpx.AsyncClient] = {}
        self.case_id = ""

    async def comes(self, who: str, **headers: str) -> httpx.AsyncClient:
        """A browser or a system of its own."""
        # Each from an address of their own: what is limited is limited for each.
        transport = httpx.ASGITransport(
            app=self.app, raise_app_exceptions=False, client=(f"10.0.0.{len(self.clients)}", 1)
        )
        client = httpx.AsyncClient(
            transport=transport, base_url=PUBLIC, headers={"origin": PUBLIC, **headers}
        )
        self.clients[who] = await self.stack.enter_async_context(client)
        return client

    async def everybody(self) -> None:
        """Let all come in by their own ways."""
        house, now = self.house, self.house.clock().timestamp()
        for who in PATIENTS:
            await self.comes(who)
        await begin(house, self.clients["patient"])
        filled = await fill(house, await house.answer(said("Welcome")))
        self.case_id = filled.id
        await _in_translation(house, filled)
        await begin(house, self.clients["another patient"])
        await house.answer(said("Welcome"))
        await self.clients["helper by link"].get(f"/u/{await self.link()}")
        for role in ROLES:
            await add(house.db, name=role, roles=[role], email=None, telegram_id=None, now=now)
            await self.comes(role)
            await self.signs_in(role)
        for scope in api_tokens.SCOPES:
            token = await house.db.write(
                lambda tx, scope=scope: api_tokens.add(tx, scope, (scope,), now)  # type: ignore[misc]
            )
            await self.comes(f"API {scope}", authorization=f"Bearer {token}")

    async def signs_in(self, role: str) -> None:
        """A coordinator, with the link that was sent to them."""
        path = await link(self.house.db, role, "", self.house.clock().timestamp())
        assert path is not None
        self.clients[role].cookies.clear()
        await self.clients[role].post(path)

    async def link(self) -> str:
        """The secret of a private link of the case."""
        token, now = new_token(), codec.seconds(self.house.clock())
        chats = await self.house.rows(schema.session)
        chat = next(one for one in chats if one.case_id == self.case_id)

        async def write(tx: AsyncConnection) -> None:
            await links.add(
                tx, link_id=token_hash(token)[:16], token_hash=token_hash(token),
                case_id=self.case_id, session_id=chat.id, name="Maria", item=None, now=now,
                expires_at=now + 7 * 86400,
            )  # fmt: skip

        await self.house.db.write(write)
        return token

    async def asks(self, address: Address, who: str) -> Asked:
        """One question. Whoever was signed out by it signs in again."""
        values = {"case_id": self.case_id, "file_id": "f1", "record_id": "r1", "action": "take"}
        path = re.sub(r"{(\w+)(:int)?}", lambda found: values.get(found[1], "1"), address.path)
        path = path.replace("/static/1", "/static/chat.css")
        if address.path in _STREAMS:
            answer = await self.begun(path, self.clients[who])
        else:
            tus = {"tus-resumable": "1.0.0"} if path.startswith("/upload/files") else {}
            answer = await self.clients[who].request(address.method, path, headers=tus)
        if who in ROLES and address.path in _ENDS:
            await self.signs_in(who)
        return Asked(address=address, who=who, status=answer.status_code, headers=answer.headers)

    async def begun(self, path: str, client: httpx.AsyncClient) -> httpx.Response:
        """How a stream that has no end begins."""
        got: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()
        request = client.build_request("GET", path)
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
            "query_string": b"", "scheme": "https", "server": ("test", 443), "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
        }  # fmt: skip

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and not got.done():
                got.set_result(httpx.Response(message["status"], headers=message["headers"]))

        async def receive() -> MutableMapping[str, Any]:
            await asyncio.sleep(0 if got.done() else 3600)
            return {"type": "http.disconnect"}

        task = asyncio.create_task(self.app(scope, receive, send))
        try:
            return await asyncio.wait_for(asyncio.shield(got), 10)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _in_translation(house: House, case: Case) -> None:
    """The case as a translator may see it; its study has pictures."""
    scan, *others = case.records
    picture = (await house.blobs.put(_picture(), case_id=case.id)).id
    scan = replace(scan, preview_blob_id=picture, sheet_blob_id=picture)
    changed = replace(
        case, version=case.version + 1, status="in_translation", records=(scan, *others)
    )

    async def write(tx: AsyncConnection) -> None:
        await cases.save_case(tx, changed, case, now=house.clock().timestamp())

    await house.db.write(write)


async def _picture() -> AsyncIterator[bytes]:
    yield b"\xff\xd8 a picture"


async def ask_everything(folder: Path) -> Answers:
    """Everything, and beside it what goes wrong: no such address, no such method, an error of ours."""
    async with all_set_up(folder) as house:
        app = application(house)
        answers = Answers(addresses=addresses_of(list(app.routes)))

        async def fails(_request: Any) -> Response:
            raise ValueError

        app.router.routes.append(Route("/fails", fails))
        async with AsyncExitStack() as stack:
            asker = Asker(house, app, stack)
            await asker.everybody()
            for who in EVERYBODY:
                for address in answers.addresses:
                    answers.asked.append(await asker.asks(address, who))
                for method, path in (
                    *(("GET", "/nowhere"), ("GET", "/desk/nowhere"), ("GET", "/api/v1/nowhere")),
                    *(("PUT", "/send"), ("DELETE", "/desk"), ("GET", "/fails")),
                    *(("GET", "/static/nothing.css"), ("TRACE", "/")),
                ):
                    odd = Address(method=method, path=path)
                    answers.odd.append(await asker.asks(odd, who))
    return answers


# ---- the table ---------------------------------------------------------------------------------

_HEAD = """# Every address, and who is let in

Written by `python -m tests.web.asked`: each address of the program's own router, with every channel set
up, is asked by each role. `tests/web/test_routes.py` asks them all again and compares; no address is
without a line.

**yes** let in (what was asked for may still be refused, such as a form without its words) · **no** refused
(401 or 403) · **sign in** led to the sign-in · **not there** 404, as for what doesn't exist. *Patient* is
the one whose case is asked for, *another patient* is not; the *helper* came by a private link of the case;
the case is in translation, so a translator may see it. *Opened by* is what an address asks for beside a
cookie: whoever has it comes in, and nobody here had it.

"""


def table(answers: Answers) -> str:
    """The whole document."""
    got = {(one.address.method, one.address.path, one.who): one.came_in for one in answers.asked}
    lines = [
        f"| address | channel | opened by | {' | '.join(EVERYBODY)} |",
        f"|{'---|' * (3 + len(EVERYBODY))}",
    ]
    for address in sorted(answers.addresses, key=lambda one: (one.path, one.method)):
        cells = [got[address.method, address.path, who] for who in EVERYBODY]
        channel = next(name for start, name in CHANNELS if address.path.startswith(start))
        opened = BY_SECRET.get(address.path, "a token" if channel == "API" else "")
        shown = f"`{address.method} {address.path}`"
        lines.append(f"| {shown} | {channel} | {opened} | {' | '.join(cells)} |")
    return _HEAD + "\n".join(lines) + "\n"


async def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        DOCUMENT.write_text(table(await ask_everything(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
