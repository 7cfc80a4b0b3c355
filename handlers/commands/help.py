"""/help: what can be done here, and the usual questions."""

from checklist.text import _
from handlers.command import Command, stay
from handlers.step import Move, View


def _run(view: View) -> Move:
    return stay(
        view,
        aside="faq",
        say=(
            _("I ask for one thing at a time. You can answer with a button or in your own words."),
            _(
                "You can send files at any moment, many at once. For every file I tell you what I found."
            ),
            _(
                "You can write one of these words.\n“status”: see what is there.\n“back”: go back.\n"
                "“language”: change the language.\n“human”: talk to a person.\n"
                "“privacy”: see who reads this.\n“delete”: erase all of it."
            ),
            _("Write “/continue” to go on in another app. A helper can join in the same way."),
            _("Write “chats” to see who is part of your case, or to remove one."),
            _(
                "Write “letter” for a letter to a hospital. "
                "Write “reminders” to switch reminders on or off."
            ),
        ),
    )


COMMAND = Command(id="help", run=_run)
