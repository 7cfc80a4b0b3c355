"""App: the one place where the parts are put together."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog

from bot.answers import AnswersError, answers_of
from bot.channels.base import Channel
from bot.channels.registry import open_channels
from bot.channels.twilio_account import Account
from bot.channels.whatsapp_inbox import StoredContacts
from bot.cries import Cries
from bot.handoff.notices import destinations
from bot.i18n import Catalogs
from bot.jobs.children import Children
from bot.jobs.engines import queue_for
from bot.jobs.lease_table import LeaseTable
from bot.jobs.previews import decoders
from bot.jobs.worker import Worker
from bot.key_source import key_source
from bot.office import office_at
from bot.outbox import Outbox
from bot.pacing import keep_pace
from bot.parts import Parts
from bot.paths import load_catalog, load_faq, load_languages
from bot.service import service_of
from bot.settings import Settings
from bot.showing import Showing
from bot.signals import Signals
from bot.store import case_keys, codec, reach
from bot.store.blobs import RawBlobs
from bot.store.blobs_folder import FolderBlobs
from bot.store.db import TROUBLE, Database, SchemaError
from bot.store.lock import FolderInUse, hold
from bot.store.operator_key import OperatorKeyError
from bot.store.partials import RawPartials
from bot.store.partials_folder import FolderPartials
from bot.store.scratch import Scratch
from bot.store.sealed_blobs import KEPT, BlobKeys, SealedBlobs
from bot.store.sealed_partials import SealedPartials
from bot.turn import Turns
from bot.whatsapp_account import whatsapp_account
from checklist.catalog import Catalog, CatalogError
from checklist.faq import Faq

_log = structlog.get_logger(__name__)

_REMEDY = "second-opinion doctor"


class StartError(RuntimeError):
    """The program can't start or do what was asked; the message tells the operator what to change."""


class NoStoreError(StartError):
    """A command that only looks was pointed at a folder in which nothing is kept."""


def utc_now() -> datetime:
    """The time, aware, UTC."""
    return datetime.now(UTC)


async def _open(settings: Settings) -> Database:
    """Open the database; what is wrong with it is said in one sentence, without its password."""
    store = settings.store
    try:
        db = await Database.open(store, keys=key_source(settings))
        await _tell_of_missing_keys(db)
        return db
    except (SchemaError, OperatorKeyError) as error:
        raise StartError(str(error)) from None
    except TROUBLE as error:
        if isinstance(store, Path):
            raise
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise StartError(
            f"the database can't be reached ({reason}): start it, or correct DATABASE_URL"
        ) from None


async def _tell_of_missing_keys(db: Database) -> None:
    """Put it into the log where keys of cases need an operator's key that isn't here; others go on."""
    counts, there = await db.read(case_keys.counts), db.keys.ring.operator.ids
    for operator in counts.keys() - set(there):
        _log.error("operator_key_missing", key=operator, cases=counts[operator], remedy=_REMEDY)


def make_private(folder: Path) -> None:
    """Make the data folder, for its owner only: it holds what patients sent."""
    os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise StartError(f"DATA_DIR {folder} can't be used ({error.strerror})") from None


def _whatsapp(settings: Settings, alone: bool) -> Account | None:
    """The account of WhatsApp. Half set up, it stops what would run it, and not what only looks."""
    try:
        return whatsapp_account(settings)
    except ValueError as error:
        if alone:
            raise StartError(str(error)) from None
        return None


def _faq(settings: Settings, alone: bool) -> Faq:
    """The usual questions. An operator's file that can't be read stops what would answer by it."""
    if settings.answers_file is None:
        return load_faq()
    try:
        return answers_of(settings, load_faq(), load_languages().offered)
    except AnswersError as error:
        if alone:
            raise StartError(str(error)) from None
        return load_faq()


def _catalog(settings: Settings) -> Catalog:
    """The checklist, with the operator's own file over it."""
    try:
        return load_catalog(settings.catalog_file)
    except CatalogError as error:
        raise StartError(
            f"CATALOG_FILE can't be used: {error}. See it all: second-opinion catalog check"
        ) from None


