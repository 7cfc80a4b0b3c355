"""What the upload page sends: batches of files by the tus protocol, or one plain form."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.jobs import uploaded
from bot.store import cases, codec, inbox, uploads
from bot.store.db import Row
from bot.store.links import Link
from bot.store.room import room_of
from bot.web import bodies, files, tus
from bot.web.pages import Templates
from bot.web.security import is_small, same_origin
from bot.web.shell import Shell
from bot.web.upload_links import has_stopped, locale_of, sender_of
from bot.web.upload_wording import UPLOAD
from bot.web.wording import NOT_FROM_HERE
from handlers.updates import Attachment, FilesUploaded

#: What may be sent by one link in all, and be on its way at once, in files and in batches.
_LINK_BYTES = 64 * 1024**3
_LINK_OPEN = 200
_LINK_BATCHES = 200
#: A disc holds some thousand files; no folder of records holds so many.
_BATCH_FILES = 100_000
#: Room that must stay free on the disk: what is sent is needed a second time, for the package.
_SPARE_BYTES = 512 * 1024**2

_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks, kept with the request between the protocol's questions."""

    link: Link


class UploadFiles:
    """The routes by which files come."""

    def __init__(self, shell: Shell, templates: Templates) -> None:
        """Take the program and the templates."""
        self._shell = shell
        self._templates = templates
        rules = tus.Rules(
            admit=self._admit,
            expect=self._expect,
            find=self._find,
            whole=self._whole,
            full=self._full,
            drop=self._drop,
        )
        settings = shell.settings
        self._tus = tus.Tus(
            "/upload/files",
            shell.partials,
            rules,
            base_url=settings.base_url,
            max_size=settings.max_file_bytes,
        )

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/upload/batches", self.open_batch, methods=["POST"]),
            Route("/upload/batches/{id}", self.batch, methods=["GET"]),
            Route("/upload/batches/{id}/done", self.close_batch, methods=["POST"]),
            Route("/upload/form", self.form, methods=["POST"]),
            *self._tus.routes(),
        ]

    # ---- batches -------------------------------------------------------------------------------

    async def open_batch(self, request: Request) -> Response:
        """Announce what was picked: how many files and bytes, and the folder's name, if it is one.

        507 where the disk has no room for it; nobody should find that out after an hour. 410 while
        nobody works on the case.
        """
        link = await sender_of(self._shell, request)
        if link is None or not same_origin(request, self._shell.settings.public_url):
            return Response(status_code=403)
        try:
            wish = await request.json() if is_small(request) else {}
            count, size = int(wish["files"]), int(wish["size"])
            folder = _label(str(wish.get("folder", "")))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return Response(status_code=400)
        if not (0 < count <= _BATCH_FILES and size >= 0):
            return Response(status_code=413)
        batch_id, now = secrets.token_hex(16), self._now()

        async def work(tx: AsyncConnection) -> int:
            if refused := await self._refusal(tx, link, size):
                return refused
            await uploads.add_batch(
                tx,
                batch_id=batch_id,
                link_id=link.id,
                case_id=link.case_id,
                folder=folder,
                files=count,
                size=size,
                now=now,
            )
            batch = await uploads.find_batch(tx, batch_id)
            assert batch is not None
            await uploaded.watch(tx, self._shell.queue, batch, now)
            return 0

        if refused := await self._shell.db.write(work):
            return Response(status_code=refused)
        return JSONResponse({"id": batch_id}, 201)

    async def batch(self, request: Request) -> Response:
        """What of a batch has come, for a browser that goes on with it: names with their sizes.

        The batch's id is known to nobody but the browser that made it.
        """
        link = await sender_of(self._shell, request)
        if link is not None and await has_stopped(self._shell, link):
            return Response(status_code=410)
        batch_id = request.path_params["id"]

        async def read(tx: AsyncConnection) -> dict[str, int] | None:
            batch = await uploads.find_batch(tx, batch_id)
            if batch is None or link is None or batch.link_id != link.id or batch.state != "open":
                return None
            rows = await uploads.of_batch(tx, batch_id)
            return {row.name: row.length for row in rows if row.state != "open"}

        here = await self._shell.db.read(read)
        return Response(status_code=404) if here is None else JSONResponse({"here": here})

    async def close_batch(self, request: Request) -> Response:
        """Nothing more comes of a batch: what has come is told of at once."""
        link = await sender_of(self._shell, request)
        if link is None or not same_origin(request, self._shell.settings.public_url):
            return Response(status_code=403)
        batch_id, now = request.path_params["id"], self._now()

        async def work(tx: AsyncConnection) -> None:
            batch = await uploads.find_batch(tx, batch_id)
            if batch is None or batch.link_id != link.id:
                return
            if await uploads.close_batch(tx, batch_id, now):
                await uploaded.ask(tx, self._shell.queue, batch, now)

        await self._shell.db.write(work)
        return Response(status_code=204)

    # ---- the protocol's questions --------------------------------------------------------------

    async def _admit(self, request: Request) -> None:
        if not same_origin(request, self._shell.settings.public_url):
            raise bodies.Refused(403, "origin")
        link = await sender_of(self._shell, request)
        if link is None:
            raise bodies.Refused(401, "link")
        if await has_stopped(self._shell, link):
            raise bodies.Refused(410, "the case has stopped")
        request.state.asked = _Asked(link)

    async def _expect(self, request: Request, announced: tus.Announced) -> tus.Expected:
        link = _link_of(request)
        metadata = announced.metadata
        now = self._now()

        async def work(tx: AsyncConnection) -> tuple[Row | None, int]:
            batch = await uploads.find_batch(tx, metadata.get("batch", ""))
            if batch is None or batch.link_id != link.id:
                return None, 400
            upload_id = _id_of(batch.id, metadata.get("key", "")) or announced.id
            known = await uploads.find(tx, upload_id, link.id)
            if known is not None:
                return known, 0 if known.length == announced.length else 409
            if batch.state != "open":
                return None, 400
            if refused := await self._refusal(tx, link, announced.length):
                return None, refused
            await uploads.add(
                tx,
                upload_id=upload_id,
                batch_id=batch.id,
                link_id=link.id,
                case_id=link.case_id,
                name=_label(metadata.get("filename", "")) or "file",
                media_type=_label(metadata.get("filetype", ""))[:100],
                length=announced.length,
                now=now,
            )
            return await uploads.find(tx, upload_id, link.id), 0

        row, refused = await self._shell.db.write(work)
        if row is None or refused:
            raise bodies.Refused(refused, "batch, no more room, or the case has stopped")
        return _expected(row, link)

    async def _find(self, request: Request, upload_id: str) -> tus.Expected:
        link = _link_of(request)
        row = await self._shell.db.read(lambda tx: uploads.find(tx, upload_id, link.id))
        if row is None:
            raise bodies.Refused(404, "upload")
        return _expected(row, link)

    async def _whole(self, expected: tus.Expected) -> None:
        now = self._now()

        async def work(tx: AsyncConnection) -> None:
            row = await uploads.by_id(tx, expected.id)
            if row is not None:
                await uploaded.came(tx, self._shell.queue, row, now)

        await self._shell.db.write(work)

    async def _full(self, request: Request) -> None:
        await self._tell_no_room(_link_of(request))

    async def _drop(self, expected: tus.Expected) -> None:
        if not await self._shell.db.write(lambda tx: uploads.remove(tx, expected.id)):
            raise bodies.Refused(410, "received")

    # ---- a plain form --------------------------------------------------------------------------

    async def form(self, request: Request) -> Response:
        """Files of a browser without scripts, all at once."""
        shell = self._shell
        link = await sender_of(shell, request)
        if link is None:
            return RedirectResponse("/upload", 303)
        try:
            if not same_origin(request, shell.settings.public_url):
                raise files.Refused(403, NOT_FROM_HERE)
            await self._refuse_excess(request, link)
            got = await files.receive(
                request,
                shell.blobs,
                case_id=link.case_id,
                max_file=shell.settings.max_file_bytes,
                folder=Path(shell.settings.data_dir),
            )
            if await has_stopped(shell, link):
                # It may have stopped while the files came.
                await files.discard(got, shell.blobs)
                raise files.Refused(403, UPLOAD["stopped"])
        except files.Refused as refused:
            if refused.status == 507:
                await self._tell_no_room(link)
            locale = await locale_of(shell, link, request)
            words = files.refusal_words(refused, locale)
            page = self._templates.trouble(locale, refused.status, text=words, back_href="/upload")
            page.headers["connection"] = "close"
            return page
        if got.files:
            await shell.db.write(partial(self._take_form, link=link, got=got))
        return RedirectResponse("/upload?received=1", 303)

    async def _refuse_excess(self, request: Request, link: Link) -> None:
        """Refuse a form that says that it is more than the link may take. Raises files.Refused."""
        size = int(request.headers.get("content-length") or 0)
        refused = await self._shell.db.write(lambda tx: self._refusal(tx, link, size))
        if refused == 410:
            raise files.Refused(403, UPLOAD["stopped"])
        if refused:
            raise files.Refused(refused, UPLOAD["no_room" if refused == 507 else "link_full"])

    async def _take_form(self, tx: AsyncConnection, *, link: Link, got: files.Submission) -> None:
        """Have the chat told of the files, and count them among what the link has taken."""
        batch_id, now = secrets.token_hex(16), self._now()
        await uploads.add_batch(
            tx,
            batch_id=batch_id,
            link_id=link.id,
            case_id=link.case_id,
            folder="",
            files=len(got.files),
            size=sum(one.size or 0 for one in got.files),
            now=now,
        )
        for one in got.files:
            await uploads.add(
                tx,
                upload_id=one.ref,
                batch_id=batch_id,
                link_id=link.id,
                case_id=link.case_id,
                name=one.name,
                media_type=one.media_type,
                length=one.size or 0,
                now=now,
            )
            await uploads.whole(tx, one.ref, now)
        refs = [one.ref for one in got.files]
        await uploads.told(tx, refs)
        await uploads.close_batch(tx, batch_id, now)
        attachments = tuple(
            Attachment(
                fetch_ref=f"blob:{one.ref}",
                filename=one.name,
                media_type=one.media_type,
                size=one.size,
            )
            for one in got.files
        )
        await inbox.add_update(
            tx,
            case_id=link.case_id,
            session_id=link.session_id,
            key=f"form:{refs[0]}",
            update=FilesUploaded(attachments=attachments, sender=link.name, item=link.item),
            at=self._shell.clock(),
        )

    # ---- room ----------------------------------------------------------------------------------

    async def _refusal(self, tx: AsyncConnection, link: Link, size: int) -> int:
        """Why so many more bytes can't be taken, as a status: 410, 429, 413 or 507; 0 where they can.

        When the disk has no room, for them and for the package with them, or the case, people are told.
        """
        if await cases.is_at_rest(tx, link.case_id):
            return 410
        taken = await uploads.taken(tx, link.id)
        if taken.unfinished >= _LINK_OPEN or taken.batches >= _LINK_BATCHES:
            return 429
        if taken.size + size > _LINK_BYTES:
            return 413
        most = self._shell.settings
        room = await room_of(
            tx, link.case_id, files=most.case_max_files, size=most.case_max_bytes, coming=size
        )
        if not room.has_for(size):
            await self._no_room(tx, link, of="case")
            return 507
        free = shutil.disk_usage(most.data_dir).free - taken.waiting
        if free >= 2 * size + _SPARE_BYTES:
            return 0
        await self._no_room(tx, link)
        return 507

    async def _tell_no_room(self, link: Link) -> None:
        await self._shell.db.write(lambda tx: self._no_room(tx, link))

    async def _no_room(
        self, tx: AsyncConnection, link: Link, of: Literal["disk", "case"] = "disk"
    ) -> None:
        at = self._shell.clock()
        await uploaded.tell_no_room(
            tx, case_id=link.case_id, session_id=link.session_id, at=at, of=of
        )

    def _now(self) -> float:
        return codec.seconds(self._shell.clock())


def _link_of(request: Request) -> Link:
    asked: _Asked = request.state.asked
    return asked.link


def _expected(row: Row, link: Link) -> tus.Expected:
    return tus.Expected(
        id=row.id,
        case_id=link.case_id,
        length=row.length,
        expires_at=link.expires_at,
        whole=row.state != "open",
    )


def _id_of(batch_id: str, key: str) -> str:
    """The id of the file to which a browser gave this key: a second announcement is the same file.

    Names can't tell that: two files of one name and one length may be two slices of a scan.
    """
    return hashlib.sha256(f"{batch_id}|{key}".encode()).hexdigest()[:32] if key else ""


def _label(name: str) -> str:
    """A file's name or path within its folder, as a label: nothing is ever written under it."""
    # Half a surrogate pair, which a name of Windows may hold, is not storable.
    whole = name.encode("utf-8", "replace").decode().replace("\\", "/")
    parts = [_UNSEEN.sub("", part).strip() for part in whole.split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))[:400]
