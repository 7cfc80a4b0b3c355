"""What did not reach the patient, and why, in a coordinator's words.

The codes are Twilio's: https://www.twilio.com/docs/api/errors. The others are the outbox's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.codec import load, moment
from bot.store.db import Database, Row
from bot.store.schema import message, session
from checklist.text import Text, _
from handlers.replies import Reply

UNDELIVERED: Mapping[str, Text] = {
    "undelivered": _("Messages that did not reach the patient"),
    "blocked": _("The patient can't be reached here"),
}

_STATES: Mapping[str, Text] = {
    "failed": _("Not delivered."),
    "moved": _("Not delivered here. It was sent in another chat of this case."),
    "held": _("It is kept, and sent as soon as the patient writes there."),
    "kept": _("It waits until the patient opens the private page."),
}

_WINDOW = _(
    "The patient has not written there for 24 hours. After that the app lets us send one fixed "
    "notice only."
)
_BLOCKED = _(
    "The patient has blocked the assistant there, or has written “stop”. "
    "Please reach them in another way."
)
_NO_ACCOUNT = _(
    "The app can't reach this number: it may be wrong, or has no account there. "
    "Please ask for another way to reach the patient."
)
_FILE = _("The app did not take the file in the message.")
_RULES = _("The app chose not to deliver this message. Please reach the patient in another way.")
_BUSY = _("The app was too busy, or we sent too much at once.")
_TROUBLE = _("The app had trouble of its own.")
_DOUBT = _("Nobody knows whether it arrived. It was sent several times.")

_REASONS: Mapping[str, Text] = {
    **dict.fromkeys(("63016", "outside_window"), _WINDOW),
    **dict.fromkeys(("21610", "63033", "63014", "blocked"), _BLOCKED),
    **dict.fromkeys(("21211", "63003", "63024"), _NO_ACCOUNT),
    **dict.fromkeys(("63019", "63021", "63005", "12300", "21620"), _FILE),
    **dict.fromkeys(("63013", "63032", "63049"), _RULES),
    **dict.fromkeys(("63018", "20429", "429"), _BUSY),
    **dict.fromkeys(("63010", "63012"), _TROUBLE),
    **dict.fromkeys(("unknown", "interrupted"), _DOUBT),
    "63015": _("This is a test number of the app, which the patient has not joined."),
    "21617": _("The message was too long for the app."),
    "21658": _("The message was too long for the app."),
    "rejected": _("The app refused the message."),
    "undelivered": _("The app could not deliver it, and did not say why."),
    "unrenderable": _("The assistant could not write it. Please tell the person who runs it."),
}
_OTHER = _(
    "The app could not deliver it. Its code is {code}, for the person who runs the assistant."
)

_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A message that did not reach the patient."""

    at: datetime
    channel: str
    state: str
    reason: str
    reply: Reply

    def why(self, say: Callable[[Text], str]) -> str:
        """The reason in words."""
        if self.state == "kept":
            return ""
        return say(reason_words(self.reason))

    def what_became(self, say: Callable[[Text], str]) -> str:
        """What became of it."""
        return say(_STATES[self.state])


def reason_words(code: str) -> Text:
    """Why a message was not delivered; an unknown code is named."""
    # What Twilio refuses at once has its name before the number.
    code = code.removeprefix("twilio_")
    return _REASONS.get(code) or _OTHER.with_(code=code or "–")


async def undelivered_of(db: Database, case_id: str) -> list[Undelivered]:
    """What did not reach the patient of a case, the newest first."""
    query = (
        sa.select(
            message.c.created_at,
            message.c.channel,
            message.c.state,
            message.c.reason,
            message.c.body,
            session.c.reach,
        )
        .join(session, session.c.id == message.c.session_id)
        .where(
            message.c.case_id == case_id,
            message.c.direction == "out",
            message.c.state.in_(tuple(_STATES)),
            message.c.body.is_not(None),
        )
        .order_by(message.c.id.desc())
        .limit(_MOST)
    )

    async def read(tx: AsyncConnection) -> list[Undelivered]:
        return [_undelivered(row) for row in await tx.execute(query)]

    return await db.read(read)


def _undelivered(row: Row) -> Undelivered:
    # What was held behind another message has its reason from the chat.
    shut = "blocked" if row.reach == "blocked" else "outside_window"
    return Undelivered(
        at=moment(row.created_at),
        channel=row.channel,
        state=row.state,
        reason=row.reason or (shut if row.state == "held" else ""),
        reply=load(Reply, row.body),
    )
