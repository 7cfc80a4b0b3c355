"""How coordinators sign in: a link that works once leads to a cookie that works for a day's work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.shell import Shell
from bot.store.db import Database
from bot.store.schema import desk_session, sign_in
from bot.tokens import new_token, token_hash
from bot.web.desk_wording import DESK
from bot.web.pages import Templates
from bot.web.security import is_small, same_origin, set_cookie
from bot.web.wording import say_all

#: The second only fills in the form the next time: who somebody is stands in the session.
COOKIE, NAME_COOKIE = "desk", "desk_name"
_LINK_LASTS = timedelta(hours=24)
_SESSION_LASTS = timedelta(hours=12)
_NAME_LASTS = timedelta(days=365)
_MAX_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinator:
    """Who is signed in, by the name that patients see."""

    name: str


async def new_link(db: Database, base_url: str, *, now: datetime | None = None) -> str:
    """A sign-in link for the desk, good for one use within 24 hours. Only its hash is stored."""
    token = new_token()
    at = (now or datetime.now(UTC)).timestamp()

    async def write(tx: AsyncConnection) -> None:
        await tx.execute(sa.delete(sign_in).where(sign_in.c.expires_at < at))
        await tx.execute(sa.delete(desk_session).where(desk_session.c.expires_at < at))
        await tx.execute(
            sa.insert(sign_in).values(
                token_hash=token_hash(token), expires_at=at + _LINK_LASTS.total_seconds()
            )
        )

    await db.write(write)
    return f"{base_url.rstrip('/')}/desk/sign-in/{token}"


async def coordinator_of(shell: Shell, request: Request) -> Coordinator | None:
    """Who is signed in, or None."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    now = shell.clock().timestamp()

    async def read(tx: AsyncConnection) -> str | None:
        query = sa.select(desk_session.c.name).where(
            desk_session.c.token_hash == token_hash(token), desk_session.c.expires_at > now
        )
        return (await tx.execute(query)).scalar()

    name = await shell.db.read(read)
    return None if name is None else Coordinator(name=name)


class SignIn:
    """The routes of signing in and out."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/desk/sign-in", self.ask, methods=["GET"]),
            Route("/desk/sign-in/{token}", self.ask, methods=["GET"]),
            Route("/desk/sign-in/{token}", self.enter, methods=["POST"]),
            Route("/desk/sign-out", self.leave, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """The page with the button. Opening the link uses nothing up: chats open links to preview."""
        token = request.path_params.get("token", "")
        known = bool(token) and await self._good(token)
        return self._page(
            "link" if known else "used" if token else "none",
            name=unquote(request.cookies.get(NAME_COOKIE, "")),
            status=200 if known or not token else 410,
        )

    async def enter(self, request: Request) -> Response:
        """Exchange the link for a cookie."""
        public_url = self._shell.settings.public_url
        if not same_origin(request, public_url, strict=True) or not is_small(request):
            return self._page("elsewhere", name="", status=403)
        async with request.form(max_files=0, max_fields=5) as form:
            name = " ".join(str(form.get("name", "")).split())[:_MAX_NAME]
        if not name:
            return await self.ask(request)
        session = await self._exchange(request.path_params["token"], name)
        if session is None:
            return self._page("used", name="", status=410)
        response = RedirectResponse("/desk", 303)
        secure = public_url.startswith("https:")
        for cookie, value, lasts in (
            (COOKIE, session, _SESSION_LASTS),
            (NAME_COOKIE, quote(name), _NAME_LASTS),
        ):
            seconds = int(lasts.total_seconds())
            set_cookie(response, cookie, value, path="/desk", seconds=seconds, secure=secure)
        return response

    async def leave(self, request: Request) -> Response:
        """Forget the session, here and in the browser."""
        if not same_origin(request, self._shell.settings.public_url, strict=True):
            return self._page("elsewhere", name="", status=403)
        hashed = token_hash(request.cookies.get(COOKIE, ""))

        async def write(tx: AsyncConnection) -> None:
            await tx.execute(sa.delete(desk_session).where(desk_session.c.token_hash == hashed))

        await self._shell.db.write(write)
        response = RedirectResponse("/desk/sign-in", 303)
        response.delete_cookie(COOKIE, path="/desk")
        return response

    async def _good(self, token: str) -> bool:
        now = self._shell.clock().timestamp()

        async def read(tx: AsyncConnection) -> bool:
            return (
                await tx.execute(sa.select(sign_in).where(*_usable(token, now)))
            ).first() is not None

        return await self._shell.db.read(read)

    async def _exchange(self, token: str, name: str) -> str | None:
        """The token of a new session under this name, once for each link."""
        now = self._shell.clock().timestamp()
        session = new_token()

        async def write(tx: AsyncConnection) -> bool:
            used = await tx.execute(
                sa.update(sign_in).where(*_usable(token, now)).values(used_at=now)
            )
            if used.rowcount != 1:
                return False
            await tx.execute(
                sa.insert(desk_session).values(
                    token_hash=token_hash(session),
                    name=name,
                    expires_at=now + _SESSION_LASTS.total_seconds(),
                )
            )
            return True

        return session if await self._shell.db.write(write) else None

    def _page(self, state: str, *, name: str, status: int) -> Response:
        locale = self._shell.settings.coordinator_locale
        return self._templates.page(
            "desk_sign_in.html",
            locale=locale,
            status=status,
            w=say_all(DESK, self._shell.languages, locale),
            coordinator=None,
            state=state,
            name=name,
        )


def _usable(token: str, now: float) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        sign_in.c.token_hash == token_hash(token),
        sign_in.c.expires_at > now,
        sign_in.c.used_at.is_(None),
    )
