"""Messages as Twilio keeps them, for those whose webhook never reached us.

Twilio calls a webhook twice at most, and then never again; the message itself stays in its list.
https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from bot.channels.base import Rejected, Retry
from bot.channels.twilio_http import TROUBLE, failure_of

_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A message from the list: the form that its webhook would have had, as far as is known."""

    form: dict[str, str]
    sent_at: datetime


async def missed(client: Any, sender: str, service: str, since: datetime) -> AsyncIterator[Listed]:
    """The messages to a sender, or to a messaging service, since then; oldest first. Raises Retry."""
    try:
        # To a service's numbers there is no filter.
        asked = {} if service else {"to": sender}
        found = [
            one
            async for one in await client.messages.stream_async(
                date_sent_after=since, page_size=_PAGE, **asked
            )
            if _is_ours(one, service) and _sent_at(one) >= since
        ]
        # The list has the newest first, and times in whole seconds.
        for one in sorted(reversed(found), key=_sent_at):
            yield Listed(form=await _form_of(client, one), sent_at=_sent_at(one))
    except TROUBLE as error:
        raise Retry(failure_of(error).reason, after=30.0) from None


def _is_ours(one: Any, service: str) -> bool:
    inbound = str(one.direction) == "inbound" and str(one.from_ or "").startswith("whatsapp:")
    return inbound and (not service or one.messaging_service_sid == service)


def _sent_at(one: Any) -> datetime:
    when = one.date_sent or one.date_created or datetime.fromtimestamp(0, UTC)
    return when if isinstance(when, datetime) else datetime.fromtimestamp(0, UTC)


async def _media_of(client: Any, sid: str) -> Sequence[Any]:
    """The files of a message; none where it was deleted meanwhile, which must stop no other."""
    try:
        found: Sequence[Any] = await client.messages(sid).media.list_async()
    except TROUBLE as error:
        if isinstance(failure_of(error), Rejected):
            return ()
        raise
    return found


async def _form_of(client: Any, one: Any) -> dict[str, str]:
    """The form as the webhook sends it. What a button carried, or a place, isn't in the list."""
    form = {
        "MessageSid": str(one.sid),
        "AccountSid": str(one.account_sid),
        "From": str(one.from_),
        "To": str(one.to),
        "Body": str(one.body or ""),
        "NumMedia": str(one.num_media or 0),
    }
    if int(one.num_media or 0):
        media = await _media_of(client, one.sid)
        for n, file in enumerate(media):
            uri = str(file.uri).removesuffix(".json")
            form[f"MediaUrl{n}"] = urljoin(f"{client.api.base_url}/", uri)
            form[f"MediaContentType{n}"] = str(file.content_type)
    return form
