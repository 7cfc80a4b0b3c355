"""/help: what can be done here."""

from checklist.text import _
from handlers.command import Command, stay
from handlers.step import Move, View


def _run(view: View) -> Move:
    return stay(
        view,
        say=(
            _("I ask for one thing at a time. You can answer with a button or in your own words."),
            _(
                "You can send files at any moment, many at once. For every file I tell you what I found."
            ),
            _(
                "You can write: “status” to see what is there, “back” to go back, "
                "“language” to change the language, “human” to talk to a person, "
                "“privacy” to see who reads this, “delete” to erase everything."
            ),
            _("To go on in another app, or together with somebody who helps, write “/continue”."),
            _("Write “chats” to see who is part of your case, or to remove one."),
        ),
    )


COMMAND = Command(id="help", run=_run)
