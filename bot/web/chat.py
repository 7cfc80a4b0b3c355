"""The patient's chat page and what it sends."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.plain import raw_message
from bot.jobs.uploaded import tell_no_room
from bot.shell import Shell
from bot.store import inbox
from bot.store.db import TROUBLE
from bot.store.room import room_of
from bot.tokens import new_token, token_hash
from bot.web.bubbles import Bubbles, Line, standing_prompt
from bot.web.chat_queries import (
    ChatState,
    case_of,
    find_chat,
    lines_of,
    was_received,
)
from bot.web.confined import CHAT, take_over
from bot.web.files import Refused, Submission, discard, receive, refusal_words
from bot.web.greeting import greeting
from bot.web.pages import SMALLER, Templates, accepted_locale
from bot.web.security import same_origin
from bot.web.wording import EMERGENCY_CHOICE, MENU, NO_ROOM, NOT_FROM_HERE, chat_words

#: Where its page is. At "/" every cookie would be for all addresses.
PAGE: Final = "/chat"
COOKIE: Final = CHAT.name
#: How long a page waits for the answer, so that it is in the page that comes back.
_PATIENCE_SECONDS = 2.0
_GLANCE_SECONDS = 0.05
#: The key of the message that only says that the chat was opened.
_OPENED = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks: the token of the chat's cookie, fresh where there was none."""

    token: str
    new: bool

    @property
    def address(self) -> str:
        """The chat's address. The token itself is not stored anywhere."""
        return token_hash(self.token)


def visitor_of(request: Request) -> Visitor:
    """The visitor by the cookie of the request."""
    token = request.cookies.get(COOKIE, "")
    # Shorter ones are not ours, and could be guessed.
    if len(token) >= 40:
        return Visitor(token=token, new=False)
    return Visitor(token=new_token(), new=True)


