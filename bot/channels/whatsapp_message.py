"""What a message on WhatsApp says, as Twilio tells of it: the fields of a form.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels.base import Raw
from handlers.updates import Attachment, InboundMessage

CHANNEL = "whatsapp"

#: WhatsApp takes one file with a message; Twilio's form has room for ten.
_MOST_MEDIA = 10

# A contact's card is sent as a file; it is nobody's record.
_CARDS = ("text/vcard", "text/x-vcard", "text/directory")

# What a patient may send that is no record; `InboundMessage.unsupported` by its MessageType.
_UNSUPPORTED = {
    "sticker": "sticker",
    "location": "location",
    "contact": "contact",
    "contacts": "contact",
    "poll": "poll",
}
# Words that belong to an earlier question, and must not answer the one that stands now.
_EDITED = ("edit", "edited")

# What a button of ours carries: step, choice and turn.
_WIRE = re.compile(r"[^:\s]+:[^:\s]*:\d+")

# https://www.twilio.com/docs/messaging/api/media-resource
_MEDIA = re.compile(
    r"https?://[^/?#]+/2010-04-01/Accounts/AC[0-9a-fA-F]{32}"
    r"/Messages/((?:MM|SM)[0-9a-fA-F]{32})/Media/(ME[0-9a-fA-F]{32})(?:\.json)?"
)

_SID = re.compile(r"(?:MM|SM)[0-9a-fA-F]{32}")


def raw_message(contact: str, form: Mapping[str, str]) -> dict[str, Any]:
    """What the inbox keeps: the form as it came, and which contact of ours wrote it."""
    return {"contact": contact, "form": dict(form)}


def address_of(raw: Raw) -> str:
    """The contact, who is known by an id of ours: a number may change, and may be missing."""
    contact = raw.get("contact")
    return contact if isinstance(contact, str) else ""


def external_id(form: Mapping[str, str]) -> str:
    """Twilio's id of the message, the same for every delivery of it; "" where there is none."""
    return form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or ""


def reach_of(form: Mapping[str, str]) -> str:
    """Where an answer goes: `whatsapp:` and a number, or the vendor's id of the person; or ""."""
    sender = form.get("From", "")
    return sender if sender.startswith("whatsapp:") else ""


def name_of(form: Mapping[str, str]) -> str:
    """The vendor's own id of the person, `whatsapp:DE.…`, or "" where it gives only a number."""
    given = form.get("ExternalUserId", "")
    if given:
        return given if given.startswith("whatsapp:") else f"whatsapp:{given}"
    reach = reach_of(form)
    return "" if reach.startswith("whatsapp:+") else reach


def parse(raw: Raw, received_at: datetime) -> InboundMessage | None:
    """What was said; None where nothing was.

    `unsupported` is `sticker`, `location`, `contact` or `poll`; `edited` for a change to an earlier
    message; `other` for what WhatsApp has invented since; `unreadable`.
    """
    contact, form = address_of(raw), raw.get("form")
    if not contact or not isinstance(form, Mapping):
        return None
    fields = {str(name): value for name, value in form.items() if isinstance(value, str)}
    kind = fields.get("MessageType", "").lower()
    pressed = fields.get("ButtonPayload") or fields.get("ListId") or ""
    if kind in _EDITED:
        return _message(contact, fields, received_at, unsupported="edited")
    if _WIRE.fullmatch(pressed):
        return _message(contact, fields, received_at, choice_id=pressed)
    attachments = () if kind in _UNSUPPORTED else _attachments(fields)
    text = _text(fields)
    unsupported = "" if text or attachments else _unsupported(kind, fields)
    return _message(
        contact,
        fields,
        received_at,
        text=text,
        attachments=attachments,
        unsupported=unsupported,
    )


def media_of(fetch_ref: str) -> tuple[str, str] | None:
    """The ids of the message and of the file in it; None for what is no file at Twilio."""
    found = _MEDIA.fullmatch(fetch_ref)
    return (found[1], found[2]) if found else None


def is_message(ref: str) -> bool:
    """Whether this is the id of a message."""
    return _SID.fullmatch(ref) is not None


def _message(
    contact: str,
    fields: Mapping[str, str],
    received_at: datetime,
    *,
    text: str = "",
    choice_id: str | None = None,
    attachments: tuple[Attachment, ...] = (),
    unsupported: str = "",
) -> InboundMessage:
    return InboundMessage(
        channel=CHANNEL,
        external_id=external_id(fields),
        sender=contact,
        received_at=received_at,
        text=text,
        choice_id=choice_id,
        attachments=attachments,
        reply_to=fields.get("OriginalRepliedMessageSid") or None,
        unsupported=unsupported,
    )


def _text(fields: Mapping[str, str]) -> str:
    """The words; of a button that isn't ours, what stood on it."""
    words = fields.get("Body") or fields.get("ButtonText") or fields.get("ListTitle") or ""
    return words if words.strip() else ""


def _attachments(fields: Mapping[str, str]) -> tuple[Attachment, ...]:
    """The files. Neither their names nor their sizes are told before they are fetched."""
    found = []
    for n in range(_MOST_MEDIA):
        url = fields.get(f"MediaUrl{n}", "")
        kind = fields.get(f"MediaContentType{n}", "")
        if url and kind.partition(";")[0].strip().lower() not in _CARDS:
            found.append(Attachment(fetch_ref=url, media_type=kind))
    return tuple(found)


def _unsupported(kind: str, fields: Mapping[str, str]) -> str:
    if fields.get("Latitude"):
        return "location"
    if fields.get("MediaUrl0"):  # It was no file of a kind that we take.
        return _UNSUPPORTED.get(kind, "contact")
    return _UNSUPPORTED.get(kind, "other")
