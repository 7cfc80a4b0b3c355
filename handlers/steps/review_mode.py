"""Ask whether the records are reviewed from afar, or the patient will travel."""

from checklist.text import _
from handlers.choice_step import ChoiceStep
from handlers.replies import Choice

STEP = ChoiceStep(
    id="review_mode",
    ask=_(
        "Should the specialist look at your records from afar, or do you want to travel to the "
        "hospital?"
    ),
    ask_helper=_(
        "Should the specialist look at the patient's records from afar, or does the patient want to "
        "travel to the hospital?"
    ),
    choices=(
        Choice(id="remote", label=_("From afar")),
        Choice(id="in_person", label=_("Travel there")),
        Choice(id="not_sure", label=_("Not sure yet")),
    ),
)
