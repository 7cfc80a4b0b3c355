"""/chats: the chats that are part of the case, and how one is taken out."""

from dataclasses import replace

from handlers.asides.chats import LEAVING
from handlers.command import Command, stay, too_early
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented:
        return too_early(view)
    # A chat that was never confirmed is asked about anew.
    draft = {key: words for key, words in view.session.draft.items() if key != LEAVING}
    return replace(stay(view, aside="chats"), draft=draft)


COMMAND = Command(id="chats", run=_run)
