"""Doors: the one way into a page of the desk. A route says by its door which roles may use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.shell import Shell
from bot.store import audit, desk_sessions, second_factors
from bot.store.codec import seconds
from bot.store.coordinators import Role
from bot.web.desk_wording import DESK
from bot.web.pages import Templates
from bot.web.people import WORK, Coordinator, who
from bot.web.security import is_small, same_origin
from bot.web.wording import NOT_FROM_HERE, TOO_LONG
from checklist.text import Text

Page: TypeAlias = Callable[[Request, Coordinator], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

#: What a script asks for by itself, in a page that is open: it is nobody's doing, so a session may end
#: under it, as one in which nothing is done. (To say so falsely only shortens one's own.)
BY_ITSELF: Final = "x-by-itself"

#: Where somebody goes who has to set a second factor before anything else.
SET_SECOND_FACTOR: Final = "/desk/account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A page with those who may enter. `large` lets long bodies in."""

    shell: Shell
    templates: Templates
    page: Page
    roles: frozenset[Role]
    large: bool
    always: bool

    async def enter(self, request: Request) -> Response:
        """Let in who may, and answer the others."""
        coordinator = await who(request)
        if coordinator is None:
            return RedirectResponse("/desk/sign-in", 303)
        if not coordinator.roles & self.roles:
            return await self._refused(coordinator, request)
        if request.method == "POST":
            if not same_origin(request, self.shell.settings.public_url, strict=True):
                return self._trouble(403, NOT_FROM_HERE)
            if not self.large and not is_small(request):
                return self._trouble(413, TOO_LONG)
        if not self.always and await self._lacks_second_factor(coordinator):
            return RedirectResponse(SET_SECOND_FACTOR, 303)
        if BY_ITSELF not in request.headers:
            await self._seen(coordinator)
        return await self.page(request, coordinator)

    async def _refused(self, coordinator: Coordinator, request: Request) -> Response:
        """Say that it isn't for them, and put on record that they tried."""
        await audit.note(
            self.shell.db,
            case_id=request.path_params.get("case_id", "")[:40],
            at=seconds(self.shell.clock()),
            actor=f"coordinator {coordinator.name}",
            action="refused",
        )
        return self._trouble(403, DESK["not_your_role"], DESK["not_your_role_title"])

    async def _lacks_second_factor(self, coordinator: Coordinator) -> bool:
        """Whether they must set one first. An organisation's provider asks for its own."""
        session = coordinator.session
        if self.shell.settings.desk_second_factor != "required" or session is None:
            return False
        if session.way != "link":
            return False
        return not await self.shell.db.read(lambda tx: second_factors.is_set(tx, coordinator.id))

    async def _seen(self, coordinator: Coordinator) -> None:
        session, now = coordinator.session, seconds(self.shell.clock())
        if session is not None and desk_sessions.is_to_be_seen(session, now):
            await self.shell.db.write(lambda tx: desk_sessions.seen(tx, session.id, now))

    def _trouble(self, status: int, text: Text, title: Text | None = None) -> Response:
        shown = {} if title is None else {"title": title}
        return self.templates.trouble(
            self.shell.settings.coordinator_locale,
            status,
            text=text,
            back=DESK["back"],
            back_href="/desk",
            **shown,
        )


class Doors:
    """Makes doors."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates

    def to(
        self,
        page: Page,
        roles: frozenset[Role] = WORK,
        *,
        large: bool = False,
        always: bool = False,
    ) -> Endpoint:
        """The endpoint of a route: a page, for these roles. Who says nothing means who works on cases.

        `always` lets those in too who have to set a second factor first.
        """
        door = Door(
            shell=self._shell,
            templates=self._templates,
            page=page,
            roles=roles,
            large=large,
            always=always,
        )
        return door.enter
