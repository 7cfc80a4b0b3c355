"""The desk of the translators: what is to be translated, and one record with its translation.

A translator sees the records that are to be translated and nothing else of a case.
"""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels.plain import PlainFile
from bot.handoff.cover_language import language_name
from bot.jobs import draft, plain_text
from bot.office import zone_of
from bot.store import cases, codec, files, translations
from bot.store.scans import Scanned
from bot.store.schema import job as job_table
from bot.translating.document import CHECKED, draft_pdf
from bot.web import files as forms
from bot.web.acting import Outcome, act
from bot.web.case_doors import CaseDoors
from bot.web.compared import ask_for, compared
from bot.web.desk_queries import CaseRow, note
from bot.web.desk_translation_view import TranslationView
from bot.web.desk_translation_wording import TRANSLATION
from bot.web.desk_view import DeskView
from bot.web.desk_wording import DESK
from bot.web.document_scans import REFUSED, Infected, keep, looked_into, marks
from bot.web.doors import Doors
from bot.web.offers import Offer, lead, session_of
from bot.web.pages import SMALLER, Templates
from bot.web.people import READ, Coordinator
from bot.web.photos import NotCleaned, asked_as_sent, is_photo, photo_offered
from bot.web.shell import Shell
from bot.web.taken_out import place_of
from bot.web.translation_upload import usable
from bot.web.wording import say_all
from checklist.case import Case
from checklist.labels import extension, label
from checklist.records import Record
from checklist.text import Text
from checklist.to_translate import language_of, to_translate, translation_of
from handlers.updates import Action, CoordinatorActed

_ACTS: Final[dict[str, Action]] = {
    "take": "translation_take",
    "return": "translation_return",
    "skip": "translation_skip",
    "approve": "translation_approve",
}


