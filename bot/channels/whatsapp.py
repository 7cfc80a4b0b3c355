"""WhatsApp, through Twilio's REST client over our own HTTP client.

What is posted here is queued: whether it arrived is told later, to the webhook in `bot/web`.
https://www.twilio.com/docs/whatsapp/api
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from twilio.rest import Client

from bot.channels import whatsapp_message, whatsapp_templates
from bot.channels.base import (
    Blocked,
    Capabilities,
    Raw,
    Rejected,
    Rendered,
    Retry,
    Sent,
    Unknown,
)
from bot.channels.fit import numbered, split, units
from bot.channels.pace import Pace
from bot.channels.twilio_account import Account, Contacts
from bot.channels.twilio_http import TEMPLATE, TROUBLE, TwilioHttp, code_of, failure_of
from bot.channels.twilio_media import TwilioMedia
from bot.channels.whatsapp_listed import Listed, missed
from bot.channels.whatsapp_pictures import name_of
from bot.channels.whatsapp_templates import Templates
from handlers.updates import InboundMessage

_log = structlog.get_logger(__name__)

CAPABILITIES = Capabilities(
    # https://www.twilio.com/docs/api/errors/21617
    max_text=1600,
    max_buttons=whatsapp_templates.MAX_BUTTONS,
    max_label=whatsapp_templates.MAX_LABEL,
    max_items=whatsapp_templates.MAX_ITEMS,
    max_item=whatsapp_templates.MAX_ITEM,
    max_question=whatsapp_templates.MAX_BODY,
    # https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
    max_file=16 * 1024 * 1024,
    # https://www.twilio.com/docs/whatsapp/key-concepts#customer-service-windows
    window=timedelta(hours=24),
)

# Of a picture. https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#media-object
_CAPTION = 1024

# WhatsApp keeps no order among messages that are posted at once, and slows down who writes fast.
# https://www.twilio.com/docs/whatsapp/api#rate-limiting
_PER_CHAT, _OVERALL = 1.0, 10.0

# Seconds between a post without an answer and the looks for what became of it.
_LOOKS = (0.5, 2.0)
_FEW = 20
_REMEMBERED = 2_000


class WhatsAppChannel:
    """The assistant's chats on WhatsApp. Addresses are ids of contacts."""

    name = whatsapp_message.CHANNEL

    def __init__(
        self, account: Account, contacts: Contacts, *, timeout: float = 20.0, look: float = 1.0
    ) -> None:
        """Nothing is asked of Twilio yet. `look` stretches the pauses before a look (for tests)."""
        self.capabilities = replace(
            CAPABILITIES,
            health=account.health,
            pictures="studies" if account.health and account.pictures_url else "none",
        )
        self.account = account
        self._contacts = contacts
        self._look = look
        self._http = TwilioHttp(timeout=timeout)
        self._client: Any = client_of(account, self._http)
        self._media = TwilioMedia(account.api_url, (account.sid, account.token), timeout=timeout)
        self._templates = Templates(self._client)
        self._pace = Pace(per_chat=_PER_CHAT, overall=_OVERALL, burst=5)
        # What was sent before is not what a lost answer was about.
        self._known: deque[str] = deque(maxlen=_REMEMBERED)

    def address(self, raw: Raw) -> str:
        """The contact's id; "" for what no patient sent."""
        return whatsapp_message.address_of(raw)

    def parse(self, raw: Raw, received_at: datetime) -> InboundMessage | None:
        """What was said, or None where nothing was said to the assistant."""
        return whatsapp_message.parse(raw, received_at)

    async def ready(self, address: str) -> None:
        """Wait until a message to this chat may leave. Raises Retry where that takes long."""
        await self._pace.wait(address)

    def share_pace(self, among: int) -> None:
        """Keep to the part of one of so many processes."""
        self._pace.share(among)

    async def send(self, address: str, rendered: Rendered, key: str) -> Sent:
        """Send one message: its choices as buttons or a list, or as numbered lines without templates.

        Raises Retry, Blocked, Rejected or Unknown.
        """
        most = CAPABILITIES.max_question if rendered.choices else CAPABILITIES.max_text
        if not rendered.text.strip() or units(rendered.text) > (most or 0):
            raise Rejected("the text is empty or too long")
        reach = await self._reach(address)
        if rendered.choices:
            name = whatsapp_templates.name_for(rendered, CAPABILITIES)
            sid = await self._templates.sid(name)
            if sid:
                variables = whatsapp_templates.variables_for(rendered)
                words = str(json.loads(variables)["1"])
                try:
                    return await self._post(
                        reach, words, content_sid=sid, content_variables=variables
                    )
                except _TemplateRefused:
                    self._templates.forget()
        text = numbered(rendered.text, rendered.choices) if rendered.choices else rendered.text
        return await self._post(reach, text, body=text)

    async def show_record(self, address: str, record_id: str, alt: str) -> str:
        """Show a record's picture, which Twilio fetches from us. Raises a ChannelError.

        The id of the message, which is to be released: Twilio keeps what it has fetched.
        """
        name = name_of(self.account.token, record_id, datetime.now(UTC))
        where = f"{self.account.pictures_url}/{name}.jpg"
        reach = await self._reach(address)
        sent = await self._post(reach, "", body=split(alt, _CAPTION)[0], media_url=[where])
        return sent.external_id

    async def knock(self, address: str, locale: str, key: str) -> Sent:
        """Say that there is news, in the words that WhatsApp has approved. Raises a ChannelError."""
        sid = await self._templates.sid(whatsapp_templates.news_name(locale))
        if not sid:
            raise Rejected("no_template")
        try:
            return await self._post(await self._reach(address), "", content_sid=sid)
        except _TemplateRefused as refused:
            self._templates.forget()
            raise Rejected(refused.reason) from None

    def fetch(self, fetch_ref: str) -> AsyncIterator[bytes]:
        """The bytes of a file, which then has a `name`. Raises Retry or Rejected."""
        return self._media.download(self._media_url(fetch_ref))

    async def release(self, fetch_ref: str) -> None:
        """Delete a file at Twilio, or all of a message; else it is kept there for ever. Raises Retry."""
        if whatsapp_message.is_message(fetch_ref):
            of_it = self._client.messages(fetch_ref).media
            for one in await self._gently(of_it.list_async()) or ():
                await self._gently(of_it(one.sid).delete_async())
        elif (found := whatsapp_message.media_of(fetch_ref)) is not None:
            message, media = found
            await self._gently(self._client.messages(message).media(media).delete_async())

    async def unsay(self, address: str, external_id: str) -> None:
        """Empty the message at Twilio; it stays in the chat, where only its writer can delete it.

        Raises Retry. https://www.twilio.com/docs/messaging/api/message-resource#redact-a-message
        """
        if external_id.startswith(("SM", "MM")):
            await self._gently(self._client.messages(external_id).update_async(body=""))

    def missed(self, since: datetime) -> AsyncIterator[Listed]:
        """What patients have written since then, as Twilio keeps it, oldest first. Raises Retry."""
        return missed(self._client, self.account.sender, self.account.service, since)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()
        await self._media.aclose()

    # ---- posting -------------------------------------------------------------------------------

    async def _reach(self, address: str) -> str:
        reach = await self._contacts.reach(address)
        if not reach:
            raise Blocked("no such contact")
        await self._pace.turn(address)
        return reach

    async def _post(self, reach: str, words: str, **content: Any) -> Sent:
        account = self.account
        sender = (
            {"messaging_service_sid": account.service}
            if account.service
            else {"from_": account.sender}
        )
        if account.status_url:
            sender["status_callback"] = account.status_url
        before = datetime.now(UTC)
        try:
            made = await self._client.messages.create_async(to=reach, **sender, **content)
            return self._sent(made.sid)
        except TROUBLE as error:
            failure = failure_of(error)
            _log.warning("twilio_refused", reason=failure.reason)
            if "content_sid" in content and code_of(error) in TEMPLATE:
                raise _TemplateRefused(failure.reason) from None
        doubtful = isinstance(failure, Unknown) and words
        if doubtful and (sid := await self._what_became(reach, words, before)):
            return self._sent(sid)
        raise failure

    def _sent(self, sid: object) -> Sent:
        self._known.append(str(sid))
        return Sent(external_id=str(sid))

    async def _what_became(self, reach: str, words: str, since: datetime) -> str:
        """The id of a message that was posted without an answer, if Twilio has it; else ""."""
        for pause in _LOOKS:
            await asyncio.sleep(pause * self._look)
            try:
                found = await self._client.messages.list_async(to=reach, limit=_FEW)
            except TROUBLE:
                return ""
            for one in found:
                new = one.date_created is not None and one.date_created >= since - _SKEW
                if not new or one.body != words or one.sid in self._known:
                    continue
                # Another process may have said the same, or this one before it was started again.
                if not await self._contacts.was_sent(str(one.sid)):
                    return str(one.sid)
        return ""

    async def _gently(self, call: Any) -> Any:
        """Have something done that may have been done before; None for what isn't there. Raises Retry."""
        try:
            return await call
        except TROUBLE as error:
            failure = failure_of(error)
            # A message that is still on its way can't be deleted or emptied yet.
            # https://www.twilio.com/docs/api/errors/20009
            if isinstance(failure, Retry | Unknown) or code_of(error) == _NOT_YET:
                after = failure.after if isinstance(failure, Retry) else 5.0
                raise Retry(failure.reason, after=after) from None
            return None

    def _media_url(self, fetch_ref: str) -> str:
        """The file's address at the API that is set, whatever host the webhook named."""
        found = whatsapp_message.media_of(fetch_ref)
        if found is None:
            return fetch_ref
        message, media = found
        path = f"2010-04-01/Accounts/{self.account.sid}/Messages/{message}/Media/{media}"
        return f"{self.account.api_url}/{path}"


class _TemplateRefused(Rejected):
    """Twilio doesn't take the template, or what is put into it; nothing was sent."""


# Twilio writes whole seconds, and no two clocks agree.
_SKEW = timedelta(seconds=2)
_NOT_YET = 20009


def client_of(account: Account, http: TwilioHttp) -> Any:
    """The REST client of an account, which talks through `http`."""
    client = Client(account.sid, account.token, http_client=http, environment={"": ""})
    client.api.base_url = account.api_url
    client.content.base_url = account.content_url
    return client
