"""What other systems do with a case: as at the desk it goes into the inbox, and the turn decides."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from bot.channels.plain import PlainFile
from bot.store import opinions
from bot.store.codec import seconds
from bot.store.scans import Scanned
from bot.web import files
from bot.web.acting import Outcome, act
from bot.web.api_operations import JSON, Call, Header, Operation
from bot.web.api_problems import Refused, missing, unreadable
from bot.web.api_types import (
    IF_MATCH,
    KEY,
    Ask,
    DocumentQuery,
    Flaw,
    OpinionOut,
    Requests,
    adapter,
    to_json,
)
from bot.web.api_view import opinion_of, requests_of
from bot.web.desk_queries import CaseRow, case_row, note
from bot.web.document_scans import REFUSED, Infected, keep, looked_into
from bot.web.shell import Shell
from checklist.case import Case
from checklist.marks import mark_of_opinion, mark_of_requests
from handlers.updates import CoordinatorActed

#: What an opinion's document may be: the first is for whatever has no better name.
DOCUMENTS = (
    "application/octet-stream",
    "application/pdf",
    "image/jpeg",
    "image/png",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)
_MAX_BODY = 64 * 1024


class Doing:
    """The operations that change a case, and those that show what they change."""

    def __init__(self, shell: Shell) -> None:
        """Take the program."""
        self._shell = shell

    def operations(self) -> tuple[Operation, ...]:
        """All of them."""
        asked, opinion = "/cases/{case_id}/requests", "/cases/{case_id}/opinion"
        return (
            Operation(
                id="listRequests",
                method="GET",
                path=asked,
                summary="Show which records were asked for",
                scope="read",
                gives=Requests,
                statuses=(200, 304),
                problems=(404, 409, 410),
                headers=("if-none-match",),
                of_case=self.requests,
                noted="looked",
            ),
            Operation(
                id="askForRecord",
                method="POST",
                path=asked,
                summary="Ask the patient for one more record, in the patient's language and chat",
                scope="write",
                takes=Ask,
                gives=Requests,
                statuses=(201, 202),
                problems=(400, 404, 409, 410, 412, 413, 415),
                headers=("if-match", "idempotency-key"),
                of_case=self.ask,
            ),
            Operation(
                id="getOpinion",
                method="GET",
                path=opinion,
                summary="Show how far the opinion is",
                scope="read",
                gives=OpinionOut,
                statuses=(200, 304),
                problems=(404, 409, 410),
                headers=("if-none-match",),
                of_case=self.opinion,
                noted="looked",
            ),
            Operation(
                id="addDocument",
                method="POST",
                path=opinion,
                summary="Upload a document of the opinion; a coordinator approves and sends it",
                scope="write",
                query=DocumentQuery,
                takes=DOCUMENTS,
                gives=OpinionOut,
                statuses=(201, 202),
                problems=(400, 404, 409, 410, 412, 413, 415, 507),
                headers=("if-match", "idempotency-key"),
                of_case=self.add_document,
            ),
        )

    # ---- what was asked for --------------------------------------------------------------------

    async def requests(self, call: Call, row: CaseRow) -> Response:
        """What was asked for."""
        return _shown(call, requests_of(row.case), mark_of_requests(row.case))

    async def ask(self, call: Call, row: CaseRow) -> Response:
        """Ask for one more record."""
        wanted = await _ask_of(call)
        if self._shell.catalog.item(wanted.item) is None:
            ids = ", ".join(item.id for item in self._shell.catalog.items)
            flaw = Flaw(where="body.item", what=f"no such item; use one of {ids}")
            raise Refused(422, "invalid", "Correct what `errors` names.", (flaw,))
        own = {record.id for record in row.case.own_records}
        if wanted.record is not None and wanted.record not in own:
            raise missing("record", "The case lists those that there are.")
        # RFC 9110, 13.2.1: a condition is looked at when all else is well.
        sent = _Sent.of(call, mark_of_requests(row.case))
        _need_chat(row)
        acted = CoordinatorActed(
            action="request",
            coordinator=call.caller.name,
            text=wanted.words,
            record_id=wanted.record or "",
            values={"item": wanted.item, "reason": wanted.reason},
            seen=sent.seen,
            key=sent.key,
        )
        outcome = await act(self._shell, row.case.id, acted)
        case = await self._after(call, row, outcome, "asked_for_record", wanted.item)
        return _done(outcome, requests_of(case), mark_of_requests(case))

    # ---- the opinion ---------------------------------------------------------------------------

    async def opinion(self, call: Call, row: CaseRow) -> Response:
        """How far the opinion is."""
        return _shown(call, opinion_of(row.case), mark_of_opinion(row.case))

    async def add_document(self, call: Call, row: CaseRow) -> Response:
        """Store a document, and make it part of the opinion."""
        asked: DocumentQuery = call.query
        if _media_type(call) not in DOCUMENTS:
            raise Refused(415, "media_type", f"Send one of {', '.join(DOCUMENTS)}.")
        if call.request.headers.get("content-length") == "0":
            raise _empty()
        sent = _Sent.of(call, mark_of_opinion(row.case))
        _need_chat(row)
        if row.case.submitted_at is None:
            detail = "The patient has not handed this case over yet: wait for `case.submitted`."
            raise Refused(409, "not_submitted", detail)
        file = await self._received(call, row.case.id)
        said = await self._looked_into(call, row.case.id, file)
        file_id = hashlib.sha256(f"{row.case.id}:{sent.key}".encode()).hexdigest()[:16]
        acted = CoordinatorActed(
            action="opinion_add",
            coordinator=call.caller.name,
            file_id=file_id,
            values={"part": asked.part, "name": asked.name},
            seen=sent.seen,
            key=sent.key,
        )
        kept: list[str] = []

        async def write(tx: AsyncConnection) -> None:
            kept[:] = [file.ref]
            await opinions.add(
                tx,
                file_id=file_id,
                case_id=row.case.id,
                name=asked.name,
                media_type=file.media_type,
                size=file.size or 0,
                blob_id=file.ref,
                now=seconds(self._shell.clock()),
            )
            await keep(tx, self._shell, case_id=row.case.id, document_id=file_id, said=said)

        outcome = await act(self._shell, row.case.id, acted, beside=write)
        if not kept:
            # Sent before, under this key: it is there already.
            await self._shell.blobs.delete(file.ref)
        elif outcome == "conflict":
            await self._forget(row.case.id, file_id)
        case = await self._after(call, row, outcome, "added_opinion", file_id)
        return _done(outcome, opinion_of(case), mark_of_opinion(case))

    async def _received(self, call: Call, case_id: str) -> PlainFile:
        settings = self._shell.settings
        try:
            file = await files.receive_one(
                call.request,
                self._shell.blobs,
                case_id=case_id,
                max_file=settings.max_file_bytes,
                folder=Path(settings.data_dir),
            )
        except files.Refused as refused:
            said = self._shell.languages.say(files.refusal_words(refused, "en"), "en")
            raise Refused(
                refused.status, "not_taken", said, headers={"connection": "close"}
            ) from None
        if file is None:
            raise _empty()
        return file

    async def _looked_into(self, call: Call, case_id: str, file: PlainFile) -> Scanned | None:
        """What a virus scanner says of a document. Raises Refused where something was found."""
        actor = f"api {call.caller.name}"
        try:
            return (await looked_into(self._shell, [file], case_id=case_id, actor=actor))[file.ref]
        except Infected:
            await self._shell.blobs.delete(file.ref)
            said = self._shell.languages.say(REFUSED, "en")
            raise Refused(422, "infected", said) from None

    async def _forget(self, case_id: str, file_id: str) -> None:
        async def work(tx: AsyncConnection) -> None:
            if (blob_id := await opinions.remove(tx, case_id, file_id)) is not None:
                await self._shell.queue.add(tx, "erase", {"blobs": [blob_id]}, case_id=case_id)

        await self._shell.db.write(work)

    # ---- what came of it -----------------------------------------------------------------------

    async def _after(
        self, call: Call, row: CaseRow, outcome: Outcome, action: str, object_: str
    ) -> Case:
        """Put on record who did it; the case as it is now."""
        if outcome == "conflict":
            raise _changed()
        await note(
            self._shell.db,
            case_id=row.case.id,
            at=self._shell.clock(),
            actor=f"api {call.caller.name}",
            action=action,
            object_=object_,
        )
        now = await case_row(self._shell.db, row.case.id)
        return row.case if now is None else now.case


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """What a request says of itself: its key, and the mark of what its sender has seen, or ""."""

    key: str
    seen: str

    @classmethod
    def of(cls, call: Call, mark: str) -> _Sent:
        """Raises Refused where something else is there now than was seen."""
        given = _header(call, "idempotency-key", KEY, "8 to 64 letters, digits, - and _")
        match = _header(call, "if-match", IF_MATCH, "the ETag as it was given")
        if match and match.strip('"') != mark:
            raise _changed()
        what = call.request.url.path.rpartition("/")[2]
        key = f"{call.caller.id}:{what}:{given or secrets.token_hex(16)}"
        return cls(key=key, seen=mark if match else "")


def _header(call: Call, name: Header, pattern: str, what: str) -> str:
    """A header that decides what is done, "" where it isn't given. Raises Refused."""
    if name not in call.request.headers:
        return ""
    given = call.header(name)
    if not re.fullmatch(pattern, given):
        flaw = Flaw(where=f"header.{name}", what=what)
        raise Refused(422, "invalid", "Correct what `errors` names.", (flaw,))
    return given


