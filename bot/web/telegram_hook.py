"""The address that Telegram sends updates to."""

from __future__ import annotations

import json

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.telegram_message import storable
from bot.channels.telegram_webhook import PATH, TelegramWebhook

# An update is some kilobytes: its text has 4096 letters at most, its keyboard ours.
_LARGEST = 1024 * 1024

_SECRET = "x-telegram-bot-api-secret-token"


class TelegramHook:
    """One route. Nothing happens in it but the commit to the inbox."""

    def __init__(self, webhook: TelegramWebhook) -> None:
        """Take what keeps the updates."""
        self._webhook = webhook

    def routes(self) -> list[Route]:
        """The route."""
        return [Route(PATH, self.take, methods=["POST"])]

    async def take(self, request: Request) -> Response:
        """Keep an update and answer; whatever else is said, Telegram sends it again.

        An error of the store becomes a 500 by itself. What isn't JSON was cut on its way, for
        Telegram sends no such thing: the next try may be whole.
        """
        if not self._webhook.is_telegram(request.headers.get(_SECRET, "")):
            return PlainTextResponse("", 403)
        try:
            raw = storable(json.loads(await _body(request)))
        except _TooLarge:
            return PlainTextResponse("", 413)
        except (ValueError, RecursionError, ClientDisconnect):
            return PlainTextResponse("", 400)
        if not isinstance(raw, dict):
            return PlainTextResponse("", 400)
        pressed = await self._webhook.take(raw)
        if not pressed:
            return PlainTextResponse("")
        # The answer to a pressed button travels in ours: one call less, and the button is free at
        # once. https://core.telegram.org/bots/api#making-requests-when-getting-updates
        return JSONResponse({"method": "answerCallbackQuery", "callback_query_id": pressed})


class _TooLarge(Exception):
    pass


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            raise _TooLarge
    return bytes(body)
