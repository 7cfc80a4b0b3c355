"""The web's application: the chat, the desk, and what is around them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.watching.pages import ready_in_public
from bot.watching.ready import Ready
from bot.web.api import api
from bot.web.certificate import CertificatePage
from bot.web.chat import Chat, visitor_of
from bot.web.chat_queries import find_chat
from bot.web.copy_page import CopyPage
from bot.web.desk import Desk
from bot.web.desk_account import DeskAccount
from bot.web.desk_list import DeskList
from bot.web.doors import Doors
from bot.web.entering import Entering
from bot.web.events import Events
from bot.web.join import Join
from bot.web.letter import LetterPage
from bot.web.limits import Limits
from bot.web.opinion import OpinionPage
from bot.web.pages import (
    SMALLER,
    STATIC,
    LastingFiles,
    Templates,
    accepted_locale,
    tus_client,
)
from bot.web.pictures import Pictures
from bot.web.saved import Saved
from bot.web.security import SecurityHeaders, header_set
from bot.web.shell import Shell
from bot.web.sign_in import SignIn
from bot.web.upload import Upload
from bot.web.upload_wording import UPLOAD
from bot.web.wording import ERROR_TEXT, TOO_LONG


def site(shell: Shell, hooks: Sequence[BaseRoute] = ()) -> Starlette:
    """The application of an opened program. `hooks` are the addresses that channels are sent to.

    Its `state.stop` is to be called before the server is told to stop: it ends the open streams.
    """
    events = Events(shell)
    templates = Templates(shell.languages)
    troubles = Troubles(shell, templates)
    chat = Chat(shell, templates)
    entering, doors = Entering(shell, templates), Doors(shell, templates)

    async def healthz(request: Request) -> Response:
        await shell.db.read(_one)
        return PlainTextResponse("ok")

    application = Starlette(
        routes=[
            Route("/healthz", healthz, methods=["GET"]),
            ready_in_public(Ready(shell)),
            Route("/static/tus.js", tus_client, methods=["GET"], middleware=[SMALLER]),
            Mount("/static", LastingFiles(directory=STATIC), middleware=[SMALLER]),
            *chat.routes(),
            *Join(shell, templates, chat).routes(),
            *events.routes(),
            *Upload(shell, templates).routes(),
            *Pictures(shell).routes(),
            *OpinionPage(shell, templates).routes(),
            *LetterPage(shell, templates).routes(),
            *CopyPage(shell, templates).routes(),
            *CertificatePage(shell, templates).routes(),
            *Saved(shell, templates).routes(),
            *_provider(shell, entering),
            *SignIn(shell, templates, entering).routes(),
            *DeskAccount(shell, templates, doors, entering).routes(),
            *DeskList(shell, templates, doors, events.stopping).routes(),
            *Desk(shell, templates, doors).routes(),
            *_whatsapp(shell),
            api(shell),
            *hooks,
        ],
        middleware=[
            Middleware(SecurityHeaders, public_url=shell.settings.public_url),
            Middleware(Limits, max_file=shell.settings.max_file_bytes, refuse=troubles.refused),
            Middleware(QuietEnd, stopping=events.stopping),
        ],
        exception_handlers={HTTPException: troubles.refused, Exception: troubles.failed},
    )
    application.state.stop = events.stop
    # For `people.who`, which knows of a request alone.
    application.state.shell = shell
    return application


def _provider(shell: Shell, entering: Entering) -> list[Route]:
    """The way in by an organisation's provider. What it needs is only loaded where there is one."""
    if not shell.settings.oidc_issuer:
        return []
    from bot.web.sign_in_oidc import SignInOidc

    return SignInOidc(shell, entering).routes()


def _whatsapp(shell: Shell) -> list[Route]:
    """What Twilio calls; none where WhatsApp isn't set up."""
    if not shell.settings.twilio_auth_token.get_secret_value():
        return []
    # Nobody else pays for the import of Twilio's library.
    from bot.web.hooks_whatsapp import WhatsAppHooks
    from bot.web.pictures_whatsapp import WhatsAppPictures

    return [*WhatsAppHooks(shell).routes(), *WhatsAppPictures(shell).routes()]


class QuietEnd:
    """Middleware for requests that the server cancels because it ends.

    Their end is no error of ours, and leaves no trace in the log. Where nothing was answered yet,
    the answer is 503, at which the page sends again.
    """

    def __init__(self, app: ASGIApp, stopping: asyncio.Event) -> None:
        """Wrap an application that ends once `stopping` is set."""
        self._app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        started = False

        async def told(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, told)
        except asyncio.CancelledError:
            if not self._stopping.is_set():
                raise
            if not started:
                unavailable = PlainTextResponse("", 503, {"connection": "close"})
                await unavailable(scope, receive, send)


async def _one(tx: AsyncConnection) -> None:
    await tx.execute(sa.text("SELECT 1"))


class Troubles:
    """Pages for what goes wrong, in the language of the one who sees them."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates

    async def refused(self, request: Request, error: Exception) -> Response:
        """An address that leads nowhere, or a method that it doesn't take."""
        locale = await self._locale(request)
        status = error.status_code if isinstance(error, HTTPException) else 400
        if status == 404:
            return self._templates.missing(locale)
        words = {413: TOO_LONG, 429: UPLOAD["code_wait"]}.get(status, ERROR_TEXT)
        page = self._templates.trouble(locale, status, text=words)
        if isinstance(error, HTTPException) and error.headers:
            page.headers.update(error.headers)
        return page

    async def failed(self, request: Request, error: Exception) -> Response:
        """An error of ours. It is logged by the server, and never shown."""
        locale = accepted_locale(request, self._shell.languages) or "en"
        # Without the database the browser's language is as good a guess.
        with suppress(Exception):
            locale = await self._locale(request)
        page = self._templates.trouble(locale, 500)
        # It is sent from around the middleware that does this for all the others.
        page.headers.update(header_set(self._shell.settings.public_url))
        return page

    async def _locale(self, request: Request) -> str:
        settings, languages = self._shell.settings, self._shell.languages
        if request.url.path.startswith("/desk"):
            return settings.coordinator_locale
        visitor = visitor_of(request)
        chat = None if visitor.new else await find_chat(self._shell, visitor.address)
        return (chat.locale if chat else "") or accepted_locale(request, languages) or "en"
