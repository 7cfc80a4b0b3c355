"""Ask whether the records are reviewed from afar, or the patient will travel."""

from checklist.text import _
from handlers.choice_step import ChoiceStep
from handlers.replies import Choice

STEP = ChoiceStep(
    id="review_mode",
    ask=_("The specialist can look at your records from afar. Or do you want to travel there?"),
    ask_helper=_(
        "The specialist can look at the patient's records from afar. "
        "Or does the patient want to travel there?"
    ),
    choices=(
        Choice(id="remote", label=_("From afar")),
        Choice(id="in_person", label=_("Travel there")),
        Choice(id="not_sure", label=_("Not sure yet")),
    ),
)
