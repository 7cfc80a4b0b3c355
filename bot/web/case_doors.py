"""Case doors: the way into the pages of one case, for who may see it, with a line in the trail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from bot.store import unreadable
from bot.store.coordinators import Role
from bot.web.desk_list_wording import REASON
from bot.web.desk_queries import CaseRow, case_row, note
from bot.web.desk_wording import DESK
from bot.web.doors import Doors, Endpoint
from bot.web.offers import leads
from bot.web.pages import Templates
from bot.web.people import WORK, Coordinator
from bot.web.photos import AS_SENT, NOT_CLEANED, NOT_CLEANED_TITLE
from bot.web.shell import Shell
from bot.web.wording import MISSING_TEXT, MISSING_TITLE
from checklist.text import Text

#: So long one look lasts: a page brings a hundred pictures, and to leaf through them is to look once.
GLANCE: Final = timedelta(minutes=10)
#: Looks that are remembered; with more of them some are put on record again.
_MOST_GLANCES: Final = 5000

CasePage: TypeAlias = Callable[[Request, Coordinator, CaseRow], Awaitable[Response]]


#: The answers that show something; what leads on to a download hands something out too.
_GIVEN: Final = (200, 206)


class CaseDoors:
    """Makes them. Their routes have a `case_id`."""

    def __init__(self, shell: Shell, templates: Templates, doors: Doors) -> None:
        """Take the program, the templates, and what lets people in."""
        self._shell = shell
        self._templates = templates
        self._doors = doors
        #: When each coordinator was last put on record with an action, by case and object.
        self._glances: dict[tuple[str, str, str, str], datetime] = {}

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
            case_id = request.path_params["case_id"]
            try:
                row = await case_row(self._shell.db, case_id)
            except unreadable.UNREADABLE as error:
                unreadable.tell(case_id, error)
                if not coordinator.works:
                    # Nobody can tell whether it is theirs.
                    return self.missing()
                return self.trouble(500, text=REASON["unreadable"])
            if row is None or not coordinator.sees(row.case):
                return self.missing()
            response = await page(request, coordinator, row)
            if action and (response.status_code in _GIVEN or leads(response)):
                await self.note(row.case.id, coordinator, action)
            return response

        return self._doors.to(found, roles, large=large)

    async def note(
        self, case_id: str, coordinator: Coordinator, action: str, object_: str = ""
    ) -> None:
        """Put on record what somebody looked at or took."""
        now = self._shell.clock()
        await note(
            self._shell.db,
            case_id=case_id,
            at=now,
            actor=f"coordinator {coordinator.name}",
            action=action,
            object_=object_,
        )
        if len(self._glances) >= _MOST_GLANCES:
            self._glances.clear()
        self._glances[(case_id, coordinator.name, action, object_)] = now

    async def glance(
        self, case_id: str, coordinator: Coordinator, action: str, object_: str = ""
    ) -> None:
        """Put on record what somebody looked at, unless they were just now: for what a page brings."""
        last = self._glances.get((case_id, coordinator.name, action, object_))
        if last is None or self._shell.clock() - last >= GLANCE:
            await self.note(case_id, coordinator, action, object_)

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

    def not_cleaned(self) -> Response:
        """The page that says what a file may tell, and from which it can be had all the same."""
        return self._templates.trouble(
            self._shell.settings.coordinator_locale, 409, title=NOT_CLEANED_TITLE, text=NOT_CLEANED,
            back=AS_SENT, back_href="?as_sent=yes",
        )  # fmt: skip

    def missing(self) -> Response:
        """The page for what isn't there, or not for them."""
        return self.trouble(404, title=MISSING_TITLE, text=MISSING_TEXT)
