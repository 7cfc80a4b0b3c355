"""The certificate of an erasure: case number, time, and what was erased; no name is on it.

What is still being removed from the disk is said on the page, and there is no PDF until it is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.copies.certificate_pdf import certificate_pdf
from bot.store import codec, links
from bot.store.links import Link
from bot.store.schema import file, job
from bot.store.schema import link as link_table
from bot.web.offers import Offer, lead
from bot.web.pages import SMALLER, Templates
from bot.web.private_page import let_in, link_of
from bot.web.shell import Shell
from bot.web.upload_links import locale_of
from bot.web.wording import say_all
from checklist.dates import PartialDate
from checklist.text import Text, _, _c, verbatim

WORDS: Final[Mapping[str, Text]] = {
    "title": _("Certificate of erasure"),
    "download": _c("button", "Download the PDF"),
    "ended_title": _("This link does not work any more"),
    "ended": _("It worked for 7 days. Nothing of the case is kept here."),
    "soon": _("The last files are being removed just now. Please look again in a few minutes."),
}

_WHAT: Final = (
    _(
        "Erased: answers, messages, files and their previews, copies, letters, the opinion, "
        "translations, and what still waited to be sent."
    ),
    _("Kept: that this case was erased, and who had looked at it before, without any content."),
)


class CertificatePage:
    """The routes of the page."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/e/{token}", self.open, methods=["GET"]),
            Route("/certificate", self.page, methods=["GET"], middleware=[SMALLER]),
            Route("/certificate/certificate.pdf", self.pdf, methods=["GET"]),
        ]

    async def open(self, request: Request) -> Response:
        """Exchange the secret of the address for a cookie."""
        return await let_in(self._shell, request, "certificate") or await self._ended(request)

    async def page(self, request: Request) -> Response:
        """The certificate as text, and the way to the PDF."""
        link = await link_of(self._shell, request, "certificate")
        if link is None:
            return await self._ended(request)
        locale = await locale_of(self._shell, link, request)
        done = not await self._removing(link)
        return self._templates.page(
            "certificate.html",
            locale=locale,
            w=say_all(WORDS, self._shell.languages, locale),
            lines=await _lines(self._shell, link, locale),
            done=done,
        )

    async def pdf(self, request: Request) -> Response:
        """The same on paper."""
        link = await link_of(self._shell, request, "certificate")
        if link is None or await self._removing(link):
            return await self._ended(request)
        locale = await locale_of(self._shell, link, request)
        offer = Offer(
            purpose="certificate",
            case_id=link.case_id,
            name=f"{link.case_id}_erased.pdf",
            media_type="application/pdf",
            locale=locale,
            link_id=link.id,
        )
        return await lead(self._shell, request, offer)

    async def _removing(self, link: Link) -> bool:
        """Whether bytes of it may still lie on a disk."""

        async def read(tx: AsyncConnection) -> bool:
            left = sa.select(file.c.id).where(
                file.c.case_id == link.case_id,
                file.c.state == "erased",
                sa.or_(file.c.blob_id.is_not(None), file.c.plain_blob_id.is_not(None)),
            )
            waits = sa.select(job.c.id).where(
                job.c.case_id == link.case_id, job.c.kind == "erase", job.c.state == "ready"
            )
            found = [(await tx.execute(query.limit(1))).first() for query in (left, waits)]
            return any(row is not None for row in found)

        return await self._shell.db.read(read)

    async def _ended(self, request: Request) -> Response:
        locale = await locale_of(self._shell, None, request)
        return self._templates.trouble(locale, 404, title=WORDS["ended_title"], text=WORDS["ended"])


async def certificate_made(shell: Shell, offer: Offer) -> bytes:
    """The certificate as a PDF. Raises FileNotFoundError."""
    link = await shell.db.read(lambda tx: links.find(tx, offer.link_id))
    if link is None:
        raise FileNotFoundError(offer.purpose)
    title = shell.languages.say(WORDS["title"], offer.locale)
    lines = await _lines(shell, link, offer.locale)
    return await asyncio.to_thread(certificate_pdf, title, lines, offer.locale)


async def _lines(shell: Shell, link: Link, locale: str) -> list[str]:
    answers, _dot, files = (link.item or "").partition(".")
    made = sa.select(link_table.c.made_at).where(link_table.c.id == link.id)

    async def read(tx: AsyncConnection) -> float:
        return float((await tx.execute(made)).scalar_one())

    at = codec.moment(await shell.db.read(read))
    lines = certified(link.case_id, at, int(answers or "0"), int(files or "0"))
    return [shell.languages.say(line, locale) for line in lines]


def certified(case_id: str, at: datetime, answers: int, files: int) -> tuple[Text, ...]:
    """What the certificate says."""
    return (
        _("Case {case} was erased on {date}.", case=case_id, date=PartialDate.of(at.date())),
        verbatim(at.isoformat(timespec="seconds")),
        _("Answers: {answers}. Files: {files}.", answers=answers, files=files),
        *_WHAT,
    )