def _take_folder(settings: Settings, stack: AsyncExitStack, alone: bool) -> None:
    """The data folder, readable by its owner alone, and held where nobody else may work on it."""
    store = settings.store
    if not alone and isinstance(store, Path) and not store.exists():
        raise NoStoreError(
            f"there is no store in {settings.data_dir.resolve()}: "
            "set DATA_DIR to the folder that `second-opinion serve` works on"
        )
    make_private(settings.data_dir)
    if alone and isinstance(store, Path):
        try:
            stack.enter_context(hold(settings.data_dir))
        except FolderInUse as error:
            raise StartError(str(error)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Files as they lie: what is carried elsewhere is carried so, and nothing is opened for it."""

    blobs: RawBlobs
    partials: RawPartials


async def open_files(settings: Settings) -> Files:
    """Where files lie: in the data folder, or in the bucket that is set. Raises StartError."""
    folder = settings.data_dir
    if not settings.files_url:
        return Files(
            blobs=FolderBlobs(folder / "files"), partials=FolderPartials(folder / "uploads")
        )
    # Nobody else pays for its import.
    from bot.store.blobs_bucket import BucketBlobs
    from bot.store.buckets import BucketError, open_bucket
    from bot.store.partials_bucket import BucketPartials

    try:
        bucket = await open_bucket(settings.files_url)
    except BucketError as error:
        raise StartError(str(error)) from None
    scratch = Scratch(settings.scratch, settings.scratch_bytes)
    return Files(
        blobs=BucketBlobs(bucket, scratch), partials=BucketPartials(bucket, settings.scratch)
    )


def sealed(
    files: Files, keys: BlobKeys, settings: Settings, stack: AsyncExitStack
) -> tuple[SealedBlobs, SealedPartials]:
    """The same files, sealed by the keys of their cases.

    Plain copies that a process left which is gone are deleted now, and those of this one at its end.
    """
    try:
        scratch = Scratch(settings.scratch, settings.scratch_bytes, KEPT)
        scratch.clear()
    except OSError as error:
        raise StartError(
            f"the folder {settings.scratch} can't be used ({error.strerror}): change SCRATCH_DIR, "
            "or make it one that this user may write to"
        ) from None
    stack.callback(scratch.close)
    return SealedBlobs(files.blobs, keys, scratch), SealedPartials(files.partials, keys, scratch)


async def after_all(
    db: Database, channels: Mapping[str, Channel], clock: Callable[[], datetime]
) -> None:
    """Have said what chats could not carry while the operator had not allowed it."""
    carrying = [name for name, channel in channels.items() if channel.capabilities.health]
    await db.write(partial(reach.say_kept, channels=carrying, now=codec.seconds(clock())))


@dataclass(kw_only=True)
class App:
    """The opened program. `turns`, `outbox` and `worker` only run where it is alone on its folder."""

    settings: Settings
    db: Database
    files: Files
    blobs: SealedBlobs
    partials: SealedPartials
    languages: Catalogs
    catalog: Catalog
    channels: Mapping[str, Channel]
    queue: LeaseTable
    children: Children
    decoders: Children
    faq: Faq = field(default_factory=load_faq)
    clock: Callable[[], datetime] = utc_now
    turns: Turns = field(init=False)
    cries: Cries = field(init=False)
    outbox: Outbox = field(init=False)
    worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        """Put the moving parts on top of the others."""
        self.turns = Turns(
            self.db,
            self.channels,
            self.catalog,
            self.languages,
            self.clock,
            self.queue,
            destinations=[found.id for found in destinations(self.settings)],
            endpoints=[one.id for one in self.settings.webhook_endpoints],
            web_address=self.settings.public_url.rstrip("/"),
            local_address=self.settings.base_url,
            office=partial(office_at, self.settings),
            faq=self.faq,
            service=service_of(self.settings),
        )
        self.cries = Cries(self.db, self.channels, self.languages, self.clock)
        self.outbox = Outbox(
            self.db,
            self.channels,
            self.languages,
            self.clock,
            showing=Showing(self.db, self.blobs, self.queue, self.clock),
        )
        self.worker = Worker(self)

    @property
    def signals(self) -> Signals:
        """What wakes the parts."""
        return self.db.signals

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, *, alone: bool = True) -> AsyncIterator[App]:
        """Open everything, and close it again at the end.

        `alone` holds the folder, as whatever takes turns or runs jobs on a file must, and makes it
        where there is none; a command that only looks works beside a running assistant. On a
        PostgreSQL any number of processes work beside each other. Raises StartError.
        """
        account = _whatsapp(settings, alone)
        catalog = _catalog(settings)
        async with AsyncExitStack() as stack:
            own_file = isinstance(settings.store, Path)
            _take_folder(settings, stack, alone)
            db = await _open(settings)
            stack.push_async_callback(db.close)
            clock = db.clock_by(utc_now)
            files = await open_files(settings)
            blobs, partials = sealed(files, db.keys, settings, stack)
            channels = open_channels(
                uploads=blobs,
                telegram_token=settings.telegram_token.get_secret_value(),
                telegram_api_url=settings.telegram_api_url,
                whatsapp=account,
                contacts=StoredContacts(db),
                telegram_local_files=settings.telegram_local_files,
            )
            for channel in channels.values():
                stack.push_async_callback(channel.close)
            children, decoding = Children(), decoders()
            stack.callback(children.close)
            stack.callback(decoding.close)
            app = cls(
                settings=settings,
                db=db,
                files=files,
                blobs=blobs,
                partials=partials,
                languages=load_languages(catalog),
                catalog=catalog,
                faq=_faq(settings, alone),
                channels=channels,
                queue=queue_for(db, clock),
                clock=clock,
                children=children,
                decoders=decoding,
            )
            # On a server the others go on, and what a dead one held is taken over in time.
            if alone:
                await after_all(db, channels, clock)
            if alone and own_file:
                await app.outbox.recover()
                await app.worker.recover()
            yield app

    @asynccontextmanager
    async def running(self, parts: Parts | None = None) -> AsyncIterator[asyncio.TaskGroup]:
        """Take turns, send and work in the background for as long as the block runs; or some of it."""
        parts = parts or Parts()
        loops = {
            "turns": self.turns.run_forever if parts.turns else None,
            "cries": self.cries.run_forever if parts.turns else None,
            "outbox": self.outbox.run_forever if parts.messages else None,
            "pace": partial(keep_pace, self.db, self.channels) if parts.messages else None,
            "worker": Worker(self, lanes=parts.lanes).run_forever if parts.lanes else None,
        }
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(), name=name) for name, run in loops.items() if run]
            try:
                yield group
            finally:
                for task in tasks:
                    task.cancel()
