"""People: who is at the desk, in which roles, and which cases they may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.requests import Request

from bot.settings import Settings
from bot.shell import Shell
from bot.store import coordinators, desk_sessions
from bot.store.codec import seconds
from bot.store.coordinators import WORK as WORK
from bot.store.coordinators import Role
from bot.store.desk_sessions import DeskSession
from checklist.case import Case

COOKIE: Final = "desk"

#: Who sees what a record is. A translator does, of the cases that are theirs.
READ: Final[frozenset[Role]] = WORK | {"translator"}
#: Who sees the colleagues' sessions, and ends them.
LEAD: Final[frozenset[Role]] = frozenset({"lead"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinator:
    """Who is signed in. `name` is what patients see; `id` is "" for who came by the operator's link."""

    name: str
    id: str = ""
    roles: frozenset[Role] = frozenset({"lead"})
    session: DeskSession | None = None

    @property
    def works(self) -> bool:
        """Whether they work on cases; who doesn't sees what is to be translated."""
        return bool(self.roles & WORK)

    @property
    def leads(self) -> bool:
        """Whether they see the others' sessions."""
        return bool(self.roles & LEAD)

    def sees(self, case: Case) -> bool:
        """Whether they may see this case.

        A translator sees a case while it is in translation, and one that was given to them.
        """
        mine = case.desk.assignee == self.name and not case.erased
        return self.works or case.status == "in_translation" or mine


async def who(request: Request) -> Coordinator | None:
    """Who sent the request; None for a stranger, and for whoever's second factor is yet to come."""
    session = await session_of(request)
    return None if session is None or not session.whole else coordinator_of(session)


async def half(request: Request) -> DeskSession | None:
    """The session that waits for its second factor, or None."""
    session = await session_of(request)
    return session if session is not None and not session.whole else None


async def session_of(request: Request) -> DeskSession | None:
    """The session of the request's cookie, while it lasts."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    shell: Shell = request.app.state.shell
    now, idle = seconds(shell.clock()), idle_of(shell.settings)
    return await shell.db.read(lambda tx: desk_sessions.by_token(tx, token, now, idle))


async def colleagues(shell: Shell) -> list[str]:
    """The names of those who can be given a case: who works here, and who is signed in."""
    now, idle = seconds(shell.clock()), idle_of(shell.settings)
    known = await shell.db.read(coordinators.everybody)
    there = await shell.db.read(lambda tx: desk_sessions.of_everybody(tx, now, idle))
    return sorted({one.name for one in known if one.roles} | {one.name for one in there})


def idle_of(settings: Settings) -> timedelta:
    """How long a session lasts in which nothing is done."""
    return timedelta(minutes=settings.desk_idle_minutes)


def lasts_of(settings: Settings) -> timedelta:
    """How long a session lasts in all."""
    return timedelta(hours=settings.desk_session_hours)


def coordinator_of(session: DeskSession) -> Coordinator:
    """Who a session is."""
    return Coordinator(
        id=session.coordinator_id, name=session.name, roles=session.roles, session=session
    )
