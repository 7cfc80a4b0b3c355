"""Doing: the forms of a case's page, each of which is one act of a coordinator."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.office import zone_of
from bot.store import cases, codec, links, machine_readings, opinions
from bot.store.room import room_of
from bot.tokens import new_token, token_hash
from bot.web import files
from bot.web.acting import Outcome, act, add
from bot.web.bubbles import size_in_words
from bot.web.case_doors import CaseDoors
from bot.web.desk_consents import CONSENTS
from bot.web.desk_doing_view import DoingView
from bot.web.desk_doing_wording import DOING
from bot.web.desk_pairing import PAIRING, pairing_view
from bot.web.desk_parcels import PARCEL_FORMS, PARCELS, ParcelsView
from bot.web.desk_queries import CaseRow, case_row
from bot.web.desk_records import DeskRecords
from bot.web.desk_view import DeskView
from bot.web.desk_wording import DESK
from bot.web.document_scans import WAITS, opinion_waits
from bot.web.pages import Templates
from bot.web.people import Coordinator, colleagues
from bot.web.shell import Shell
from bot.web.wording import say_all
from checklist.case import Case
from checklist.cover_text import as_text, lines_of
from checklist.marks import (
    mark_of_assignee,
    mark_of_cover,
    mark_of_label,
    mark_of_opinion,
    mark_of_pairs,
    mark_of_parcels,
    mark_of_points,
    mark_of_room,
    mark_of_status,
)
from handlers.links import LASTS
from handlers.updates import Action, Attachment, CoordinatorActed, FilesUploaded

_MAX_WORDS = 4000
#: So many letters of a machine's reading are shown beside a record.
_READ = 4000
_MAX_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An act's form: its fields beside `text`, and where on the page it stands."""

    fields: tuple[str, ...] = ()
    place: str = "doing"
    mark: Callable[[Case, str], str] = lambda _case, _record: ""


ACTS: Final[Mapping[Action, Form]] = {
    "take": Form(mark=lambda case, _: mark_of_assignee(case)),
    "assign": Form(fields=("to",), mark=lambda case, _: mark_of_assignee(case)),
    "move": Form(fields=("status",), mark=lambda case, _: mark_of_status(case)),
    "reopen": Form(mark=lambda case, _: mark_of_status(case)),
    "note": Form(place="notes"),
    "request": Form(fields=("item", "reason"), place="requests"),
    "withdraw": Form(fields=("request",), place="requests"),
    "send_link": Form(fields=("item",), place="links"),
    "revoke_link": Form(fields=("link",), place="links"),
    "label": Form(fields=("kind", "date", "body_part", "part_of"), mark=mark_of_label),
    "cover": Form(
        fields=("problem", "questions", "timeline"),
        place="cover",
        mark=lambda case, _: mark_of_cover(case),
    ),
    "undo": Form(fields=("change",), place="changes"),
    "pair": Form(fields=("study", "together"), place="pairing", mark=mark_of_pairs),
    "answer": Form(fields=("question",), place="asked"),
    "opinion_remove": Form(place="opinion", mark=lambda case, _: mark_of_opinion(case)),
    "opinion_approve": Form(place="opinion", mark=lambda case, _: mark_of_opinion(case)),
    "opinion_send": Form(place="opinion", mark=lambda case, _: mark_of_opinion(case)),
    **{
        action: Form(
            fields=("parcel", *fields), place="parcels", mark=lambda case, _: mark_of_parcels(case)
        )
        for action, fields in PARCEL_FORMS.items()
    },
    "remove_chat": Form(fields=("chat",), place="chats"),
    "ask_point": Form(
        fields=("point",), place="consents", mark=lambda case, _: mark_of_points(case)
    ),
    "hold": Form(place="consents"),
    "lift": Form(place="consents"),
    "more_room": Form(place="upload", mark=lambda case, _: mark_of_room(case)),
}


