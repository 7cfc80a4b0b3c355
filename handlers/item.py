"""What the steps of all checklist items share: the seven honest answers, and what follows from each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from checklist.case import Answer, Case
from checklist.catalog import ChecklistItem
from checklist.dates import PartialDate
from checklist.text import Text, _
from handlers.effects import CancelTimer, SetTimer
from handlers.letters import offered
from handlers.named_answer import named_answer
from handlers.needs_words import explained, wanted, ways
from handlers.reminders import asking_to_remind, by_day, expected_key
from handlers.replies import Choice, Prompt
from handlers.said_dates import said_date
from handlers.step import ONWARD, Move, Said, View, pick

HAVE = Choice(id="have", label=_("I have it"))
CAN_GET = Choice(id="can_get", label=_("I can get it"))
NONE = Choice(id="none", label=_("I don't have it"))
WHAT = Choice(id="what", label=_("What is this?"))
HOW = Choice(id="how", label=_("How do I get it?"))
LATER = Choice(id="later", label=_("Later"))
SKIP = Choice(id="skip", label=_("Skip"))
DONE = Choice(id="done", label=_("Done"))
NOT_KNOWN = Choice(id="not_known", label=_("I don't know"))

#: Every item takes all of these at any of its questions, shown or not.
_UNDERSTOOD = (HAVE, CAN_GET, NONE, WHAT, HOW, LATER, SKIP, DONE)

#: What plain words mean at an item. Who doesn't know what is asked for is told.
_PLAIN = {"yes": "have", "no": "none", "not_known": "what"}

#: When to ask again for something that is to come at an unknown time.
_ASK_AGAIN = timedelta(days=3)


def item_of(view: View, item_id: str) -> ChecklistItem:
    """The catalog's entry of a step's item."""
    item = view.catalog.item(item_id)
    assert item is not None, item_id
    return item


def item_choices(item: ChecklistItem) -> tuple[Choice, ...]:
    """The answers that are shown, with the item's own words for "none" where it has some.

    What is answered in words needs no button for "I have it".
    """
    none = Choice(id="none", label=item.none) if item.none else NONE
    if item.collects == "entries":
        return (none, WHAT, HOW, LATER, SKIP)
    return (HAVE, CAN_GET, none, WHAT, HOW, LATER, SKIP)


def item_prompt(view: View, item: ChecklistItem) -> Prompt:
    """The item's own question."""
    return Prompt(
        text=(view.of(item.ask, item.ask_helper), *wanted(view, item)),
        choices=item_choices(item),
        expects="choice",
    )


def by_when_prompt() -> Prompt:
    """Ask when something is expected."""
    return Prompt(
        text=(_("By when do you think you will have it? For example: 15 May, or in two weeks."),),
        choices=(NOT_KNOWN,),
        expects="date",
    )


def read_by_when(view: View, said: Said) -> Said | None:
    """A day in any words, that it is not known, or another answer to the item after all."""
    choice = pick(view, (NOT_KNOWN,), said) or pick(view, _UNDERSTOOD, said)
    if choice is not None:
        return Said(text=said.text, choice=choice)
    return said if said.choice is None and said.text.strip() else None


def follow_by_when(view: View, item: ChecklistItem, said: Said) -> Move:
    """Keep when the item is expected, and ask again a day later."""
    if said.choice not in (None, NOT_KNOWN.id):
        phase = "files" if item.collects == "records" else "write"
        return follow_choice(view, item, said.choice or "", send_phase=phase)
    words = said.text.strip() if said.choice is None else ""
    found = said_date(view, words, toward="future") if words else None
    date = found if isinstance(found, PartialDate) else None
    unread = date is None and any(sign.isdigit() for sign in words)
    if (unread or (date is not None and _is_past(date, view))) and not view.session.tries:
        again = _("I could not read that as a day to come. For example: 15 May, or in two weeks.")
        return Move(case=view.case, phase="by_when", say=(again,), understood=False)
    answer = Answer(step=item.id, at=view.now, choice="can_get", text=words, date=date)
    case = view.case.with_answer(answer)
    noted = (
        _("Thank you. I noted it: {when}. I will ask you again then.", when=words)
        if date is not None
        else _("Thank you. I noted it: {when}. I will ask you again in a few days.", when=words)
        if words
        else _("Thank you. I will ask you again in a few days.")
    )
    timer = SetTimer(name="expected", key=expected_key(case, item.id), at=_ask_again(view, date))
    case, aside = asking_to_remind(view, case)
    return Move(case=case, goto=ONWARD, say=(noted,), effects=(timer,), aside=aside)


