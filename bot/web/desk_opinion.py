"""The specialist's opinion at the desk: its documents go in here, and come out again to be read."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels.plain import PlainFile
from bot.jobs import plain_text
from bot.store import cases, codec, opinions
from bot.store.scans import Scanned
from bot.web import files
from bot.web.acting import Beside, act
from bot.web.case_doors import CaseDoors
from bot.web.compared import compared
from bot.web.desk_doing_wording import DOING, PARTS
from bot.web.desk_queries import CaseRow
from bot.web.desk_wording import DESK
from bot.web.document_scans import REFUSED, UNSENT, Infected, keep, looked_into, marks
from bot.web.offers import Offer, lead, session_of
from bot.web.pages import Templates
from bot.web.people import Coordinator
from bot.web.shell import Shell
from checklist.case import Case
from checklist.text import Text
from handlers.updates import CoordinatorActed


class _Over(Exception):
    """The case is not one any more that an opinion can be given on."""


class DeskOpinion:
    """The routes of an opinion's documents."""

    def __init__(self, shell: Shell, templates: Templates, of_case: CaseDoors) -> None:
        """Take the program, the templates, and who lets people in."""
        self._shell = shell
        self._templates = templates
        self._of_case = of_case

    def routes(self) -> list[Route]:
        """All of them."""
        of_case = "/desk/cases/{case_id}/opinion"
        return [
            Route(of_case, self._of_case(self.add, "", large=True), methods=["POST"]),
            Route(f"{of_case}/{{file_id}}", self._of_case(self.take, ""), methods=["GET"]),
        ]

    async def add(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Store a document, and make it part of the opinion."""
        shell, case = self._shell, row.case
        try:
            got = await files.receive(
                request,
                shell.blobs,
                case_id=row.case.id,
                max_file=shell.settings.max_file_bytes,
                folder=Path(shell.settings.data_dir),
            )
        except files.Refused as refused:
            words = files.refusal_words(refused, shell.settings.coordinator_locale)
            return self._trouble(case.id, refused.status, words)
        if not got.files or got.choice not in PARTS or case.submitted_at is None or not row.chats:
            await files.discard(got, shell.blobs)
            words = DOING["opinion_none"] if got.files else DOING["nothing_chosen"]
            return self._trouble(case.id, 409, words)
        try:
            said = await looked_into(
                shell, got.files, case_id=case.id, actor=f"coordinator {coordinator.name}"
            )
        except Infected:
            await files.discard(got, shell.blobs)
            return self._trouble(case.id, 422, REFUSED)
        for number, one in enumerate(got.files):
            file_id = secrets.token_hex(8)
            acted = CoordinatorActed(
                action="opinion_add",
                coordinator=coordinator.name,
                file_id=file_id,
                values={"part": got.choice, "name": one.name},
                key=f"{got.key or file_id}-{number}",
            )
            try:
                await act(shell, case.id, acted, beside=self._row(case.id, acted, one, said))
            except _Over:
                # All was erased while it was on its way, and nothing more may be kept.
                got.files = got.files[number:]
                await files.discard(got, shell.blobs)
                return self._trouble(case.id, 409, DOING["opinion_none"])
        return RedirectResponse(f"/desk/cases/{case.id}?done=opinion#opinion", 303)

    def _row(
        self,
        case_id: str,
        acted: CoordinatorActed,
        one: PlainFile,
        said: Mapping[str, Scanned | None],
    ) -> Beside:
        """What writes the row of a document, and what is known of it; it raises _Over."""
        shell = self._shell

        async def write(tx: AsyncConnection) -> None:
            known = await cases.load_case(tx, case_id)
            if known is None or known.submitted_at is None:
                raise _Over
            await opinions.add(
                tx,
                file_id=acted.file_id,
                case_id=case_id,
                name=one.name,
                media_type=one.media_type,
                size=one.size or 0,
                blob_id=one.ref,
                now=codec.seconds(shell.clock()),
            )
            await keep(tx, shell, case_id=case_id, document_id=acted.file_id, said=said[one.ref])
            await plain_text.ask(tx, shell.queue, case_id, acted.file_id)

        return write

    async def compared(self, case: Case) -> dict[str, Any] | None:
        """What its newest translation says otherwise; None where there are not both."""
        files = case.desk.opinion.files if case.desk.opinion is not None else ()
        newest = {file.part: file.id for file in files}
        if len(newest) < 2:
            return None
        locale = self._shell.settings.coordinator_locale
        return await compared(
            self._shell,
            lambda text: self._shell.languages.say(text, locale),
            case_id=case.id,
            original=newest["original"],
            translation=newest["translation"],
            source=self._shell.settings.review_locale,
            target=case.locale,
        )

    async def marks(self, case: Case) -> Mapping[str, str]:
        """Whether each of its documents was scanned for viruses."""
        opinion = case.desk.opinion
        ids = [file.id for file in opinion.files] if opinion is not None else []
        return await marks(self._shell, case.id, ids, waiting=UNSENT) if ids else {}

    async def take(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """A document; only ever to be saved."""
        file_id = request.path_params["file_id"]
        found = await self._shell.db.read(lambda tx: opinions.find(tx, row.case.id, file_id))
        if found is None:
            return self._templates.missing(self._shell.settings.coordinator_locale)
        try:
            led = await lead(
                self._shell,
                request,
                Offer(
                    purpose="file",
                    case_id=row.case.id,
                    name=found.name or file_id,
                    blob_id=found.blob_id,
                    locale=self._shell.settings.coordinator_locale,
                    session_id=session_of(coordinator),
                ),
            )
        except FileNotFoundError:
            return self._templates.missing(self._shell.settings.coordinator_locale)
        await self._of_case.note(row.case.id, coordinator, "took_opinion", file_id)
        return led

    def _trouble(self, case_id: str, status: int, words: Text) -> Response:
        page = self._templates.trouble(
            self._shell.settings.coordinator_locale,
            status,
            text=words,
            back=DESK["back"],
            back_href=f"/desk/cases/{case_id}",
        )
        page.headers["connection"] = "close"
        return page
