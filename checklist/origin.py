"""Origin: the message by which something was said, so that whoever reads it can look it up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A message of a chat. `message` is its number in the inbox, 0 where that is not known.

    `chat` is the id of the chat's session and `channel` the app; `at` is when it was received.
    """

    at: datetime
    channel: str = ""
    chat: str = ""
    message: int = 0
