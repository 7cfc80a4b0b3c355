"""Leaving: a chat is taken out of a case, and who may do that."""

from __future__ import annotations

from checklist.case import Case, Chat
from checklist.dates import PartialDate
from checklist.text import Text, _
from handlers.effects import Effect, RecordAudit, RemoveChat, RevokeLink
from handlers.step import View, writer_of


def removable(view: View) -> tuple[Chat, ...]:
    """The chats that whoever writes here may take out.

    The last one stays, for a case without any can't be answered. A helper doesn't take out the
    patient: they take out helpers, or leave.
    """
    case = view.case
    if len(case.chats) < 2:
        return ()
    if writer_of(view.session, case) != "helper":
        return case.chats
    mine = view.session.id
    return tuple(c for c in case.chats if c.id == mine or case.writer_in(c) == "helper")


def taken_out(case: Case, chat_id: str, audit: RecordAudit) -> tuple[Case, tuple[Effect, ...]]:
    """The case without the chat, and what ends with it: the links that were handed out there."""
    links = tuple(RevokeLink(link_id=share.id) for share in case.shares if share.chat == chat_id)
    return case.without_chat(chat_id), (*links, audit, RemoveChat(chat=chat_id))


def chat_words(case: Case, chat: Chat) -> Text:
    """A chat in words: where, who, and since when. Never an address."""
    return _(
        "{channel}, {who}, since {date}",
        channel=CHANNELS.get(chat.channel, ANOTHER_APP),
        who=who_writes(case, chat),
        date=PartialDate.of(chat.since.date()),
    )


def who_writes(case: Case, chat: Chat) -> Text:
    """Who writes in a chat; a helper by the name that they gave."""
    match case.writer_in(chat):
        case "patient":
            return _("the patient")
        case "helper":
            said = case.answer("role")
            own = said.note if said is not None and not chat.writer else ""
            name = chat.name or own
            return _("a helper: {name}", name=name) if name else _("a helper")
        case _:
            return _("not said yet")


ANOTHER_APP = _("another app")
CHANNELS: dict[str, Text] = {
    "telegram": _("Telegram"),
    "whatsapp": _("WhatsApp"),
    "web": _("web page"),
    "terminal": _("terminal"),
}
