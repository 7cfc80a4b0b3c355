"""Addresses at which Twilio fetches a picture: one record's, for half an hour.

A message on WhatsApp doesn't hold a picture, it names an address that Twilio can open. So the address
itself is the permission: it is signed, it ends soon, and it tells nothing of a patient. The key
follows from the account's token, so that every process knows it and nobody has to make one up.
https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import datetime, timedelta

#: How long an address can be opened. Twilio keeps a message for four hours at most before it sends
#: it, and a picture is not worth waiting for so long.
LASTS = timedelta(minutes=30)

_PURPOSE = b"second-opinion whatsapp pictures"
_NAME = re.compile(r"([A-Za-z0-9_-]{1,80})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


def name_of(token: str, record_id: str, now: datetime) -> str:
    """The last part of an address of a record's picture, to be opened for a while from now on."""
    until = int((now + LASTS).timestamp())
    signed = f"{_wrapped(record_id.encode())}.{until}"
    return f"{signed}.{_signature(token, signed)}"


def record_of(token: str, name: str, now: datetime) -> str:
    """The record whose picture may be seen under this name now, "" for none."""
    found = _NAME.fullmatch(name)
    if found is None:
        return ""
    record, until, signature = found.groups()
    # In constant time, and before anything is believed.
    if not hmac.compare_digest(signature, _signature(token, f"{record}.{until}")):
        return ""
    return _unwrapped(record) if now.timestamp() < int(until) else ""


def _signature(token: str, signed: str) -> str:
    key = hmac.digest(token.encode(), _PURPOSE, "sha256")
    return _wrapped(hmac.new(key, signed.encode(), hashlib.sha256).digest())


def _wrapped(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unwrapped(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
