"""Take in what a form sends: words, a button, and files straight into the store."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from bot.channels.plain import PlainFile
from bot.store.blobs import Blobs
from bot.web.bubbles import size_in_words
from bot.web.multipart import Body, Malformed, Part
from bot.web.wording import INTERRUPTED, NO_ROOM, TOO_LARGE, TOO_LONG
from checklist.text import Text

#: What the text field of the page allows is less; a form of this length was not made by it.
_MAX_TEXT = 20_000
#: More parts than any disc has folders; each costs a row.
_MAX_FILES = 2_000
#: Room that must stay free on the disk after an upload.
_SPARE_BYTES = 256 * 1024 * 1024
#: How much of a refused body is read to its end, so that the browser shows our answer to it: one
#: that is cut off in the middle of sending shows its own error instead.
_READ_PAST_BYTES = 512 * 1024 * 1024
#: How much may arrive between two looks at the free room.
_LOOK_EACH_BYTES = 4 * 1024 * 1024

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


class Refused(Exception):
    """It was not taken in. `text` tells the patient why and what to do."""

    def __init__(self, status: int, text: Text, **values: str | int) -> None:
        """Keep the HTTP status, the words, and what fills their places."""
        super().__init__(status)
        self.status = status
        self.text = text
        self.values = values


@dataclass(slots=True, kw_only=True)
class Submission:
    """What one form held. `files` are stored, and named by no row yet."""

    key: str = ""
    text: str = ""
    choice: str = ""
    files: list[PlainFile] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing was said."""
        return not (self.text or self.choice or self.files)


#: Whose a file is: the id of a case, or what opens one with the first file that comes.
Whose = str | Callable[[], Awaitable[str]]


async def receive(
    request: Request, blobs: Blobs, *, case_id: Whose, max_file: int, folder: Path
) -> Submission:
    """Read the form.

    `max_file` is in bytes, `folder` lies on the disk that the files go to.

    Raises Refused; then nothing of it is stored. When the patient's connection is lost or the
    server is stopped, what had arrived is discarded too.
    """
    length = int(request.headers.get("content-length") or 0)
    if shutil.disk_usage(folder).free < 2 * length + _SPARE_BYTES:
        await _read_past(request.stream(), length)
        raise Refused(507, NO_ROOM)
    got = Submission()
    stream = request.stream()
    try:
        body = Body(request.headers.get("content-type", ""), _while_room(stream, folder))
        await _take_parts(body, got, blobs, case_id, max_file)
    except Refused:
        await discard(got, blobs)
        await _read_past(stream, length)
        raise
    except (Malformed, ClientDisconnect) as error:
        await discard(got, blobs)
        raise Refused(400, INTERRUPTED) from error
    except BaseException:
        await discard(got, blobs)
        raise
    return got


async def receive_one(
    request: Request, blobs: Blobs, *, case_id: str, max_file: int, folder: Path
) -> PlainFile | None:
    """Read a body that is one file, for who sends no form; None for an empty one. Raises Refused."""
    length = int(request.headers.get("content-length") or 0)
    if shutil.disk_usage(folder).free < 2 * length + _SPARE_BYTES:
        raise Refused(507, NO_ROOM)

    async def pieces() -> AsyncIterator[bytes]:
        size = 0
        async for piece in _while_room(request.stream(), folder):
            size += len(piece)
            if size > max_file:
                raise Refused(413, TOO_LARGE, name="", limit=max_file)
            yield piece

    try:
        blob = await blobs.put(pieces(), case_id=case_id)
    except ClientDisconnect as error:
        raise Refused(400, INTERRUPTED) from error
    if not blob.size:
        await blobs.delete(blob.id)
        return None
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return PlainFile(ref=blob.id, name="", media_type=media_type, size=blob.size)


async def discard(got: Submission, blobs: Blobs) -> None:
    """Delete the files of a form that came to nothing."""
    for file in got.files:
        await blobs.delete(file.ref)


async def _take_parts(
    body: Body, got: Submission, blobs: Blobs, case_id: Whose, max_file: int
) -> None:
    async for part in body.parts():
        # A form without scripts sends one nameless, empty part when no file was chosen.
        if part.filename:
            case_id = case_id if isinstance(case_id, str) else await case_id()
            await _take_file(part, part.filename, got, blobs, case_id, max_file)
        elif part.name == "key":
            key = (await part.text()).strip()
            got.key = key if _KEY.fullmatch(key) else ""
        elif part.name == "text":
            got.text = (await part.text()).replace("\r\n", "\n").strip()
            if len(got.text) > _MAX_TEXT:
                raise Refused(413, TOO_LONG)
        elif part.name == "choice":
            got.choice = (await part.text()).strip()[:64]


async def _take_file(
    part: Part, name: str, got: Submission, blobs: Blobs, case_id: str, max_file: int
) -> None:
    if len(got.files) >= _MAX_FILES:
        raise Refused(413, NO_ROOM)
    blob = await blobs.put(_limited(part, max_file), case_id=case_id)
    media_type = part.media_type.partition(";")[0].strip().lower()
    got.files.append(PlainFile(ref=blob.id, name=name, media_type=media_type, size=blob.size))


async def _limited(part: Part, max_file: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in part.chunks():
        size += len(piece)
        if size > max_file:
            raise Refused(413, TOO_LARGE, name=part.filename or "", limit=max_file)
        yield piece


async def _while_room(stream: AsyncIterator[bytes], folder: Path) -> AsyncIterator[bytes]:
    """The same pieces while the disk has room: a chunked body says nothing of its length."""
    taken = looked = 0
    async for piece in stream:
        taken += len(piece)
        if taken - looked >= _LOOK_EACH_BYTES:
            looked = taken
            # As much as has come is needed once more, for the package.
            if shutil.disk_usage(folder).free < taken + _SPARE_BYTES:
                raise Refused(507, NO_ROOM)
        yield piece


async def _read_past(stream: AsyncIterator[bytes], length: int) -> None:
    """Read the rest of a body of the declared length, 0 where none was; not more than the limit."""
    if length > _READ_PAST_BYTES:
        return
    left = _READ_PAST_BYTES
    try:
        async for piece in stream:
            left -= len(piece)
            if left < 0:
                return
    except ClientDisconnect:
        pass


def refusal_words(refused: Refused, locale: str) -> Text:
    """The text of a refusal with its values; a limit in bytes is written as a size."""
    values = {
        name: size_in_words(value, locale) if isinstance(value, int) else value
        for name, value in refused.values.items()
    }
    return refused.text.with_(**values) if values else refused.text
