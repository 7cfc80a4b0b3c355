"""Said: a message of the outbox as the words in which it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.channels.base import Capabilities, Rendered
from bot.channels.fit import fit
from bot.store import codec
from bot.store.db import Row
from checklist.text import Text, _
from handlers.languages import Languages
from handlers.replies import Reply

Render = Callable[[Reply, str, Languages], Rendered]

MAYBE_SEEN: Text = _("You may have seen this already:")


class Unrenderable(Exception):
    """A reply that can't be put into words; a fault of ours, which no second try mends."""


class Words:
    """Puts messages into words."""

    def __init__(self, render: Render, languages: Languages) -> None:
        """Take what renders a reply."""
        self._render = render
        self._languages = languages

    def of(self, row: Row) -> Rendered:
        """The words of a message. Raises Unrenderable."""
        try:
            return self._render(codec.load(Reply, row.body), row.locale or "en", self._languages)
        except Exception as error:
            raise Unrenderable(type(error).__name__) from error

    def excused(self, part: Rendered, capabilities: Capabilities) -> tuple[Rendered, ...]:
        """The part headed by words that it may be a repeat, or after them if it is too long."""
        header = self._languages.say(MAYBE_SEEN, part.locale)
        headed = replace(part, text=f"{header}\n\n{part.text}")
        if fit(headed, capabilities) == (headed,):
            return (headed,)
        return replace(part, text=header, choices=(), expects="nothing"), part
