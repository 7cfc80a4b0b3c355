"""A reminder: what it says, and what can be answered to it with one tap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from checklist.case import Answer
from checklist.letters import Letter, letter_named
from checklist.text import Text, _
from handlers.asides.letter import again
from handlers.effects import CancelTimer, NotifyCoordinators, OpenHandoff, SetTimer
from handlers.office import when_answered
from handlers.reminders import (
    ABOUT,
    REMINDER,
    SNOOZE,
    by_day,
    expected_key,
    letter_key,
    with_reminders,
    words_about,
)
from handlers.replies import Choice, Prompt
from handlers.step import Move, Said, View, pick

_LABELS: Final[Mapping[str, Text]] = {
    "go_on": _("Go on"),
    "have": _("I have it"),
    "come": _("It has come"),
    "refused": _("They refused"),
    "snooze": _("Not now"),
    "wait": _("Not yet"),
    "stop": _("Stop reminders"),
}
_NUDGE: Final = ("go_on", "snooze", "stop")
_ITEM: Final = ("have", "snooze", "stop")
_LETTER: Final = ("come", "wait", "refused", "stop")
#: When to ask again about a letter that has no answer yet.
_A_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderAside:
    """The reminder that stands. Each button names what it is about, for it may be pressed late."""

    id: str = REMINDER

    def prompt(self, view: View) -> Prompt:
        """Its words, and its buttons."""
        about = view.session.draft.get(ABOUT, "")
        return Prompt(text=words_about(view, about), choices=_choices(about), expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """One of the buttons, or a plain yes, no or "later". Other words are for what stood before."""
        about = view.session.draft.get(ABOUT, "")
        if said.choice is not None:
            what, _dash, about = said.choice.partition("-")
            return said if what in _known(view, about) else None
        choices = _choices(about)
        choice = pick(view, choices, said, near=False)
        if choice is None:
            first, later = choices[0].id, choices[1].id
            meant = {"yes": first, "have": first, "no": later, "none": later, "later": later}
            choice = meant.get(view.meant(said.text) or "")
        return None if choice is None else Said(text=said.text, choice=choice)

    def follow(self, view: View, said: Said) -> Move:
        """Go on, put it off, stop it, or hear what became of it."""
        what, _dash, about = (said.choice or "").partition("-")
        letter = letter_named(view.case.letters, about)
        if what == "stop":
            return _stopped(view, about)
        if letter is not None:
            return _of_letter(view, letter, what)
        match what:
            case "snooze":
                return _put_off(view, about)
            case "have":
                return _has_it(view, about, ())
            case _:
                return Move(case=view.case, phase=view.session.phase)


def _choices(about: str) -> tuple[Choice, ...]:
    kinds = _LETTER if about.isdigit() else _ITEM if about else _NUDGE
    return tuple(
        Choice(id=f"{what}-{about}" if about else what, label=_LABELS[what]) for what in kinds
    )


def _known(view: View, about: str) -> tuple[str, ...]:
    """What can be answered about it; () where there is no such thing."""
    if about.isdigit():
        return _LETTER if letter_named(view.case.letters, about) is not None else ()
    if about:
        return _ITEM if view.catalog.item(about) is not None else ()
    return _NUDGE


def _stopped(view: View, about: str) -> Move:
    case, effects = with_reminders(view, given=False, stop=True)
    key = letter_key(case, int(about)) if about.isdigit() else expected_key(case, about)
    forget = (CancelTimer(key=key),) if about else ()
    words = _("I won't remind you any more. To change that, write “reminders”.")
    phase = view.session.phase
    return Move(case=case, phase=phase, say=(words,), effects=(*effects, *forget), ask=False)


def _put_off(view: View, about: str) -> Move:
    until = by_day(view.case, view.now + SNOOZE)
    case, said = view.case, view.case.reminding
    if said is not None:
        case = replace(case, reminding=replace(said, quiet_until=until))
    # A reminder of nothing in particular is set as after any word: `next_reminder`.
    key = expected_key(case, about)
    timer = (SetTimer(name="expected", key=key, at=until),) if about else ()
    words = _("All right. I will write again in three days at the earliest.")
    return Move(case=case, phase=view.session.phase, say=(words,), effects=timer, ask=False)


def _has_it(view: View, item_id: str, say: tuple[Text, ...]) -> Move:
    item = view.catalog.item(item_id)
    known = view.case.answer(item_id) or Answer(step=item_id, at=view.now)
    case = view.case.with_answer(replace(known, at=view.now, choice="have"))
    forget = CancelTimer(key=expected_key(case, item_id))
    phase = "write" if item is not None and item.collects == "entries" else "files"
    return Move(case=case, goto=item_id, phase=phase, say=say, effects=(forget,))


def _of_letter(view: View, letter: Letter, what: str) -> Move:
    key = letter_key(view.case, letter.number)
    match what:
        case "come":
            view = replace(view, case=view.case.with_letter(replace(letter, state="answered")))
            move = _has_it(view, letter.item, (_("That is good."),))
            return replace(move, effects=(*move.effects, CancelTimer(key=key)))
        case "refused":
            return _refused(view, letter)
        case _:
            timer = SetTimer(name="letter", key=key, at=by_day(view.case, view.now + _A_WEEK))
            return again(view, letter, (timer,))


def _refused(view: View, letter: Letter) -> Move:
    """A coordinator hears of it: a call from there often helps."""
    case = view.case.with_letter(replace(letter, state="refused"))
    told = _("Thank you for telling me. I told a coordinator. They will write to you here.")
    effects = (
        CancelTimer(key=letter_key(case, letter.number)),
        OpenHandoff(reason="asked"),
        NotifyCoordinators(reason="human", key=f"{case.id}:refused:{letter.number}"),
    )
    say = (told, *when_answered(view.office))
    return Move(case=case, phase=view.session.phase, say=say, effects=effects, ask=False)


ASIDE = ReminderAside()
