"""The number of a case, which people read to each other over the telephone."""

from __future__ import annotations

import secrets

# Crockford's base 32 has no I, L, O and U, so that a number is read over the phone without doubt.
# https://www.crockford.com/base32.html
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_case_id() -> str:
    """A case's number, like `7KQ4-M2XR`: 40 random bits in letters that are not mistaken."""
    letters = [secrets.choice(_ALPHABET) for _ in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])
