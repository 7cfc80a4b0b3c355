"""Messages as Twilio keeps them, for those whose webhook never reached us.

Twilio calls a webhook twice at most, and then never again; the message itself stays in its list.
https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urljoin

from bot.channels.base import Rejected, Retry
from bot.channels.twilio_http import TROUBLE, failure_of

_PAGE = 1000

# A list of many pages would else never be read to its end while Twilio has trouble: to ask for a
# page harms nobody, so it is asked for again, after so many seconds.
_AGAIN = (0.5, 1.0)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A message from the list.

    `form` gives the form that its webhook would have had, as far as is known. For a file it asks
    Twilio, so whoever knows the message by its `external_id` does not call it. Raises Retry.
    """

    external_id: str
    sent_at: datetime
    form: Callable[[], Awaitable[dict[str, str]]]


async def missed(client: Any, sender: str, service: str, since: datetime) -> AsyncIterator[Listed]:
    """The messages to a sender, or to a messaging service, since then; oldest first. Raises Retry."""
    # To a service's numbers there is no filter.
    asked = {} if service else {"to": sender}
    found: list[Any] = []
    first = partial(client.messages.page_async, date_sent_after=since, page_size=_PAGE, **asked)
    try:
        page = await _tried(first)
        while page is not None:
            found += [one for one in page if _is_ours(one, service) and _sent_at(one) >= since]
            page = await _tried(page.next_page_async)
    except TROUBLE as error:
        raise Retry(failure_of(error).reason, after=30.0) from None
    # The list has the newest first, and times in whole seconds.
    for one in sorted(reversed(found), key=_sent_at):
        form = partial(_form_of, client, one)
        yield Listed(external_id=str(one.sid), sent_at=_sent_at(one), form=form)


async def _tried(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask for something that may be asked for again. Raises Retry, and TROUBLE for a refusal."""
    for pause in (*_AGAIN, None):
        try:
            return await ask()
        except TROUBLE as error:
            failure = failure_of(error)
            if isinstance(failure, Rejected):
                raise
            if pause is None:
                raise Retry(failure.reason, after=30.0) from None
        await asyncio.sleep(pause)
    raise AssertionError


def _is_ours(one: Any, service: str) -> bool:
    inbound = str(one.direction) == "inbound" and str(one.from_ or "").startswith("whatsapp:")
    return inbound and (not service or one.messaging_service_sid == service)


def _sent_at(one: Any) -> datetime:
    when = one.date_sent or one.date_created or datetime.fromtimestamp(0, UTC)
    return when if isinstance(when, datetime) else datetime.fromtimestamp(0, UTC)


async def _media_of(client: Any, sid: str) -> Sequence[Any]:
    """The files of a message; none where it was deleted meanwhile, which must stop no other."""
    try:
        found: Sequence[Any] = await _tried(client.messages(sid).media.list_async)
    except TROUBLE:
        return ()
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
