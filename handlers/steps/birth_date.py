"""Ask for the birth date: with the name it tells whose records these are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from checklist.dates import Ambiguous, PartialDate
from checklist.text import _
from handlers.basis import asked
from handlers.replies import Prompt
from handlers.said_dates import said_birth_date
from handlers.step import ONWARD, Move, Said, View, answered, pick
from handlers.which_date import date_choices, date_of

_OLDEST = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthDateStep:
    """A full date, read in any of the ways people write one, and echoed back."""

    id: str = "birth_date"

    def prompt(self, view: View) -> Prompt:
        """The question, or the choice between two readings of what was written."""
        if (unclear := self._unclear(view)) is not None:
            ask = _("Which date do you mean?")
            return Prompt(text=(ask,), choices=date_choices(unclear), expects="choice")
        ask = view.of(
            _("When were you born? For example: 12 April 1980."),
            _("When was the patient born? For example: 12 April 1980."),
        )
        return Prompt(text=(ask,), expects="date")

    def read(self, view: View, said: Said) -> Said | None:
        """Any words; `follow` says what is wrong with a date that can't be one."""
        if (unclear := self._unclear(view)) is not None:
            choice = pick(view, date_choices(unclear), said)
            if choice is not None:
                return Said(text=view.session.draft.get("birth", ""), choice=choice)
        return said if said.choice is None and any(c.isdigit() for c in said.text) else None

    def follow(self, view: View, said: Said) -> Move:
        """Keep a whole, possible date; ask again, kindly, for any other."""
        unclear = self._unclear(view)
        if said.choice is not None and unclear is not None:
            return self._kept(view, said, date_of(unclear, said.choice))
        found = said_birth_date(view, said.text)
        if isinstance(found, Ambiguous):
            if sum(_plausible(option, view.today) for option in found.options) == 1:
                found = next(o for o in found.options if _plausible(o, view.today))
                return self._kept(view, said, found)
            return Move(case=view.case, phase="which", draft={"birth": said.text})
        if found is None or found.precision != "day":
            why = _("I need the day, the month and the year. For example: 12 April 1980.")
        elif not _plausible(found, view.today):
            why = _("That date can't be right: {date}. Please write it once more.", date=found)
        else:
            return self._kept(view, said, found)
        return Move(case=view.case, say=(why,), understood=False)

    def _kept(self, view: View, said: Said, found: PartialDate) -> Move:
        case = answered(view, self.id, Said(text=said.text), value=found.iso, date=found)
        move = Move(case=case, goto=ONWARD, say=(_("Born on {date}.", date=found),))
        return asked(view, move)

    def _unclear(self, view: View) -> Ambiguous | None:
        if view.session.phase != "which":
            return None
        words = view.session.draft.get("birth", "")
        found = said_birth_date(view, words)
        return found if isinstance(found, Ambiguous) else None


def _plausible(born: PartialDate, today: date) -> bool:
    day = date(born.year, born.month or 1, born.day or 1)
    return day <= today and today.year - born.year <= _OLDEST


STEP = BirthDateStep()
