"""The API for other systems: what it answers, under /api/v1."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from functools import cached_property
from importlib.metadata import version
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from bot.store import case_pages, events, files
from bot.store.case_pages import Place
from bot.store.cases import CaseRow as StoredCase
from bot.store.codec import seconds
from bot.store.db import Row
from bot.web import api_problems
from bot.web.api_doing import Doing
from bot.web.api_doors import Door
from bot.web.api_operations import JSON, Call, Operation
from bot.web.api_problems import Refused, missing, unreadable
from bot.web.api_schema import document
from bot.web.api_types import (
    ID,
    CaseOut,
    Cases,
    CasesQuery,
    Events,
    EventsQuery,
    FileQuery,
    adapter,
    from_event,
    to_json,
)
from bot.web.api_view import case_of, line_of
from bot.web.desk_consents import why_kept
from bot.web.desk_queries import CaseRow, case_row, note
from bot.web.downloads import download, download_headers
from bot.web.photos import NotCleaned, clean_photo
from bot.web.shell import Shell
from bot.webhooks.events import shaped
from checklist.case import Case
from checklist.records import Record

_ID = re.compile(ID)
_ASK_FOR_CASES = "Ask /api/v1/cases for those that there are."


def api(shell: Shell) -> Mount:
    """The API, with its own errors."""
    return Mount("/api/v1", app=Api(shell).app())


class Api:
    """What can be asked."""

    def __init__(self, shell: Shell) -> None:
        """Take the program."""
        self._shell = shell
        self._base = shell.settings.base_url
        self._door = Door(shell)
        self.operations = (*self._asked(), *self._downloads(), *Doing(shell).operations())

    @cached_property
    def document(self) -> str:
        """The OpenAPI document, made when it is first asked for."""
        name = "second-opinion-assistant"
        made = document(self.operations, self._shell.catalog, self._base, version(name))
        return json.dumps(made)

    def app(self) -> Starlette:
        """An application of its own: nothing that opens the pages opens it."""
        by_path: dict[str, list[Operation]] = {}
        for one in self.operations:
            by_path.setdefault(one.path, []).append(one)
        routes = [
            Route(
                path,
                self._open({one.method: one for one in found}),
                methods=[o.method for o in found],
            )
            for path, found in by_path.items()
        ]
        return Starlette(
            routes=[Route("/openapi.json", self.openapi, methods=["GET"]), *routes],
            exception_handlers={
                Refused: api_problems.on_refused,
                HTTPException: api_problems.on_http,
                Exception: api_problems.on_error,
            },
        )

    async def openapi(self, _request: Request) -> Response:
        """What this is, for everybody: it holds nothing of any case."""
        return Response(self.document, media_type=JSON)

    def _asked(self) -> tuple[Operation, ...]:
        return (
            Operation(
                id="listCases",
                method="GET",
                path="/cases",
                summary="List the cases, the longest unchanged first",
                scope="read",
                query=CasesQuery,
                gives=Cases,
                run=self.cases,
                noted="listed",
            ),
            Operation(
                id="getCase",
                method="GET",
                path="/cases/{case_id}",
                summary="Show a case: how complete it is, what is missing, its records and studies",
                scope="read",
                gives=CaseOut,
                statuses=(200, 304),
                problems=(404, 409, 410),
                headers=("if-none-match",),
                of_case=self.case,
                noted="looked",
            ),
            Operation(
                id="listEvents",
                method="GET",
                path="/events",
                summary="List what happened, for a system that no webhook can reach; kept for 90 days",
                scope="read",
                query=EventsQuery,
                gives=Events,
                run=self.events,
            ),
        )

    def _downloads(self) -> tuple[Operation, ...]:
        return (
            Operation(
                id="getRecordFile",
                method="GET",
                path="/cases/{case_id}/records/{record_id}/file",
                summary="Download the file that a record came in; a photo as a clean copy",
                scope="read",
                query=FileQuery,
                gives="application/octet-stream",
                statuses=(200, 206),
                problems=(404, 409, 410, 416),
                headers=("range", "if-range"),
                of_case=self.record_file,
            ),
            Operation(
                id="getPackage",
                method="GET",
                path="/cases/{case_id}/package",
                summary="Download the newest package: everything that is handed over, in one zip",
                scope="read",
                gives="application/zip",
                statuses=(200, 206),
                problems=(404, 409, 410, 416),
                headers=("range", "if-range"),
                of_case=self.package,
                noted="took_package",
            ),
        )

    # ---- who may, and what is put on record ----------------------------------------------------

    def _open(self, by_method: dict[Any, Operation]) -> Callable[[Request], Awaitable[Response]]:
        async def opened(request: Request) -> Response:
            asked = "GET" if request.method == "HEAD" else request.method
            one = by_method[asked]
            caller = await self._door.caller(request, one.scope)
            call = Call(request=request, caller=caller, query=_query(request, one.query))
            row = None
            if one.of_case is not None:
                row = await self._case_of(request)
                response = await one.of_case(call, row)
            else:
                assert one.run is not None
                response = await one.run(call)
            if request.method == "HEAD":
                # Nothing of it is handed out, nor read from the store.
                bare = Response(status_code=response.status_code)
                bare.raw_headers = response.raw_headers
                return bare
            if one.noted and response.status_code in (200, 206):
                await self._note(call, row.case.id if row else "", one.noted)
            return response

        return opened

    async def _case_of(self, request: Request) -> CaseRow:
        case_id = request.path_params["case_id"]
        row = await case_row(self._shell.db, case_id) if _ID.fullmatch(case_id) else None
        if row is not None and row.case.erased:
            detail = "This case was erased. Erase what you keep of it, too."
            raise Refused(410, "erased", detail)
        if row is not None and row.case.withdrawn:
            detail = (
                "The patient has taken back the consent to keep the records: stop the work on this "
                "case, and use nothing of it. The event `consent.given` says if they agree again."
            )
            raise Refused(409, "consent_withdrawn", detail)
        if row is None or not row.case.consented:
            raise missing("case", _ASK_FOR_CASES)
        return row

    async def _note(self, call: Call, case_id: str, action: str, object_: str = "") -> None:
        await note(
            self._shell.db,
            case_id=case_id,
            at=self._shell.clock(),
            actor=f"api {call.caller.name}",
            action=action,
            object_=object_,
        )

    # ---- what is asked -------------------------------------------------------------------------

    async def cases(self, call: Call) -> Response:
        """A page of cases."""
        asked: CasesQuery = call.query
        after = None if asked.cursor is None else _place(asked.cursor)
        found, place = await self._shell.db.read(
            lambda tx: case_pages.page(
                tx,
                status=asked.status,
                since=seconds(asked.updated_since) if asked.updated_since else 0.0,
                after=after,
                limit=asked.limit,
            )
        )
        lines = tuple(line_of(row, self._shell.catalog, self._base) for row in found)
        page = Cases(cases=lines, next=None if place is None else _cursor(place))
        return Response(to_json(page), media_type=JSON)

    async def case(self, call: Call, row: CaseRow) -> Response:
        """One case."""
        package = await self._shell.db.read(lambda tx: files.newest_package(tx, row.case.id))
        etag = f'"{row.case.version}.{package.version if package else 0}"'
        if call.header("if-none-match") == etag:
            return Response(status_code=304, headers={"etag": etag})
        stored = StoredCase(case=row.case, updated_at=row.last_at)
        shown = case_of(stored, package, self._shell.catalog, self._base)
        return Response(to_json(shown), headers={"etag": etag}, media_type=JSON)

    async def events(self, call: Call) -> Response:
        """What happened since."""
        asked: EventsQuery = call.query
        types = () if asked.type is None else (asked.type,)
        rows = await self._shell.db.read(
            lambda tx: events.since(tx, asked.after, asked.limit + 1, types)
        )
        shown = rows[: asked.limit]
        listed = Events(
            events=tuple(
                from_event(shaped(row.uid, row.type, row.at, row.body, self._base)) for row in shown
            ),
            next=shown[-1].id if shown else asked.after,
            more=len(rows) > asked.limit,
        )
        if shown:
            await self._note(call, "", "read_events", str(listed.next))
        return Response(to_json(listed), media_type=JSON)

    # ---- downloads -----------------------------------------------------------------------------

    async def record_file(self, call: Call, row: CaseRow) -> Response:
        """A file, of a photo a clean copy unless asked. What is set apart may be another person's."""
        asked: FileQuery = call.query
        record_id = call.request.path_params["record_id"]
        record = next((one for one in row.case.own_records if one.id == record_id), None)
        if record is None:
            raise missing("record", "The case lists those that there are.")
        if record.file_id in {one.file_id for one in row.case.records if one.is_apart}:
            # A disc or a document comes whole: with what is somebody else's on it, too.
            raise missing(
                "file", "It may hold another person's records; the package has what is used."
            )
        stored = await self._shell.db.read(lambda tx: files.find(tx, record.file_id))
        if stored is None or not stored.blob_id:
            raise missing("file", "It is not kept any more.")
        photo = b"" if asked.as_sent else await self._clean(row.case, record, stored)
        name = record.original_name if photo and record.member else stored.name
        name = name.rpartition("/")[2] or record.file_id
        saved: Response
        if photo:
            headers = download_headers(name)
            saved = Response(photo, headers=headers, media_type="application/octet-stream")
        else:
            saved = await self._download(call, stored.blob_id, name, "application/octet-stream")
        if call.request.method != "HEAD":
            took = "took_file_as_sent" if asked.as_sent else "took_file"
            await self._note(call, row.case.id, took, record.file_id)
        return saved

    async def _clean(self, case: Case, record: Record, stored: Row) -> bytes:
        blob_id = stored.plain_blob_id or stored.blob_id
        try:
            return await clean_photo(self._shell, case, record.file_id, blob_id, record)
        except NotCleaned:
            detail = (
                "Photos in it may say where, when and by whom they were taken. The package has clean "
                "copies of those that can be cleaned; with `as_sent=true` you get the file as it is."
            )
            raise Refused(409, "not_cleaned", detail) from None

    async def package(self, call: Call, row: CaseRow) -> Response:
        """The newest package."""
        built = await self._shell.db.read(lambda tx: files.newest_package(tx, row.case.id))
        if built is None:
            raise missing("package", "It is built when the case is submitted: `package.ready`.")
        if why_kept(self._shell, row.case) is not None:
            detail = "The patient has not agreed to sending the case to another country."
            raise Refused(409, "not_agreed", detail)
        return await self._download(call, built.blob_id, f"{row.case.id}.zip", "application/zip")

    async def _download(self, call: Call, blob_id: str, name: str, media_type: str) -> Response:
        try:
            saved = await download(self._shell.blobs, blob_id, name, media_type, call.request)
        except FileNotFoundError:
            raise missing("file", "It is not kept any more.") from None
        if saved.status_code == 416:
            detail = "There is nothing there: the file ends before. Ask without `Range`."
            headers = {"content-range": saved.headers["content-range"]}
            raise Refused(416, "no_such_range", detail, headers=headers)
        return saved


def _query(request: Request, type_: type) -> Any:
    try:
        return adapter(type_).validate_python(dict(request.query_params))
    except ValidationError as error:
        raise unreadable(error, "query") from None


def _cursor(place: Place) -> str:
    return f"{place.updated_at!r}~{place.case_id}"


def _place(cursor: str) -> Place:
    at, _, case_id = cursor.partition("~")
    return Place(updated_at=float(at), case_id=case_id)
