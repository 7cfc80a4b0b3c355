"""Saved: the path from which every file is fetched that a page offers. No cookie is ever sent to it.

Who may have what was decided by the page, which put it on record and led here (`offers.py`). What can be
looked at again without much ado is looked at with each request: that whoever it is for is still signed in
and sees the case, or that the link lasts. Where the case was erased there is nothing to open any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.store import codec, desk_sessions, links
from bot.web.certificate import certificate_made
from bot.web.desk_consents import why_kept
from bot.web.desk_queries import case_row
from bot.web.desk_wording import DESK
from bot.web.downloads import download, download_headers
from bot.web.letter import letter_made
from bot.web.offers import PATH, Offer, Purpose, opened
from bot.web.opinion import opinion_stands
from bot.web.pages import Templates, accepted_locale
from bot.web.people import coordinator_of
from bot.web.photos import photo_made
from bot.web.shell import Shell
from bot.web.taken_out import taken_out
from bot.web.upload_wording import UPLOAD
from bot.web.wording import BACK_TO_CHAT, NOT_FROM_HERE
from checklist.text import Text

#: Makes what is offered, b"" to have its blob given. Raises FileNotFoundError where it is given no more.
Maker: TypeAlias = Callable[[Shell, Offer], Awaitable[bytes]]


async def _package_stands(shell: Shell, offer: Offer) -> bytes:
    """A package is kept from the moment at which a consent is taken back."""
    row = await case_row(shell.db, offer.case_id)
    if row is None or why_kept(shell, row.case) is not None:
        raise FileNotFoundError(offer.blob_id)
    return b""


_MAKERS: Final[Mapping[Purpose, Maker]] = {
    "package": _package_stands,
    "opinion": opinion_stands,
    "photo": photo_made,
    "part": taken_out,
    "letter": letter_made,
    "certificate": certificate_made,
}


class Saved:
    """The one route."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route(f"{PATH}/{{token}}", self.give, methods=["GET"])]

    async def give(self, request: Request) -> Response:
        """What is offered, from where the request asks for it."""
        shell = self._shell
        offer = opened(shell.db.keys.ring, request.path_params["token"])
        if offer is None:
            return self._ended(accepted_locale(request, shell.languages) or "en", 404)
        try:
            if not await self._stands(offer):
                raise FileNotFoundError(offer.blob_id)
            response = await self._given(offer, request)
        except FileNotFoundError:
            back = (DESK["back"], "/desk") if offer.session_id else (BACK_TO_CHAT, "/chat")
            return self._ended(offer.locale, 410, *back)
        response.headers["referrer-policy"] = "no-referrer"
        response.headers["cache-control"] = "no-store"
        return response

    async def _given(self, offer: Offer, request: Request) -> Response:
        """Raises FileNotFoundError."""
        shell, make = self._shell, _MAKERS.get(offer.purpose)
        if make is not None and (made := await make(shell, offer)):
            return Response(made, headers=download_headers(offer.name), media_type=offer.media_type)
        if not offer.blob_id:
            raise FileNotFoundError(offer.purpose)
        return await download(shell.blobs, offer.blob_id, offer.name, offer.media_type, request)

    async def _stands(self, offer: Offer) -> bool:
        """Whether it has not ended, and whoever it is for may still have it."""
        shell, now = self._shell, codec.seconds(self._shell.clock())
        if offer.ends <= now:
            return False
        if offer.link_id:
            return await shell.db.read(lambda tx: links.lasts(tx, offer.link_id, now))
        session = await shell.db.read(lambda tx: desk_sessions.by_id(tx, offer.session_id, now))
        row = await case_row(shell.db, offer.case_id)
        if session is None or row is None or row.case.erased:
            return False
        return coordinator_of(session).sees(row.case)

    def _ended(
        self, locale: str, status: int, back: Text = BACK_TO_CHAT, href: str = "/chat"
    ) -> Response:
        return self._templates.trouble(
            locale,
            status,
            title=UPLOAD["ended_title"],
            text=NOT_FROM_HERE,
            back=back,
            back_href=href,
        )
