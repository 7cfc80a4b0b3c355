"""The tus protocol: files that go on where they stopped (https://tus.io/protocols/resumable-upload, 1.0).

Core, creation, creation-with-upload, expiration, termination and checksum. The bytes on disk are the
offset. Whoever asks is known before the first byte of a body is read, and a byte that was
acknowledged is on the disk.
"""

from __future__ import annotations

import base64
import binascii
import errno
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.store.partials import Partials, Superseded
from bot.web.bodies import ALGORITHMS, Checksum, Refused, ignore, take, take_checked

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination,checksum"
CONTENT_TYPE = "application/offset+octet-stream"

_NUMBER = re.compile(r"\d{1,18}")
_KEY = re.compile(r"[!-+\--~]{1,64}")
_MAX_METADATA = 8_000
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A file that is to come: its id and case, its length in bytes, and how long it may take.

    Of one that is `whole` every byte has come, and may lie elsewhere by now.
    """

    id: str
    case_id: str
    length: int
    expires_at: datetime
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a client says of a file that it wants to send."""

    id: str
    length: int
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who decides about uploads. Each raises Refused; none is asked for bytes.

    `admit` says whether whoever asks may send anything at all, and `expect` writes down a file that
    is to come, or is the same one as before for an announcement that is sent once more; `find` is
    one of theirs by its id; `whole` is called when all bytes of it are on the disk, perhaps more
    than once; `full` is called when the disk has no room for them; `drop` forgets one that its
    sender gave up.
    """

    admit: Callable[[Request], Awaitable[None]]
    expect: Callable[[Request, Announced], Awaitable[Expected]]
    find: Callable[[Request, str], Awaitable[Expected]]
    whole: Callable[[Expected], Awaitable[None]]
    full: Callable[[Request], Awaitable[None]]
    drop: Callable[[Expected], Awaitable[None]]


class Tus:
    """The routes below `path`. `base_url` is where clients reach this host: no header decides that."""

    def __init__(
        self, path: str, partials: Partials, rules: Rules, *, base_url: str, max_size: int
    ) -> None:
        """`max_size` is the largest file in bytes."""
        self._path = path
        self._partials = partials
        self._rules = rules
        self._base_url = base_url
        self._max_size = max_size

    def routes(self) -> list[Route]:
        """Both of them."""
        return [
            Route(self._path, self._entry, methods=["OPTIONS", "POST"]),
            Route(f"{self._path}/{{id}}", self._entry, methods=["HEAD", "PATCH", "DELETE"]),
        ]

    async def _entry(self, request: Request) -> Response:
        try:
            if request.method != "OPTIONS":
                if request.headers.get("tus-resumable") != VERSION:
                    raise Refused(412, "Tus-Resumable", **{"Tus-Version": VERSION})
                await self._rules.admit(request)
            response = await self._serve(request)
        except Refused as refused:
            response = Response(refused.reason, refused.status, headers=refused.headers)
            # What was not read of the body would otherwise be taken for the next request.
            response.headers["connection"] = "close"
        except OSError as error:
            if error.errno not in _FULL:
                raise
            await self._rules.full(request)
            response = Response("no room", 507)
            response.headers["connection"] = "close"
        except Superseded:
            response = Response("superseded", 409)
            response.headers["connection"] = "close"
        except ClientDisconnect:
            response = Response(status_code=400)
        response.headers["Tus-Resumable"] = VERSION
        return response

    async def _serve(self, request: Request) -> Response:
        match request.method:
            case "OPTIONS":
                return self._options()
            case "POST":
                return await self._create(request)
            case "HEAD":
                return await self._head(request)
            case "PATCH":
                return await self._patch(request)
            case _:
                return await self._delete(request)

    def _options(self) -> Response:
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(self._max_size),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }
        return Response(status_code=204, headers=headers)

    async def _create(self, request: Request) -> Response:
        headers = request.headers
        if "upload-concat" in headers or "upload-defer-length" in headers:
            raise Refused(400, "not supported")
        length = _number(headers.get("upload-length"), "Upload-Length")
        if length > self._max_size:
            raise Refused(413, "too large")
        with_data = headers.get("content-type") == CONTENT_TYPE
        if with_data:
            _refuse_excess(request, 0, length)
        announced = Announced(
            id=secrets.token_hex(16),
            length=length,
            metadata=read_metadata(headers.get("upload-metadata", "")),
        )
        expected = await self._rules.expect(request, announced)
        answer = {
            "Location": f"{self._base_url}{self._path}/{expected.id}",
            "Upload-Expires": format_datetime(expected.expires_at, usegmt=True),
        }
        if expected.whole:
            # Its first answer was lost on the way: the client needs to hear that it is done.
            await ignore(request)
            answer["Upload-Offset"] = str(length)
        elif with_data or not length:
            answer["Upload-Offset"] = str(await self._receive(request, expected, 0, anew=True))
        return Response(status_code=201, headers=answer)

    async def _head(self, request: Request) -> Response:
        expected = await self._rules.find(request, request.path_params["id"])
        offset = expected.length
        if not expected.whole:
            # A writer that hangs on a dead connection must not add to what is quoted here.
            partial = await self._partials.claim(expected.id, case_id=expected.case_id)
            await partial.close()
            offset = partial.size
            if offset == expected.length:
                await self._rules.whole(expected)
        return Response(
            headers={
                "Upload-Offset": str(offset),
                "Upload-Length": str(expected.length),
                "Upload-Expires": format_datetime(expected.expires_at, usegmt=True),
                "Cache-Control": "no-store",
            }
        )

    async def _patch(self, request: Request) -> Response:
        if request.headers.get("content-type") != CONTENT_TYPE:
            raise Refused(415, "Content-Type")
        offset = _number(request.headers.get("upload-offset"), "Upload-Offset")
        expected = await self._rules.find(request, request.path_params["id"])
        _refuse_excess(request, offset, expected.length)
        if expected.whole and offset != expected.length:
            raise Refused(409, "Upload-Offset")
        reached = offset if expected.whole else await self._receive(request, expected, offset)
        headers = {
            "Upload-Offset": str(reached),
            "Upload-Expires": format_datetime(expected.expires_at, usegmt=True),
        }
        return Response(status_code=204, headers=headers)

    async def _delete(self, request: Request) -> Response:
        expected = await self._rules.find(request, request.path_params["id"])
        await self._rules.drop(expected)
        await self._partials.delete(expected.id)
        return Response(status_code=204)

    # ---- the bytes -----------------------------------------------------------------------------

    async def _receive(
        self, request: Request, expected: Expected, offset: int, *, anew: bool = False
    ) -> int:
        """Add the body; the offset reached. What came before a broken connection stays.

        `anew` is for a file that starts with this body, whatever has come of it before.
        """
        checksum = _checksum(request.headers.get("upload-checksum"))
        reached = await self._add(request, expected, offset, checksum, anew=anew)
        if reached == expected.length:
            await self._rules.whole(expected)
        return reached

    async def _add(
        self,
        request: Request,
        expected: Expected,
        offset: int,
        checksum: Checksum | None,
        *,
        anew: bool,
    ) -> int:
        partial = await self._partials.claim(expected.id, case_id=expected.case_id)
        try:
            if anew and partial.size == expected.length:
                # Another request brought all of it, and has yet to say so: it may be packed by now.
                await ignore(request)
                return partial.size
            if anew and partial.size:
                await partial.cut(0)
            if partial.size != offset:
                raise Refused(409, "Upload-Offset")
            if checksum:
                await take_checked(
                    request, partial, expected.length, checksum, self._partials.aside
                )
            else:
                await take(request, partial, expected.length)
            await partial.keep()
            return partial.size
        finally:
            await partial.close()


def _refuse_excess(request: Request, offset: int, length: int) -> None:
    """Refuse a body that says that it is too long, before it is read."""
    declared = request.headers.get("content-length", "0")
    if _NUMBER.fullmatch(declared) is None or offset + int(declared) > length:
        raise Refused(413, "more than Upload-Length")


def _number(value: str | None, name: str) -> int:
    if value is None or not value.isascii() or not _NUMBER.fullmatch(value):
        raise Refused(400, name)
    return int(value)


def _checksum(value: str | None) -> Checksum | None:
    if value is None:
        return None
    algorithm, _, wanted = value.partition(" ")
    if algorithm not in ALGORITHMS:
        raise Refused(400, "Upload-Checksum")
    try:
        return Checksum(algorithm, base64.b64decode(wanted, validate=True))
    except binascii.Error:
        raise Refused(400, "Upload-Checksum") from None


def read_metadata(value: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header. Raises Refused."""
    if len(value) > _MAX_METADATA:
        raise Refused(400, "Upload-Metadata")
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in value.split(","))):
        key, _, encoded = pair.partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise Refused(400, "Upload-Metadata")
        try:
            found[key] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(400, "Upload-Metadata") from None
    return found
