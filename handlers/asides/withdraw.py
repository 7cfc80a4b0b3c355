"""What was agreed to, point by point, and each taken back with one tap.

A yes in place of a no is asked for in its full words (`asides/agree.py`). Without the one that is
needed nobody works on the case, so that one is confirmed, and a copy is offered first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, cast

from checklist.consents import Point, newest
from checklist.dates import PartialDate
from checklist.text import _, _c
from handlers.consenting import AGREE, NAMES, line_of, may_agree_again, offered, said_of
from handlers.copies import asked_for
from handlers.reminders import with_reminders
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick
from handlers.steps import consent
from handlers.steps.stopped import ONLY_THE_PATIENT

ID: Final = "withdraw"
#: What the draft holds while it is asked whether all is to stop.
_STOPPING: Final = "withdraw_all"

_REMINDERS = Choice(id="reminders", label=_c("button", "Reminders"))
_GO_ON = Choice(id="go_on", label=_("Go on"))
_STOP = (
    Choice(id="stop", label=_c("button", "Stop the work")),
    Choice(id="copy", label=_c("button", "Get a copy")),
    _GO_ON,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAside:
    """The list, or the question whether all is to stop."""

    id: str = ID

    def prompt(self, view: View) -> Prompt:
        """Every point with its state, and a button for each."""
        if _STOPPING in view.session.draft:
            ask = _(
                "Without this, nobody works on your case any more, and it goes to no specialist. "
                "Do you want a copy of everything first?"
            )
            return Prompt(text=(ask,), choices=_STOP, expects="choice")
        head = _("This is what you agreed to. Press one to change it.")
        consents = view.case.consents
        lines = tuple(line_of(point, newest(consents, point)) for point in _points(view))
        said = view.case.reminding
        if said is not None and said.given is not None:
            yes, no = _("• {what}: yes, since {date}"), _("• {what}: no, since {date}")
            since = PartialDate.of(said.at.date())
            one = (yes if said.given else no).with_(what=_REMINDERS.label, date=since)
            lines = (*lines, one)
        return Prompt(text=(head, *lines), choices=_choices(view), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the buttons. What stops everything is never guessed."""
        choices = _STOP if _STOPPING in view.session.draft else _choices(view)
        choice = pick(view, choices, said, near=False)
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Take a point back, ask for a yes to it, or go on."""
        draft = {k: v for k, v in view.session.draft.items() if k != _STOPPING}
        phase = view.session.phase
        match said.choice:
            case "go_on" | None:
                return Move(case=view.case, phase=phase, draft=draft)
            case "keep":
                return Move(
                    case=view.case, phase=phase, aside=ID, draft={**draft, _STOPPING: "yes"}
                )
            case "copy":
                return replace(asked_for(view), aside=ID)
            case "stop":
                return consent.stopped(view)
            case "reminders":
                given = view.case.reminding is not None and view.case.reminding.given is not True
                case, effects = with_reminders(view, given=given, stop=not given)
                return Move(case=case, phase=phase, aside=ID, draft=draft, effects=effects)
        point = cast(Point, said.choice)
        if not may_agree_again(view, point):
            return Move(case=view.case, phase=phase, aside=ID, draft=draft, say=(ONLY_THE_PATIENT,))
        if not view.case.agrees(point):
            return Move(case=view.case, phase=phase, aside=AGREE, draft={**draft, AGREE: point})
        consent_, effects = said_of(view, point, given=False)
        case = view.case.with_consent(consent_)
        gone = view.case.submitted_at is not None and point == "abroad"
        say = (_SENT_ALREADY,) if gone else ()
        return Move(case=case, phase=phase, aside=ID, draft=draft, say=say, effects=effects)


def begun(view: View) -> Move:
    """The list, also for somebody who was asked whether all is to stop, and wrote of something else."""
    draft = {k: v for k, v in view.session.draft.items() if k != _STOPPING}
    return Move(case=view.case, phase=view.session.phase, aside=ID, draft=draft)


def _points(view: View) -> tuple[Point, ...]:
    """Those that this service has a use for, and those that were answered before it had none."""
    known = tuple(p for p in NAMES if p != "keep" and newest(view.case.consents, p) is not None)
    return ("keep", *dict.fromkeys((*offered(view), *known)))


def _choices(view: View) -> tuple[Choice, ...]:
    points = tuple(Choice(id=point, label=NAMES[point]) for point in _points(view))
    said = view.case.reminding
    reminders = (_REMINDERS,) if said is not None and said.given is not None else ()
    return (*points, *reminders, _GO_ON)


_SENT_ALREADY = _("What was sent already can't be called back by me. The coordinators know.")

ASIDE = WithdrawAside()
