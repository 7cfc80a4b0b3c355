"""A link from another chat: it opens the same case in this browser's own chat, after one press.

Nothing happens when the address is merely looked at: apps open links by themselves to show what is
behind them, and the link works once. The press sends the code into the chat like any message, so
that there is one place where codes are tried, and counted.
"""

from __future__ import annotations

import secrets

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels.plain import raw_message
from bot.store import chat_codes, codec, inbox
from bot.store.db import Row
from bot.tokens import token_hash
from bot.web.chat import PAGE, Chat, Visitor, visitor_of
from bot.web.chat_queries import find_chat
from bot.web.pages import SMALLER, Templates, accepted_locale
from bot.web.security import is_small, same_origin
from bot.web.shell import Shell
from bot.web.wording import JOIN, NOT_FROM_HERE, say_all

_LONGEST = 64


class Join:
    """The routes of such links."""

    def __init__(self, shell: Shell, templates: Templates, chat: Chat) -> None:
        """Take the program, the templates, and the chat that it leads to."""
        self._shell = shell
        self._templates = templates
        self._chat = chat

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/j/{code}", self.page, methods=["GET"], middleware=[SMALLER]),
            Route("/j/{code}", self.use, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The button; straight on to the chat where this browser is part of the case already."""
        shell, visitor = self._shell, visitor_of(request)
        chat = None if visitor.new else await find_chat(shell, visitor.address)
        hashed = token_hash(request.path_params["code"])
        now = codec.seconds(shell.clock())

        async def read(tx: AsyncConnection) -> Row | None:
            return await chat_codes.find(tx, hashed, now)

        code = await shell.db.read(read)
        if chat is not None and (code is None or code.case_id == chat.case_id):
            return RedirectResponse(f"{PAGE}#newest", 303)
        locale = (chat.locale if chat else "") or (code.locale if code else "")
        locale = shell.languages.match_locale(locale) or accepted_locale(request, shell.languages)
        locale = locale or "en"
        if code is None:
            return self._templates.trouble(
                locale, 404, title=JOIN["ended_title"], text=JOIN["ended"]
            )
        words = say_all(JOIN, shell.languages, locale)
        return self._templates.page("join.html", locale=locale, w=words)

    async def use(self, request: Request) -> Response:
        """Send the code into this browser's chat, and show what came of it."""
        shell, visitor = self._shell, visitor_of(request)
        hint = accepted_locale(request, shell.languages)
        if not is_small(request) or not same_origin(request, shell.settings.public_url):
            return self._templates.trouble(hint or "en", 403, text=NOT_FROM_HERE)
        await self._say(visitor, request.path_params["code"][:_LONGEST], hint)
        await self._chat.settled(visitor)
        response = RedirectResponse(f"{PAGE}#newest", 303)
        self._chat.remember(request, response, visitor)
        return response

    async def _say(self, visitor: Visitor, code: str, hint: str) -> None:
        external_id = f"{visitor.address[:16]}:{secrets.token_hex(16)}"
        raw = raw_message(
            external_id=external_id,
            address=visitor.address,
            text=f"/continue {code}",
            locale_hint=hint,
        )
        await inbox.add(
            self._shell.db,
            channel="web",
            external_id=external_id,
            address=visitor.address,
            raw=raw,
            received_at=self._shell.clock(),
            locale_hint=hint,
        )
