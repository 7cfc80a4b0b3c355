"""The words of a conversation in the coordinators' language. The patient's own stay what they are."""

from __future__ import annotations

from dataclasses import replace

from checklist.desk import SaidAgain
from handlers.acts.outcome import Acted, trail
from handlers.step import View
from handlers.updates import CoordinatorActed

_LONGEST = 8000


def say_again(view: View, act: CoordinatorActed) -> Acted:
    """What one message says, `values` `message`, in the language `locale`. No words take it back."""
    number, locale = act.values.get("message", ""), act.values.get("locale", "")
    if not number.isdecimal() or not locale:
        return view, ()
    message, words = int(number), act.text.strip()[:_LONGEST]
    desk = view.case.desk
    others = tuple(one for one in desk.said_again if (one.message, one.locale) != (message, locale))
    said = SaidAgain(message=message, locale=locale, text=words, by=act.coordinator, at=view.now)
    kept = (*others, said) if words else others
    view = replace(view, case=replace(view.case, desk=replace(desk, said_again=kept)))
    return view, (trail(act, "message.translated" if words else "message.untranslated", number),)