def read_choice(view: View, item: ChecklistItem, said: Said) -> str | None:
    """Which of the item's answers was meant; a plain yes is `have`, a plain no is `none`."""
    shown = item_choices(item)
    near = item.collects == "records"
    choice = pick(view, (*shown, DONE), said, near=near)
    choice = choice or pick(view, _UNDERSTOOD, said, near=near)
    if choice is None and said.choice is None:
        plain = _PLAIN.get(view.meant(said.text) or "")
        # Where words are the answer ("no pills but insulin"), a sentence is left to them.
        return plain or (named_answer(view, item, said.text) if near else None)
    return choice


def follow_choice(view: View, item: ChecklistItem, choice: str, *, send_phase: str) -> Move:
    """What follows from one of the seven answers. `send_phase` is where evidence is then awaited."""
    match choice:
        case "what":
            return Move(case=view.case, phase=view.session.phase, say=explained(view, item))
        case "how":
            if item.collects == "records" and view.case.answer("birth_date") is not None:
                return offered(view, item.id, ways(view, item))
            return Move(case=view.case, phase=view.session.phase, say=ways(view, item))
        case "have":
            return Move(case=_with_choice(view, item, "have"), phase=send_phase)
        case "can_get":
            return Move(case=_with_choice(view, item, "can_get"), phase="by_when")
        case "none":
            said = (
                _("Thank you. That is good to know.") if item.none_is_answer else _THAT_IS_ALL_RIGHT
            )
            return _onward(view, item, "none", said)
        case "skip":
            return _onward(view, item, "skip", _THAT_IS_ALL_RIGHT)
        case _:
            return _onward(view, item, "later", _("All right, later. You find it under “Status”."))


_THAT_IS_ALL_RIGHT = _("That is all right. I noted it, and we go on.")


def _onward(view: View, item: ChecklistItem, choice: str, said: Text) -> Move:
    forget = CancelTimer(key=expected_key(view.case, item.id))
    case = _with_choice(view, item, choice)
    # Who puts something off is the one whom a reminder may help.
    case, aside = asking_to_remind(view, case) if choice == "later" else (case, "")
    return Move(case=case, goto=ONWARD, say=(said,), effects=(forget,), aside=aside)


def _with_choice(view: View, item: ChecklistItem, choice: str) -> Case:
    known = view.case.answer(item.id)
    kept = known or Answer(step=item.id, at=view.now)
    if choice == "none" and item.none:
        kept = replace(kept, entries=())
    return view.case.with_answer(replace(kept, at=view.now, choice=choice))


def _is_past(date: PartialDate, view: View) -> bool:
    today = PartialDate.of(view.today)
    known = tuple(part for part in (date.year, date.month, date.day) if part is not None)
    return known < (today.year, today.month or 0, today.day or 0)[: len(known)]


def _ask_again(view: View, date: PartialDate | None) -> datetime:
    soonest = view.now + timedelta(days=1)
    if date is None or date.month is None:
        return by_day(view.case, view.now + _ASK_AGAIN)
    day = datetime(date.year, date.month, date.day or 28, 10, tzinfo=UTC) + timedelta(days=1)
    return by_day(view.case, max(day, soonest))
