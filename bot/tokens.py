"""Tokens: secrets that open something, and what is stored of them."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """A secret of 256 bits that fits into an address and a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token, in hexadecimal. The token has all its entropy, so no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
