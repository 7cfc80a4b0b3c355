"""/share: a link by which somebody else sends records, and its end."""

from dataclasses import replace

from handlers.asides.share import NAMED
from handlers.command import Command, stay, too_early
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented:
        return too_early(view)
    # A name that was never confirmed is asked for anew.
    draft = {key: words for key, words in view.session.draft.items() if key != NAMED}
    return replace(stay(view, aside="share"), draft=draft)


COMMAND = Command(id="share", run=_run)
