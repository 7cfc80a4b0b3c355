"""/upload: a private page for whole CDs and very large files."""

from handlers.command import Command, stay, too_early
from handlers.links import own_link
from handlers.step import Move, View


def _run(view: View) -> Move:
    if not view.case.consented:
        return too_early(view)
    item = view.catalog.item(view.session.step)
    words, effects = own_link(view, item.id if item else None)
    return stay(view, say=(words,), effects=effects)


COMMAND = Command(id="upload", run=_run)
