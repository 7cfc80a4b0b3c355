"""Webhooks of WhatsApp: what Twilio posts is checked, kept, and only then acknowledged.

Nothing else happens here: no turn is taken, no file is fetched, nothing is answered but an empty
204. https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal
from urllib.parse import parse_qsl

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from bot.channels.whatsapp_inbox import take
from bot.channels.whatsapp_message import CHANNEL, external_id, reach_of
from bot.store import codec, deliveries, set_aside
from bot.web.shell import Shell
from bot.whatsapp_account import HOOK, STATUS_HOOK

_log = structlog.get_logger(__name__)

# A message of 4096 signs, each of which may take nine bytes in a form, twice (once in its metadata).
_MOST_BYTES = 128 * 1024
_MOST_FIELDS = 300

# The header that names one comes with the request, so it chooses among these only.
_ALGORITHMS = (HMAC_SHA1, HMAC_SHA256)

_State = Literal["queued", "sending", "sent", "delivered", "read", "failed", "undelivered"]

# https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
_STATES: dict[str, _State] = {
    "queued": "queued",
    "sending": "sending",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "undelivered",
}

Form = Sequence[tuple[str, str]]


class WhatsAppHooks:
    """The two routes."""

    def __init__(self, shell: Shell) -> None:
        """Take the program."""
        self._shell = shell
        token = shell.settings.twilio_auth_token.get_secret_value()
        self._validator = RequestValidator(token)

    def routes(self) -> list[Route]:
        """Both of them."""
        return [
            Route(HOOK, self.arrived, methods=["POST"]),
            Route(STATUS_HOOK, self.told, methods=["POST"]),
        ]

    async def arrived(self, request: Request) -> Response:
        """A patient has written."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        fields = dict(reversed(form))
        at = self._shell.clock()
        if "MessageStatus" in fields and fields.get("SmsStatus") != "received":
            return await self._note(fields)
        if external_id(fields) and reach_of(fields):
            await self._shell.db.write(lambda tx: take(tx, fields, at))
        else:
            await self._keep_unread(fields)
        return Response(status_code=204)

    async def _keep_unread(self, fields: dict[str, str]) -> None:
        """What Twilio has signed and names no message, or nobody who wrote it, is for the operator."""
        _log.warning("whatsapp_without_id", fields=len(fields))
        at = codec.seconds(self._shell.clock())
        raw = json.dumps(fields, ensure_ascii=False)
        await self._shell.db.write(
            lambda tx: set_aside.keep_unread(
                tx, channel=CHANNEL, raw=raw, reason="no id, or no sender", at=at
            )
        )

    async def told(self, request: Request) -> Response:
        """Twilio tells what became of a message."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        return await self._note(dict(reversed(form)))

    async def _note(self, fields: dict[str, str]) -> Response:
        """Keep it; a state that Twilio may invent one day says nothing yet."""
        state, code = _STATES.get(fields.get("MessageStatus", "")), fields.get("ErrorCode", "")
        own = external_id(fields)
        if own and state is not None:
            at = codec.seconds(self._shell.clock())

            async def work(tx: AsyncConnection) -> None:
                await deliveries.note(
                    tx, channel=CHANNEL, external_id=own, state=state, code=code, at=at
                )

            await self._shell.db.write(work)
        return Response(status_code=204)

    async def _form(self, request: Request) -> Form | Response:
        """The fields of a request that Twilio has signed, or the answer to any other."""
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _MOST_BYTES:
                return Response(status_code=413)
        try:
            # Twilio signs fields that are empty too.
            form = parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                errors="replace",
                max_num_fields=_MOST_FIELDS,
            )
        except ValueError:
            return Response(status_code=400)
        if not self._is_signed(request, form):
            _log.warning(
                "whatsapp_signature_refused",
                remedy="is PUBLIC_URL the address that Twilio calls, and TWILIO_AUTH_TOKEN its own?",
            )
            return Response(status_code=403)
        return form

    def _is_signed(self, request: Request, form: Form) -> bool:
        algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER))
        if algorithm not in _ALGORITHMS:
            return False
        # The address as Twilio knows it: what a proxy says of it, anybody could say.
        address = self._shell.settings.public_url.rstrip("/") + request.url.path
        if query := request.scope["query_string"].decode("latin-1"):
            address += f"?{query}"
        signature = request.headers.get(SIGNATURE_HEADER, "")
        fields = ImmutableMultiDict(form)
        return bool(self._validator.validate(address, fields, signature, algorithm))
