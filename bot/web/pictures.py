"""The pictures of records, for the chat and for the desk."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.shell import Shell
from bot.store import cases
from bot.web.chat import visitor_of
from bot.web.chat_queries import find_chat


class Pictures:
    """The one route of the chat's pictures."""

    def __init__(self, shell: Shell) -> None:
        """Take the program."""
        self._shell = shell

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("/pictures/{record_id}", self.picture, methods=["GET"])]

    async def picture(self, request: Request) -> Response:
        """The picture of a record of this chat's own case; 404 for every other."""
        visitor = visitor_of(request)
        chat = None if visitor.new else await find_chat(self._shell, visitor.address)
        if chat is None:
            return Response(status_code=404)
        record_id = request.path_params["record_id"]
        find = partial(cases.find_record, case_id=chat.case_id, record_id=record_id)
        record = await self._shell.db.read(find)
        shown = record is not None and record.may_be_shown
        return await jpeg(self._shell, record.preview_blob_id if record and shown else "")


async def jpeg(shell: Shell, blob_id: str) -> Response:
    """A stored picture; 404 where there is none. It is not cached: it is a patient's record."""
    if not blob_id:
        return Response(status_code=404)
    try:
        data = b"".join([piece async for piece in shell.blobs.open(blob_id)])
    except FileNotFoundError:
        return Response(status_code=404)
    return Response(data, media_type="image/jpeg")
