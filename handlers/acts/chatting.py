"""A coordinator takes a chat out of the case (`values` `chat`, its id)."""

from __future__ import annotations

from dataclasses import replace

from checklist.text import _
from handlers.acts.outcome import Acted, trail
from handlers.leaving import chat_words, taken_out
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CoordinatorActed


def remove_chat(view: View, act: CoordinatorActed) -> Acted:
    """Take it out, unless it is the last one, and tell the patient where it isn't their own."""
    chat = view.case.chat(act.values.get("chat", ""))
    if chat is None or len(view.case.chats) < 2:
        return view, ()
    told = _(
        "{coordinator}, a coordinator, took a chat out of your case: {chat}",
        coordinator=act.coordinator,
        chat=chat_words(view.case, chat),
    )
    case, effects = taken_out(view.case, chat.id, trail(act, "chat.removed", chat.id))
    view = replace(view, case=case)
    said = () if chat.id == view.session.id else reply_of(view, (told,), ask=False)
    return view, (*effects, *said)
