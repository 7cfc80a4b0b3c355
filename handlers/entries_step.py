"""EntriesStep: a checklist item that the patient answers in lines. The simple kind, for allergies.

The other lists (medicines, events, questions) each have a module of their own in `steps/`; they call
the functions here for what all of them share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from checklist.case import Answer, Case, Entry
from checklist.text import _
from handlers.item import (
    CAN_GET,
    DONE,
    HOW,
    LATER,
    SKIP,
    by_when_prompt,
    follow_by_when,
    follow_choice,
    item_of,
    item_prompt,
    read_by_when,
    read_choice,
)
from handlers.replies import Choice, Prompt
from handlers.step import ONWARD, Move, Said, View, lines_of, pick


def entries_prompt(view: View, item_id: str) -> Prompt:
    """The item's question, or the request to write now."""
    item = item_of(view, item_id)
    match view.session.phase:
        case "by_when":
            return by_when_prompt()
        case "more":
            return Prompt(text=(_MORE,), choices=(DONE,), expects="text")
        case _ if known_entries(view, item_id):
            return _known_prompt(view, item_id)
        case "write":
            return Prompt(text=(item.send,), choices=(CAN_GET, HOW, LATER, SKIP), expects="text")
        case _:
            return replace(item_prompt(view, item), expects="text")


def _known_prompt(view: View, item_id: str) -> Prompt:
    """What is there already: more is added to it, and nothing is replaced unasked."""
    lines = tuple(_("• {line}", line=entry.text) for entry in known_entries(view, item_id))
    head = _("{title}: this is what I have.", title=item_of(view, item_id).title)
    more = _("Write more, or press Done.")
    return Prompt(text=(head, *lines, more), choices=(DONE, ANEW), expects="text")


def read_entries(view: View, item_id: str, said: Said) -> Said | None:
    """One of the item's answers, or lines of text."""
    if view.session.phase == "by_when":
        return read_by_when(view, said)
    if view.session.phase == "more":
        return _read_more(view, said)
    choice = read_choice(view, item_of(view, item_id), said)
    if choice is None and known_entries(view, item_id):
        choice = pick(view, (DONE, ANEW), said, near=False)
    if choice is not None:
        return Said(text=said.text, choice=choice)
    return said if said.choice is None and lines_of(said.text) else None


ANEW = Choice(id="anew", label=_("Write it again"))

#: Old buttons of the item's own question mean, after a line was written, that it was the last.
_NO_MORE = frozenset({"no", "none", "not_known", "done", "skip", "later"})


def _read_more(view: View, said: Said) -> Said | None:
    """Another line, or that there is none: a plain "no" is no answer to the item here."""
    meant = said.choice or view.meant(said.text)
    if meant in _NO_MORE or pick(view, (DONE,), said, near=False) is not None:
        return Said(text=said.text, choice=DONE.id)
    return said if said.choice is None and lines_of(said.text) else None


def follow_entries_choice(view: View, item_id: str, said: Said) -> Move | None:
    """What follows from a choice or a day; None where the answer is lines, for the step to take."""
    item = item_of(view, item_id)
    if view.session.phase == "by_when":
        return follow_by_when(view, item, said)
    if said.choice == ANEW.id:
        return Move(case=with_entries(view, item_id, ()), phase="write")
    if said.choice == "done":
        known = view.case.answer(item_id)
        if (known and known.entries) or view.case.records_of(item_id):
            return Move(
                case=with_entries(view, item_id, known.entries if known else ()), goto=ONWARD
            )
        return Move(case=view.case, phase="write", say=(_("There is nothing here yet."),))
    if said.choice is not None:
        return follow_choice(view, item, said.choice, send_phase="write")
    return None


def known_entries(view: View, item_id: str) -> tuple[Entry, ...]:
    """The lines that the item has so far."""
    known = view.case.answer(item_id)
    return known.entries if known else ()


def after_lines(case: Case, said: Said) -> Move:
    """Go on after several lines; ask for more after one, since many people send one a message."""
    if len(lines_of(said.text)) == 1:
        return Move(case=case, phase="more")
    return Move(case=case, goto=ONWARD)


_MORE = _("Thank you. Is there more? Write it, or press Done.")


def with_entries(view: View, item_id: str, entries: tuple[Entry, ...]) -> Case:
    """The case with these lines as the item's answer."""
    words = "\n".join(entry.text for entry in entries)
    answer = Answer(step=item_id, at=view.now, choice="have", text=words, entries=entries)
    return view.case.with_answer(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesStep:
    """Lines, each kept as it was written."""

    id: str

    def prompt(self, view: View) -> Prompt:
        """The question of the phase."""
        return entries_prompt(view, self.id)

    def read(self, view: View, said: Said) -> Said | None:
        """One of the item's answers, or lines."""
        return read_entries(view, self.id, said)

    def follow(self, view: View, said: Said) -> Move:
        """Keep the lines and go on."""
        move = follow_entries_choice(view, self.id, said)
        if move is not None:
            return move
        new = tuple(Entry(text=line, name=line) for line in lines_of(said.text))
        entries = (*known_entries(view, self.id), *new)
        return after_lines(with_entries(view, self.id, entries), said)
