"""Serve: everything in one process, until it is told to stop; and `work`, some of it in another."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from bot import logs
from bot.app import App, StartError
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_menu import menus
from bot.channels.telegram_poll import TelegramPoll
from bot.channels.telegram_webhook import TelegramWebhook
from bot.coordinators import follow_setting
from bot.intake.machine_reading import missing_reading
from bot.intake.unpacking import missing_packages
from bot.jobs import missed, retain
from bot.parts import Parts, parts_of
from bot.settings import Settings
from bot.store import desk_rows
from bot.store.codec import seconds
from bot.web.security import SecurityHeaders
from bot.web.sign_in import new_link
from bot.web.site import site
from bot.web.telegram_hook import TelegramHook
from bot.whatsapp_account import HOOK

_BACKLOG = 512
_GLANCE = 0.005


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the whole program ends together."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve`."""
        yield


async def serve() -> None:
    """Run the chat, the channels, the desk and the jobs; end gracefully on SIGINT or SIGTERM.

    A second signal ends it at once.

    Raises StartError where the port or the folder is taken.
    """
    settings = Settings()
    logs.set_up(level=settings.log_level, form=settings.log_format)
    parts = _parts(settings.work_kinds)
    if parts != Parts() and not settings.database_url.get_secret_value():
        raise StartError("without DATABASE_URL nobody else does the work: leave WORK_KINDS at all")
    stop = _told_to_stop()
    listener = _listen(settings.host, settings.port, "PORT")
    # PORT=0 takes any port that is free: what is handed out must name the one that was taken.
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    async with _staffed(settings) as app, _watched(app), app.running(parts) as group:
        telegram = _telegram(app)
        # Telegram gives updates to one that asks, and refuses a second.
        receiving = (
            group.create_task(app.db.alone("telegram", telegram.run_forever), name="telegram")
            if telegram
            else None
        )
        if telegram:
            group.create_task(_show_menus(app), name="telegram menu")
        hooks = TelegramHook(telegram).routes() if isinstance(telegram, TelegramWebhook) else ()
        await missed.keep_asking(app)
        await retain.keep_looking(app)
        # The first start after a change of the list's shape has them all to make.
        catching_up = desk_rows.catch_up(app.db, app.catalog, desk_rows.stamp_of(app.catalog))
        group.create_task(catching_up, name="desk")
        pages = site(app, hooks)
        server = _server(pages)
        web = group.create_task(server.serve(sockets=[listener]), name="web")
        while not server.started and not web.done():
            await asyncio.sleep(_GLANCE)
        await _announce(app)
        await stop.wait()
        if receiving is not None:
            receiving.cancel()
        pages.state.stop()
        server.should_exit = True
        await web


async def work(kinds: str = "") -> None:
    """Do some of the work beside a `serve` that runs elsewhere, until SIGINT or SIGTERM.

    `kinds` is a list with commas, WORK_KINDS where it is empty. Raises StartError where there is no
    database that two processes can share.
    """
    settings = Settings()
    logs.set_up(level=settings.log_level, form=settings.log_format)
    parts = _parts(kinds or settings.work_kinds)
    if not settings.database_url.get_secret_value():
        raise StartError("`work` needs a PostgreSQL that it shares with `serve`: set DATABASE_URL")
    if parts.empty:
        raise StartError("there is nothing to do: give --kinds, or set WORK_KINDS")
    stop = _told_to_stop()
    async with App.open(settings) as app, _watched(app), app.running(parts):
        print("Second Opinion Assistant is working.", flush=True)
        await stop.wait()


def _parts(kinds: str) -> Parts:
    try:
        return parts_of(kinds)
    except ValueError as error:
        raise StartError(f"WORK_KINDS: {error}") from None


def _told_to_stop() -> asyncio.Event:
    """Set by the first signal. A second one ends the program at once, as a power cut would.

    Nothing is lost by that: whatever was under way is gone on with at the next start.
    """
    stop = asyncio.Event()

    def told(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told, number)
    return stop


@asynccontextmanager
async def _staffed(settings: Settings) -> AsyncIterator[App]:
    """The program, open, with those at its desk whom COORDINATORS names.

    What is wrong is found before anything runs: out of a group of tasks it comes as no sentence.
    """
    async with App.open(settings) as app:
        try:
            await follow_setting(app.db, settings.coordinators, seconds(app.clock()))
        except ValueError as error:
            raise StartError(f"COORDINATORS: {error}") from None
        yield app


@asynccontextmanager
async def _watched(app: App) -> AsyncIterator[None]:
    """Answer those who watch, on METRICS_PORT, for as long as the block runs."""
    settings = app.settings
    if settings.metrics_port is None:
        yield
        return
    listener = _listen(settings.metrics_host, settings.metrics_port, "METRICS_PORT")
    # What is there is loaded only where somebody watches.
    from bot.watching.pages import watching

    server = _server(SecurityHeaders(watching(app)))
    answering = asyncio.create_task(server.serve(sockets=[listener]), name="watching")
    try:
        yield
    finally:
        server.should_exit = True
        await answering


def _server(application: ASGIApp) -> _Server:
    return _Server(
        uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
    )


def _listen(host: str, port: int, setting: str) -> socket.socket:
    """Take the port before anything else, so that a taken one is said in one sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartError(
            f"can't listen on {host} port {port} ({error.strerror}): "
            f"stop what listens there, or set {setting} to another number"
        ) from None
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def _telegram(app: App) -> TelegramPoll | TelegramWebhook | None:
    """How Telegram's updates come in, where Telegram is set up."""
    channel, settings = app.channels.get(TelegramChannel.name), app.settings
    if not isinstance(channel, TelegramChannel):
        return None
    if settings.telegram_mode == "webhook":
        return TelegramWebhook(
            channel,
            app.db,
            app.clock,
            public_url=settings.public_url,
            coordinators=settings.coordinator_chat_id.strip(),
        )
    return TelegramPoll(
        channel, app.db, app.clock, coordinators=settings.coordinator_chat_id.strip()
    )


async def _show_menus(app: App) -> None:
    """Keep the emergency within reach of every patient on Telegram, whatever is being asked."""
    channel = app.channels.get(TelegramChannel.name)
    assert isinstance(channel, TelegramChannel)
    for code, commands in menus(app.languages):
        await channel.show_menu(code, commands)


async def _announce(app: App) -> None:
    """Print what an operator needs to begin: where patients and coordinators go."""
    address = app.settings.base_url
    link = await new_link(app.db, address)
    on = [name for name in app.channels if name != "terminal"]
    print("Second Opinion Assistant is ready.")
    print(f"  Patients:      {address}/")
    print(f"  Coordinators:  {link}  (works once; `second-opinion desk-link` makes another)")
    print(f"  Channels on:   {', '.join(on)}" + ("" if "telegram" in on else _TELEGRAM_IS_OFF))
    if "whatsapp" in on:
        print(f"  WhatsApp:      Twilio is to post messages to {address}{HOOK}")
    missing = await asyncio.to_thread(missing_packages)
    if missing:
        print(f"  Not installed: {', '.join(missing)}  (patients' 7z, RAR or tar files need them)")
    scans = await asyncio.to_thread(missing_reading)
    if scans:
        print(f"  Not installed: {', '.join(scans)}  ({_SCANS})")
    if app.db.shared:
        print(f"  Database:      PostgreSQL; this process does: {app.settings.work_kinds}")
    print(f"  Data folder:   {app.settings.data_dir.resolve()}", flush=True)


_SCANS = "with them, coordinators find scanned letters by their words"
_TELEGRAM_IS_OFF = "  (Telegram joins when TELEGRAM_TOKEN is set)"
