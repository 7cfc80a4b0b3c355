"""The medicines: name, dose, how often, since when. Only what is missing is asked for, and once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.case import Entry
from checklist.medications import split_medication, split_medicines
from checklist.text import Text, _
from handlers.entries_step import (
    after_lines,
    entries_prompt,
    follow_entries_choice,
    known_entries,
    read_entries,
    with_entries,
)
from handlers.item import NOT_KNOWN
from handlers.replies import Prompt
from handlers.step import ONWARD, Move, Said, View, lines_of, pick


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicationsStep:
    """Lines of medicines. Phase `missing:<i>` asks for the dose or the time of one of them."""

    id: str = "medications"

    def prompt(self, view: View) -> Prompt:
        """The item's question, or the one for the part that a line lacks."""
        entry = self._asked(view)
        if entry is None:
            return entries_prompt(view, self.id)
        return Prompt(text=(_missing_question(entry),), choices=(NOT_KNOWN,), expects="text")

    def read(self, view: View, said: Said) -> Said | None:
        """The missing part in any words, or what the item takes."""
        if self._asked(view) is None:
            return read_entries(view, self.id, said)
        nothing = view.meant(said.text) in ("no", "none", "not_known", "skip", "later", "done")
        choice = pick(view, (NOT_KNOWN,), said, near=False) or (NOT_KNOWN.id if nothing else None)
        if choice is not None:
            return Said(text=said.text, choice=choice)
        return said if said.choice is None and said.text.strip() else None

    def follow(self, view: View, said: Said) -> Move:
        """Keep the lines; ask for what the first incomplete one lacks, then go on."""
        asked = self._asked(view)
        if asked is not None:
            return self._completed(view, said, asked)
        move = follow_entries_choice(view, self.id, said)
        if move is not None:
            return move
        before = known_entries(view, self.id)
        new = tuple(
            _entry(view, medicine)
            for line in lines_of(said.text)
            for medicine in split_medicines(line, view.words, view.today)
        )
        move = self._next_gap(view, (*before, *new), after=len(before) - 1)
        return move if move.goto is None or len(new) > 1 else after_lines(move.case, said)

    def _completed(self, view: View, said: Said, asked: Entry) -> Move:
        index = int(view.session.phase.partition(":")[2])
        entries = list(view.case.answers[self.id].entries)
        learnt = False
        if said.choice is None:
            entries[index] = _joined(view, asked, said.text.strip())
            learnt = (asked.dose, asked.since) != (entries[index].dose, entries[index].since)
        # What brought something may bring the rest; what brought nothing is not asked again.
        move = self._next_gap(view, tuple(entries), after=index - 1 if learnt else index)
        alone = move.goto is not None and len(entries) == 1
        return Move(case=move.case, phase="more") if alone else move

    def _next_gap(self, view: View, entries: tuple[Entry, ...], *, after: int) -> Move:
        case = with_entries(view, self.id, entries)
        for index, entry in enumerate(entries):
            if index > after and not (entry.dose and entry.since):
                return Move(case=case, phase=f"missing:{index}")
        return Move(case=case, goto=ONWARD)

    def _asked(self, view: View) -> Entry | None:
        """The entry that the phase asks about; None where it asks about none of those there are."""
        kind, _colon, index = view.session.phase.partition(":")
        known = view.case.answer(self.id)
        if kind != "missing" or known is None or int(index) >= len(known.entries):
            return None
        return known.entries[int(index)]


def _missing_question(entry: Entry) -> Text:
    name = entry.name or entry.text
    if not entry.dose and not entry.since:
        return _(
            "{medicine}: what is the dose, and since when? For example: 500 mg, since March 2022.",
            medicine=name,
        )
    if not entry.dose:
        return _("{medicine}: what is the dose? For example: 500 mg twice a day.", medicine=name)
    return _("{medicine}: since when? For example: since March 2022.", medicine=name)


def _entry(view: View, line: str) -> Entry:
    parts = split_medication(line, view.words, view.today)
    return Entry(
        text=line, name=parts.name, dose=parts.dose, frequency=parts.frequency, since=parts.since
    )


def _joined(view: View, entry: Entry, words: str) -> Entry:
    """The entry with what was said about it; words that can't be read are kept all the same."""
    more = split_medication(words, view.words, view.today)
    return replace(
        entry,
        text=f"{entry.text}; {words}",
        dose=entry.dose or more.dose,
        frequency=entry.frequency or more.frequency,
        since=entry.since or more.since,
    )


STEP = MedicationsStep()
