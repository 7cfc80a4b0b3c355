"""Codes: a few letters that carry a case on to another chat, and how they are read again."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta

#: How long a code works that is read from one screen and typed on another.
CODE_LASTS = timedelta(minutes=15)
#: How long a link works that is opened from the chat in which it stands. It can't be guessed.
LINK_LASTS = timedelta(hours=24)

#: Letters and digits that nobody mistakes for others, on the phone or in writing.
LETTERS = "ACDEFHJKMNPRTWXY3479"
_DIGITS = "3479"
_LENGTH = 8

# Whole messages. A code by itself must be one as we make them, or a name would be tried as one;
# after the command anything is tried. Telegram opens a bot with "/start " and what its link holds.
_ALONE = re.compile(rf"[{LETTERS}]{{4}}[ -]?[{LETTERS}]{{4}}")
_AFTER = re.compile(r"/(continue|start)(?:@\w+)?\s+(\S.*)", re.DOTALL)
_SECRET = re.compile(r"[0-9a-f]{32}")

#: A code within a text, as it is shown.
SHOWN = re.compile(rf"(?<![A-Z0-9])[{LETTERS}]{{4}} [{LETTERS}]{{4}}(?![A-Z0-9])")


def new_code(ids: Callable[[], str]) -> str:
    """Eight letters: 35 bits. One of them is a digit, so that no word is a code."""
    number = int.from_bytes(hashlib.sha256(f"{ids()}{ids()}".encode()).digest()[:16])
    letters = []
    for _ in range(_LENGTH):
        number, left = divmod(number, len(LETTERS))
        letters.append(LETTERS[left])
    number, at = divmod(number, _LENGTH)
    if not set(letters) & set(_DIGITS):
        letters[at] = _DIGITS[number % len(_DIGITS)]
    return "".join(letters)


def new_secret(ids: Callable[[], str]) -> str:
    """What a link holds: 128 bits, in hexadecimal."""
    return hashlib.sha256(f"{ids()}{ids()}".encode()).hexdigest()[:32]


def in_groups(code: str) -> str:
    """A code as it is read aloud."""
    return f"{code[:4]} {code[4:]}"


def read_code(text: str) -> str:
    """The code or secret that a whole message is, "" where it is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    after = _AFTER.fullmatch(plain)
    words = after[2].strip() if after else plain
    if after and _SECRET.fullmatch(words):
        return words
    letters = re.sub(r"[\s-]", "", words).upper()
    if after and after[1] == "continue":
        return letters[:64]
    found = _ALONE.fullmatch(words.upper())
    return letters if found and set(letters) & set(_DIGITS) else ""
