"""The page of a copy of everything that is kept, reached by a private link of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.chat import COOKIE as CHAT_COOKIE
from bot.web.offers import Offer, lead
from bot.web.pages import SMALLER, Templates
from bot.web.private_page import let_in, link_of, note_taken
from bot.web.shell import Shell
from bot.web.upload_links import locale_of
from bot.web.wording import say_all
from checklist.text import Text, _, _c

WORDS: Final[Mapping[str, Text]] = {
    "title": _("Your copy"),
    "how": _("It is one ZIP file. Unpack it, and open “index.html” to read it."),
    "download": _c("button", "Download"),
    "private": _("This page is private. Please don't pass the link on."),
    "to_chat": _("Go to the chat"),
    "ended_title": _("This link does not work any more"),
    "ended": _("Go back to the chat and write “export”. Then you get it anew."),
}


class CopyPage:
    """The routes of the page."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/k/{token}", self.open, methods=["GET"]),
            Route("/copy", self.page, methods=["GET"], middleware=[SMALLER]),
            Route("/copy/copy.zip", self.file, methods=["GET"]),
        ]

    async def open(self, request: Request) -> Response:
        """Exchange the secret of the address for a cookie."""
        return await let_in(self._shell, request, "copy") or await self._ended(request)

    async def page(self, request: Request) -> Response:
        """What it is, and its one button."""
        link = await link_of(self._shell, request, "copy")
        if link is None:
            return await self._ended(request)
        locale = await locale_of(self._shell, link, request)
        return self._templates.page(
            "copy.html",
            locale=locale,
            w=say_all(WORDS, self._shell.languages, locale),
            chat=CHAT_COOKIE in request.cookies,
        )

    async def file(self, request: Request) -> Response:
        """The copy, to be saved. That it was taken is put on record."""
        link = await link_of(self._shell, request, "copy")
        if link is None or not link.item:
            return await self._ended(request)
        offer = Offer(
            purpose="copy",
            case_id=link.case_id,
            name=f"{link.case_id}_copy.zip",
            media_type="application/zip",
            blob_id=link.item,
            locale=await locale_of(self._shell, link, request),
            link_id=link.id,
        )
        try:
            led = await lead(self._shell, request, offer)
        except FileNotFoundError:
            return await self._ended(request)
        await note_taken(self._shell, link, "copy.taken")
        return led

    async def _ended(self, request: Request) -> Response:
        locale = await locale_of(self._shell, None, request)
        return self._templates.trouble(locale, 404, title=WORDS["ended_title"], text=WORDS["ended"])
