"""What happened, and when: dated lines, echoed back, because an understood date can be wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.case import Entry
from checklist.date_words import split_dated_line
from checklist.dates import Ambiguous, PartialDate
from checklist.text import Text, _
from handlers.entries_step import (
    entries_prompt,
    follow_entries_choice,
    known_entries,
    read_entries,
    with_entries,
)
from handlers.item import DONE
from handlers.replies import Choice, Prompt
from handlers.said_dates import said_date
from handlers.step import ONWARD, Move, Said, View, lines_of, pick
from handlers.which_date import date_choices, date_of

_CONFIRM = (
    Choice(id="yes", label=_("Yes, that is right")),
    Choice(id="more", label=_("Add more")),
    Choice(id="no", label=_("Write it again")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """Phases: `which:<i>` settles an ambiguous date, `confirm` echoes all lines back."""

    id: str = "timeline"

    def prompt(self, view: View) -> Prompt:
        """The question of the phase."""
        if (unclear := self._unclear(view)) is not None:
            ask = _("Which date do you mean here: {event}?", event=self._entry(view).text)
            return Prompt(text=(ask,), choices=date_choices(unclear), expects="choice")
        if self._confirms(view):
            return Prompt(text=self._echo(view), choices=_CONFIRM, expects="choice")
        return entries_prompt(view, self.id)

    def _confirms(self, view: View) -> bool:
        """What is there is echoed, also when the patient comes back to it later."""
        return view.session.phase in ("confirm", "") and bool(known_entries(view, self.id))

    def _echo(self, view: View) -> tuple[Text, ...]:
        lines = tuple(
            _("• {date}: {event}", date=entry.date, event=entry.text)
            if entry.date
            else _("• (no date) {event}", event=entry.text)
            for entry in known_entries(view, self.id)
        )
        return (_("This is what I understood:"), *lines, _("Is that right?"))

    def read(self, view: View, said: Said) -> Said | None:
        """A choice, a date, or more lines."""
        if (unclear := self._unclear(view)) is not None:
            choice = pick(view, date_choices(unclear), said)
            if choice is not None:
                return Said(text=said.text, choice=choice)
            return said if said.choice is None and said.text.strip() else None
        if self._confirms(view):
            return self._read_confirm(view, said)
        return read_entries(view, self.id, said)

    def _read_confirm(self, view: View, said: Said) -> Said | None:
        choice = pick(view, (*_CONFIRM, DONE), said, near=False)
        if choice is not None:
            return Said(text=said.text, choice=choice)
        return said if said.choice is None and lines_of(said.text) else None

    def follow(self, view: View, said: Said) -> Move:
        """Keep the lines, settle what is ambiguous, echo, and go on after a yes."""
        if (unclear := self._unclear(view)) is not None:
            return self._settled(view, said, unclear)
        if self._confirms(view) and said.choice in ("yes", "more", "no", "done"):
            match said.choice:
                case "yes" | "done":
                    return Move(case=view.case, goto=ONWARD)
                case "more":
                    return Move(case=view.case, phase="write")
                case _:
                    return Move(case=with_entries(view, self.id, ()), phase="write")
        move = follow_entries_choice(view, self.id, said)
        if move is not None:
            return move
        new = tuple(_entry(view, line) for line in lines_of(said.text))
        return self._checked(view, (*known_entries(view, self.id), *new))

    def _settled(self, view: View, said: Said, unclear: Ambiguous) -> Move:
        index = int(view.session.phase.partition(":")[2])
        entries = list(view.case.answers[self.id].entries)
        if said.choice is not None:
            date: PartialDate | None = date_of(unclear, said.choice)
        else:
            found = said_date(view, said.text)
            date = found if isinstance(found, PartialDate) else None
            if date is None:
                again = _("I could not read that date. Please write it like this: 3 March 2026.")
                phase = view.session.phase
                return Move(case=view.case, phase=phase, say=(again,), understood=False)
        entry = entries[index]
        _ignored, event = split_dated_line(entry.text, view.words, view.today)
        entries[index] = replace(entry, date=date, text=event or entry.text)
        return self._checked(view, tuple(entries))

    def _checked(self, view: View, entries: tuple[Entry, ...]) -> Move:
        case = with_entries(view, self.id, entries)
        for index, entry in enumerate(entries):
            if entry.date is None and _ambiguous(view, entry.text) is not None:
                return Move(case=case, phase=f"which:{index}")
        return Move(case=case, phase="confirm")

    def _entry(self, view: View) -> Entry:
        return view.case.answers[self.id].entries[int(view.session.phase.partition(":")[2])]

    def _unclear(self, view: View) -> Ambiguous | None:
        kind, _colon, index = view.session.phase.partition(":")
        known = view.case.answer(self.id)
        if kind != "which" or known is None or int(index) >= len(known.entries):
            return None
        return _ambiguous(view, known.entries[int(index)].text)


def _entry(view: View, line: str) -> Entry:
    """The line with its date; an ambiguous one stays in the line until it is settled."""
    date, event = split_dated_line(line, view.words, view.today)
    if isinstance(date, PartialDate):
        return Entry(text=event or line, date=date)
    return Entry(text=line)


def _ambiguous(view: View, line: str) -> Ambiguous | None:
    date, _event = split_dated_line(line, view.words, view.today)
    return date if isinstance(date, Ambiguous) else None


STEP = TimelineStep()
