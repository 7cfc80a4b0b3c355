"""Cards: one message for each case in the coordinators' Telegram chat, edited in place.

It shows how the case stands and has the buttons "take" and "open". An edit makes no sound, so what must
be heard at once is said in a short answer to it as well.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from bot.channels.telegram_cards import TAKE
from bot.handoff.notices import NoticeFailed, NoticeSettings, telegram
from checklist.case import Case, CaseStatus
from checklist.text import Text, _, _c
from handlers.effects import NoticeReason

#: What somebody must hear of at once.
LOUD: Final[Collection[NoticeReason]] = frozenset(
    {
        "submitted",
        "human",
        "emergency",
        "delivery_failed",
        "blocked",
        "failed",
        "no_room",
        "not_taken",
        "answered",
        "questions",
        "asked",
    }
)

_STATUS: Final[Mapping[CaseStatus, Text]] = {
    "collecting": _("Collecting"),
    "submitted": _("Submitted"),
    "accepted": _("Accepted"),
    "in_translation": _("In translation"),
    "in_review": _("In review"),
    "opinion_ready": _("Opinion ready"),
    "closed": _("Closed"),
}
TAKE_LABEL: Final = _c("button", "Take the case")
OPEN_LABEL: Final = _c("button", "Open")

#: What the Bot API says of an edit that would change nothing, and of one that can't be made.
#: https://core.telegram.org/bots/api#editmessagetext
_SAME: Final = "message is not modified"
_GONE: Final = ("message to edit not found", "message can't be edited", "message_id_invalid")


class CardGone(Exception):
    """The card is not in the chat any more, or too old: a new one is to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a card shows. `take` is the case that its button takes, "" for none; `address` opens it."""

    text: str
    take: str = ""
    take_label: str = ""
    address: str = ""
    open_label: str = ""


def state_of(case: Case) -> tuple[Text, ...]:
    """Where a case stands and who has it, in two lines."""
    who = case.desk.assignee
    taken = _("Taken by {name}", name=who) if who else _("Nobody has taken it yet")
    return (_STATUS[case.status], taken)


async def send(chat: str, card: Card, settings: NoticeSettings) -> int:
    """Send a new card; the id of its message. Raises `NoticeFailed`."""
    body = {"chat_id": chat, "text": card.text, "reply_markup": _keyboard(card)}
    sent = await telegram("sendMessage", body, settings)
    number = sent.get("message_id")
    return number if isinstance(number, int) else 0


async def edit(chat: str, message_id: int, card: Card, settings: NoticeSettings) -> None:
    """Show the card as it is now. Raises `CardGone` and `NoticeFailed`."""
    body = {
        "chat_id": chat,
        "message_id": message_id,
        "text": card.text,
        "reply_markup": _keyboard(card),
    }
    try:
        await telegram("editMessageText", body, settings)
    except NoticeFailed as error:
        said = str(error).lower()
        if error.status != 400 or _SAME in said:
            if _SAME in said:
                return
            raise
        if any(gone in said for gone in _GONE):
            raise CardGone from None
        raise


async def call(chat: str, message_id: int, text: str, settings: NoticeSettings) -> None:
    """Say something beneath the card that makes a sound. Raises `NoticeFailed`."""
    reply = {"message_id": message_id, "allow_sending_without_reply": True}
    body: dict[str, Any] = {"chat_id": chat, "text": text, "reply_parameters": reply}
    await telegram("sendMessage", body, settings)


def _keyboard(card: Card) -> str:
    """The buttons. Telegram refuses an address that only this machine knows."""
    row: list[dict[str, str]] = []
    if card.take:
        row.append({"text": card.take_label, "callback_data": f"{TAKE}{card.take}"})
    host = urlsplit(card.address).hostname or ""
    if "." in host and not host.startswith("127."):
        row.append({"text": card.open_label, "url": card.address})
    return json.dumps({"inline_keyboard": [row] if row else []}, ensure_ascii=False)
