"""The web on a real store, with nothing behind it: what is said here is answered by the test."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
import uvicorn
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Rendered
from bot.channels.plain import parse_plain, raw_message
from bot.channels.web import WebChannel
from bot.i18n import Catalogs
from bot.jobs.children import Children
from bot.jobs.engines import queue_for
from bot.jobs.lease_table import LeaseTable
from bot.jobs.previews import decoders
from bot.settings import Settings
from bot.store import cases, codec, inbox, messages, schema
from bot.store.blobs_folder import FolderBlobs
from bot.store.db import Database, Row
from bot.store.partials_folder import FolderPartials
from bot.store.scratch import Scratch
from bot.store.sealed_blobs import KEPT, SealedBlobs
from bot.store.sealed_partials import SealedPartials
from bot.tokens import token_hash
from bot.turn import Turns
from bot.web.site import site
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.catalog_parsing import parse_catalog
from handlers.office import Office
from handlers.replies import Reply
from handlers.service import Service
from handlers.session import Session
from tests.conftest import require_tool
from tests.postgres import database_of
from tests.web.phone import Phone
from tests.web.program import Program, program

ROOT = Path(__file__).parent.parent.parent
LANGUAGES = Catalogs.load(ROOT / "locales")
CATALOG = parse_catalog((ROOT / "checklist" / "catalog.toml").read_text(encoding="utf-8"))


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


@dataclass
class House:
    """What the web needs of the program, and what a turn would do, done by hand."""

    db: Database
    blobs: SealedBlobs
    partials: SealedPartials
    queue: LeaseTable
    settings: Settings
    children: Children
    decoders: Children
    languages: Catalogs = LANGUAGES
    catalog: Catalog = CATALOG
    clock: Clock = field(default_factory=Clock)

    async def rows(self, table: sa.Table) -> list[Row]:
        async def read(tx: AsyncConnection) -> list[Row]:
            return list(await tx.execute(sa.select(table).order_by(*table.primary_key)))

        return await self.db.read(read)

    def stored(self) -> list[Path]:
        """The files of all blobs, and what is left of broken ones."""
        folder = self.settings.data_dir / "blobs"
        return [path for path in folder.rglob("*") if path.is_file()]

    async def answer(self, *replies: Rendered, locale: str = "", send: bool = True) -> Case:
        """Do the turn of the oldest inbox row: keep what was said, and say these things."""
        row = next(row for row in await self.rows(schema.inbox) if row.state == "new")
        raw = json.loads(row.raw)
        said = parse_plain("web", raw, codec.moment(row.received_at))
        chat = next(chat for chat in await self.rows(schema.session) if chat.id == row.session_id)
        now = self.clock().timestamp()

        async def turn(tx: AsyncConnection) -> Case:
            known = await cases.load_case(tx, row.case_id)
            case = known or Case(id=row.case_id, opened_at=self.clock())
            if known is None:
                await cases.save_case(tx, case, None, now=now)
            await cases.save_session(
                tx,
                Session(
                    id=chat.id,
                    case_id=chat.case_id,
                    channel="web",
                    address=chat.address,
                    locale=locale or chat.locale,
                    version=chat.version + 1,
                ),
                before=chat.version,
            )
            await tx.execute(
                sa.update(schema.inbox).where(schema.inbox.c.id == row.id).values(state="done")
            )
            await messages.add_turn(
                tx,
                case_id=row.case_id,
                session_id=row.session_id,
                channel="web",
                cause=row.id,
                said=said,
                replies=[Reply(step=r.step, turn=r.turn, text=()) for r in replies],
                now=now,
            )
            return case

        case = await self.db.write(turn)
        if send:
            await self.send_all(row.session_id, list(replies))
        return case

    async def send_all(self, session_id: str, replies: list[Rendered]) -> None:
        """Mark what waits as sent, in these words."""

        async def send(tx: AsyncConnection) -> None:
            waiting = await messages.queue(tx, session_id)
            for row, reply in zip(waiting, replies, strict=True):
                await messages.change(
                    tx,
                    row,
                    state="sent",
                    rendered=codec.dump(reply),
                    sent_at=self.clock().timestamp(),
                )

        await self.db.write(send)


def said(
    text: str, *choices: tuple[str, str], human: str = "", locale: str = "en", expects: str = ""
) -> Rendered:
    """A reply in words; a choice is its id and its label."""
    return Rendered(
        step="consent",
        turn=3,
        text=text,
        locale=locale,
        choices=tuple((f"consent:{choice}:3", label) for choice, label in choices),
        expects="choice" if choices else "text" if expects == "text" else "nothing",
        human=human,
        direction="rtl" if locale == "ar" else "ltr",
    )


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """The program's parts that the web uses. Nobody answers by himself, so no page waits for it."""
    monkeypatch.setattr("bot.web.chat._PATIENCE_SECONDS", 0)
    monkeypatch.setattr("bot.web.acting.PATIENCE_SECONDS", 0)
    async with housed(tmp_path, database_of(tmp_path)) as made:
        yield made


