"""Ask for the main problem, in the patient's own words."""

from checklist.text import _
from handlers.text_step import TextStep

STEP = TextStep(
    id="problem",
    ask=_(
        "What is the main problem? Please say it in your own words, in two or three sentences. "
        "For example: I have had back pain for a year, and a doctor advises an operation."
    ),
    ask_helper=_(
        "What is the patient's main problem? Please say it in your own words, in two or three "
        "sentences. For example: She has had back pain for a year, and a doctor advises an operation."
    ),
)
