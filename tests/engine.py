"""The durable core on a folder of its own, with a channel whose wire is in the test's hands."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.channels.base import Capabilities, Raw, Rendered, Sent
from bot.jobs.children import Children
from bot.jobs.engines import queue_for
from bot.jobs.lease_table import LeaseTable
from bot.jobs.previews import decoders
from bot.jobs.worker import Worker
from bot.outbox import Outbox
from bot.paths import load_catalog, load_languages
from bot.settings import Settings
from bot.showing import Showing
from bot.store import inbox
from bot.store.blobs_folder import FolderBlobs
from bot.store.db import Database, Row
from bot.store.partials_folder import FolderPartials
from bot.store.scratch import Scratch
from bot.store.sealed_blobs import KEPT, SealedBlobs
from bot.store.sealed_partials import SealedPartials
from bot.turn import Advance, Turns
from checklist.case import Answer, Case
from checklist.catalog import Catalog
from checklist.faq import Faq
from checklist.text import verbatim
from handlers.effects import Effect, SendReply
from handlers.languages import Languages
from handlers.office import Office
from handlers.replies import Reply
from handlers.service import Service
from handlers.session import Session
from handlers.turn import Turn
from handlers.updates import Attachment, InboundMessage, Update
from tests.postgres import database_of, let_time_pass

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

languages = cache(load_languages)
catalog = cache(load_catalog)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START
        self.also: Callable[[float], None] | None = None

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        if self.also is not None:
            self.also(seconds)


@dataclass
class Wire:
    """A channel of which the test holds the far end. `trouble` is raised, in turn, by `send`."""

    name: str = "wire"
    capabilities: Capabilities = field(default_factory=Capabilities)
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    trouble: list[BaseException | None] = field(default_factory=list)
    files: dict[str, bytes | BaseException] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    unsaid: list[tuple[str, str]] = field(default_factory=list)
    on_send: Callable[[str], Any] | None = None

    def address(self, raw: Raw) -> str:
        return str(raw["from"])

    def parse(self, raw: Raw, received_at: datetime) -> InboundMessage | None:
        if raw.get("malformed"):
            raise KeyError("no such field")
        if raw.get("nothing"):
            return None
        return InboundMessage(
            channel=self.name,
            external_id=str(raw["id"]),
            sender=str(raw["from"]),
            received_at=received_at,
            text=str(raw.get("text", "")),
            unsupported="edited" if raw.get("edited") else "",
            attachments=tuple(
                Attachment(fetch_ref=ref, filename=f"{ref}.pdf") for ref in raw.get("files", ())
            ),
        )

    async def send(self, address: str, rendered: Rendered, key: str) -> Sent:
        if self.on_send is not None:
            await self.on_send(address)
        if self.trouble and (trouble := self.trouble.pop(0)) is not None:
            raise trouble
        self.sent.append((address, rendered.text, key))
        return Sent(external_id=f"ext-{len(self.sent)}")

    async def fetch(self, fetch_ref: str) -> AsyncIterator[bytes]:
        self.fetched.append(fetch_ref)
        content = self.files[fetch_ref]
        if isinstance(content, BaseException):
            raise content
        yield content

    async def unsay(self, address: str, external_id: str) -> None:
        self.unsaid.append((address, external_id))

    async def close(self) -> None:
        """Nothing is held."""

    def texts(self, address: str | None = None) -> list[str]:
        return [text for to, text, _ in self.sent if address in (None, to)]


@dataclass
class Script:
    """A small conversation: it repeats what it hears, and has the effects that a test gives it."""

    effects: Callable[[Update, Session, Case], tuple[Effect, ...]] | None = None
    heard: list[Update] = field(default_factory=list)

    def __call__(
        self,
        session: Session,
        case: Case,
        update: Update,
        *,
        now: datetime,
        ids: Callable[[], str],
        catalog: Catalog,
        languages: Languages,
        web_address: str = "",
        health: bool = True,
        office: Office | None = None,
        faq: Faq | None = None,
        service: Service | None = None,
    ) -> Turn:
        self.heard.append(update)
        session = replace(session, version=session.version + 1)
        if isinstance(update, InboundMessage):
            if update.text == "boom":
                raise ZeroDivisionError("boom")
            answer = Answer(step=f"a{len(case.answers)}", at=now, text=update.text)
            case = case.with_answer(answer)
        effects = self.effects(update, session, case) if self.effects else ()
        if not effects and isinstance(update, InboundMessage):
            effects = (say(f"heard {update.text}"),)
        return Turn(session=session, case=case, effects=effects)


def say(words: str, step: str = "test") -> SendReply:
    return SendReply(reply=Reply(step=step, turn=1, text=(verbatim(words),)))


@dataclass
class Engine:
    """The core, opened. It is what jobs see as the program."""

    db: Database
    blobs: SealedBlobs
    partials: SealedPartials
    wire: Wire
    clock: Clock
    queue: LeaseTable
    settings: Settings
    script: Script
    children: Children
    decoders: Children
    turns: Turns
    outbox: Outbox
    others: dict[str, Wire] = field(default_factory=dict)
    _count: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def channels(self) -> Mapping[str, Any]:
        return {"wire": self.wire, **self.others}

    @property
    def languages(self) -> Languages:
        return languages()

    @property
    def catalog(self) -> Catalog:
        return catalog()

    def worker(self, **how: Any) -> Worker:
        return Worker(self, **how)

    async def hear(self, text: str = "", *, sender: str = "ann", **raw: Any) -> int | None:
        """Something arrives on the wire; its row, or None when it has arrived before."""
        external_id = str(raw.pop("id", None) or f"m{next(self._count)}")
        return await inbox.add(
            self.db,
            channel="wire",
            external_id=external_id,
            address=sender,
            raw={"id": external_id, "from": sender, "text": text, **raw},
            received_at=self.clock(),
        )

    async def take_turns(self) -> int:
        count = 0
        while await self.turns.run_next():
            count += 1
        return count

    async def settle(self) -> None:
        """Turns, jobs and messages, until nothing is due."""
        worker = self.worker()
        while await self.take_turns() or await worker.run_due():
            pass
        await self.outbox.drain()

    async def rows(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> list[Row]:
        query = sa.select(table).where(*where).order_by(*table.primary_key.columns)

        async def work(tx: Any) -> list[Row]:
            return list((await tx.execute(query)).all())

        return await self.db.read(work)

    async def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, but for keys and what they hash, never the same twice."""
        from bot.store.schema import metadata

        return {
            table.name: [_without_hashes(row) for row in await self.rows(table)]
            for table in metadata.sorted_tables
            if not table.name.endswith("_key")
        }


