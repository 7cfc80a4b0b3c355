"""/help: what can be done here, and the usual questions."""

from checklist.text import _
from handlers.asides.privacy import RIGHTS
from handlers.command import Command, stay
from handlers.step import Move, View

_ONE_THING = _("I ask for one thing at a time. You can answer with a button or in your own words.")
#: These are of use where there is a case.
_WITH_A_CASE = (
    _("You can send files at any moment, many at once. For every file I tell you what I found."),
    _(
        "You can write one of these words.\n“status”: see what is there.\n“back”: go back.\n"
        "“language”: change the language.\n“human”: talk to a person.\n"
        "“privacy”: see who reads this.\n“delete”: erase all of it."
    ),
    RIGHTS,
    _("Write “/continue” to go on in another app. A helper can join in the same way."),
    _("Write “chats” to see who is part of your case, or to remove one."),
    _(
        "Write “letter” for a letter to a hospital. Write “reminders” to switch reminders on or off."
    ),
)


def _run(view: View) -> Move:
    more = _WITH_A_CASE if view.case.consented else ()
    return stay(view, aside="faq", say=(_ONE_THING, *more))


COMMAND = Command(id="help", run=_run)
