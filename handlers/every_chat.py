"""Every chat: what all chats of a case are told at once, each in its own language.

A turn belongs to one chat. Where it changes what holds for all of them (`TellChats`), the shell adds an
update to each of the others, and each of them says it in a turn of its own. So the words fit its
language, its channel and who writes there, and what is known of a chat that can't be written to holds.
"""

from __future__ import annotations

from dataclasses import replace

from checklist.case import Case
from checklist.consents import newest
from checklist.text import Text, _
from handlers.asides import emergency
from handlers.consenting import CHANGE
from handlers.effects import Effect, RecordAudit
from handlers.retention import warning
from handlers.step import Move, View
from handlers.steps import stopped
from handlers.turn import apply, reply_of
from handlers.updates import CaseNews, News

Heard = tuple[View, tuple[Effect, ...]]


def news_came(view: View, update: CaseNews) -> Heard:
    """Say it here, unless it is not so any more."""
    case = view.case
    match update.news:
        case "stopped" if case.withdrawn:
            return _told(view, update.news, (was_stopped(case),))
        case "goes_on" if case.consented:
            return _told(view, update.news, (_GOES_ON, CHANGE))
        case "warned" if case.warned_at is not None:
            return _said(view, update.news, (warning(view),), ask=False)
    return view, ()


def was_stopped(case: Case) -> Text:
    """That the work on a case was stopped, said in a chat in which it was not."""
    said = newest(case.consents, "keep")
    return _BY_A_HELPER if said is not None and said.by == "helper" else _STOPPED


def _told(view: View, news: News, words: tuple[Text, ...]) -> Heard:
    """The words, and the question that stands now: nothing that was asked before is answered by a yes.

    The help of an emergency stays where it is; the question follows when it is over.
    """
    session = view.session
    stays = session.aside == emergency.ASIDE.id
    if news == "stopped":
        # Also where somebody was just about to agree again.
        held = session.aside if stays else ""
        draft = session.draft if stays else {}
        move = Move(case=view.case, goto=stopped.ID, aside=held, draft=draft)
        view = apply(view, move)
    elif session.aside in stopped.KEPT and not stays:
        view = replace(view, session=replace(session, aside=""))
    human = session.mode == "human" and news == "goes_on"
    return _said(view, news, words, ask=not (stays or human))


def _said(view: View, news: News, words: tuple[Text, ...], *, ask: bool) -> Heard:
    audit = RecordAudit(actor="system", action="chat.told", object=news)
    return view, (audit, *reply_of(view, words, ask=ask, everywhere=True))


_STOPPED = _("The work on this case was stopped in another chat.")
_BY_A_HELPER = _("A helper has stopped the work on this case in another chat.")
_GOES_ON = _("We go on. Somebody agreed again in another chat of this case.")
