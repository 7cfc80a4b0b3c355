"""The pages of a record at the desk: looking at them, and saying where one record ends.

A page is drawn in a child process with limits, when it is asked for; nothing of it is stored.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import structlog
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.intake.pdf_parts import page_picture
from bot.jobs.children import ChildDied, TookTooLong
from bot.office import zone_of
from bot.store import files
from bot.web.acting import act
from bot.web.case_doors import CaseDoors
from bot.web.desk_doing_wording import DOING
from bot.web.desk_queries import CaseRow, case_row, files_of
from bot.web.desk_records_wording import DIVIDED_BY_OTHER, RECORDS
from bot.web.desk_view import DeskView
from bot.web.desk_wording import DESK
from bot.web.offers import Offer, lead, session_of
from bot.web.pages import SMALLER, Templates
from bot.web.people import Coordinator
from bot.web.shell import Shell
from bot.web.taken_out import place_of
from bot.web.wording import say_all
from checklist import labels
from checklist.marks import mark_of_cut, mark_of_marks
from checklist.records import Record
from handlers.updates import Action, CoordinatorActed

_log = structlog.get_logger(__name__)

#: Pages that are shown to split a document at; a longer one is a book.
MOST_PAGES: Final = 200
#: Documents of a case that a form may name.
_MOST_RECORDS: Final = 1000
#: Pixels of a page: in a row of pages, and to be read.
_SMALL, _LARGE = (240, 320), (1400, 1800)
#: Seconds for one page.
_A_PAGE: Final = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    """What the form of a merge says: numbers by record, and the marks that it showed."""

    places: Mapping[str, str]
    marks: Mapping[str, str]

    @property
    def in_order(self) -> tuple[str, ...]:
        """The records with a number, in the order of these; () where two have the same."""
        numbered = {
            int(place): record_id for record_id, place in self.places.items() if place.isdecimal()
        }
        given = sum(1 for place in self.places.values() if place.isdecimal())
        if len(numbered) != given:
            return ()
        return tuple(record_id for _place, record_id in sorted(numbered.items()))


class DeskRecords:
    """The routes of a record's pages, and of putting records together."""

    def __init__(self, shell: Shell, templates: Templates, of_case: CaseDoors) -> None:
        """Take the program, the templates, and who lets people in."""
        self._shell = shell
        self._templates = templates
        self._of_case = of_case
        self._locale = shell.settings.coordinator_locale
        zone = zone_of(shell.settings)
        self._desk = DeskView(shell.languages, shell.catalog, self._locale, zone)
        self._view = self._desk.records
        self._words = say_all({**DESK, **DOING}, shell.languages, self._locale)

    def routes(self) -> list[Route]:
        """All of them."""
        of_case = "/desk/cases/{case_id}"
        of_record = f"{of_case}/records/{{record_id}}"
        guard = self._of_case
        pages = guard(self.pages, "")
        merge = guard(self.merge_page, "")
        return [
            Route(f"{of_record}/pages", pages, methods=["GET"], middleware=[SMALLER]),
            Route(f"{of_record}/pages/{{page:int}}", guard(self.page, ""), methods=["GET"]),
            Route(f"{of_record}/part.pdf", guard(self.part, ""), methods=["GET"]),
            Route(f"{of_record}/split", guard(self.split, ""), methods=["POST"]),
            Route(f"{of_record}/whose", guard(self.whose, ""), methods=["POST"]),
            Route(f"{of_record}/divide", guard(self.divide, ""), methods=["POST"]),
            Route(f"{of_case}/merge", merge, methods=["GET"], middleware=[SMALLER]),
            Route(f"{of_case}/merge", guard(self.merge, ""), methods=["POST"]),
        ]

    # ---- looking -------------------------------------------------------------------------------

    async def pages(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """A document page by page."""
        record = _record_of(row, request)
        if record is None or not record.pages:
            return self._templates.missing(self._locale)
        await self._of_case.note(row.case.id, coordinator, "saw_pictures", record.id)
        return self._pages_of(row, coordinator, record)

    def _pages_of(
        self,
        row: CaseRow,
        coordinator: Coordinator,
        record: Record,
        *,
        mine: frozenset[int] | None = None,
    ) -> Response:
        """The page of a document's pages; `mine` are the ticks of somebody who was second."""
        shown = self._view.cutting(row.case, record, MOST_PAGES)
        return self._templates.page(
            "desk_pages.html",
            locale=self._locale,
            status=200 if mine is None else 409,
            w=self._words,
            coordinator=coordinator,
            case_id=row.case.id,
            record={**self._desk.record(record, {}), **self._view.details(row.case, record)},
            cutting=shown,
            mine=mine,
            seen=mark_of_cut(row.case, record.id),
            key=secrets.token_hex(16),
        )

    async def page(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """One page as a picture: small, or with `?large` to be read. Of a part, its own pages."""
        record, page = _record_of(row, request), request.path_params["page"]
        if record is None or not 1 <= page <= (record.pages or 0):
            return Response(status_code=404)
        first = record.span[0] if record.span else 1
        room = _LARGE if "large" in request.query_params else _SMALL
        picture = await self._drawn(record, record.member, first + page - 1, room)
        if not picture:
            return Response(status_code=422)
        await self._of_case.glance(row.case.id, coordinator, "saw_pictures", record.id)
        return Response(picture, media_type="image/jpeg")

    async def part(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """A part as a PDF, to be saved."""
        record = _record_of(row, request)
        if record is None or record.span is None:
            return self._templates.missing(self._locale)
        found = await self._shell.db.read(partial(files.find, file_id=record.file_id))
        blob_id = (found.plain_blob_id or found.blob_id) if found is not None else None
        if blob_id is None:
            return self._templates.missing(self._locale)
        offer = Offer(
            purpose="part",
            of=place_of(record),
            case_id=row.case.id,
            name=labels.file_name(record),
            media_type="application/pdf",
            blob_id=blob_id,
            locale=self._locale,
            session_id=session_of(coordinator),
        )
        try:
            led = await lead(self._shell, request, offer)
        except FileNotFoundError:
            return self._templates.missing(self._locale)
        await self._of_case.note(row.case.id, coordinator, "took_file", record.id)
        return led

    async def _drawn(self, record: Record, *args: Any) -> bytes:
        """What a child draws of a record's stored file; b"" where it can't."""
        found = await self._shell.db.read(partial(files.find, file_id=record.file_id))
        if found is None or not found.blob_id:
            return b""
        try:
            async with self._shell.blobs.local(found.plain_blob_id or found.blob_id) as path:
                made: bytes = await self._shell.decoders.run(_A_PAGE, page_picture, path, *args)
                return made
        except (
            TookTooLong, ChildDied, FileNotFoundError, KeyError, ValueError, RuntimeError
        ) as error:  # fmt: skip
            _log.info("pages_not_shown", record=record.id, reason=type(error).__name__)
            return b""

    # ---- splitting -----------------------------------------------------------------------------

    async def split(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Have a record begin on the ticked pages; who was second sees what is there now."""
        record = _record_of(row, request)
        if record is None or not row.chats:
            return self._templates.missing(self._locale)
        async with request.form(max_files=0, max_fields=MOST_PAGES + 10) as sent:
            ticked = [str(page) for page in sent.getlist("begins")]
            acted = self._acted("split", sent, coordinator, record.id, {"pages": " ".join(ticked)})
        outcome = await act(self._shell, row.case.id, acted)
        if outcome != "conflict":
            place = f"record-{record.id}"
            return RedirectResponse(f"/desk/cases/{row.case.id}?{outcome}={place}#records", 303)
        now = await case_row(self._shell.db, row.case.id)
        there = now.case.record(record.id) if now is not None else None
        if now is None or there is None:
            return self._templates.missing(self._locale)
        mine = frozenset(int(page) for page in ticked if page.isdecimal())
        return self._pages_of(now, coordinator, there, mine=mine)

    # ---- somebody else's -----------------------------------------------------------------------

    async def whose(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Say of a document that it is somebody else's, or the patient's after all."""
        record = _record_of(row, request)
        if record is None or not row.chats:
            return self._templates.missing(self._locale)
        async with request.form(max_files=0, max_fields=10) as sent:
            action: Action = "take_study" if "theirs" in sent else "keep_apart"
            acted = self._acted(action, sent, coordinator, record.id, {})
        outcome = await act(self._shell, row.case.id, acted)
        if outcome == "conflict":
            return self._second(row)
        return RedirectResponse(f"/desk/cases/{row.case.id}?{outcome}=records#records", 303)

    def _second(self, row: CaseRow) -> Response:
        """What somebody reads who was second, where there is nothing of theirs to keep."""
        back = f"/desk/cases/{row.case.id}#records"
        return self._templates.trouble(
            self._locale, 409, text=DIVIDED_BY_OTHER, back=RECORDS["back_case"], back_href=back
        )

    # ---- a study of two people -----------------------------------------------------------------

    async def divide(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Say which series of a study are somebody else's; the others are the patient's."""
        record = row.case.record(request.path_params["record_id"])
        if record is None or record.study is None or not row.chats:
            return self._templates.missing(self._locale)
        async with request.form(max_files=0, max_fields=_MOST_RECORDS) as sent:
            uids = " ".join(str(uid) for uid in sent.getlist("series"))
            acted = self._acted("divide_study", sent, coordinator, record.id, {"series": uids})
        outcome = await act(self._shell, row.case.id, acted)
        if outcome == "conflict":
            return self._second(row)
        said = "decided" if outcome == "done" else outcome
        return RedirectResponse(f"/desk/cases/{row.case.id}?{said}#apart", 303)

    # ---- merging -------------------------------------------------------------------------------

    async def merge_page(
        self, request: Request, coordinator: Coordinator, row: CaseRow
    ) -> Response:
        """The documents of the case, to be numbered as pages of one record."""
        await self._of_case.glance(row.case.id, coordinator, "looked")
        return await self._merge_page(row, coordinator)

    async def _merge_page(
        self, row: CaseRow, coordinator: Coordinator, *, wrong: str = "", mine: Any = None
    ) -> Response:
        stored = await files_of(self._shell.db, row.case.id)
        shown = self._view.arranged(row.case, partial(self._desk.record, files=stored))
        return self._templates.page(
            "desk_merge.html",
            locale=self._locale,
            status=409 if wrong else 200,
            w=self._words,
            coordinator=coordinator,
            case_id=row.case.id,
            records=[one for one in shown if not one["study"]],
            wrong=wrong,
            mine=mine or {},
            key=secrets.token_hex(16),
        )

    async def merge(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Make one record of those that have a number."""
        if not row.chats:
            return self._templates.missing(self._locale)
        async with request.form(max_files=0, max_fields=2 * _MOST_RECORDS + 10) as sent:
            form = _numbered(sent)
            order = form.in_order
            acted = self._acted("merge", sent, coordinator, "", {"records": " ".join(order)})
        if len(order) < 2:
            return await self._merge_page(row, coordinator, wrong="two", mine=form.places)
        seen = mark_of_marks(form.marks.get(record_id, "") for record_id in order)
        outcome = await act(self._shell, row.case.id, replace(acted, seen=seen))
        if outcome == "conflict":
            now = await case_row(self._shell.db, row.case.id)
            assert now is not None
            return await self._merge_page(now, coordinator, wrong="changed", mine=form.places)
        place = f"record-{order[0]}"
        return RedirectResponse(f"/desk/cases/{row.case.id}?{outcome}={place}#{place}", 303)

    # ---- both ----------------------------------------------------------------------------------

    def _acted(
        self,
        action: Action,
        sent: FormData,
        coordinator: Coordinator,
        record_id: str,
        values: Mapping[str, str],
    ) -> CoordinatorActed:
        return CoordinatorActed(
            action=action,
            coordinator=coordinator.name,
            record_id=record_id,
            values=values,
            seen=str(sent.get("seen", ""))[:40],
            key=str(sent.get("key", ""))[:64] or secrets.token_hex(16),
        )


def _record_of(row: CaseRow, request: Request) -> Record | None:
    record = row.case.record(request.path_params["record_id"])
    return record if record is not None and record.study is None else None


def _numbered(sent: FormData) -> _Numbered:
    places, marks = {}, {}
    for name, value in sent.multi_items():
        kind, _sign, record_id = name.partition("_")
        if kind == "place" and str(value).strip():
            places[record_id] = str(value).strip()[:4]
        elif kind == "seen" and record_id:
            marks[record_id] = str(value)[:40]
    return _Numbered(places=places, marks=marks)
