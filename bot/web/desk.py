"""The coordinators' desk: one case, what it holds, and a word to the patient."""

from __future__ import annotations

import asyncio
import secrets
from io import BytesIO
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.office import zone_of
from bot.pdfium import opened
from bot.store import inbox, passwords
from bot.store.codec import seconds
from bot.web import acting
from bot.web.case_doors import CaseDoors
from bot.web.desk_apart import APART
from bot.web.desk_consents import CONSENTS, consents_view, why_kept
from bot.web.desk_deliveries import UNDELIVERED, undelivered_of
from bot.web.desk_doing import Doing
from bot.web.desk_doing_wording import DOING
from bot.web.desk_letters import LETTERS, DeskLetters, letters_view
from bot.web.desk_opinion import DeskOpinion
from bot.web.desk_queries import (
    CaseRow,
    StoredFile,
    files_of,
    locked_of,
    package_of,
)
from bot.web.desk_transcript import Transcript
from bot.web.desk_translation import DeskTranslation
from bot.web.desk_untold import UNTOLD, untold_of
from bot.web.desk_view import DeskView
from bot.web.desk_viewer import VIEWER, Viewer
from bot.web.desk_whose import WHOSE
from bot.web.desk_wording import DESK, TRANSLATOR
from bot.web.doors import Doors
from bot.web.offers import Offer, lead, session_of
from bot.web.pages import SMALLER, Templates
from bot.web.people import READ, Coordinator
from bot.web.photos import NotCleaned, asked_as_sent, photo_offered
from bot.web.pictures import jpeg
from bot.web.shell import Shell
from bot.web.wording import say_all
from checklist.records import Record
from handlers.passwords import variants
from handlers.updates import CoordinatorActed

_MAX_WORDS = 4000
_MAX_PASSWORD = 200
_COVER_SCALE = 1.3


