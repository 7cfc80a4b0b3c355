"""Ask for the patient's name as in the passport: every record must carry the same one."""

from checklist.text import _
from handlers.text_step import TextStep

STEP = TextStep(
    id="name",
    ask=_("What is your full name, as it is written in your passport?"),
    ask_helper=_("What is the patient's full name, as it is written in the passport?"),
)