class Chat:
    """The routes of the chat."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates

    def routes(self) -> list[Route]:
        """All of them, without the stream of events."""
        return [
            Route("/", self.enter, methods=["GET"]),
            Route(PAGE, self.page, methods=["GET"], middleware=[SMALLER]),
            Route("/send", self.send, methods=["POST"]),
            Route("/sent", self.sent, methods=["GET"]),
        ]

    # ---- the page ------------------------------------------------------------------------------

    async def enter(self, request: Request) -> Response:
        """Lead to the page. Who has a chat by a cookie of before keeps it."""
        response = RedirectResponse(PAGE, 303)
        take_over(self._shell, request, response)
        return response

    async def page(self, request: Request) -> Response:
        """The chat with its whole transcript; to a first visit the greeting, and nothing is stored."""
        visitor = visitor_of(request)
        hint = accepted_locale(request, self._shell.languages)
        chat = await find_chat(self._shell, visitor.address)
        response = await self._render(visitor, chat, hint)
        if request.method == "GET":
            self.remember(request, response, visitor)
        return response

    async def settled(self, visitor: Visitor) -> ChatState | None:
        """The chat once it has answered, or as it is when that takes too long."""
        chat = await find_chat(self._shell, visitor.address)
        for _ in range(round(_PATIENCE_SECONDS / _GLANCE_SECONDS)):
            if chat is not None and not chat.busy:
                break
            await asyncio.sleep(_GLANCE_SECONDS)
            chat = await find_chat(self._shell, visitor.address)
        return chat

    async def _render(self, visitor: Visitor, chat: ChatState | None, hint: str) -> Response:
        shell = self._shell
        locale = (chat.locale if chat else "") or hint or "en"
        lines = await lines_of(shell.db, chat.session_id, after=0) if chat else []
        # The greeting has no row yet. The script gives it the row's id when the chat begins with it.
        shown = lines or [Line(id=0, at=shell.clock(), reply=greeting(shell, hint))]
        messages = Bubbles(shell.languages, locale).show(shown)
        prompt = standing_prompt(messages)
        case = await case_of(shell, chat)
        words = chat_words(shell.languages, locale, case.number)
        expects = prompt.expects if prompt else "nothing"
        return self._templates.page(
            "chat.html",
            locale=locale,
            w=words,
            messages=messages,
            choices=prompt.choices if prompt else (),
            choice_lang=prompt.lang if prompt else "",
            expects=expects,
            hint=words.get(f"hint_{expects}", words["hint_text"]),
            notice="",
            busy=chat is not None and chat.busy,
            agreed=case.agreed,
            last=lines[-1].id if lines else 0,
            chat=visitor.address[:12],
            limit=shell.settings.max_file_bytes,
            key=lambda: secrets.token_hex(16),
            menu=MENU,
            emergency=EMERGENCY_CHOICE,
        )

    def remember(self, request: Request, response: Response, visitor: Visitor) -> None:
        """Set the cookie anew, so that a year is counted from the last visit."""
        CHAT.give(self._shell, request, response, visitor.token)

    # ---- what it sends -------------------------------------------------------------------------

    async def send(self, request: Request) -> Response:
        """Put what was sent into the inbox, once for each key; then the page, or JSON for it."""
        visitor = visitor_of(request)
        settings = self._shell.settings
        try:
            if not same_origin(request, settings.public_url):
                raise Refused(403, NOT_FROM_HERE)
            chat = None if visitor.new else await find_chat(self._shell, visitor.address)
            hint = accepted_locale(request, self._shell.languages)
            got = await receive(
                request,
                self._shell.blobs,
                # A file is sealed by the key of its case: there is one before it is stored.
                case_id=chat.case_id if chat else partial(self._open, visitor, hint),
                max_file=settings.max_file_bytes,
                folder=Path(settings.data_dir),
            )
        except Refused as refused:
            return await self._refuse(request, visitor, refused)
        if got.files and not await self._has_room(visitor, got):
            await discard(got, self._shell.blobs)
            return await self._refuse(request, visitor, Refused(507, NO_ROOM))
        if not got.empty:
            await self._keep(visitor, got, hint, opened=chat is not None)
        if _wants_json(request):
            response: Response = JSONResponse({"received": True})
        else:
            await self.settled(visitor)
            response = RedirectResponse(f"{PAGE}#newest", 303)
        self.remember(request, response, visitor)
        return response

    async def _open(self, visitor: Visitor, hint: str) -> str:
        """Open the chat of somebody who has none; its case."""
        opened = self._arrival(visitor, hint, _OPENED, opened=True)
        await inbox.add_many(self._shell.db, [opened])
        chat = await find_chat(self._shell, visitor.address)
        assert chat is not None
        return chat.case_id

    async def _has_room(self, visitor: Visitor, got: Submission) -> bool:
        """Whether the case has room for these files; if not, its people are told."""
        shell, most = self._shell, self._shell.settings
        chat = await find_chat(shell, visitor.address)
        if chat is None:
            return True
        coming = sum(one.size or 0 for one in got.files)
        room = await shell.db.read(
            lambda tx: room_of(
                tx, chat.case_id, files=most.case_max_files, size=most.case_max_bytes, coming=coming
            )
        )
        if room.has_for(coming):
            return True
        await shell.db.write(
            lambda tx: tell_no_room(
                tx, case_id=chat.case_id, session_id=chat.session_id, at=shell.clock(), of="case"
            )
        )
        return False

    async def _keep(self, visitor: Visitor, got: Submission, hint: str, *, opened: bool) -> None:
        arrival = partial(self._arrival, visitor, hint)
        key, choice = got.key or secrets.token_hex(16), got.choice or None
        arrivals = [arrival(key, text=got.text, choice=choice, files=got.files)]
        try:
            if not opened:
                # What the page greeted with is said first: the transcript begins with it.
                arrivals.insert(0, arrival(_OPENED, opened=True))
            known = (await inbox.add_many(self._shell.db, arrivals))[-1]
        except Exception as error:
            # Only where the row is not written. When the request is cancelled it is all the same,
            # and names these bytes; else they are orphans, which are swept. What a server was told
            # and did not answer may be written too.
            if not (self._shell.db.shared and isinstance(error, TROUBLE)):
                await discard(got, self._shell.blobs)
            raise
        if known is None:
            await discard(got, self._shell.blobs)

    def _arrival(self, visitor: Visitor, hint: str, key: str, **said: Any) -> inbox.Arrival:
        external_id = f"{visitor.address[:16]}:{key}"
        return inbox.Arrival(
            channel="web",
            external_id=external_id,
            address=visitor.address,
            raw=raw_message(
                external_id=external_id, address=visitor.address, locale_hint=hint, **said
            ),
            received_at=self._shell.clock(),
            locale_hint=hint,
        )

    async def _refuse(self, request: Request, visitor: Visitor, refused: Refused) -> Response:
        chat = await find_chat(self._shell, visitor.address)
        languages = self._shell.languages
        locale = (chat.locale if chat else "") or accepted_locale(request, languages) or "en"
        words = refusal_words(refused, locale)
        if _wants_json(request):
            error = {"error": languages.say(words, locale)}
            response: Response = JSONResponse(error, refused.status)
        else:
            response = self._templates.trouble(locale, refused.status, text=words)
        # What was not read of the body would otherwise still be taken in, only to be thrown away.
        response.headers["connection"] = "close"
        if chat is not None:
            # A file that came before the one that was refused has opened it.
            self.remember(request, response, visitor)
        return response

    async def sent(self, request: Request) -> Response:
        """200 where a message with this key is in the inbox, else 404."""
        visitor = visitor_of(request)
        key = f"{visitor.address[:16]}:{request.query_params.get('key', '')}"
        known = not visitor.new and await was_received(self._shell.db, key)
        return Response(status_code=200 if known else 404)


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")
