"""Case doors: the way into the pages of one case, for who may see it, with a line in the trail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from bot.store.coordinators import Role
from bot.web.desk_queries import CaseRow, case_row, note
from bot.web.desk_wording import DESK
from bot.web.doors import Doors, Endpoint
from bot.web.pages import Templates
from bot.web.people import WORK, Coordinator
from bot.web.shell import Shell
from bot.web.wording import MISSING_TEXT, MISSING_TITLE
from checklist.text import Text

CasePage: TypeAlias = Callable[[Request, Coordinator, CaseRow], Awaitable[Response]]


class CaseDoors:
    """Makes them. Their routes have a `case_id`."""

    def __init__(self, shell: Shell, templates: Templates, doors: Doors) -> None:
        """Take the program, the templates, and what lets people in."""
        self._shell = shell
        self._templates = templates
        self._doors = doors

    def __call__(
        self,
        page: CasePage,
        action: str,
        *,
        roles: frozenset[Role] = WORK,
        large: bool = False,
    ) -> Endpoint:
        """The endpoint of a page of a case, for who may see that case. `action` is put on record."""

        async def found(request: Request, coordinator: Coordinator) -> Response:
            row = await case_row(self._shell.db, request.path_params["case_id"])
            if row is None or not coordinator.sees(row.case):
                return self.missing()
            response = await page(request, coordinator, row)
            if action and response.status_code == 200:
                await self.note(row.case.id, coordinator, action)
            return response

        return self._doors.to(found, roles, large=large)

    async def note(
        self, case_id: str, coordinator: Coordinator, action: str, object_: str = ""
    ) -> None:
        """Put on record what somebody looked at or took."""
        await note(
            self._shell.db,
            case_id=case_id,
            at=self._shell.clock(),
            actor=f"coordinator {coordinator.name}",
            action=action,
            object_=object_,
        )

    def trouble(self, status: int, *, text: Text, title: Text | None = None) -> Response:
        """A page that says what is wrong."""
        shown = {} if title is None else {"title": title}
        return self._templates.trouble(
            self._shell.settings.coordinator_locale,
            status,
            text=text,
            back=DESK["back"],
            back_href="/desk",
            **shown,
        )

    def missing(self) -> Response:
        """The page for what isn't there, or not for them."""
        return self.trouble(404, title=MISSING_TITLE, text=MISSING_TEXT)
