"""After a no to keeping records: nothing was kept, and the door stays open."""

from checklist.text import _
from handlers.choice_step import ChoiceStep
from handlers.replies import Choice

STEP = ChoiceStep(
    id="declined",
    ask=_(
        "That is all right. I kept nothing of what you sent. "
        "If you change your mind, press the button or just write to me."
    ),
    choices=(Choice(id="again", label=_("Start again")),),
    next={"again": "consent"},
)
