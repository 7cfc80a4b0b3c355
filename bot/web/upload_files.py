"""What the upload page sends: batches of files by the tus protocol, or one plain form."""

from __future__ import annotations

import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.jobs import uploaded
from bot.store import codec, inbox, uploads
from bot.store.links import Link
from bot.web import files, tus
from bot.web.pages import Templates
from bot.web.security import is_small, same_origin
from bot.web.shell import Shell
from bot.web.upload_links import locale_of, sender_of
from bot.web.wording import NOT_FROM_HERE
from handlers.updates import Attachment, FilesUploaded, NoRoom

#: What may be sent by one link in all, and be on its way at once.
_LINK_BYTES = 64 * 1024**3
_LINK_OPEN = 200
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
        desk = tus.Desk(
            admit=self._admit,
            expect=self._expect,
            find=self._find,
            whole=self._whole,
            drop=self._drop,
        )
        settings = shell.settings
        self._tus = tus.Tus(
            "/upload/files",
            shell.partials,
            desk,
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

        507 where the disk has no room for it; nobody should find that out after an hour.
        """
        link = await sender_of(self._shell, request)
        if link is None or not same_origin(request, self._shell.settings.public_url):
            return Response(status_code=403)
        try:
            wish = await request.json() if is_small(request) else {}
            count, size = int(wish["files"]), int(wish["size"])
            folder = _label(str(wish.get("folder", "")))
        except (ValueError, KeyError, TypeError):
            return Response(status_code=400)
        if not (0 < count <= _BATCH_FILES and size >= 0):
            return Response(status_code=413)
        if not await self._has_room(link, size):
            return Response(status_code=507)
        batch_id, now = secrets.token_hex(16), self._now()

        async def work(tx: AsyncConnection) -> None:
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

        await self._shell.db.write(work)
        return JSONResponse({"id": batch_id}, 201)

    async def batch(self, request: Request) -> Response:
        """What of a batch has come, for a browser that goes on with it: names with their sizes.

        The batch's id is known to nobody but the browser that made it.
        """
        link = await sender_of(self._shell, request)
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
            raise tus.Refused(403, "origin")
        link = await sender_of(self._shell, request)
        if link is None:
            raise tus.Refused(401, "link")
        request.state.asked = _Asked(link)

    async def _expect(self, request: Request, announced: tus.Announced) -> tus.Expected:
        link = _link_of(request)
        metadata = announced.metadata
        name = _label(metadata.get("filename", "")) or "file"
        media_type = _label(metadata.get("filetype", ""))[:100]
        if not await self._has_room(link, announced.length):
            raise tus.Refused(507, "no room")
        now = self._now()

        async def work(tx: AsyncConnection) -> None:
            batch = await uploads.find_batch(tx, metadata.get("batch", ""))
            if batch is None or batch.link_id != link.id or batch.state != "open":
                raise tus.Refused(400, "batch")
            if (await uploads.held(tx, link.id)).files >= _LINK_OPEN:
                raise tus.Refused(429, "too many unfinished")
            if await uploads.sent(tx, link.id) + announced.length > _LINK_BYTES:
                raise tus.Refused(413, "link is full")
            await uploads.add(
                tx,
                upload_id=announced.id,
                batch_id=batch.id,
                link_id=link.id,
                case_id=link.case_id,
                name=name,
                media_type=media_type,
                length=announced.length,
                now=now,
            )

        await self._shell.db.write(work)
        return tus.Expected(id=announced.id, length=announced.length, expires_at=link.expires_at)

    async def _find(self, request: Request, upload_id: str) -> tus.Expected:
        link = _link_of(request)
        row = await self._shell.db.read(lambda tx: uploads.find(tx, upload_id, link.id))
        if row is None:
            raise tus.Refused(404, "upload")
        if row.state == "told":
            # All of it has come, and its bytes lie elsewhere by now.
            raise tus.Refused(410, "received")
        return tus.Expected(id=row.id, length=row.length, expires_at=link.expires_at)

    async def _whole(self, expected: tus.Expected) -> None:
        now = self._now()

        async def work(tx: AsyncConnection) -> None:
            row = await uploads.by_id(tx, expected.id)
            if row is not None:
                await uploaded.came(tx, self._shell.queue, row, now)

        await self._shell.db.write(work)

    async def _drop(self, expected: tus.Expected) -> None:
        if not await self._shell.db.write(lambda tx: uploads.remove(tx, expected.id)):
            raise tus.Refused(410, "received")

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
            got = await files.receive(
                request,
                shell.blobs,
                max_file=shell.settings.max_file_bytes,
                folder=Path(shell.settings.data_dir),
            )
        except files.Refused as refused:
            locale = await locale_of(shell, link, request)
            words = files.refusal_words(refused, locale)
            page = self._templates.trouble(locale, refused.status, text=words, back_href="/upload")
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
        if attachments:
            key = f"form:{got.files[0].ref}"
            update = FilesUploaded(attachments=attachments, sender=link.name, item=link.item)
            await shell.db.write(
                lambda tx: inbox.add_update(
                    tx,
                    case_id=link.case_id,
                    session_id=link.session_id,
                    key=key,
                    update=update,
                    at=shell.clock(),
                )
            )
        return RedirectResponse("/upload?received=1", 303)

    # ---- room ----------------------------------------------------------------------------------

    async def _has_room(self, link: Link, size: int) -> bool:
        """Whether the disk can take it, with what the package needs; if not, people are told."""
        free = shutil.disk_usage(self._shell.settings.data_dir).free
        if free >= 2 * size + _SPARE_BYTES:
            return True
        key = f"{link.case_id}:no_room:{self._shell.clock().date()}"

        async def work(tx: AsyncConnection) -> None:
            await inbox.add_update(
                tx,
                case_id=link.case_id,
                session_id=link.session_id,
                key=key,
                update=NoRoom(key=key),
                at=self._shell.clock(),
            )

        await self._shell.db.write(work)
        return False

    def _now(self) -> float:
        return codec.seconds(self._shell.clock())


def _link_of(request: Request) -> Link:
    asked: _Asked = request.state.asked
    return asked.link


def _label(name: str) -> str:
    """A file's name or path within its folder, as a label: nothing is ever written under it."""
    parts = [_UNSEEN.sub("", part).strip() for part in name.replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))[:400]