def _empty() -> Refused:
    return Refused(422, "empty", "Send the document itself as the body of the request.")


def _changed() -> Refused:
    detail = (
        "Somebody else has changed it meanwhile. Get it again, look, and send with the new ETag."
    )
    return Refused(412, "changed", detail)


def _need_chat(row: CaseRow) -> None:
    if not row.chats:
        raise Refused(409, "no_chat", "This case has no chat in which the patient could be asked.")


def _media_type(call: Call) -> str:
    return call.request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _ask_of(call: Call) -> Ask:
    if _media_type(call) != JSON:
        raise Refused(415, "media_type", f"Send {JSON}.")
    body = bytearray()
    async for piece in call.request.stream():
        body += piece
        if len(body) > _MAX_BODY:
            raise Refused(413, "too_long", "Send less than 64 kB.", headers={"connection": "close"})
    try:
        wanted: Ask = adapter(Ask).validate_json(bytes(body))
    except ValidationError as error:
        raise unreadable(error, "body") from None
    return wanted


def _shown(call: Call, value: object, mark: str) -> Response:
    headers = {"etag": f'"{mark}"'}
    if call.header("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(to_json(value), headers=headers, media_type=JSON)


def _done(outcome: Outcome, value: object, mark: str) -> Response:
    status = 201 if outcome == "done" else 202
    return Response(to_json(value), status, headers={"etag": f'"{mark}"'}, media_type=JSON)
