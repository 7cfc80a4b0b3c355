"""The account page: one's own sessions and second factor; for leads, everybody's sessions."""

from __future__ import annotations

from typing import Any

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import totp
from bot.office import zone_of
from bot.store import audit, coordinators, desk_sessions, second_factors
from bot.store.codec import seconds
from bot.store.coordinators import ROLES
from bot.store.desk_sessions import DeskSession
from bot.web.desk_times import Times
from bot.web.desk_wording import DESK
from bot.web.doors import Doors
from bot.web.entering import Entering
from bot.web.pages import Templates
from bot.web.people import LEAD, READ, Coordinator, idle_of
from bot.web.shell import Shell
from bot.web.sign_in_wording import ACCOUNT, ROLE, WAY
from bot.web.wording import say_all

_ISSUER = "Second Opinion"
_MAX_CODE = 40


class DeskAccount:
    """The routes of one's own account."""

    def __init__(
        self, shell: Shell, templates: Templates, doors: Doors, entering: Entering
    ) -> None:
        """Take the program, the templates, the doors, and what begins and ends sessions."""
        self._shell = shell
        self._templates = templates
        self._doors = doors
        self._entering = entering
        self._locale = shell.settings.coordinator_locale
        self._words = say_all({**DESK, **ACCOUNT}, shell.languages, self._locale)
        self._times = Times(shell.languages, self._locale, shell.clock, zone_of(shell.settings))

    def routes(self) -> list[Route]:
        """All of them."""
        to = self._doors.to
        page = "/desk/account"
        return [
            Route(page, to(self.account, READ, always=True), methods=["GET"]),
            Route(f"{page}/sessions", to(self.end, READ, always=True), methods=["POST"]),
            Route(f"{page}/second", to(self.second, READ, always=True), methods=["POST"]),
            Route("/desk/people", to(self.people, LEAD), methods=["GET"]),
            Route("/desk/people/sessions", to(self.end_of_anybody, LEAD), methods=["POST"]),
        ]

    async def account(self, request: Request, coordinator: Coordinator) -> Response:
        """One's own account."""
        return await self._page(coordinator, ended="ended" in request.query_params)

    async def people(self, request: Request, coordinator: Coordinator) -> Response:
        """Who works here, and who is signed in."""
        await self._note(coordinator, "listed_people")
        known = await self._shell.db.read(coordinators.everybody)
        sessions = await self._sessions()
        say = self._shell.languages.say
        return self._templates.page(
            "desk_people.html",
            locale=self._locale,
            w=self._words,
            coordinator=coordinator,
            ended="ended" in request.query_params,
            command="second-opinion coordinators add",
            people=[
                {
                    "name": one.name,
                    "roles": [say(ROLE[role], self._locale) for role in ROLES if role in one.roles],
                    "no_way": not one.can_be_written_to,
                }
                for one in known
            ],
            sessions=[self._session(one, coordinator) for one in sessions],
        )

    async def end(self, request: Request, coordinator: Coordinator) -> Response:
        """End sessions of one's own: one, or all others."""
        async with request.form(max_files=0, max_fields=5) as form:
            wanted = str(form.get("session", ""))
        this = coordinator.session.id if coordinator.session else ""
        for one in await self._sessions():
            if _is_mine(one, coordinator) and (
                one.id == wanted or (wanted == "others" and one.id != this)
            ):
                await self._entering.end(one.id, coordinator.name, "ended_session")
        return RedirectResponse("/desk/account?ended", 303)

    async def end_of_anybody(self, request: Request, coordinator: Coordinator) -> Response:
        """End anybody's session."""
        async with request.form(max_files=0, max_fields=5) as form:
            wanted = str(form.get("session", ""))
        await self._entering.end(wanted, coordinator.name, "ended_session")
        return RedirectResponse("/desk/people?ended", 303)

    # ---- the second factor ---------------------------------------------------------------------

    async def second(self, request: Request, coordinator: Coordinator) -> Response:
        """Turn the second factor on by a code of it, or off by one."""
        if not self._may_set(coordinator):
            return await self._page(coordinator)
        async with request.form(max_files=0, max_fields=5) as form:
            code, action = str(form.get("code", ""))[:_MAX_CODE], str(form.get("action", ""))
        now, db = seconds(self._shell.clock()), self._shell.db
        if action == "forget":
            right = await db.write(lambda tx: second_factors.check(tx, coordinator.id, code, now))
            if right:
                await db.write(lambda tx: second_factors.forget(tx, coordinator.id))
                await self._note(coordinator, "second_factor.off")
            return await self._page(coordinator, wrong=not right)
        codes = await db.write(lambda tx: second_factors.confirm(tx, coordinator.id, code, now))
        if codes is None:
            return await self._page(coordinator, wrong=True)
        await self._note(coordinator, "second_factor.on")
        return await self._page(coordinator, codes=codes)

    def _may_set(self, coordinator: Coordinator) -> bool:
        way = coordinator.session.way if coordinator.session else "operator"
        return way == "link" and self._shell.settings.desk_second_factor != "off"

    async def _second(self, coordinator: Coordinator) -> dict[str, Any]:
        """Where the second factor stands. A key is offered to who has none."""
        if not self._may_set(coordinator):
            return {"may": False}
        db, now = self._shell.db, seconds(self._shell.clock())
        needed = self._shell.settings.desk_second_factor == "required"
        if await db.read(lambda tx: second_factors.is_set(tx, coordinator.id)):
            left = await db.read(lambda tx: second_factors.recovery_left(tx, coordinator.id))
            return {"may": True, "on": True, "left": left, "needed": needed}
        secret = await db.write(lambda tx: second_factors.offer(tx, coordinator.id, now))
        address = totp.address(secret, name=coordinator.name, issuer=_ISSUER)
        picture = segno.make(address, error="m").svg_inline(
            scale=4, border=4, dark="#000", light="#fff", omitsize=True
        )
        key = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        return {"may": True, "on": False, "needed": needed, "qr": picture, "key": key}

    # ---- the page ------------------------------------------------------------------------------

    async def _page(
        self,
        coordinator: Coordinator,
        *,
        ended: bool = False,
        wrong: bool = False,
        codes: list[str] | None = None,
    ) -> Response:
        mine = [one for one in await self._sessions() if _is_mine(one, coordinator)]
        say = self._shell.languages.say
        return self._templates.page(
            "desk_account.html",
            locale=self._locale,
            status=422 if wrong else 200,
            w=self._words,
            coordinator=coordinator,
            roles=[say(ROLE[role], self._locale) for role in ROLES if role in coordinator.roles],
            sessions=[self._session(one, coordinator) for one in mine],
            second=await self._second(coordinator),
            ended=ended,
            wrong=wrong,
            codes=["-".join((one[:4], one[4:8], one[8:])) for one in codes or ()],
        )

    async def _sessions(self) -> list[DeskSession]:
        now, idle = seconds(self._shell.clock()), idle_of(self._shell.settings)
        return await self._shell.db.read(lambda tx: desk_sessions.of_everybody(tx, now, idle))

    def _session(self, one: DeskSession, coordinator: Coordinator) -> dict[str, Any]:
        return {
            "id": one.id,
            "name": one.name,
            "agent": one.agent,
            "way": self._shell.languages.say(WAY[one.way], self._locale),
            "began": self._times.moment(one.started_at),
            "seen": self._times.ago(one.seen_at),
            "this": coordinator.session is not None and one.id == coordinator.session.id,
        }

    async def _note(self, coordinator: Coordinator, action: str) -> None:
        now = seconds(self._shell.clock())
        actor = f"coordinator {coordinator.name}"
        await audit.note(self._shell.db, case_id="", at=now, actor=actor, action=action)


def _is_mine(one: DeskSession, coordinator: Coordinator) -> bool:
    """Whether a session is the coordinator's own. Who came by the operator's link has only this one."""
    if not coordinator.id:
        return coordinator.session is not None and one.id == coordinator.session.id
    return one.coordinator_id == coordinator.id
