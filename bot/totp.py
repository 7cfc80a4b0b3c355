"""TOTP: the six digits of an authenticator app, as in RFC 6238, with its usual values."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
_DIGITS = 6
#: RFC 4226, section 4: at least 128 bits, 160 recommended.
_SECRET_BYTES = 20
#: Steps by which a phone's clock may be off. RFC 6238, section 5.2.
_DRIFT = 1


def new_secret() -> str:
    """A new key, in base32, as apps take it."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """The code of one step of 30 seconds."""
    key = base64.b32decode(secret)
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def step_of(secret: str, code: str, now: float, *, after: int = 0) -> int | None:
    """The step that a code is of, where it is one of about now and later than `after`; else None.

    A code is taken once: whoever looked over a shoulder comes too late with it.
    """
    if len(code) != _DIGITS or not (code.isascii() and code.isdigit()):
        return None
    here = int(now // STEP_SECONDS)
    found = None
    for step in range(here - _DRIFT, here + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step), code) and step > after:
            found = step
    return found


def address(secret: str, *, name: str, issuer: str) -> str:
    """What the QR code for an app says.

    https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    """
    label = quote(f"{issuer}:{name}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"
