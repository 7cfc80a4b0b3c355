"""The letters to hospitals at the desk: when they were sent, what became of them, and each as a PDF."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.case_doors import CaseDoors
from bot.web.desk_queries import CaseRow
from bot.web.letter import letter_offer
from bot.web.offers import lead, session_of
from bot.web.people import Coordinator
from bot.web.shell import Shell
from checklist.case import Case
from checklist.letter_words import LETTER_NAMES
from checklist.letters import LetterState, letter_of
from checklist.record_laws import REVIEWED_BY, provision_of
from checklist.text import Text, _, _c
from handlers.languages import Languages

LETTERS: Final[Mapping[str, Text]] = {
    "letters": _("Letters to hospitals"),
    "letters_law": _(
        "A letter here names a law. No lawyer has checked the table of laws yet: "
        "please look at it before you rely on it."
    ),
    "letter_open": _c("button", "Open the letter"),
}

_STATES: Final[Mapping[LetterState, Text]] = {
    "": _c("letter", "made, not known to be sent"),
    "sent": _c("letter", "sent on {date}, no answer yet"),
    "answered": _c("letter", "sent on {date}, answered"),
    "refused": _c("letter", "sent on {date}, the hospital refused"),
}


class DeskLetters:
    """The route of a letter."""

    def __init__(self, shell: Shell, of_case: CaseDoors) -> None:
        """Take the program, and who lets people in."""
        self._shell = shell
        self._of_case = of_case

    def routes(self) -> list[Route]:
        """All of them."""
        address = "/desk/cases/{case_id}/letters/{number:int}"
        return [Route(address, self._of_case(self.pdf, "took_letter"), methods=["GET"])]

    async def pdf(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """A letter as the patient has it."""
        letter = letter_of(row.case.letters, request.path_params["number"])
        if letter is None:
            return self._of_case.missing()
        offer = letter_offer(row.case.id, letter, self._shell.settings.coordinator_locale)
        offer = replace(offer, session_id=session_of(coordinator))
        return await lead(self._shell, request, offer)


def letters_view(
    case: Case, say: Callable[[Text], str], time: Callable[[datetime], str], languages: Languages
) -> dict[str, Any]:
    """The letters for the template, the newest first, and whether a law is named unchecked."""
    shown = [
        {
            "number": letter.number,
            "what": say(LETTER_NAMES[letter.kind]),
            "language": languages.own_name(letter.locale),
            "made": time(letter.made_at),
            "state": say(_STATES[letter.state].with_(date=letter.sent_on))
            if letter.sent_on
            else say(_STATES[""]),
        }
        for letter in reversed(case.letters)
    ]
    cites = any(provision_of(letter.country) for letter in case.letters)
    return {"all": shown, "unchecked": cites and not REVIEWED_BY}
