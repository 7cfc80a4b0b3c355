"""The greeting: what a first visit reads before anything of it is stored.

Crawlers and link previews visit too, and must leave nothing. It is what the conversation says when a
chat is opened, so that the chat which the first message opens begins with the same words.
"""

from __future__ import annotations

from bot.render import Rendered, render
from bot.shell import Shell
from checklist.case import Case
from handlers.conversation import advance
from handlers.effects import SendReply
from handlers.session import Session
from handlers.updates import InboundMessage


def greeting(shell: Shell, hint: str) -> Rendered:
    """The first words to a browser of that language, BCP 47 or "", with their buttons."""
    now = shell.clock()
    opened = InboundMessage(
        channel="web", external_id="", sender="", received_at=now, opened=True, locale_hint=hint
    )
    turn = advance(
        Session(id="", case_id="", channel="web", address=""),
        Case(id="", opened_at=now),
        opened,
        now=now,
        ids=str,
        catalog=shell.catalog,
        languages=shell.languages,
    )
    reply = next(effect.reply for effect in turn.effects if isinstance(effect, SendReply))
    return render(reply, turn.session.locale, shell.languages)