class DeskTranslation:
    """The routes of the translators."""

    def __init__(
        self, shell: Shell, templates: Templates, doors: Doors, of_case: CaseDoors
    ) -> None:
        """Take the program, the templates, and who lets people in: to the queue, and to a record."""
        self._shell = shell
        self._templates = templates
        self._doors = doors
        self._of_case = of_case
        self._locale = shell.settings.coordinator_locale
        desk = DeskView(shell.languages, shell.catalog, self._locale, zone_of(shell.settings))
        self._say = desk.say
        self._reader = shell.settings.review_locale
        self.view = TranslationView(desk.say, desk.time, self._language, self._reader)
        self.words = say_all(TRANSLATION, shell.languages, self._locale)
        self._desk_words = say_all(DESK, shell.languages, self._locale)

    def routes(self) -> list[Route]:
        """All of them."""
        one = "/desk/translation/{case_id}/{record_id}"
        of_case = partial(self._of_case, roles=READ)
        return [
            Route(
                "/desk/translation",
                self._doors.to(self.queue, READ),
                methods=["GET"],
                middleware=[SMALLER],
            ),
            Route(one, of_case(self.record, ""), methods=["GET"], middleware=[SMALLER]),
            Route(f"{one}/original", of_case(self.original, ""), methods=["GET"]),
            Route(f"{one}/files/{{file_id}}", of_case(self.take, ""), methods=["GET"]),
            Route(f"{one}/acts/{{action}}", of_case(self.act, ""), methods=["POST"]),
            Route(f"{one}/draft", of_case(self.draft, ""), methods=["POST"]),
            Route(f"{one}/upload", of_case(self.upload, "", large=True), methods=["POST"]),
        ]

    # ---- pages ---------------------------------------------------------------------------------

    async def queue(self, request: Request, coordinator: Coordinator) -> Response:
        """What is to be translated, what decides first."""
        stored = await cases.list_cases(self._shell.db)
        known = [row.case for row in stored if row.case.begun and coordinator.sees(row.case)]
        wanted = {
            record.id: case.id for case in known for record in to_translate(case, self._reader)
        }
        texts = await self._shell.db.read(partial(translations.lengths, document_ids=wanted))
        for record_id in wanted.keys() - texts.keys():
            await ask_for(self._shell, wanted[record_id], [record_id])
        waiting, settled = self.view.queue(known, texts)
        await self._note("", coordinator, "listed_translations")
        return self._page(
            "desk_translation.html", coordinator, waiting=waiting, settled=settled,
            reader=self._language(self._reader),
        )  # fmt: skip

    async def record(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """One record and its translation."""
        record = self._record(request, row.case)
        if record is None:
            return self._templates.missing(self._locale)
        await self._note(row.case.id, coordinator, "saw_translation", record.id)
        return await self._shown(
            coordinator, row.case, record, request.query_params.get("came", "")
        )

    def _drafts(self, case: Case) -> bool:
        """Whether a machine may draft: there is one, and the patient has agreed to it."""
        return bool(self._shell.settings.translate_url) and case.agrees("machine_translation")

    async def _shown(
        self, coordinator: Coordinator, case: Case, record: Record, came: str, status: int = 200
    ) -> Response:
        text = await self._shell.db.read(partial(translations.text_of, document_id=record.id))
        if text is None:
            await ask_for(self._shell, case.id, [record.id])
        known = translation_of(case, record.id)
        newest = known.newest
        comparison = await compared(
            self._shell, self._say, case_id=case.id, original=record.id, translation=newest.id,
            source=language_of(case, record), target=self._reader,
        ) if newest else None  # fmt: skip
        return self._page(
            "desk_translation_record.html",
            coordinator,
            status=status,
            row=self.view.row(case, record, text),
            work=self.view.work(case, record, coordinator.name),
            marks=await marks(self._shell, case.id, [file.id for file in known.files]),
            comparison=comparison,
            came=came if came in ("done", "waits", "conflict") else "",
            key=secrets.token_hex(16),
            drafts=self._drafts(case),
            can_draft=text is not None and text.state == "read",
            drafting=await self._drafting(record.id),
            reader=self._language(self._reader),
            reader_tag=self._reader,
            record_tag=language_of(case, record),
        )

    def _page(
        self, template: str, coordinator: Coordinator, *, status: int = 200, **values: Any
    ) -> Response:
        return self._templates.page(
            template, locale=self._locale, status=status, w=self._desk_words, t=self.words,
            coordinator=coordinator, **values,
        )  # fmt: skip

    async def _drafting(self, record_id: str) -> str:
        """Whether a machine is at it (`ready`), or has given up (`dead`)."""
        mine = sa.select(job_table.c.state).where(
            job_table.c.kind == "draft", job_table.c.key == draft.key_of(record_id)
        )

        async def read(tx: AsyncConnection) -> str:
            return str((await tx.execute(mine.order_by(job_table.c.id.desc()))).scalar() or "")

        return await self._shell.db.read(read)

    # ---- downloads -----------------------------------------------------------------------------

    async def original(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """The record itself, and not what it came with, a photo cleaned; only ever to be saved."""
        record = self._record(request, row.case)
        if record is None:
            return self._templates.missing(self._locale)
        stored = await self._shell.db.read(partial(files.find, file_id=record.file_id))
        blob_id = (stored.plain_blob_id or stored.blob_id) if stored is not None else None
        if blob_id is None:
            return self._templates.missing(self._locale)
        photo, as_sent = tuple[str, ...](), asked_as_sent(request)
        try:
            if is_photo(record) and not as_sent:
                photo = await photo_offered(self._shell, row.case, record.file_id, blob_id, record)
        except NotCleaned:
            return self._of_case.not_cleaned()
        except FileNotFoundError:
            return self._templates.missing(self._locale)
        took = "took_original_as_sent" if as_sent else "took_original"
        await self._note(row.case.id, coordinator, took, record.id)
        # The other pages of a document that was cut may be somebody else's.
        part = place_of(record) if record.member or record.span is not None else ()
        return await self._offer(request, Offer(
            purpose="photo" if photo else "part" if part else "file", of=photo or part,
            case_id=row.case.id, name=f"{label(record)}.{extension(record.media_type)}",
            blob_id=blob_id, locale=self._locale, session_id=session_of(coordinator),
        ))  # fmt: skip

    async def take(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """A version of the translation; only ever to be saved."""
        record, file_id = self._record(request, row.case), request.path_params["file_id"]
        found = await self._shell.db.read(lambda tx: translations.find(tx, row.case.id, file_id))
        if record is None or found is None or found.record_id != record.id:
            return self._templates.missing(self._locale)
        await self._note(row.case.id, coordinator, "took_translation", file_id)
        return await self._offer(request, Offer(
            purpose="file", case_id=row.case.id, name=found.name or file_id,
            blob_id=found.blob_id, locale=self._locale, session_id=session_of(coordinator),
        ))  # fmt: skip

    async def _offer(self, request: Request, offer: Offer) -> Response:
        try:
            return await lead(self._shell, request, offer)
        except FileNotFoundError:
            return self._templates.missing(self._locale)

    # ---- doing ---------------------------------------------------------------------------------

    async def act(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Take it, give it back, say that it is right, or that nobody needs it."""
        record = self._record(request, row.case)
        action = _ACTS.get(request.path_params["action"])
        async with request.form(max_files=0, max_fields=10) as sent:
            key = str(sent.get("key", ""))[:64] or secrets.token_hex(16)
            seen, file_id = str(sent.get("seen", ""))[:40], str(sent.get("file", ""))[:40]
        if record is None or action is None or not row.chats:
            return self._templates.missing(self._locale)
        acted = self._acted(action, coordinator, record.id, file_id, key=key, seen=seen)
        known = translation_of(row.case, record.id).newest
        if action == "translation_approve" and known and known.draft and known.id == file_id:
            return await self._use_draft(coordinator, row.case, record, acted)
        return await self._came(
            coordinator, row.case.id, record, await act(self._shell, row.case.id, acted)
        )

    def _acted(
        self, action: Action, coordinator: Coordinator, record_id: str, file_id: str = "", *,
        key: str, seen: str = "", **values: str,
    ) -> CoordinatorActed:  # fmt: skip
        return CoordinatorActed(
            action=action, coordinator=coordinator.name, record_id=record_id, file_id=file_id,
            values={**values, "reader": self._reader}, seen=seen, key=key,
        )  # fmt: skip

    async def _came(
        self, coordinator: Coordinator, case_id: str, record: Record, outcome: Outcome
    ) -> Response:
        if outcome == "conflict":
            now = await self._shell.db.read(partial(cases.load_case, case_id=case_id))
            if now is None:
                return self._templates.missing(self._locale)
            return await self._shown(coordinator, now, record, "conflict", 409)
        return RedirectResponse(f"/desk/translation/{case_id}/{record.id}?came={outcome}", 303)

    async def _use_draft(
        self, coordinator: Coordinator, case: Case, record: Record, acted: CoordinatorActed
    ) -> Response:
        """A draft that somebody has read is set anew, with their name on it for the mark."""
        shell = self._shell
        said = await shell.db.read(partial(translations.text_of, document_id=acted.file_id))
        if said is None:
            return self._templates.missing(self._locale)
        pdf = await asyncio.to_thread(
            draft_pdf, said.words.split("\n"), title=f"{case.id} {record.id}", locale=self._reader,
            mark=CHECKED.with_(name=coordinator.name), languages=shell.languages,
        )  # fmt: skip
        blob = await shell.blobs.put(draft.once(pdf), case_id=case.id)
        name = f"{record.id}_translation.pdf"
        one = PlainFile(ref=blob.id, name=name, media_type="application/pdf", size=blob.size)
        outcome = await self._add(
            coordinator, case, record, one, blob.sha256, acted.key, approved="yes"
        )
        return await self._came(coordinator, case.id, record, outcome)

    async def draft(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Have a machine draft it."""
        record = self._record(request, row.case)
        if record is None or not self._drafts(row.case):
            return self._templates.missing(self._locale)
        args = {"case": row.case.id, "record": record.id, "by": coordinator.name}

        async def work(tx: AsyncConnection) -> None:
            await self._shell.queue.add(
                tx, "draft", args, key=draft.key_of(record.id), case_id=row.case.id
            )

        await self._shell.db.write(work)
        await self._note(row.case.id, coordinator, "asked_draft", record.id)
        return RedirectResponse(f"/desk/translation/{row.case.id}/{record.id}", 303)

    async def upload(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Store a version, and make it part of the case."""
        shell, case = self._shell, row.case
        record = self._record(request, case)
        try:
            got = await forms.receive(
                request, shell.blobs, case_id=case.id, max_file=shell.settings.max_file_bytes,
                folder=Path(shell.settings.data_dir),
            )  # fmt: skip
        except forms.Refused as refused:
            words = forms.refusal_words(refused, self._locale)
            return self._trouble(request, refused.status, words)
        one = got.files[0] if len(got.files) == 1 else None
        looked = await usable(shell, one) if one is not None and record is not None else None
        if record is None or one is None or looked is None or not row.chats:
            await forms.discard(got, shell.blobs)
            return self._trouble(request, 415, TRANSLATION["refused"])
        try:
            said = await looked_into(
                shell, [one], case_id=case.id, actor=f"coordinator {coordinator.name}"
            )
        except Infected:
            await forms.discard(got, shell.blobs)
            return self._trouble(request, 422, REFUSED)
        one = one.model_copy(update={"media_type": looked.media_type})
        key = got.key or secrets.token_hex(16)
        outcome = await self._add(
            coordinator, case, record, one, looked.sha256, key, said=said[one.ref]
        )
        return await self._came(coordinator, case.id, record, outcome)

    async def _add(
        self, coordinator: Coordinator, case: Case, record: Record, one: PlainFile,
        sha256: str, key: str, *, said: Scanned | None = None, **values: str,
    ) -> Outcome:  # fmt: skip
        file_id, shell = secrets.token_hex(8), self._shell
        acted = self._acted(
            "translation_add", coordinator, record.id, file_id, key=key, name=one.name,
            media_type=one.media_type, size=str(one.size or 0), sha256=sha256, **values,
        )  # fmt: skip

        async def write(tx: AsyncConnection) -> None:
            await translations.add(
                tx, file_id=file_id, case_id=case.id, record_id=record.id, name=one.name,
                media_type=one.media_type, size=one.size or 0, sha256=sha256, blob_id=one.ref,
                now=codec.seconds(shell.clock()),
            )  # fmt: skip
            await keep(tx, shell, case_id=case.id, document_id=file_id, said=said)
            await plain_text.ask(tx, shell.queue, case.id, file_id)

        return await act(shell, case.id, acted, beside=write)

    # ---- pieces --------------------------------------------------------------------------------

    def _record(self, request: Request, case: Case) -> Record | None:
        """A record that is to be translated; nothing else of a case is shown here."""
        wanted = request.path_params["record_id"]
        return next((r for r in to_translate(case, self._reader) if r.id == wanted), None)

    def _language(self, tag: str) -> str:
        return language_name(tag, self._locale)

    def _trouble(self, request: Request, status: int, words: Text) -> Response:
        where = (
            f"/desk/translation/{request.path_params['case_id']}/{request.path_params['record_id']}"
        )
        page = self._templates.trouble(
            self._locale, status, text=words, back=DESK["back"], back_href=where
        )
        page.headers["connection"] = "close"
        return page

    async def _note(
        self, case_id: str, coordinator: Coordinator, action: str, object_: str = ""
    ) -> None:
        await note(
            self._shell.db, case_id=case_id, at=self._shell.clock(),
            actor=f"coordinator {coordinator.name}", action=action, object_=object_,
        )  # fmt: skip
