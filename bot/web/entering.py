"""Entering: what all ways into the desk have in common, from the second factor to the cookie."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.store import audit, desk_sessions, second_factors
from bot.store.codec import seconds
from bot.store.desk_sessions import HALF_LASTS, Way
from bot.web.desk_wording import DESK
from bot.web.pages import Templates
from bot.web.people import COOKIE, half, lasts_of
from bot.web.security import is_small, same_origin, set_cookie
from bot.web.shell import Shell
from bot.web.sign_in_wording import SIGN_IN
from bot.web.wording import say_all

_MAX_CODE = 40

#: What a browser calls itself holds all its forefathers; the first of these that it names is it.
_BROWSERS: Final = ("Edg", "OPR", "SamsungBrowser", "Firefox", "Chrome", "Safari", "curl")
_SYSTEMS: Final = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux")


class Entering:
    """Lets people in, and shows the pages on the way."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates

    async def let_in(self, request: Request, coordinator_id: str, name: str, way: Way) -> Response:
        """Begin a session, and lead to the desk; or to the page that asks for the second factor.

        An organisation's provider asks for its own, and the operator's link is from the machine.
        """
        now, settings = seconds(self._shell.clock()), self._shell.settings

        async def work(tx: AsyncConnection) -> tuple[str, bool]:
            asked = (
                way == "link"
                and settings.desk_second_factor != "off"
                and await second_factors.is_set(tx, coordinator_id)
            )
            token = await desk_sessions.open_session(
                tx,
                coordinator_id=coordinator_id,
                name=name,
                way=way,
                agent=agent_of(request),
                whole=not asked,
                now=now,
                lasts=lasts_of(settings),
            )
            if not asked:
                await _on_record(tx, name, "signed_in", now, way)
            return token, asked

        token, asked = await self._shell.db.write(work)
        response = RedirectResponse("/desk/sign-in/code" if asked else "/desk", 303)
        self._give(response, token, HALF_LASTS if asked else lasts_of(settings))
        return response

    async def ask_code(self, request: Request) -> Response:
        """The page that asks for the second factor."""
        if await half(request) is None:
            return RedirectResponse("/desk", 303)
        return self.page("code")

    async def take_code(self, request: Request) -> Response:
        """Make the session whole by a code of the app, or by a recovery code."""
        settings = self._shell.settings
        if not same_origin(request, settings.public_url, strict=True) or not is_small(request):
            return self.page("elsewhere", status=403)
        session = await half(request)
        if session is None:
            return RedirectResponse("/desk/sign-in", 303)
        async with request.form(max_files=0, max_fields=5) as form:
            code = str(form.get("code", ""))[:_MAX_CODE]
        now = seconds(self._shell.clock())

        async def work(tx: AsyncConnection) -> str | None:
            if not await second_factors.check(tx, session.coordinator_id, code, now):
                await desk_sessions.wrong_code(tx, session.id)
                await _on_record(tx, session.name, "wrong_code", now)
                return None
            await _on_record(tx, session.name, "signed_in", now, session.way)
            return await desk_sessions.make_whole(tx, session.id, now, lasts_of(settings))

        token = await self._shell.db.write(work)
        if token is None:
            if await half(request) is None:
                return self.page("used", status=410)
            return self.page("code", wrong=True, status=422)
        response = RedirectResponse("/desk", 303)
        self._give(response, token, lasts_of(settings))
        return response

    async def end(self, session_id: str, name: str, action: str) -> bool:
        """End a session, and put it on record under this name; False where there was none."""
        now = seconds(self._shell.clock())

        async def work(tx: AsyncConnection) -> bool:
            ended = await desk_sessions.end(tx, session_id)
            if ended:
                await _on_record(tx, name, action, now, session_id)
            return ended

        return await self._shell.db.write(work)

    def page(
        self, state: str, *, name: str = "", status: int = 200, wrong: bool = False
    ) -> Response:
        """A page on the way in."""
        settings = self._shell.settings
        locale = settings.coordinator_locale
        words = say_all({**DESK, **SIGN_IN}, self._shell.languages, locale)
        return self._templates.page(
            "desk_sign_in.html",
            locale=locale,
            status=status,
            w=words,
            coordinator=None,
            state=state,
            name=name,
            wrong=wrong,
            provider=settings.oidc_name if settings.oidc_issuer else "",
        )

    def _give(self, response: Response, token: str, lasts: timedelta) -> None:
        cookie(response, self._shell, COOKIE, token, seconds=int(lasts.total_seconds()))


def cookie(response: Response, shell: Shell, name: str, value: str, *, seconds: int) -> None:
    """Set a cookie of the desk: patients' pages never see it."""
    secure = shell.settings.public_url.startswith("https:")
    set_cookie(response, name, value, path="/desk", seconds=seconds, secure=secure)


def agent_of(request: Request) -> str:
    """The browser in two words, to tell one's own sessions apart: `Firefox, Linux`."""
    said = request.headers.get("user-agent", "")
    found = [
        next((name for name in names if re.search(rf"\b{name}", said)), "")
        for names in (_BROWSERS, _SYSTEMS)
    ]
    known = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS", "CrOS": "ChromeOS"}
    return ", ".join(known.get(name, name) for name in found if name)


async def _on_record(
    tx: AsyncConnection, name: str, action: str, now: float, object_: str = ""
) -> None:
    await audit.add(
        tx, case_id="", at=now, actor=f"coordinator {name}", action=action, object=object_
    )
