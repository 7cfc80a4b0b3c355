"""Chats and shares: where a case is talked about, and who else sends to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from checklist.consents import Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat in which the case is talked about. `id` is its session's, never an address.

    `writer` is who writes there, "" where the case's own answer says it; of a helper `name` and
    `relation` to the patient are kept, and `consent` is what whoever writes there agreed to.
    """

    id: str
    channel: str
    since: datetime
    writer: Literal["", "patient", "helper"] = ""
    name: str = ""
    relation: str = ""
    consent: Consent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A link for somebody else, by whose name its records are known; `chat` is "" for a coordinator's."""

    id: str
    name: str
    ends_at: datetime
    chat: str = ""
