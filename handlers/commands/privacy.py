"""/privacy: who sees what, and how to have it erased."""

from checklist.text import _
from handlers.command import Command, stay
from handlers.step import Move, View


def _run(view: View) -> Move:
    return stay(
        view,
        say=(
            _("What you write and send here is kept for one thing: to prepare your case."),
            _(
                "The coordinators see it. They pass it on to the specialist and a translator. "
                "Nobody else sees it."
            ),
            _("Whoever writes in a chat of your case sees it too. “chats” shows which there are."),
            _("Write “delete” at any time, and all of it is erased."),
        ),
    )


COMMAND = Command(id="privacy", run=_run)
