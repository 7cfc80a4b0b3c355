"""The coordinators' desk: the cases, one case, what it holds, and a word to the patient."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.pdfium import opened
from bot.store import inbox, passwords
from bot.store.codec import seconds
from bot.web.bubbles import Bubbles
from bot.web.chat_queries import lines_of
from bot.web.desk_apart import APART
from bot.web.desk_deliveries import UNDELIVERED, undelivered_of
from bot.web.desk_doing import Doing
from bot.web.desk_doing_wording import DOING
from bot.web.desk_opinion import DeskOpinion
from bot.web.desk_queries import (
    CaseRow,
    case_row,
    case_rows,
    files_of,
    locked_of,
    note,
    package_of,
)
from bot.web.desk_view import DeskView
from bot.web.desk_viewer import VIEWER, Viewer
from bot.web.desk_wording import DESK
from bot.web.downloads import download
from bot.web.pages import SMALLER, Templates
from bot.web.pictures import jpeg
from bot.web.security import is_small, same_origin
from bot.web.shell import Shell
from bot.web.sign_in import Coordinator, coordinator_of
from bot.web.wording import CHAT, MISSING_TEXT, MISSING_TITLE, NOT_FROM_HERE, TOO_LONG, say_all
from checklist.records import Record
from checklist.text import Text
from handlers.passwords import variants
from handlers.updates import CoordinatorActed

_MAX_WORDS = 4000
_MAX_PASSWORD = 200
_COVER_SCALE = 1.3

Page: TypeAlias = Callable[[Request, Coordinator], Awaitable[Response]]
CasePage: TypeAlias = Callable[[Request, Coordinator, CaseRow], Awaitable[Response]]


class Desk:
    """The routes behind the sign-in."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates
        self._locale = shell.settings.coordinator_locale
        self._view = DeskView(shell.languages, shell.catalog, self._locale)
        words = {**DESK, **APART, **UNDELIVERED, **VIEWER}
        self._words = say_all(words, shell.languages, self._locale)
        self._viewer = Viewer(shell, templates, self._words)
        self._doing_words = say_all(DOING, shell.languages, self._locale)
        self._doing = Doing(shell, templates, self._of_case)
        self._opinion = DeskOpinion(shell, templates, self._of_case)

    def routes(self) -> list[Route]:
        """All of them; each asks who is signed in, and each leaves a line in the audit trail."""
        of_case = "/desk/cases/{case_id}"
        return [
            Route("/desk", self._signed_in(self.cases), methods=["GET"], middleware=[SMALLER]),
            Route(
                of_case, self._of_case(self.case, "looked"), methods=["GET"], middleware=[SMALLER]
            ),
            Route(
                f"{of_case}/transcript",
                self._of_case(self.transcript, "read_transcript"),
                methods=["GET"],
                middleware=[SMALLER],
            ),
            Route(f"{of_case}/cover.pdf", self._of_case(self.cover, "took_cover"), methods=["GET"]),
            Route(f"{of_case}/cover.png", self._of_case(self.picture, ""), methods=["GET"]),
            Route(
                f"{of_case}/package.zip",
                self._of_case(self.package, "took_package"),
                methods=["GET"],
            ),
            Route(f"{of_case}/files/{{file_id}}", self._of_case(self.file, ""), methods=["GET"]),
            Route(f"{of_case}/password", self._of_case(self.unlock, ""), methods=["POST"]),
            Route(
                f"{of_case}/records/{{record_id}}/preview",
                self._of_case(self.preview, ""),
                methods=["GET"],
            ),
            Route(
                f"{of_case}/records/{{record_id}}/sheet",
                self._of_case(self.sheet, ""),
                methods=["GET"],
            ),
            *self._viewer.routes(self._of_case),
            Route(f"{of_case}/message", self._of_case(self.write, ""), methods=["POST"]),
            Route(
                f"{of_case}/studies/{{record_id}}", self._of_case(self.decide, ""), methods=["POST"]
            ),
            *self._doing.routes(),
            *self._opinion.routes(),
        ]

    # ---- who may, and what is put on record ----------------------------------------------------

    def _signed_in(
        self, page: Page, *, large: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            coordinator = await coordinator_of(self._shell, request)
            if coordinator is None:
                return RedirectResponse("/desk/sign-in", 303)
            public_url = self._shell.settings.public_url
            if request.method == "POST":
                if not same_origin(request, public_url, strict=True):
                    return self._trouble(403, text=NOT_FROM_HERE)
                if not large and not is_small(request):
                    return self._trouble(413, text=TOO_LONG)
            return await page(request, coordinator)

        return guarded

    def _of_case(
        self, page: CasePage, action: str, *, large: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        async def found(request: Request, coordinator: Coordinator) -> Response:
            row = await case_row(self._shell.db, request.path_params["case_id"])
            if row is None:
                return self._missing()
            response = await page(request, coordinator, row)
            if action and response.status_code == 200:
                await self._note(row.case.id, coordinator, action)
            return response

        return self._signed_in(found, large=large)

    async def _note(
        self, case_id: str, coordinator: Coordinator, action: str, object_: str = ""
    ) -> None:
        await note(
            self._shell.db,
            case_id=case_id,
            at=self._shell.clock(),
            actor=f"coordinator {coordinator.name}",
            action=action,
            object_=object_,
        )

    def _trouble(self, status: int, *, text: Text, title: Text | None = None) -> Response:
        shown = {} if title is None else {"title": title}
        return self._templates.trouble(
            self._locale, status, text=text, back=DESK["back"], back_href="/desk", **shown
        )

    def _missing(self) -> Response:
        return self._trouble(404, title=MISSING_TITLE, text=MISSING_TEXT)

    # ---- pages ---------------------------------------------------------------------------------

    async def cases(self, request: Request, coordinator: Coordinator) -> Response:
        """The list of cases."""
        rows = await case_rows(self._shell.db)
        await self._note("", coordinator, "listed")
        return self._templates.page(
            "desk_cases.html",
            locale=self._locale,
            w=self._words,
            coordinator=coordinator,
            rows=[self._view.row(row) for row in rows],
            chat_url=f"{self._shell.settings.base_url}/",
        )

    async def case(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """One case."""
        files = await files_of(self._shell.db, row.case.id)
        package = await package_of(self._shell.db, row.case.id)
        return self._templates.page(
            "desk_case.html",
            locale=self._locale,
            w=self._words,
            coordinator=coordinator,
            case=self._view.case(row, files, await locked_of(self._shell.db, row.case)),
            undelivered=self._view.undelivered(await undelivered_of(self._shell.db, row.case.id)),
            package=package,
            built_at=self._view.time(package.built_at) if package else "",
            key=secrets.token_hex(16),
            sent="sent" in request.query_params,
            decided="decided" in request.query_params,
            changed="changed" in request.query_params,
            d=self._doing_words,
            doing=await self._doing.view(row, coordinator),
            flash=next((flash for flash in ("done", "waits") if flash in request.query_params), ""),
        )

    async def transcript(
        self, request: Request, coordinator: Coordinator, row: CaseRow
    ) -> Response:
        """What was said in the chats of the case."""
        chats = []
        former = (chat.id for chat in row.case.former_chats)
        for chat in dict.fromkeys((*(chat.session_id for chat in row.chats), *former)):
            lines = await lines_of(self._shell.db, chat, after=0, case_id=row.case.id)
            address = f"/desk/cases/{row.case.id}/records/{{}}/preview"
            bubbles = Bubbles(self._shell.languages, self._locale, address, secrets=False)
            chats.append(bubbles.show(lines))
        return self._templates.page(
            "desk_transcript.html",
            locale=self._locale,
            w=self._words | say_all(CHAT, self._shell.languages, self._locale) | self._words,
            coordinator=coordinator,
            case=self._view.row(row),
            chats=chats,
        )

    # ---- downloads -----------------------------------------------------------------------------

    async def cover(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The cover page."""
        package = await package_of(self._shell.db, row.case.id)
        if package is None or package.cover_blob_id is None:
            return self._missing()
        name = f"{row.case.id}_cover.pdf"
        return await self._download(request, package.cover_blob_id, name, "application/pdf")

    async def picture(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The cover page as a picture, which belongs to the case's page."""
        package = await package_of(self._shell.db, row.case.id)
        if package is None or package.cover_blob_id is None:
            return self._missing()
        try:
            async with self._shell.blobs.local(package.cover_blob_id) as path:
                picture = await asyncio.to_thread(first_page, path)
        except FileNotFoundError:
            return self._missing()
        return Response(picture, media_type="image/png")

    async def preview(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The small picture of a record, which belongs to the case's page."""
        record = _record_of(row, request)
        return await jpeg(self._shell, record.preview_blob_id if record else "")

    async def sheet(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The large picture of a record."""
        record = _record_of(row, request)
        if record is None or not record.sheet_blob_id:
            return self._missing()
        await self._note(row.case.id, coordinator, "saw_pictures", record.id)
        return await jpeg(self._shell, record.sheet_blob_id)

    async def package(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The newest package."""
        package = await package_of(self._shell.db, row.case.id)
        if package is None:
            return self._missing()
        return await self._download(
            request, package.blob_id, f"{row.case.id}.zip", "application/zip"
        )

    async def file(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """A file as it came; only ever to be saved, never to be shown."""
        file_id = request.path_params["file_id"]
        stored = (await files_of(self._shell.db, row.case.id)).get(file_id)
        if stored is None or not stored.blob_id:
            return self._missing()
        await self._note(row.case.id, coordinator, "took_file", file_id)
        return await self._download(
            request, stored.blob_id, stored.name or file_id, "application/octet-stream"
        )

    async def _download(
        self, request: Request, blob_id: str, name: str, media_type: str
    ) -> Response:
        try:
            return await download(self._shell.blobs, blob_id, name, media_type, request)
        except FileNotFoundError:
            return self._missing()

    # ---- a password ----------------------------------------------------------------------------

    async def unlock(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Have a password tried. It goes where it is kept for its try, and nowhere else."""
        async with request.form(max_files=0, max_fields=5) as form:
            key = str(form.get("key", "")) or secrets.token_hex(16)
            file_id = str(form.get("file", ""))
            words = variants(str(form.get("password", ""))[:_MAX_PASSWORD])
        if not row.chats or row.case.locked_file(file_id) is None:
            return self._missing()
        if words:
            acted = CoordinatorActed(action="unlock", coordinator=coordinator.name, file_id=file_id)

            async def add(tx: AsyncConnection) -> None:
                now = self._shell.clock()
                added = await inbox.add_update(
                    tx,
                    case_id=row.case.id,
                    key=f"desk:{row.case.id}:{key[:64]}",
                    update=acted,
                    at=now,
                )
                if added is not None:
                    await passwords.hold(
                        tx,
                        file_id=file_id,
                        case_id=row.case.id,
                        session_id=None,
                        words=words,
                        now=seconds(now),
                    )

            await self._shell.db.write(add)
            await self._note(row.case.id, coordinator, "tried_password", file_id)
        return RedirectResponse(f"/desk/cases/{row.case.id}#locked", 303)

    # ---- a word to the patient -----------------------------------------------------------------

    async def write(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Add what the coordinator did to the inbox, like everything that changes a case."""
        async with request.form(max_files=0, max_fields=5) as form:
            key = str(form.get("key", "")) or secrets.token_hex(16)
            text = str(form.get("text", "")).replace("\r\n", "\n").strip()[:_MAX_WORDS]
            resume = form.get("action") == "resume"
        if not row.chats:
            return self._trouble(409, text=DESK["no_chat"])
        if text or resume:
            acted = CoordinatorActed(
                action="resume" if resume else "message",
                coordinator=coordinator.name,
                text="" if resume else text,
            )
            await self._act(row.case.id, key, acted)
            await self._note(row.case.id, coordinator, "resumed" if resume else "wrote")
        return RedirectResponse(f"/desk/cases/{row.case.id}?sent#write", 303)

    # ---- whose a study is ----------------------------------------------------------------------

    async def decide(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Say of a study that it is this patient's, or somebody else's."""
        record_id = request.path_params["record_id"]
        async with request.form(max_files=0, max_fields=5) as form:
            action = str(form.get("action", ""))
            shown = str(form.get("seen", ""))
        study = next((r.study for r in row.case.records if r.id == record_id), None)
        if study is None or action not in ("take_study", "keep_apart"):
            return self._missing()
        if not row.chats:
            return self._trouble(409, text=DESK["no_chat"])
        seen = len(study.identities)
        if shown and shown != str(seen):
            return RedirectResponse(f"/desk/cases/{row.case.id}?changed#apart", 303)
        acted = CoordinatorActed(
            action="take_study" if action == "take_study" else "keep_apart",
            coordinator=coordinator.name,
            record_id=record_id,
            people=seen,
        )
        # Said twice, it is the same decision; said again later, it undoes another.
        await self._act(row.case.id, secrets.token_hex(16), acted)
        await self._note(row.case.id, coordinator, action, record_id)
        return RedirectResponse(f"/desk/cases/{row.case.id}?decided#apart", 303)

    async def _act(self, case_id: str, key: str, acted: CoordinatorActed) -> None:
        async def add(tx: AsyncConnection) -> None:
            await inbox.add_update(
                tx,
                case_id=case_id,
                key=f"desk:{case_id}:{key[:64]}",
                update=acted,
                at=self._shell.clock(),
            )

        await self._shell.db.write(add)


def _record_of(row: CaseRow, request: Request) -> Record | None:
    wanted = request.path_params["record_id"]
    return next((record for record in row.case.records if record.id == wanted), None)


def first_page(path: Path) -> bytes:
    """The first page of a PDF as a PNG."""
    with opened(path) as document:
        # Copied, for its pixels are PDFium's own and go with the document.
        image = document[0].render(scale=_COVER_SCALE).to_pil().copy()
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
