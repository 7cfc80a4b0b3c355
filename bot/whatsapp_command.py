"""`second-opinion whatsapp-templates`: what must be laid down at Twilio before there are buttons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.app import StartError
from bot.channels.twilio_http import TROUBLE, TwilioHttp, code_of, failure_of
from bot.channels.whatsapp import client_of
from bot.channels.whatsapp_templates import Template, wanted
from bot.paths import load_languages
from bot.settings import Settings
from bot.whatsapp_account import whatsapp_account

# Seconds, for one call.
_TIMEOUT = 30.0
_WANTING = 2


async def templates(settings: Settings, *, create: bool) -> int:
    """Check the templates, or create what is missing; the exit code. Raises StartError."""
    languages = load_languages()
    try:
        account = whatsapp_account(settings)
        needed = wanted(languages, languages.offered)
    except ValueError as error:
        raise StartError(str(error)) from None
    if account is None:
        raise StartError(
            "WhatsApp is not set up: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, "
            "WHATSAPP_FROM and PUBLIC_URL"
        )
    http = TwilioHttp(timeout=_TIMEOUT)
    try:
        return await _Work(client_of(account, http)).do(needed, create=create)
    except TROUBLE as error:
        raise StartError(f"Twilio did not do it ({_why(error)})") from None
    finally:
        await http.aclose()


class _Work:
    def __init__(self, client: Any) -> None:
        self._client = client
        self._base = f"{client.content.base_url}/v1/Content"

    async def do(self, needed: tuple[Template, ...], *, create: bool) -> int:
        found = await self._client.content.v1.contents.list_async(page_size=500)
        known = {one.friendly_name: one for one in found if one.friendly_name}
        there, wanting = 0, 0
        for template in needed:
            one = known.get(template.name)
            if one is None and not create:
                wanting += 1
                print(f"missing   {template.name}")
                continue
            sid = one.sid if one is not None else await self._make(template)
            if one is not None and not _same(template, one.types):
                wanting += 1
                print(f"differs   {template.name}: delete it at Twilio, then use --create")
            elif template.approved and (state := await self._approval(sid, template, create)):
                wanting += 1
                print(f"{state:<9} {template.name}: WhatsApp has not approved it")
            else:
                there += 1
        print(f"{there} of {len(needed)} templates are ready.")
        if wanting and not create:
            print("Create what is missing with `second-opinion whatsapp-templates --create`.")
        return _WANTING if wanting else 0

    async def _make(self, template: Template) -> str:
        made = await self._call("POST", self._base, template.body())
        print(f"created   {template.name}")
        return str(made["sid"])

    async def _approval(self, sid: str, template: Template, create: bool) -> str:
        """What WhatsApp says of it, "" once it is approved. It is asked for with `create`."""
        url = f"{self._base}/{sid}/ApprovalRequests"
        state = (await self._call("GET", url)).get("whatsapp") or {}
        status = str(state.get("status") or "unsubmitted")
        if status == "unsubmitted" and create:
            asked = {"name": template.name, "category": "UTILITY"}
            status = str((await self._call("POST", f"{url}/whatsapp", asked)).get("status"))
        return "" if status == "approved" else status

    async def _call(
        self, method: str, url: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        headers = {} if body is None else {"Content-Type": "application/json"}
        answer = await self._client.request_async(method, url, data=body, headers=headers)
        if answer.status_code >= 300:
            raise self._client.content.v1.exception(method, url, answer, "refused")
        found: dict[str, Any] = json.loads(answer.text)
        return found


def _same(template: Template, types: Mapping[str, Any]) -> bool:
    """Whether the words at Twilio are ours; it may have added fields of its own."""
    return all(_covers(types.get(kind), content) for kind, content in template.types.items())


def _covers(theirs: Any, ours: Any) -> bool:
    if isinstance(ours, Mapping):
        return isinstance(theirs, Mapping) and all(
            _covers(theirs.get(name), value) for name, value in ours.items()
        )
    if isinstance(ours, list):
        return (
            isinstance(theirs, list)
            and len(theirs) == len(ours)
            and all(map(_covers, theirs, ours))
        )
    return bool(theirs == ours)


def _why(error: Exception) -> str:
    number = code_of(error)
    return f"its error {number}" if number else failure_of(error).reason
