"""Copies: everything that is kept of a case, for the patient: how it is asked for."""

from __future__ import annotations

from checklist.text import _
from handlers.consenting import actor_of
from handlers.effects import MakeCopy, RecordAudit
from handlers.own_copy import in_words
from handlers.step import Move, View


def asked_for(view: View) -> Move:
    """Have it put together. Where there is no page it is said at once, in words."""
    audit = RecordAudit(actor=actor_of(view), action="copy.asked")
    if not view.web_address:
        return Move(
            case=view.case,
            phase=view.session.phase,
            say=(_IN_WORDS, *in_words(view)),
            effects=(audit,),
        )
    make = MakeCopy(copy_id=view.ids(), locale=view.locale)
    return Move(case=view.case, phase=view.session.phase, say=(_SOON,), effects=(make, audit))


_SOON = _("I put a copy of everything together. That may take some minutes. I write to you here.")
_IN_WORDS = _("This is what is kept of you. A coordinator can give you the files.")
