"""The account at Twilio: who WhatsApp is, without anything of Twilio's own library.

Whoever has no WhatsApp pays nothing for that library at a start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account at Twilio. `sender` is `whatsapp:+1…`, or the id of a messaging service.

    `status_url` is where Twilio tells what became of a message, `pictures_url` where it finds the
    pictures that are sent; each "" for nowhere.
    """

    sid: str
    token: str = field(repr=False)
    sender: str
    api_url: str = "https://api.twilio.com"
    status_url: str = ""
    pictures_url: str = ""
    health: bool = True

    @property
    def service(self) -> str:
        """The messaging service, or "" where it is a sender."""
        return self.sender if self.sender.startswith("MG") else ""

    @property
    def content_url(self) -> str:
        """Where the templates are: beside the API, or with it on a stand-in."""
        return self.api_url.replace("://api.", "://content.", 1)


class Contacts(Protocol):
    """Who is reached where, and what they were sent."""

    async def reach(self, contact_id: str) -> str:
        """Where an answer to this contact goes; "" where nobody knows."""
        ...

    async def was_sent(self, external_id: str) -> bool:
        """Whether a message of ours is known to have this id of Twilio's."""
        ...
