"""A copy of a case is ready: it is handed over by a private link, which ends after three days."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from checklist.text import Text, _
from handlers.effects import Effect, MakeLink, NotifyCoordinators, RecordAudit
from handlers.moving import Heard
from handlers.step import View
from handlers.turn import reply_of
from handlers.updates import CopyMade

#: How long the link works; then the copy is deleted.
LASTS: Final = timedelta(days=3)


def copy_made(view: View, made: CopyMade) -> Heard:
    """Hand it over by a link of its own, or say that it could not be made."""
    if view.case.erased or not (view.case.consented or view.case.withdrawn):
        # It was erased meanwhile; the copy, which no link names, is swept.
        return view, ()
    if not made.blob_id:
        key = f"{view.case.id}:failed:copy:{made.copy_id}"
        told: Effect = NotifyCoordinators(reason="failed", key=key)
        return view, (told, *reply_of(view, (_FAILED,), ask=False))
    token = f"{view.ids()}{view.ids()}"
    link = MakeLink(
        link_id=view.ids(),
        token=token,
        ends=view.now + LASTS,
        item=made.blob_id,
        purpose="copy",
    )
    address = f"{view.web_address}/k/{token}"
    audit = RecordAudit(actor="system", action="copy.made", object=made.copy_id)
    say: tuple[Text, ...] = (_READY.with_(link=address),)
    return view, (link, audit, *reply_of(view, say, ask=False))


_READY = _(
    "Your copy is ready: {link} It has your answers, your files and who looked at them. "
    "It is deleted here after 3 days. Please don't pass the link on.",
    link="",
)
_FAILED = _("I could not put your copy together. I told a coordinator, who will write to you here.")
