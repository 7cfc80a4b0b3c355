"""Private links: how a browser comes to the upload page, and carries on at another one."""

from __future__ import annotations

import io
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias

import segno
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.store import cases, codec, links
from bot.store.links import Link
from bot.store.schema import session
from bot.tokens import new_token, token_hash
from bot.web import confined
from bot.web.pages import SMALLER, Templates, accepted_locale
from bot.web.security import is_small, same_origin
from bot.web.shell import Shell
from bot.web.upload_wording import UPLOAD
from bot.web.wording import say_all

_Find: TypeAlias = Callable[[AsyncConnection, float], Awaitable[Link | None]]

_CODE_LASTS = timedelta(minutes=20)
# Letters and digits that nobody mistakes for others, on the phone or in writing.
_LETTERS = "ACDEFHJKMNPRTWXY3479"
_CODE_LENGTH = 8
# Cyrillic letters that look like them, for a keyboard that was not switched.
_LOOK_ALIKE = str.maketrans("АСЕНКМРТХУЗ", "ACEHKMPTXY3")
#: Wrong codes in one minute, from everybody together, before no more are looked at.
_MAX_WRONG = 30


async def sender_of(shell: Shell, request: Request) -> Link | None:
    """The link by which this browser came, or None where there is none, or it has ended."""
    cookie = request.cookies.get(confined.UPLOAD.name, "")
    if not cookie:
        return None
    now = codec.seconds(shell.clock())
    return await shell.db.read(lambda tx: links.by_visit(tx, token_hash(cookie), now))


async def has_stopped(shell: Shell, link: Link) -> bool:
    """Whether nothing is taken by a link just now: nobody works on its case."""
    return await shell.db.read(lambda tx: cases.is_at_rest(tx, link.case_id))


async def locale_of(shell: Shell, link: Link | None, request: Request) -> str:
    """The language of the chat that the link belongs to; without one, the browser's."""
    spoken = ""
    if link is not None:
        query = sa.select(session.c.locale).where(session.c.id == link.session_id)

        async def read(tx: AsyncConnection) -> str:
            return (await tx.execute(query)).scalar() or ""

        spoken = await shell.db.read(read)
    languages = shell.languages
    known = languages.match_locale(spoken) if spoken else None
    return known or accepted_locale(request, languages) or "en"


class UploadLinks:
    """The routes of links and codes."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates
        self._wrong: list[float] = []

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/u/{token}", self.open, methods=["GET"]),
            Route("/upload/elsewhere", self.elsewhere, methods=["POST"], middleware=[SMALLER]),
            Route("/c", self.ask_code, methods=["GET"]),
            Route("/c", self.use_code, methods=["POST"]),
        ]

    async def open(self, request: Request) -> Response:
        """Exchange the secret of the address for a cookie at once, so that it stands nowhere."""
        hashed = token_hash(request.path_params["token"])
        return await self._enter(request, lambda tx, now: links.by_token(tx, hashed, now))

    async def _enter(self, request: Request, find: _Find) -> Response:
        known = await sender_of(self._shell, request)
        token, now = new_token(), codec.seconds(self._shell.clock())

        async def work(tx: AsyncConnection) -> Link | None:
            found = await find(tx, now)
            # A browser that came by this link before goes on with what it has begun.
            if found is not None and (known is None or known.id != found.id):
                await links.visit(tx, found, token_hash(token), now)
            return found

        found = await self._shell.db.write(work)
        if found is None:
            return await self._ended(request)
        response = RedirectResponse("/upload", 303)
        if known is None or known.id != found.id:
            seconds = int(codec.seconds(found.expires_at) - now)
            confined.UPLOAD.give(self._shell, request, response, token, seconds)
        return response

    async def _ended(self, request: Request) -> Response:
        locale = await locale_of(self._shell, None, request)
        return self._templates.trouble(
            locale, 404, title=UPLOAD["ended_title"], text=UPLOAD["ended"]
        )

    # ---- on another computer -------------------------------------------------------------------

    async def elsewhere(self, request: Request) -> Response:
        """A short code, and a picture of the address with it, for a computer that has a drive."""
        shell = self._shell
        link = await sender_of(shell, request)
        if link is None:
            return await self._ended(request)
        if not same_origin(request, shell.settings.public_url):
            return Response(status_code=403)
        code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        expires = codec.seconds(shell.clock() + _CODE_LASTS)
        await shell.db.write(lambda tx: links.add_code(tx, link.id, token_hash(code), expires))
        locale = await locale_of(shell, link, request)
        base = shell.settings.base_url
        return self._templates.page(
            "upload_elsewhere.html",
            locale=locale,
            w=say_all(UPLOAD, shell.languages, locale),
            address=f"{base.split('://', 1)[-1]}/c",
            code=f"{code[:4]} {code[4:]}",
            qr=_qr(f"{base}/c?code={code}"),
        )

    async def ask_code(self, request: Request) -> Response:
        """The page where the short code is typed."""
        code = _as_shown(request.query_params.get("code", ""))
        return await self._code_page(request, code)

    async def use_code(self, request: Request) -> Response:
        """The code opens its link, once."""
        shell = self._shell
        if not is_small(request) or not same_origin(request, shell.settings.public_url):
            return Response(status_code=403)
        form = await request.form()
        typed = _as_shown(str(form.get("code", "")))
        now = codec.seconds(shell.clock())
        self._wrong = [at for at in self._wrong if at > now - 60]
        if len(self._wrong) >= _MAX_WRONG:
            return await self._code_page(request, "", wait=True, status=429)
        hashed = token_hash(typed)
        response = await self._enter(request, lambda tx, now: links.use_code(tx, hashed, now))
        if response.status_code == 303:
            return response
        self._wrong.append(now)
        return await self._code_page(request, "", wrong=True, status=404)

    async def _code_page(
        self,
        request: Request,
        code: str,
        *,
        wrong: bool = False,
        wait: bool = False,
        status: int = 200,
    ) -> Response:
        locale = await locale_of(self._shell, None, request)
        return self._templates.page(
            "upload_code.html",
            locale=locale,
            status=status,
            w=say_all(UPLOAD, self._shell.languages, locale),
            code=code[:_CODE_LENGTH],
            wrong=wrong,
            wait=wait,
        )


def _as_shown(typed: str) -> str:
    """A code as it was shown, from what was typed on any keyboard."""
    plain = unicodedata.normalize("NFKC", typed).upper().translate(_LOOK_ALIKE)
    digits = (unicodedata.decimal(sign, None) for sign in plain)
    return "".join(
        sign if digit is None else str(digit)
        for sign, digit in zip(plain, digits, strict=True)
        if sign.isalnum()
    )


def _qr(address: str) -> str:
    """The picture of an address as SVG paths, to stand in a page."""
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, border=4, scale=1, omitsize=True, nl=False
    )
    return out.getvalue().decode()