class Desk:
    """The routes behind the sign-in."""

    def __init__(self, shell: Shell, templates: Templates, doors: Doors) -> None:
        """Take the program, the templates, and the doors."""
        self._shell = shell
        self._templates = templates
        self._of_case = CaseDoors(shell, templates, doors)
        self._locale = shell.settings.coordinator_locale
        self._view = DeskView(shell.languages, shell.catalog, self._locale, zone_of(shell.settings))
        words = {
            **DESK,
            **LETTERS,
            **APART,
            **UNDELIVERED,
            **UNTOLD,
            **VIEWER,
            **TRANSLATOR,
            **CONSENTS,
        }
        self._words = say_all(words, shell.languages, self._locale)
        self._viewer = Viewer(shell, templates, self._of_case, self._words)
        self._doing_words = say_all(DOING, shell.languages, self._locale)
        self._whose_words = say_all(WHOSE, shell.languages, self._locale)
        self._doing = Doing(shell, templates, self._of_case)
        self._transcript = Transcript(shell, templates, self._of_case)
        self._opinion = DeskOpinion(shell, templates, self._of_case)
        self._letters = DeskLetters(shell, self._of_case)
        self._translation = DeskTranslation(shell, templates, doors, self._of_case)

    def routes(self) -> list[Route]:
        """All of them; each has a door, and each leaves a line in the audit trail."""
        of_case = "/desk/cases/{case_id}"
        return [
            Route(
                of_case,
                self._of_case(self.case, "looked", roles=READ),
                methods=["GET"],
                middleware=[SMALLER],
            ),
            *self._transcript.routes(),
            Route(f"{of_case}/cover.pdf", self._of_case(self.cover, "took_cover"), methods=["GET"]),
            Route(f"{of_case}/cover.png", self._of_case(self.picture, ""), methods=["GET"]),
            Route(
                f"{of_case}/package.zip",
                self._of_case(self.package, "took_package"),
                methods=["GET"],
            ),
            Route(
                f"{of_case}/files/{{file_id}}",
                self._of_case(self.file, "", roles=READ),
                methods=["GET"],
            ),
            Route(f"{of_case}/password", self._of_case(self.unlock, ""), methods=["POST"]),
            Route(
                f"{of_case}/records/{{record_id}}/preview",
                self._of_case(self.preview, "", roles=READ),
                methods=["GET"],
            ),
            Route(
                f"{of_case}/records/{{record_id}}/sheet",
                self._of_case(self.sheet, "", roles=READ),
                methods=["GET"],
            ),
            *self._viewer.routes(),
            Route(f"{of_case}/message", self._of_case(self.write, ""), methods=["POST"]),
            Route(
                f"{of_case}/studies/{{record_id}}", self._of_case(self.decide, ""), methods=["POST"]
            ),
            *self._doing.routes(),
            *self._opinion.routes(),
            *self._letters.routes(),
            *self._translation.routes(),
        ]

    # ---- pages ---------------------------------------------------------------------------------

    async def case(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """One case."""
        files = await files_of(self._shell.db, row.case.id)
        if not coordinator.works:
            return self._for_translator(coordinator, row, files)
        package = await package_of(self._shell.db, row.case.id)
        return self._templates.page(
            "desk_case.html",
            locale=self._locale,
            w=self._words,
            coordinator=coordinator,
            case=self._view.case(
                row, files, await locked_of(self._shell.db, row.case), self._shell.clock().date()
            ),
            letters=letters_view(row.case, self._view.say, self._view.time, self._shell.languages),
            untold=await untold_of(self._shell, row.case.id, self._view.time),
            undelivered=self._view.undelivered(await undelivered_of(self._shell.db, row.case.id)),
            package=package,
            consents=consents_view(
                self._shell, row.case, self._words, self._view.say, self._view.time
            ),
            built_at=self._view.time(package.built_at) if package else "",
            key=secrets.token_hex(16),
            sent="sent" in request.query_params,
            decided="decided" in request.query_params,
            changed="changed" in request.query_params,
            d=self._doing_words,
            doing=await self._doing.view(row, coordinator),
            whose=self._view.whose(row.case),
            whose_words=self._whose_words,
            t=self._translation.words,
            translations=self._translation.view.on_case(row.case),
            opinion_marks=await self._opinion.marks(row.case),
            opinion_compared=await self._opinion.compared(row.case),
            flash=next((one for one in ("done", "waits") if one in request.query_params), ""),
        )

    def _for_translator(
        self, coordinator: Coordinator, row: CaseRow, files: dict[str, StoredFile]
    ) -> Response:
        """What is to be translated, and nothing of the patient beside it."""
        return self._templates.page(
            "desk_case_translator.html",
            locale=self._locale,
            w=self._words,
            coordinator=coordinator,
            case=self._view.case(row, files, [], self._shell.clock().date()),
        )

    async def cover(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The cover page."""
        package = await package_of(self._shell.db, row.case.id)
        if package is None or package.cover_blob_id is None:
            return self._of_case.missing()
        return await self._offer(
            request,
            Offer(
                purpose="cover",
                case_id=row.case.id,
                name=f"{row.case.id}_cover.pdf",
                media_type="application/pdf",
                blob_id=package.cover_blob_id,
                locale=self._locale,
                session_id=session_of(coordinator),
            ),
        )

    async def picture(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The cover page as a picture, which belongs to the case's page."""
        package = await package_of(self._shell.db, row.case.id)
        if package is None or package.cover_blob_id is None:
            return self._of_case.missing()
        try:
            async with self._shell.blobs.local(package.cover_blob_id) as path:
                picture = await asyncio.to_thread(first_page, path)
        except FileNotFoundError:
            return self._of_case.missing()
        await self._of_case.glance(row.case.id, coordinator, "looked")
        return Response(picture, media_type="image/png")

    async def preview(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The small picture of a record, which belongs to the case's page."""
        record = _record_of(row, request, coordinator)
        if record is not None:
            await self._of_case.glance(row.case.id, coordinator, "looked")
        return await jpeg(self._shell, record.preview_blob_id if record else "")

    async def sheet(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The large picture of a record."""
        record = _record_of(row, request, coordinator)
        if record is None or not record.sheet_blob_id:
            return self._of_case.missing()
        await self._of_case.note(row.case.id, coordinator, "saw_pictures", record.id)
        return await jpeg(self._shell, record.sheet_blob_id)

    async def package(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The newest package, where it may go to whom it is made for."""
        package = await package_of(self._shell.db, row.case.id)
        if package is None:
            return self._of_case.missing()
        if (kept := why_kept(self._shell, row.case)) is not None:
            return self._of_case.trouble(409, text=kept)
        return await self._offer(
            request,
            Offer(
                purpose="package",
                case_id=row.case.id,
                name=f"{row.case.id}.zip",
                media_type="application/zip",
                blob_id=package.blob_id,
                locale=self._locale,
                session_id=session_of(coordinator),
            ),
        )

    async def file(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """A file, of photos a clean copy unless asked otherwise; only ever to be saved, never shown."""
        file_id = request.path_params["file_id"]
        stored = (await files_of(self._shell.db, row.case.id)).get(file_id)
        if stored is None or not stored.blob_id or not stored.can_be_saved:
            return self._of_case.missing()
        own = {r.file_id for r in row.case.own_records}
        # A file that also holds what is somebody else's is none for a translator.
        own -= {r.file_id for r in row.case.records if r.is_apart}
        if not coordinator.works and file_id not in own:
            return self._of_case.missing()
        photo, as_sent = tuple[str, ...](), asked_as_sent(request)
        try:
            if not as_sent:
                photo = await photo_offered(self._shell, row.case, file_id, stored.blob_id)
        except NotCleaned:
            return self._of_case.not_cleaned()
        except FileNotFoundError:
            return self._of_case.missing()
        took = "took_file_as_sent" if as_sent else "took_file"
        await self._of_case.note(row.case.id, coordinator, took, file_id)
        return await self._offer(
            request,
            Offer(
                purpose="photo" if photo else "file",
                of=photo,
                case_id=row.case.id,
                name=stored.name or file_id,
                blob_id=stored.blob_id,
                locale=self._locale,
                session_id=session_of(coordinator),
            ),
        )

    async def _offer(self, request: Request, offer: Offer) -> Response:
        try:
            return await lead(self._shell, request, offer)
        except FileNotFoundError:
            return self._of_case.missing()

    # ---- a password ----------------------------------------------------------------------------

    async def unlock(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Have a password tried. It goes where it is kept for its try, and nowhere else."""
        async with request.form(max_files=0, max_fields=5) as form:
            key = str(form.get("key", "")) or secrets.token_hex(16)
            file_id = str(form.get("file", ""))
            words = variants(str(form.get("password", ""))[:_MAX_PASSWORD])
        if not row.chats or row.case.locked_file(file_id) is None:
            return self._of_case.missing()
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
            await self._of_case.note(row.case.id, coordinator, "tried_password", file_id)
        return RedirectResponse(f"/desk/cases/{row.case.id}#locked", 303)

    # ---- a word to the patient -----------------------------------------------------------------

    async def write(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Add what the coordinator did to the inbox, like everything that changes a case."""
        async with request.form(max_files=0, max_fields=5) as form:
            key = str(form.get("key", "")) or secrets.token_hex(16)
            text = str(form.get("text", "")).replace("\r\n", "\n").strip()[:_MAX_WORDS]
            resume = form.get("action") == "resume"
        if not row.chats:
            return self._of_case.trouble(409, text=DESK["no_chat"])
        if text or resume:
            acted = CoordinatorActed(
                action="resume" if resume else "message",
                coordinator=coordinator.name,
                text="" if resume else text,
            )
            await self._act(row.case.id, key, acted)
            await self._of_case.note(row.case.id, coordinator, "resumed" if resume else "wrote")
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
            return self._of_case.missing()
        if not row.chats:
            return self._of_case.trouble(409, text=DESK["no_chat"])
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
        await self._of_case.note(row.case.id, coordinator, action, record_id)
        return RedirectResponse(f"/desk/cases/{row.case.id}?decided#apart", 303)

    async def _act(self, case_id: str, key: str, acted: CoordinatorActed) -> None:
        await acting.add(self._shell, case_id, key[:64], acted)


def _record_of(row: CaseRow, request: Request, coordinator: Coordinator) -> Record | None:
    """The record; for a translator only one that is in use."""
    record = row.case.record(request.path_params["record_id"])
    return record if record is None or record.is_used or coordinator.works else None


def first_page(path: Path) -> bytes:
    """The first page of a PDF as a PNG."""
    with opened(path) as document:
        # Copied, for its pixels are PDFium's own and go with the document.
        image = document[0].render(scale=_COVER_SCALE).to_pil().copy()
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
