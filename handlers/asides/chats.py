"""The chats that are part of the case: where, who and since when; and how one is taken out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.case import Chat
from checklist.text import Text, _
from handlers.effects import Actor, RecordAudit
from handlers.leaving import chat_words, removable, taken_out
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick, writer_of

#: What the draft calls the chat that is to be taken out, until that is confirmed.
LEAVING = "leaving"

_GO_ON = Choice(id="go_on", label=_("Go on"))
_YES = Choice(id="yes", label=_("Yes, take it out"))
_NO = Choice(id="no", label=_("No, keep it"))
_OUT = "out-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatsAside:
    """The list, with a button for each chat that may be taken out; then one clear question."""

    id: str = "chats"

    def prompt(self, view: View) -> Prompt:
        """The list, or whether a chat is to be taken out."""
        if chat := _leaving(view):
            return Prompt(text=_sure(view, chat), choices=(_YES, _NO), expects="choice")
        case = view.case
        lines = tuple(_line(view, n, chat) for n, chat in enumerate(case.chats, 1))
        more = _HOW if removable(view) else _ONLY if len(case.chats) == 1 else _NOT_YOURS
        return Prompt(text=(_THESE, *lines, more), choices=_choices(view), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the buttons. Who loses a case by it is never guessed."""
        shown = (_YES, _NO) if _leaving(view) else _choices(view)
        choice = pick(view, shown, said, near=False)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Ask once more, take it out, or go on."""
        phase = view.session.phase
        draft = {k: v for k, v in view.session.draft.items() if k != LEAVING}
        here = Move(case=view.case, phase=phase, draft=draft)
        chat = _leaving(view)
        match said.choice:
            case "yes" if chat is not None:
                return _removed(view, chat, here)
            case "no":
                return replace(here, say=(_KEPT,))
            case str() as choice if choice.startswith(_OUT):
                picked = view.case.chats[int(choice.removeprefix(_OUT)) - 1]
                return replace(here, aside=self.id, draft={**draft, LEAVING: picked.id})
            case _:
                return here


def _choices(view: View) -> tuple[Choice, ...]:
    may = {chat.id for chat in removable(view)}
    out = tuple(
        Choice(id=f"{_OUT}{number}", label=_("Take out: {number}", number=number))
        for number, chat in enumerate(view.case.chats, 1)
        if chat.id in may
    )
    return (*out, _GO_ON)


def _line(view: View, number: int, chat: Chat) -> Text:
    words = chat_words(view.case, chat)
    if chat.id == view.session.id:
        return _("• {number}: {chat} (this chat)", number=number, chat=words)
    return _("• {number}: {chat}", number=number, chat=words)


def _sure(view: View, chat: Chat) -> tuple[Text, ...]:
    if chat.id == view.session.id:
        return (
            _(
                "Shall I take this chat out of the case? Then I say nothing more of the case here. "
                "What you write here does not reach it. What was sent stays with the case."
            ),
        )
    return (
        _(
            "Shall I take this chat out of the case: {chat}? Then I say nothing more of the case "
            "there. What is written there does not reach it. What was sent stays with the case.",
            chat=chat_words(view.case, chat),
        ),
    )


def _removed(view: View, chat: Chat, here: Move) -> Move:
    helps = writer_of(view.session, view.case) == "helper"
    actor: Actor = "helper" if helps else "patient"
    audit = RecordAudit(actor=actor, action="chat.removed", object=chat.id)
    words = _(
        "Done. This chat is no part of your case any more: {chat}", chat=chat_words(view.case, chat)
    )
    case, effects = taken_out(view.case, chat.id, audit)
    # This chat itself is told what every chat is told that was taken out.
    mine = chat.id == view.session.id
    return replace(here, case=case, effects=effects, say=() if mine else (words,), ask=not mine)


def _leaving(view: View) -> Chat | None:
    """The chat that waits to be taken out, if it still may be."""
    chat_id = view.session.draft.get(LEAVING, "")
    return next((chat for chat in removable(view) if chat.id == chat_id), None)


ASIDE = ChatsAside()

_THESE = _("These chats are part of your case. Whoever writes there sees it and can change it.")
_HOW = _("To take one out, press its button. To add one, write “/continue”.")
_ONLY = _("It is the only one, so it stays. To add another, write “/continue”.")
_NOT_YOURS = _("Only the patient or a coordinator can take out a chat of the patient.")
_KEPT = _("All right. Nothing has changed.")