@asynccontextmanager
async def housed(tmp_path: Path, where: Path | str) -> AsyncIterator[House]:
    """The same on this database."""
    key = os.environ["SEALING_KEY"]
    given = {"data_dir": tmp_path, "max_file_bytes": 300_000, "sealing_key": key}
    settings = Settings.model_validate(given)
    async with await Database.open(where) as db:
        clock, pictures, heavy = Clock(), decoders(), Children()
        scratch = Scratch(tmp_path / "scratch", 1 << 30, KEPT)
        yield House(
            db=db,
            blobs=SealedBlobs(FolderBlobs(tmp_path / "blobs"), db.keys, scratch),
            partials=SealedPartials(FolderPartials(tmp_path / "uploads"), db.keys, scratch),
            queue=queue_for(db, clock),
            settings=settings,
            children=heavy,
            decoders=pictures,
            clock=clock,
        )
        pictures.close()
        heavy.close()
        scratch.close()


@asynccontextmanager
async def turns_taken(house: House, service: Service | None = None) -> AsyncIterator[None]:
    """Take the turns of the house while the block runs; `service` is what its operator has set."""
    turns = Turns(
        house.db, {"web": WebChannel(house.blobs)}, CATALOG, LANGUAGES, house.clock, house.queue,
        web_address="http://test", office=lambda now: Office(), service=service,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.web.acting.PATIENCE_SECONDS", 3.0)
        task = asyncio.create_task(turns.run_forever())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def browser(house: House, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor without scripts: keeps cookies, follows nothing by itself."""
    transport = httpx.ASGITransport(app=site(house), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"origin": "http://test", **headers}
    ) as client:
        yield client


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """One visitor."""
    async with browser(house) as client:
        yield client


def cookie_in(client: httpx.Client | httpx.AsyncClient, name: str = "chat") -> str:
    """The value of a cookie that is confined to some paths, the same for each."""
    values = {cookie.value for cookie in client.cookies.jar if cookie.name == name}
    assert len(values) == 1
    return values.pop() or ""


async def saved(client: httpx.AsyncClient, path: str, **headers: str) -> httpx.Response:
    """What is fetched where a page of this address leads; without a cookie, or what let its reader in."""
    led = await client.get(path)
    if led.status_code != 303:
        return led
    assert led.headers["location"].startswith("/saved/")
    for cookie in client.cookies.jar:
        assert not led.headers["location"].startswith(f"{cookie.path.rstrip('/')}/"), cookie
    async with httpx.AsyncClient(transport=client._transport, base_url=client.base_url) as nobody:
        return await nobody.get(led.headers["location"], headers=headers)


async def begin(house: House, client: httpx.AsyncClient) -> None:
    """The visitor has a chat, as the first message opens one; the message itself is left out."""
    await client.get("/chat")
    address = token_hash(cookie_in(client))
    key = f"{address[:16]}:opened"
    await inbox.add(
        house.db,
        channel="web",
        external_id=key,
        address=address,
        raw=raw_message(external_id=key, address=address, opened=True),
        received_at=house.clock(),
    )


@asynccontextmanager
async def served(house: House) -> AsyncIterator[str]:
    """The web on a socket of its own; its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        application = site(house)
        config = uvicorn.Config(
            application, log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        application.state.stop()
        server.should_exit = True
        await running


# ---- the real program, and a real browser ------------------------------------------------------


@contextmanager
def debians_browser() -> Iterator[Browser]:
    """A browser of its own, as Debian has it."""
    path = require_tool("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of a whole module."""
    with debians_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def alive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program for the tests that leave it alive."""
    with program(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Program]:
    """A program that may be killed."""
    with program(tmp_path) as running:
        yield running


@pytest.fixture
def phone(chromium: Browser, alive: Program) -> Iterator[Phone]:
    """A phone with the page open for the first time."""
    phone = Phone(chromium, alive.address)
    yield phone
    phone.close()
