"""The chain of the audit trail, as hashes: what each is over. Nothing of it is secret.

Everything is SHA-256 over JSON, and so the same on every database. The names at the beginning say
which form it is; another form would get other names beside these, for the old hashes stay.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

_JSON: Final = json.JSONEncoder(separators=(",", ":"))

#: How many letters each hash has.
HASH_LETTERS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An event to which the next one is linked: its place in the chain, the id of its row, its hash."""

    seq: int = 0
    event_id: int = 0
    hash: str = ""


def kind_of(actor: str) -> str:
    """Who acted without their name: `coordinator` of `coordinator Li Wei`."""
    return actor.partition(" ")[0]


def commitment(salt: str, actor: str, object_: str) -> str:
    """What stands for the details of an event. Without the salt nobody can guess what they were."""
    return _hash("audit details 1", salt, actor, object_)


def event_hash(
    before: Link, *, case_id: str, at: float, kind: str, action: str, details: str
) -> str:
    """The hash of the event after `before`. The id of its own row is in the next one, and in the head."""
    return _hash(
        "audit event 1",
        *(before.hash, before.event_id),
        *(case_id, before.seq + 1, at, kind, action, details),
    )


def checkpoint_hash(before: str, *, number: int, at: float, heads: str) -> str:
    """The hash of a checkpoint after the one whose hash is `before`, "" for the first."""
    return _hash("audit checkpoint 1", before, number, at, heads)


def heads_text(heads: Sequence[tuple[str, int, str]]) -> str:
    """The heads that a checkpoint vouches for, as it keeps them."""
    return _JSON.encode(heads)


def heads_of(text: str) -> list[tuple[str, int, str]]:
    """Read them again. Raises ValueError for what is none of ours."""
    read = json.loads(text)
    if not isinstance(read, list):
        raise ValueError("no list of heads")
    found = [tuple(head) for head in read]
    if any(tuple(map(type, head)) != (str, int, str) for head in found):
        raise ValueError("no list of heads")
    return found


def _hash(*parts: Any) -> str:
    return hashlib.sha256(_JSON.encode(parts).encode()).hexdigest()