def _without_hashes(row: Row) -> tuple[Any, ...]:
    return tuple(value for name, value in row._mapping.items() if name != "address_hash")


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    script: Advance | None = None,
    destinations: tuple[str, ...] = (),
    capabilities: Capabilities | None = None,
    max_file_bytes: int = 1 << 20,
    others: dict[str, Wire] | None = None,
    lease: float = 60.0,
    ids: Callable[[], str] | None = None,
    children: Children | None = None,
    wire: Wire | None = None,
    web_address: str = "",
    service: Service | None = None,
) -> AsyncIterator[Engine]:
    """The core on the database in this folder. Children that are given are left alive."""
    clock, small = Clock(), Script()
    wire = wire or Wire(capabilities=capabilities or Capabilities())
    where = database_of(folder)
    async with await Database.open(where) as db:
        queue = queue_for(db, clock, lease=lease)
        if isinstance(where, str):
            clock.also = partial(let_time_pass, where)
        channels: dict[str, Any] = {"wire": wire, **(others or {})}
        counted = itertools.count(1)
        own, decoding = children or Children(), decoders()
        scratch = Scratch(folder / "scratch", 1 << 30, KEPT)
        blobs = SealedBlobs(FolderBlobs(folder / "blobs"), db.keys, scratch)
        turns = Turns(
            db,
            channels,
            catalog(),
            languages(),
            clock,
            queue,
            destinations=destinations,
            advance=script or small,
            ids=ids or (lambda: f"id{next(counted)}"),
            web_address=web_address,
            service=service,
        )
        try:
            yield Engine(
                db=db,
                blobs=blobs,
                partials=SealedPartials(FolderPartials(folder / "uploads"), db.keys, scratch),
                wire=wire,
                clock=clock,
                queue=queue,
                settings=Settings.model_construct(data_dir=folder, max_file_bytes=max_file_bytes),
                script=small,
                children=own,
                decoders=decoding,
                turns=turns,
                outbox=Outbox(
                    db, channels, languages(), clock, showing=Showing(db, blobs, queue, clock)
                ),
                others=others or {},
            )
        finally:
            if children is None:
                own.close()
            decoding.close()
            scratch.close()
