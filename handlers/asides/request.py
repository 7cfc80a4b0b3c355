"""A coordinator asks for one more record: why, in the patient's language, and their own words apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from checklist.desk import Reason, Request, RequestState
from checklist.text import Text, _
from handlers.effects import CancelTimer, Effect, SetTimer
from handlers.item import CAN_GET, HOW, NONE, item_of
from handlers.links import own_link
from handlers.receipt_words import describe
from handlers.reminders import by_day
from handlers.replies import Choice, Prompt
from handlers.requests import ASIDE_ID, ASKED, changed, standing, told
from handlers.step import Move, Said, View, pick

_UPLOAD = Choice(id="upload", label=_("A whole CD"))
_CHOICES = (CAN_GET, NONE, HOW, _UPLOAD)

#: When to ask again for what the patient can get.
_ASK_AGAIN = timedelta(days=3)

_REASONS: Final[Mapping[Reason, Text]] = {
    "images": _("The written report is here. The specialist needs the picture files too."),
    "report": _("The pictures are here. The specialist needs the written report too."),
    "unreadable": _(
        "What came can't be read well. Please send it once more, as a file or clear photo."
    ),
    "pages": _("Some pages are not here yet. Please send all pages."),
    "newer": _("The specialist needs a newer one."),
    "other_file": _("What came seems to be another record. Please look once more."),
    "more": _("It helps the specialist to answer your questions."),
}
_A_LETTER = _("I can also write a letter to the hospital for it. Write “letter”.")
_NOT_NEEDED = _("Nothing more is needed just now.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAside:
    """The request that stands. Files answer it; it can be promised, or not be had."""

    id: str = ASIDE_ID

    def prompt(self, view: View) -> Prompt:
        """What is asked for, and why. Each button names its request: more than one may be open."""
        request = standing(view)
        if request is None:
            return Prompt(text=(_NOT_NEEDED,))
        choices = tuple(replace(c, id=f"{c.id}-{request.number}") for c in _CHOICES)
        return Prompt(text=words_of(view, request), choices=choices, expects="files")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the answers, for the request whose button was pressed or else the standing one."""
        request = standing(view)
        if request is None:
            return None
        if said.choice is None:
            choice = pick(view, _CHOICES, said)
            choice = choice or {"no": NONE.id}.get(view.meant(said.text) or "")
            return (
                None
                if choice is None
                else Said(text=said.text, choice=f"{choice}-{request.number}")
            )
        choice, _dash, number = said.choice.rpartition("-")
        known = any(str(one.number) == number for one in view.case.open_requests)
        return said if known and any(c.id == choice for c in _CHOICES) else None

    def follow(self, view: View, said: Said) -> Move:
        """Note it; the coordinators hear of what can't be had."""
        choice, _dash, number = (said.choice or "").rpartition("-")
        found = (one for one in view.case.open_requests if str(one.number) == number)
        request = next(found, None) or standing(view)
        phase = view.session.phase
        if request is None:
            return Move(case=view.case, phase=phase)
        match choice:
            case "how":
                item = item_of(view, request.item)
                how = view.of(item.how, item.how_helper)
                return self._again(view, request, (how, _A_LETTER), ())
            case "upload":
                words, effects = own_link(view, request.item)
                return self._again(view, request, (words,), effects)
            case "none":
                case = changed(view.case, replace(request, state="absent"))
                thanks = _("Thank you for telling me. I told the coordinator.")
                forget = CancelTimer(key=timer_key(view, request))
                effects = (*told(case, request), forget)
                ask = case.submitted_at is None
                return Move(case=case, phase=phase, say=(thanks,), effects=effects, ask=ask)
            case _:
                return self._promised(view, request)

    def _again(
        self, view: View, request: Request, words: tuple[Text, ...], effects: tuple[Effect, ...]
    ) -> Move:
        draft = {**view.session.draft, ASKED: str(request.number)}
        return Move(
            case=view.case, phase=view.session.phase, aside=self.id, draft=draft, say=words,
            effects=effects, ask=False,
        )  # fmt: skip

    def _promised(self, view: View, request: Request) -> Move:
        state: RequestState = "promised"
        case = changed(view.case, replace(request, state=state))
        timer = SetTimer(
            name="requested", key=timer_key(view, request), at=by_day(case, view.now + _ASK_AGAIN)
        )
        thanks = _("Thank you. I will ask you again in a few days. You can send it at any time.")
        ask = case.submitted_at is None
        return Move(case=case, phase=view.session.phase, say=(thanks,), effects=(timer,), ask=ask)


def words_of(view: View, request: Request) -> tuple[Text, ...]:
    """The request as the patient reads it: who asks, for what, why, and in whose words."""
    item = item_of(view, request.item)
    record = view.case.record(request.record_id)
    about = (_("It is about this one: {record}", record=describe(record)),) if record else ()
    own = (
        (_("{name} wrote: “{words}”", name=request.by, words=request.words),)
        if request.words
        else ()
    )
    return (
        _(
            "{name}, a coordinator, asks you for one more record. It is for this part: {item}.",
            name=request.by,
            item=item.title,
        ),
        *about,
        _REASONS[request.reason],
        *own,
        _("Please send it here. If you don't have it, that is all right: just tell me."),
    )


def not_needed(view: View, request: Request) -> Text:
    """The words that take a request back."""
    title = item_of(view, request.item).title
    return _("This is not needed any more: {item}. Thank you.", item=title)


def timer_key(view: View, request: Request) -> str:
    """The key of the timer that asks again for a request."""
    return f"{view.case.id}:requested:{request.number}"


ASIDE = RequestAside()
