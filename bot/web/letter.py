"""A letter's page, reached by a private link of its own: the PDF to print, and the text to copy."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.letters.pages import letter_pdf, letter_text
from bot.store import cases
from bot.store.links import Link
from bot.web.chat import COOKIE as CHAT_COOKIE
from bot.web.offers import Offer, lead
from bot.web.pages import SMALLER, Templates
from bot.web.private_page import let_in, link_of, note_taken
from bot.web.shell import Shell
from bot.web.upload_links import locale_of
from bot.web.wording import say_all
from checklist.letters import Letter, letter_of
from checklist.text import Text, _, _c

WORDS: Final[Mapping[str, Text]] = {
    "title": _("Your letter to the hospital"),
    "how": _("Print it, fill in the empty lines and sign it. Add a copy of the ID."),
    "own": _("Page 2 is for you, in your language. It is not sent."),
    "download": _c("button", "Download the PDF"),
    "text": _("The text, to copy into an e-mail"),
    "then": _("When you have sent it, go back to the chat and press “I sent it”."),
    "private": _("This page is private. Please don't pass the link on."),
    "to_chat": _("Go to the chat"),
    "ended_title": _("This link does not work any more"),
    "ended": _("Go back to the chat and write “letter”. Then you get it anew."),
}


class LetterPage:
    """The routes of the page."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/l/{token}", self.open, methods=["GET"]),
            Route("/letter", self.page, methods=["GET"], middleware=[SMALLER]),
            Route("/letter/letter.pdf", self.pdf, methods=["GET"]),
        ]

    async def open(self, request: Request) -> Response:
        """Exchange the secret of the address for a cookie."""
        return await let_in(self._shell, request, "letter") or await self._ended(request)

    async def page(self, request: Request) -> Response:
        """The way to the PDF, and the text in the hospital's language."""
        link, letter = await self._letter(request)
        if link is None or letter is None:
            return await self._ended(request)
        locale = await locale_of(self._shell, link, request)
        languages = self._shell.languages
        return self._templates.page(
            "letter.html",
            locale=locale,
            w=say_all(WORDS, languages, locale),
            own_page=letter.own != letter.locale,
            text=letter_text(letter, letter.locale, languages),
            language=letter.locale,
            text_direction=languages.direction(letter.locale),
            chat=CHAT_COOKIE in request.cookies,
        )

    async def pdf(self, request: Request) -> Response:
        """The letter, made when it is asked for."""
        link, letter = await self._letter(request)
        if link is None or letter is None:
            return await self._ended(request)
        locale = await locale_of(self._shell, link, request)
        offer = replace(letter_offer(link.case_id, letter, locale), link_id=link.id)
        led = await lead(self._shell, request, offer)
        await note_taken(self._shell, link, "letter.taken", str(letter.number))
        return led

    async def _letter(self, request: Request) -> tuple[Link | None, Letter | None]:
        link = await link_of(self._shell, request, "letter")
        if link is None:
            return None, None
        return link, await _stored(self._shell, link.case_id, int(link.item or "0"))

    async def _ended(self, request: Request) -> Response:
        locale = await locale_of(self._shell, None, request)
        return self._templates.trouble(locale, 404, title=WORDS["ended_title"], text=WORDS["ended"])


def letter_offer(case_id: str, letter: Letter, locale: str) -> Offer:
    """A letter as a download, for nobody yet."""
    return Offer(
        purpose="letter",
        of=(str(letter.number),),
        case_id=case_id,
        name=f"letter-{letter.kind}-{letter.number}.pdf",
        media_type="application/pdf",
        locale=locale,
    )


async def letter_made(shell: Shell, offer: Offer) -> bytes:
    """The letter as a PDF, set beside the loop. Raises FileNotFoundError."""
    letter = await _stored(shell, offer.case_id, int(offer.of[0]))
    if letter is None:
        raise FileNotFoundError(offer.purpose)
    return await asyncio.to_thread(letter_pdf, letter, shell.languages)


async def _stored(shell: Shell, case_id: str, number: int) -> Letter | None:
    case = await shell.db.read(lambda tx: cases.load_case(tx, case_id))
    return letter_of(case.letters, number) if case is not None else None
