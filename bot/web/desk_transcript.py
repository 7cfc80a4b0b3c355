"""The conversation at the desk: what was said, and the same in the coordinators' language.

What the assistant said, and the buttons that were pressed, are in the catalogs: they are said again in
the desk's language by themselves. What a person wrote is put into it by a person.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.office import zone_of
from bot.render import Rendered, render
from bot.store import codec
from bot.store.schema import message
from bot.web.acting import act
from bot.web.bubbles import Bubble, Bubbles, Line
from bot.web.case_doors import CaseDoors
from bot.web.chat_queries import lines_of
from bot.web.desk_queries import CaseRow
from bot.web.desk_view import DeskView
from bot.web.desk_wording import DESK
from bot.web.pages import SMALLER, Templates
from bot.web.people import Coordinator
from bot.web.shell import Shell
from bot.web.wording import CHAT, say_all
from checklist.desk import SaidAgain
from checklist.text import Text, _, _c
from handlers.replies import Reply
from handlers.updates import CoordinatorActed

_MAX_WORDS = 8000

TRANSCRIPT: Mapping[str, Text] = {
    "again": _("In your language"),
    "again_by": _("Translated by {name}, {at}", name="{name}", at="{at}"),
    "again_add": _("Translate these words"),
    "again_change": _("Change the translation"),
    "again_words": _("What it says, in your language"),
    "again_save": _c("button", "Save the translation"),
    "again_why": _(
        "The patient's own words stay as they are. Only this desk shows the translation."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One message: as it was, when, and the same in the desk's language.

    `again` is "" where there is none, `by` who put it into words; `open` tells that a person may.
    """

    bubble: Bubble
    time: str
    again: str = ""
    by: str = ""
    open: bool = False


class Transcript:
    """The routes of the conversation."""

    def __init__(self, shell: Shell, templates: Templates, of_case: CaseDoors) -> None:
        """Take the program, the templates, and who lets people in."""
        self._shell = shell
        self._templates = templates
        self._of_case = of_case
        self._locale = shell.settings.coordinator_locale
        zone = zone_of(shell.settings)
        self._view = DeskView(shell.languages, shell.catalog, self._locale, zone)
        words = {**CHAT, **DESK, **TRANSCRIPT}
        self._words = say_all(words, shell.languages, self._locale)

    def routes(self) -> list[Route]:
        """Both."""
        path = "/desk/cases/{case_id}/transcript"
        read = self._of_case(self.page, "read_transcript")
        return [
            Route(path, read, methods=["GET"], middleware=[SMALLER]),
            Route(
                "/desk/cases/{case_id}/said/{number:int}",
                self._of_case(self.said, "read_transcript"),
                methods=["GET"],
            ),
            Route(f"{path}/{{message:int}}", self._of_case(self.put, ""), methods=["POST"]),
        ]

    async def page(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """What was said in the chats of the case."""
        known = {one.message: one for one in row.case.desk.said_again if one.locale == self._locale}
        return self._templates.page(
            "desk_transcript.html",
            locale=self._locale,
            w=self._words,
            coordinator=coordinator,
            case={"id": row.case.id},
            chats=[await self._chat(row.case.id, *chat, known) for chat in _chats_of(row)],
            key=secrets.token_hex(16),
        )

    async def said(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Lead to one message of the patient's in the conversation, by its number in the inbox."""
        number = request.path_params["number"]
        query = sa.select(message.c.id).where(
            message.c.cause == number,
            message.c.direction == "in",
            message.c.session_id.in_([session_id for session_id, _locale in _chats_of(row)]),
        )

        async def read(tx: AsyncConnection) -> int | None:
            found = (await tx.execute(query)).first()
            return None if found is None else int(found.id)

        found = await self._shell.db.read(read)
        if found is None:
            return self._of_case.missing()
        return RedirectResponse(f"/desk/cases/{row.case.id}/transcript#m{found}", 303)

    async def _chat(
        self, case_id: str, session_id: str, locale: str, known: Mapping[int, SaidAgain]
    ) -> list[Shown]:
        lines = await lines_of(self._shell.db, session_id, after=0, case_id=case_id)
        ours = await self._in_our_language(session_id, lines)
        address = f"/desk/cases/{case_id}/records/{{}}/preview"
        # Two readers, since a pressed button is told by the label that stood on it.
        shown, again = (
            Bubbles(self._shell.languages, self._locale, address, secrets=False).show(said)
            for said in (lines, ours)
        )
        foreign = locale != self._locale
        return [
            self._shown(one, other, known.get(one.id), foreign=foreign)
            for one, other in zip(shown, again, strict=True)
        ]

    def _shown(self, one: Bubble, other: Bubble, said: SaidAgain | None, *, foreign: bool) -> Shown:
        time = self._view.time(datetime.fromisoformat(one.at))
        if other.text != one.text:
            return Shown(bubble=one, time=time, again=other.text)
        free = bool(one.text) and one.sender != "assistant"
        if said is None:
            return Shown(bubble=one, time=time, open=free and foreign)
        by = self._words["again_by"].format(name=said.by, at=self._view.time(said.at))
        return Shown(bubble=one, time=time, again=said.text, by=by, open=True)

    async def _in_our_language(self, session_id: str, lines: Sequence[Line]) -> list[Line]:
        """The same lines, with what the assistant said in the desk's words."""
        query = sa.select(message.c.id, message.c.body).where(
            message.c.session_id == session_id,
            message.c.direction == "out",
            message.c.body.is_not(None),
        )

        async def read(tx: AsyncConnection) -> dict[int, str]:
            return {row.id: row.body for row in await tx.execute(query)}

        bodies = await self._shell.db.read(read)
        return [
            line
            if line.reply is None or line.reply.locale == self._locale or line.id not in bodies
            else replace(line, reply=self._rendered(bodies[line.id]))
            for line in lines
        ]

    def _rendered(self, body: str) -> Rendered:
        return render(codec.load(Reply, body), self._locale, self._shell.languages)

    async def put(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Put the words of one message into the desk's language."""
        number = request.path_params["message"]
        query = sa.select(message.c.id).where(
            message.c.id == number, message.c.case_id == row.case.id
        )

        async def read(tx: AsyncConnection) -> bool:
            return (await tx.execute(query)).first() is not None

        if not await self._shell.db.read(read):
            return self._of_case.missing()
        async with request.form(max_files=0, max_fields=5) as form:
            text, key = str(form.get("text", ""))[:_MAX_WORDS], str(form.get("key", ""))[:80]
        acted = CoordinatorActed(
            action="say_again",
            coordinator=coordinator.name,
            text=text,
            values={"message": str(number), "locale": self._locale},
            key=key,
        )
        await act(self._shell, row.case.id, acted)
        return RedirectResponse(f"/desk/cases/{row.case.id}/transcript#m{number}", 303)


def _chats_of(row: CaseRow) -> list[tuple[str, str]]:
    """The chats of a case and those that were taken out of it, each with its language, "" for unknown."""
    there = {chat.session_id: chat.locale for chat in row.chats}
    former = {chat.id: "" for chat in row.case.former_chats}
    return list((former | there).items())
