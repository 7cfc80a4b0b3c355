"""The list of cases: the page, and the stream that says when it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from bot import signals
from bot.store import audit, desk_list, desk_rows, desk_sessions
from bot.store.codec import seconds
from bot.web import desk_searching
from bot.web.chat_queries import STOPPING
from bot.web.desk_list_view import KEPT, ListView, address_of, wish_of
from bot.web.desk_list_wording import LIST
from bot.web.desk_wording import DESK
from bot.web.doors import BY_ITSELF, Doors
from bot.web.entering import cookie
from bot.web.events import event
from bot.web.pages import SMALLER, Templates
from bot.web.people import READ, Coordinator, who
from bot.web.shell import Shell
from bot.web.wording import say_all

#: Another process may have written: the stream also looks by itself.
_LOOK_SECONDS: Final = 3.0
#: However much happens, the page is renewed no more often than that.
_PAUSE_SECONDS: Final = 1.0
_HEARTBEAT_LOOKS: Final = 5
_RETRY_MILLISECONDS: Final = 2000
#: A list that renews itself is put on record now and then, not at each change.
_ON_RECORD: Final = timedelta(minutes=10)


class DeskList:
    """The routes of the list."""

    def __init__(
        self, shell: Shell, templates: Templates, doors: Doors, stopping: asyncio.Event
    ) -> None:
        """Take the program, the templates, the doors, and what tells that the program ends."""
        self._shell = shell
        self._templates = templates
        self._doors = doors
        self._stopping = stopping
        self._stamp = desk_rows.stamp_of(shell.catalog)
        self._view = ListView(shell)
        self._locale = shell.settings.coordinator_locale
        self._words = say_all({**DESK, **LIST}, shell.languages, self._locale)

    def routes(self) -> list[Route]:
        """All."""
        to = self._doors.to
        return [
            Route("/desk", to(self.cases, READ), methods=["GET"], middleware=[SMALLER]),
            Route("/desk", to(self.search, READ), methods=["POST"]),
            Route("/desk/events", to(self.events, READ), methods=["GET"]),
        ]

    async def cases(self, request: Request, coordinator: Coordinator) -> Response:
        """The list of cases."""
        shell = self._shell
        state = _in_one(await shell.db.read(desk_rows.state))
        await desk_rows.catch_up(shell.db, shell.catalog, self._stamp)
        asked = desk_searching.searched(request)
        wish = wish_of(asked, coordinator, shell)
        found = await shell.db.read(partial(desk_list.find, wish=wish))
        await self._on_record(coordinator, bool(wish.terms), BY_ITSELF in request.headers)
        return self._templates.page(
            "desk_cases.html",
            locale=self._locale,
            w=self._words,
            coordinator=coordinator,
            list=self._view.page(found, wish, asked, coordinator),
            state=state,
            chat_url=f"{shell.settings.base_url}/",
        )

    async def search(self, request: Request, coordinator: Coordinator) -> Response:
        """Lead to the list of what was searched for, by an address that doesn't say what that is."""
        async with request.form(max_files=0, max_fields=20) as form:
            wishes = desk_searching.wishes_posted(form, KEPT)
            words = " ".join(str(form.get("q", "")).split())
        if not words:
            return RedirectResponse(address_of(wishes), 303)
        key, value = desk_searching.remember(request, words)
        response = RedirectResponse(address_of(wishes, **{desk_searching.KEY: key}), 303)
        lasts = self._shell.settings.desk_session_hours * 3600
        cookie(response, self._shell, desk_searching.COOKIE, value, seconds=lasts)
        return response

    async def _on_record(self, coordinator: Coordinator, searched: bool, by_itself: bool) -> None:
        """Put on record that they looked; of a list that renews itself, every ten minutes."""
        now, session = self._shell.clock(), coordinator.session
        last = session.listed_at if session is not None else None
        if by_itself and last is not None and now - last < _ON_RECORD:
            return

        async def work(tx: AsyncConnection) -> None:
            at, actor = seconds(now), f"coordinator {coordinator.name}"
            action = "searched" if searched else "listed"
            await audit.add(tx, case_id="", at=at, actor=actor, action=action)
            if session is not None:
                await desk_sessions.listed(tx, session.id, at)

        await self._shell.db.write(work)

    # ---- the stream ----------------------------------------------------------------------------

    async def events(self, request: Request, coordinator: Coordinator) -> Response:
        """Says that something has changed, and nothing of what: the page then asks for itself."""
        return StreamingResponse(
            self._stream(request),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )

    async def _stream(self, request: Request) -> AsyncIterator[str]:
        db, last, quiet = self._shell.db, None, 0
        yield f"retry: {_RETRY_MILLISECONDS}\n\n"
        with db.signals.watch(signals.DESK, STOPPING) as watch:
            while not self._stopping.is_set():
                # A session that has ended takes its stream along.
                if await who(request) is None:
                    yield event("gone", "")
                    return
                state = _in_one(await db.read(desk_rows.state))
                if state != last:
                    last, quiet = state, 0
                    yield event("state", state)
                elif (quiet := quiet + 1) % _HEARTBEAT_LOOKS == 0:
                    yield ": still here\n\n"
                if await watch.wait(_LOOK_SECONDS) and not self._stopping.is_set():
                    await asyncio.sleep(_PAUSE_SECONDS)


def _in_one(numbers: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in numbers)
