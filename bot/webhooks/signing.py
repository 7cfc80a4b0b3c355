"""Signing, as Standard Webhooks has it.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

_PREFIX = "whsec_"
#: The bytes that the specification allows, 192 to 512 bits, and what is made here.
_LEAST, _MOST, _MADE = 24, 64, 32


def new_secret() -> str:
    """A secret as both sides write it down."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_MADE)).decode()


def key_of(secret: str) -> bytes:
    """The bytes that are signed with. Raises ValueError for what is no secret."""
    wrong = ValueError("a secret is whsec_ and base64 of 24 to 64 bytes")
    if not secret.startswith(_PREFIX):
        raise wrong
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise wrong from None
    if not _LEAST <= len(key) <= _MOST:
        raise wrong
    return key


def headers_of(keys: Sequence[str], *, uid: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of an event: signed with each secret, so that one can take the other's place.

    `at` is the second of this try, so that a receiver can refuse what somebody kept and sends again.
    """
    signed = f"{uid}.{at}.".encode() + body
    signatures = (hmac.digest(key_of(secret), signed, hashlib.sha256) for secret in keys)
    return {
        "webhook-id": uid,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(s).decode()}" for s in signatures),
    }
