"""How coordinators sign in: a link that works once leads to a cookie that works for a day's work.

A link comes to the coordinator's own Telegram or e-mail when they ask for it here, or from the
operator. An organisation's provider (`sign_in_oidc.py`) is another way in.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, unquote

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.coordinators import HANDED_OVER
from bot.jobs import sign_in as job
from bot.store import audit, coordinators, desk_sessions
from bot.store.codec import seconds
from bot.store.db import Database
from bot.tokens import new_token
from bot.web import desk_searching
from bot.web.entering import Entering, cookie
from bot.web.pages import Templates
from bot.web.people import session_of
from bot.web.security import is_small, same_origin
from bot.web.shell import Shell

#: It only fills in the form the next time: who somebody is stands in the session.
NAME_COOKIE = "desk_name"
_NAME_LASTS = 365 * 24 * 3600
_MAX_NAME = 80


async def new_link(db: Database, base_url: str, *, now: datetime | None = None) -> str:
    """The operator's sign-in link, good for one use within 24 hours. Only its hash is stored.

    Whoever uses it gives a name, and leads.
    """
    token = new_token()
    at = (now or datetime.now(UTC)).timestamp()

    async def work(tx: AsyncConnection) -> None:
        await desk_sessions.add_link(tx, token, coordinator_id="", now=at, lasts=HANDED_OVER)
        await audit.add(tx, case_id="", at=at, actor="operator", action="desk_link.made")

    await db.write(work)
    return f"{base_url.rstrip('/')}/desk/sign-in/{token}"


class SignIn:
    """The routes of signing in by a link, and out."""

    def __init__(self, shell: Shell, templates: Templates, entering: Entering) -> None:
        """Take the program, the templates, and what lets people in."""
        self._shell = shell
        self._templates = templates
        self._entering = entering

    def routes(self) -> list[Route]:
        """All of them; they are open to everybody."""
        return [
            Route("/desk/sign-in", self.ask, methods=["GET"]),
            Route("/desk/sign-in", self.send, methods=["POST"]),
            Route("/desk/sign-in/code", self._entering.ask_code, methods=["GET"]),
            Route("/desk/sign-in/code", self._entering.take_code, methods=["POST"]),
            Route("/desk/sign-in/{token}", self.show, methods=["GET"]),
            Route("/desk/sign-in/{token}", self.enter, methods=["POST"]),
            Route("/desk/sign-out", self.leave, methods=["POST"]),
        ]

    # ---- asking for a link ---------------------------------------------------------------------

    async def ask(self, request: Request) -> Response:
        """The page on which a link is asked for."""
        return self._entering.page("ask", name=_name_of(request))

    async def send(self, request: Request) -> Response:
        """Say that a link is on its way if somebody is known by this; and then look whether it is.

        Who is looked up after the answer is gone can't be told by how long the answer took.
        """
        if not self._is_ours(request):
            return self._entering.page("elsewhere", status=403)
        async with request.form(max_files=0, max_fields=5) as form:
            words = str(form.get("who", ""))[:_MAX_NAME]
        if not words.strip():
            return await self.ask(request)
        page = self._entering.page("asked")
        page.background = BackgroundTask(self._send, words)
        return page

    async def _send(self, words: str) -> None:
        now = seconds(self._shell.clock())

        async def work(tx: AsyncConnection) -> None:
            person = await coordinators.known_as(tx, words)
            if person is not None and person.roles:
                await job.ask(tx, self._shell.queue, person, now)

        await self._shell.db.write(work)

    # ---- using it ------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """The page with the button. Opening the link uses nothing up: chats open links to preview."""
        now, token = seconds(self._shell.clock()), request.path_params["token"]
        whose = await self._shell.db.read(lambda tx: desk_sessions.whose_link(tx, token, now))
        if whose is None:
            return self._entering.page("used", status=410)
        coordinator_id, name = whose
        if coordinator_id:
            return self._entering.page("own", name=name)
        return self._entering.page("link", name=_name_of(request))

    async def enter(self, request: Request) -> Response:
        """Exchange the link for a cookie."""
        if not self._is_ours(request):
            return self._entering.page("elsewhere", status=403)
        async with request.form(max_files=0, max_fields=5) as form:
            given = " ".join(str(form.get("name", "")).split())[:_MAX_NAME]
        now, token = seconds(self._shell.clock()), request.path_params["token"]

        async def work(tx: AsyncConnection) -> tuple[str, str] | None:
            whose = await desk_sessions.whose_link(tx, token, now)
            if whose is None:
                return None
            coordinator_id, name = whose
            # A name is needed before the link is used up.
            if not (name or given) or not await desk_sessions.use_link(tx, token, now):
                return ("", "")
            return coordinator_id, name or given

        whose = await self._shell.db.write(work)
        if whose is None:
            return self._entering.page("used", status=410)
        coordinator_id, name = whose
        if not name:
            return await self.show(request)
        way: desk_sessions.Way = "link" if coordinator_id else "operator"
        response = await self._entering.let_in(request, coordinator_id, name, way)
        cookie(response, self._shell, NAME_COOKIE, quote(name), seconds=_NAME_LASTS)
        return response

    async def leave(self, request: Request) -> Response:
        """Forget the session, here and in the browser."""
        if not same_origin(request, self._shell.settings.public_url, strict=True):
            return self._entering.page("elsewhere", status=403)
        session = await session_of(request)
        if session is not None:
            await self._entering.end(session.id, session.name, "signed_out")
        response = RedirectResponse("/desk/sign-in", 303)
        response.delete_cookie("desk", path="/desk")
        desk_searching.forget(response)
        return response

    def _is_ours(self, request: Request) -> bool:
        ours = same_origin(request, self._shell.settings.public_url, strict=True)
        return ours and is_small(request)


def _name_of(request: Request) -> str:
    return unquote(request.cookies.get(NAME_COOKIE, ""))