class Doing:
    """The routes of what is done with a case."""

    def __init__(self, shell: Shell, templates: Templates, of_case: CaseDoors) -> None:
        """Take the program, the templates, and who lets people in."""
        self._shell = shell
        self._templates = templates
        self._of_case = of_case
        self._locale = shell.settings.coordinator_locale
        desk = DeskView(shell.languages, shell.catalog, self._locale, zone_of(shell.settings))
        self._say = desk.say
        self._view = DoingView(
            shell.catalog,
            desk.say,
            desk.time,
            approval=shell.settings.opinion_approval,
        )
        self._words = say_all({**DESK, **DOING}, shell.languages, self._locale)
        self._parcels = ParcelsView(desk.say, desk.time)
        self._parcel_words = say_all(PARCELS, shell.languages, self._locale)
        self._pairing_words = say_all(PAIRING, shell.languages, self._locale)
        self._records = DeskRecords(shell, templates, of_case)

    def routes(self) -> list[Route]:
        """All of them."""
        of_case = "/desk/cases/{case_id}"
        return [
            Route(f"{of_case}/acts/{{action}}", self._of_case(self.act, ""), methods=["POST"]),
            Route(f"{of_case}/links", self._of_case(self.make_link, ""), methods=["POST"]),
            Route(
                f"{of_case}/upload", self._of_case(self.upload, "", large=True), methods=["POST"]
            ),
            *self._records.routes(),
        ]

    async def view(self, row: CaseRow, coordinator: Coordinator) -> dict[str, Any]:
        """What the page of a case shows of all this."""
        now = codec.seconds(self._shell.clock())
        found = await self._shell.db.read(lambda tx: links.of_case(tx, row.case.id, now))
        people = await colleagues(self._shell)
        shown = self._view.case(row.case, found, people, coordinator)
        readings = await self._shell.db.read(lambda tx: machine_readings.of_case(tx, row.case.id))
        pairs = pairing_view(row.case, self._say, readings, self._shell.clock().date())
        words = {record_id: words[:_READ] for record_id, words in readings.items()}
        more = {"pairing": pairs, "pairing_words": self._pairing_words, "readings": words}
        posted = {"parcels": self._parcels.of(row.case), "parcel_words": self._parcel_words}
        return {**shown, **posted, **more, **await self._room(row.case)}

    async def _room(self, case: Case) -> dict[str, Any]:
        """How much room the case has, where it is nearly used up."""
        most = self._shell.settings
        room = await self._shell.db.read(
            lambda tx: room_of(tx, case.id, files=most.case_max_files, size=most.case_max_bytes)
        )
        used, all_ = (size_in_words(n, self._locale) for n in (room.size, room.most_size))
        words = DOING["room"].with_(used=used, room=all_, files=room.files, most=room.most_files)
        said = self._say(words) if room.is_nearly_full else ""
        return {"room": said, "room_seen": mark_of_room(case)}

    # ---- one act -------------------------------------------------------------------------------

    async def act(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Do it, and show what came of it; who was second sees what is there, beside their words."""
        form = ACTS.get(request.path_params["action"])
        if form is None:
            return self._templates.missing(self._locale)
        if not row.chats:
            return self._no_chat()
        async with request.form(max_files=0, max_fields=20) as sent:
            acted = _acted(request.path_params["action"], form, sent, coordinator)
        if acted.action == "opinion_approve":
            rule = self._shell.settings.opinion_approval
            if rule == "lead" and not coordinator.leads:
                return self._of_case.trouble(403, text=DOING["opinion_lead"])
            if rule == "another":
                acted = replace(acted, values={**acted.values, "another": "yes"})
        if acted.action == "opinion_send" and await opinion_waits(self._shell, row.case):
            return self._of_case.trouble(409, text=WAITS)
        outcome = await act(self._shell, row.case.id, acted)
        if outcome == "conflict":
            return await self._conflict(coordinator, row.case.id, acted, form)
        if acted.action == "opinion_remove" and outcome == "done":
            await self._forget_document(row.case.id, acted.file_id)
        return _back(row.case.id, outcome, _place(acted, form))

    async def _forget_document(self, case_id: str, file_id: str) -> None:
        """Delete a document that is no part of the opinion any more."""

        async def work(tx: AsyncConnection) -> None:
            case = await cases.load_case(tx, case_id)
            opinion = case.desk.opinion if case is not None else None
            if opinion is not None and any(file.id == file_id for file in opinion.files):
                return
            if (blob_id := await opinions.remove(tx, case_id, file_id)) is not None:
                await self._shell.queue.add(tx, "erase", {"blobs": [blob_id]}, case_id=case_id)

        await self._shell.db.write(work)

    async def _conflict(
        self, coordinator: Coordinator, case_id: str, acted: CoordinatorActed, form: Form
    ) -> Response:
        row = await case_row(self._shell.db, case_id)
        if row is None:
            return self._templates.missing(self._locale)
        again = form.mark(row.case, acted.record_id)
        return self._templates.page(
            "desk_conflict.html",
            locale=self._locale,
            status=409,
            w=self._words,
            coordinator=coordinator,
            case_id=case_id,
            acted=acted,
            seen=again,
            key=secrets.token_hex(16),
            rows=[
                (name, self._words.get(_TITLES.get(name, name), name), now, acted.values[name])
                for name, now in _there_now(row.case, acted).items()
                if name in acted.values
            ],
            place=_place(acted, form),
        )

    def _no_chat(self) -> Response:
        return self._templates.trouble(
            self._locale, 409, text=DESK["no_chat"], back=DESK["back"], back_href="/desk"
        )

    # ---- files and links -----------------------------------------------------------------------

    async def upload(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """Files for the patient, by the way that the patient's own go."""
        if not row.chats:
            return self._no_chat()
        if row.case.withdrawn:
            page = self._templates.trouble(
                self._locale, 409, text=CONSENTS["stopped"], back=DESK["back"],
                back_href=f"/desk/cases/{row.case.id}",
            )  # fmt: skip
            page.headers["connection"] = "close"
            return page
        shell = self._shell
        try:
            got = await files.receive(
                request,
                shell.blobs,
                case_id=row.case.id,
                max_file=shell.settings.max_file_bytes,
                folder=Path(shell.settings.data_dir),
            )
        except files.Refused as refused:
            words = files.refusal_words(refused, self._locale)
            page = self._templates.trouble(
                self._locale, refused.status, text=words, back=DESK["back"],
                back_href=f"/desk/cases/{row.case.id}",
            )  # fmt: skip
            page.headers["connection"] = "close"
            return page
        attachments = tuple(
            Attachment(
                fetch_ref=f"blob:{one.ref}",
                filename=one.name,
                media_type=one.media_type,
                size=one.size,
            )
            for one in got.files
        )
        item = got.choice if shell.catalog.item(got.choice) else None
        update = FilesUploaded(
            attachments=attachments, sender=coordinator.name, by_coordinator=True, item=item
        )
        key = got.key or secrets.token_hex(16)
        if not attachments or not await add(shell, row.case.id, key, update):
            await files.discard(got, shell.blobs)
        return _back(row.case.id, "done" if attachments else "waits", "upload")

    async def make_link(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """A link for somebody who has records. It is shown once, and stands nowhere."""
        async with request.form(max_files=0, max_fields=5) as form:
            name = " ".join(str(form.get("name", "")).split())[:_MAX_NAME]
            key = _key_of(form)
        if not row.chats or not name or not row.case.consented:
            return self._no_chat() if not row.chats else _back(row.case.id, "done", "links")
        shell, token, now = self._shell, new_token(), self._shell.clock()
        link_id = token_hash(f"{row.case.id}:{key}")[:16]
        acted = CoordinatorActed(
            action="link_made",
            coordinator=coordinator.name,
            values={"link": link_id, "name": name},
            key=key,
        )

        async def write(tx: AsyncConnection) -> None:
            await links.add(
                tx,
                link_id=link_id,
                token_hash=token_hash(token),
                case_id=row.case.id,
                session_id=row.chats[-1].session_id,
                name=name,
                item=None,
                now=codec.seconds(now),
                expires_at=codec.seconds(now + LASTS),
            )

        if not await add(shell, row.case.id, key, acted, beside=write):
            # Of two presses of the button the browser shows the second one's answer.
            await shell.db.write(lambda tx: links.renew(tx, link_id, token_hash(token)))
        await act(shell, row.case.id, acted)
        return self._templates.page(
            "desk_link.html",
            locale=self._locale,
            w=self._words,
            coordinator=coordinator,
            case_id=row.case.id,
            name=name,
            address=f"{shell.settings.base_url}/u/{token}",
        )


def _acted(
    action: Action, form: Form, sent: FormData, coordinator: Coordinator
) -> CoordinatorActed:
    def field(name: str) -> str:
        return str(sent.get(name, "")).replace("\r\n", "\n")[:_MAX_WORDS]

    values = {name: field(name) for name in form.fields if name in sent}
    if action == "cover":
        locks = [name.removeprefix("lock_") for name in sent if name.startswith("lock_")]
        values["locked"] = " ".join(locks)
    return CoordinatorActed(
        action=action,
        coordinator=coordinator.name,
        text=field("text").strip(),
        record_id=field("record")[:100],
        file_id=field("file")[:100],
        values=values,
        seen=field("seen")[:40],
        key=_key_of(sent),
    )


def _key_of(sent: FormData) -> str:
    return str(sent.get("key", ""))[:64] or secrets.token_hex(16)


#: The page's word for a field, where it isn't named like it.
_TITLES: Final = {
    "to": "case_of",
    "kind": "label_kind",
    "date": "label_date",
    "body_part": "label_part",
    "part_of": "label_page_of",
    "problem": "cover_problem",
    "questions": "cover_questions",
    "timeline": "cover_timeline",
}


def _there_now(case: Case, acted: CoordinatorActed) -> dict[str, str]:
    """What stands where the form wanted to change something, field by field."""
    record = case.record(acted.record_id)
    match acted.action:
        case "label" if record is not None:
            return {
                "kind": record.kind,
                "date": record.date.iso if record.date else "",
                "body_part": record.body_part,
                "part_of": record.part_of,
            }
        case "cover":
            return {
                "problem": as_text(lines_of(case, "problem")),
                "questions": as_text(lines_of(case, "questions")),
                "timeline": as_text(lines_of(case, "timeline")),
            }
        case "take" | "assign":
            return {"to": case.desk.assignee}
        case "move" | "reopen":
            return {"status": case.status}
        case _:
            return {}


def _place(acted: CoordinatorActed, form: Form) -> str:
    return f"record-{acted.record_id}" if acted.action == "label" else form.place


def _back(case_id: str, outcome: Outcome, place: str) -> Response:
    return RedirectResponse(f"/desk/cases/{case_id}?{outcome}={place}#{place}", 303)
