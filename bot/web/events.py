"""What is new in a chat, as server-sent events.

An event's id is the message's row, so that a browser that comes back, to this process or to the next
one, gets what it has missed and nothing twice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.shell import Shell
from bot.web.bubbles import Bubbles
from bot.web.chat import visitor_of
from bot.web.chat_queries import (
    STOPPING,
    CaseState,
    ChatState,
    case_of,
    count_until,
    find_chat,
    lines_of,
    news,
)
from bot.web.wording import chat_words

#: A proxy closes what is silent for long, and a phone's radio doesn't notice that it did.
_HEARTBEAT_SECONDS = 15.0
_RETRY_MILLISECONDS = 1500


class Events:
    """The route of the stream."""

    def __init__(self, shell: Shell) -> None:
        """Take the program."""
        self._shell = shell
        self.stopping = asyncio.Event()

    def stop(self) -> None:
        """End all streams, so that the server need not wait for them; browsers come back."""
        self.stopping.set()
        self._shell.db.signals.notify(STOPPING)

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("/events", self.events, methods=["GET"])]

    async def events(self, request: Request) -> Response:
        """The stream. 204, which tells a browser not to come back, where there is no chat."""
        visitor = visitor_of(request)
        if visitor.new:
            return Response(status_code=204)
        after = request.headers.get("last-event-id") or request.query_params.get("after", "")
        stream = self._stream(
            visitor.address,
            last=int(after) if after.isascii() and after.isdigit() else 0,
            locale=request.query_params.get("locale", ""),
            known=request.query_params.get("number", ""),
        )
        return StreamingResponse(
            stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"}
        )

    async def _stream(
        self, address: str, *, last: int, locale: str, known: str
    ) -> AsyncIterator[str]:
        shell = self._shell
        yield f"retry: {_RETRY_MILLISECONDS}\n\n"
        chat = await find_chat(shell, address)
        bubbles = Bubbles(shell.languages, locale)
        if chat is not None and last:
            # Read past what the page has, for the labels of the buttons that may yet be pressed.
            bubbles.show(await lines_of(shell.db, chat.session_id, after=0, until=last))
        busy: bool | None = None
        case, agreed, first = CaseState(number=known), False, True
        async for chat in news(shell, address, _HEARTBEAT_SECONDS, self.stopping):
            if chat is None:
                yield ": still here\n\n"
                continue
            lines = await lines_of(shell.db, chat.session_id, last)
            # Everything was deleted: the page must not go on showing it. This is asked after what is
            # new was read, which may be what was said of the deletion.
            if last and not await count_until(shell.db, chat.session_id, last):
                yield event("gone", "")
                return
            # The country may have been told just now, and with it the number to call.
            if lines or first:
                case = await case_of(shell, chat)
            if chat.locale and (chat.locale != bubbles.locale or case.number != known):
                bubbles.locale, known = chat.locale, case.number
                yield event("words", self._words(chat, known))
            for bubble in bubbles.show(lines):
                yield event("message", json.dumps(bubble.as_json()), bubble.id)
            if first or case.agreed != agreed:
                agreed = case.agreed
                yield event("agreed", "yes" if agreed else "no")
            first = False
            if lines:
                last = lines[-1].id
            if lines or chat.busy != busy:
                busy = chat.busy
                yield event("busy", "yes" if busy else "no")

    def _words(self, chat: ChatState, number: str) -> str:
        languages = self._shell.languages
        return json.dumps(
            {
                "locale": chat.locale,
                "direction": languages.direction(chat.locale),
                "words": chat_words(languages, chat.locale, number),
            }
        )


def event(name: str, data: str, number: int | None = None) -> str:
    """One event on the wire. `data` is of one line."""
    lines = [f"id: {number}"] if number is not None else []
    if name != "message":
        lines.append(f"event: {name}")
    return "\n".join([*lines, f"data: {data}", "", ""])
