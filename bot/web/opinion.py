"""The patient's page of the specialist's opinion, reached by a private link of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.store import cases, opinions
from bot.store.db import Row
from bot.web.bubbles import size_in_words
from bot.web.chat import COOKIE as CHAT_COOKIE
from bot.web.offers import Offer, lead
from bot.web.pages import SMALLER, Templates
from bot.web.private_page import let_in, link_of, note_taken
from bot.web.shell import Shell
from bot.web.upload_links import locale_of
from bot.web.wording import say_all
from checklist.opinion import OpinionFile
from checklist.text import Text, _, _c
from handlers.asides.opinion import opinion_of

WORDS: Final[Mapping[str, Text]] = {
    "title": _("The specialist's opinion"),
    "for_doctor": _(
        "It is meant for the doctor who treats you. "
        "Please show it to them before you change anything in your treatment."
    ),
    "original": _("As the specialist wrote it"),
    "translation": _("Translation"),
    "download": _c("button", "Download"),
    "then": _(
        "Have you read it? Then go back to the chat and press “I have read it”. "
        "There you can also ask your questions."
    ),
    "private": _("This page is private. Please don't pass the link on."),
    "to_chat": _("Go to the chat"),
    "ended_title": _("This link does not work any more"),
    "ended": _("Go back to the chat and press “Send the link again”, or write “human”."),
}


class OpinionPage:
    """The routes of the page."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/o/{token}", self.open, methods=["GET"]),
            Route("/opinion", self.page, methods=["GET"], middleware=[SMALLER]),
            Route("/opinion/{file_id}", self.file, methods=["GET"]),
        ]

    async def open(self, request: Request) -> Response:
        """Exchange the secret of the address for a cookie."""
        return await let_in(self._shell, request, "opinion") or await self._ended(request)

    async def page(self, request: Request) -> Response:
        """The documents of the opinion, and for whom they are."""
        link = await link_of(self._shell, request, "opinion")
        sent = await _sent(self._shell, link.case_id) if link is not None else None
        if link is None or not sent:
            return await self._ended(request)
        locale = await locale_of(self._shell, link, request)
        return self._templates.page(
            "opinion.html",
            locale=locale,
            w=say_all(WORDS, self._shell.languages, locale),
            files=[
                (file.part, row.id, row.name, size_in_words(row.size, locale)) for file, row in sent
            ],
            chat=CHAT_COOKIE in request.cookies,
        )

    async def file(self, request: Request) -> Response:
        """A document, to be saved. That it was taken is put on record."""
        link = await link_of(self._shell, request, "opinion")
        wanted = request.path_params["file_id"]
        sent = await _sent(self._shell, link.case_id) if link is not None else []
        found = next((row for _file, row in sent if row.id == wanted), None)
        if link is None or found is None:
            return await self._ended(request)
        kind = found.media_type or "application/octet-stream"
        try:
            led = await lead(
                self._shell,
                request,
                Offer(
                    purpose="opinion",
                    of=(wanted,),
                    case_id=link.case_id,
                    name=found.name or wanted,
                    media_type=kind,
                    blob_id=found.blob_id,
                    locale=await locale_of(self._shell, link, request),
                    link_id=link.id,
                ),
            )
        except FileNotFoundError:
            return await self._ended(request)
        await note_taken(self._shell, link, "opinion.taken", wanted)
        return led

    async def _ended(self, request: Request) -> Response:
        locale = await locale_of(self._shell, None, request)
        return self._templates.trouble(locale, 404, title=WORDS["ended_title"], text=WORDS["ended"])


async def opinion_stands(shell: Shell, offer: Offer) -> bytes:
    """Raises FileNotFoundError where a document is worked on again; b"" to have it given."""
    if offer.of[0] not in {row.id for _file, row in await _sent(shell, offer.case_id)}:
        raise FileNotFoundError(offer.blob_id)
    return b""


async def _sent(shell: Shell, case_id: str) -> list[tuple[OpinionFile, Row]]:
    """The documents that were sent, the translation first; none while they are worked on."""

    async def read(tx: AsyncConnection) -> list[tuple[OpinionFile, Row]]:
        case = await cases.load_case(tx, case_id)
        opinion = opinion_of(case) if case is not None else None
        if opinion is None:
            return []
        rows = {row.id: row for row in await opinions.of_case(tx, case_id)}
        found = [(file, rows[file.id]) for file in opinion.files if file.id in rows]
        return sorted(found, key=lambda pair: pair[0].part == "original")

    return await shell.db.read(read)
