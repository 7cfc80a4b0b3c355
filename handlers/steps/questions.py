"""The two or three key questions. A fourth is taken, and the patient picks the three that matter most."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from checklist.case import Entry
from checklist.text import Text, _, verbatim
from handlers.entries_step import (
    after_lines,
    entries_prompt,
    follow_entries_choice,
    known_entries,
    read_entries,
    with_entries,
)
from handlers.replies import Choice, Prompt
from handlers.step import ONWARD, Move, Said, View, lines_of

#: A specialist answers this many with care.
MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsStep:
    """Phases: `more` after a single question, `pick` when there are more than three."""

    id: str = "questions"

    def prompt(self, view: View) -> Prompt:
        """The question of the phase."""
        match view.session.phase:
            case "pick":
                return self._pick_prompt(view)
            case _:
                return entries_prompt(view, self.id)

    def _pick_prompt(self, view: View) -> Prompt:
        entries = known_entries(view, self.id)
        listed = tuple(
            _("{number}. {question}", number=index, question=entry.text)
            for index, entry in enumerate(entries, start=1)
        )
        ask = _(
            "The specialist looks at three questions first. Which three matter most? "
            "Write their numbers, for example: 1 2 4. The others are kept too."
        )
        choices = tuple(
            Choice(id=f"q{index}", label=verbatim(str(index)))
            for index in range(1, len(entries) + 1)
        )
        return Prompt(text=(ask, *listed), choices=choices, expects="choice")

    def read(self, view: View, said: Said) -> Said | None:
        """A choice, numbers, or more questions."""
        if view.session.phase == "pick":
            return said if self._numbers(view, said) or _has_words(said) else None
        return read_entries(view, self.id, said)

    def follow(self, view: View, said: Said) -> Move:
        """Keep the questions; ask for one more after the first, for a choice after the third."""
        if view.session.phase == "pick" and (numbers := self._numbers(view, said)):
            return self._picked(view, numbers)
        move = follow_entries_choice(view, self.id, said)
        if move is not None:
            return move
        new = tuple(Entry(text=line) for line in _questions_in(said.text))
        entries = (*known_entries(view, self.id), *new)
        case = with_entries(view, self.id, entries)
        if len(entries) > MOST:
            return Move(case=case, phase="pick")
        return after_lines(case, Said(text="\n".join(_questions_in(said.text))))

    def _picked(self, view: View, numbers: tuple[int, ...]) -> Move:
        """Choose by several numbers at once, or one button after another."""
        already = [int(n) for n in view.session.draft.get("picked", "").split()]
        picked = tuple(dict.fromkeys((*already, *numbers)))[:MOST]
        if len(picked) < MOST and len(numbers) == 1:
            left = MOST - len(picked)
            say: Text = _("Good. {n} more, please.", n=left)
            draft = {"picked": " ".join(str(n) for n in picked)}
            return Move(case=view.case, phase="pick", say=(say,), draft=draft)
        entries = tuple(
            replace(entry, chosen=index in picked)
            for index, entry in enumerate(known_entries(view, self.id), start=1)
        )
        return Move(case=with_entries(view, self.id, entries), goto=ONWARD)

    def _numbers(self, view: View, said: Said) -> tuple[int, ...]:
        words = said.choice[1:] if said.choice and said.choice[:1] == "q" else view.fold(said.text)
        if said.choice is None and re.search(r"[^\d\s,.;،、و&и和-]", words):
            return ()
        numbers = [int(found) for found in re.findall(r"\d{1,2}", words)]
        return tuple(n for n in numbers if 1 <= n <= len(known_entries(view, self.id)))


def _questions_in(text: str) -> tuple[str, ...]:
    """One question a line, and several on a line where each ends in its mark."""
    parted = re.sub(r"(?<=[?？؟])\s*(?:\d{1,2}[.)、]\s*)?(?=\w)", "\n", text)
    return lines_of(parted)


def _has_words(said: Said) -> bool:
    return said.choice is None and any(sign.isalpha() for sign in said.text)


STEP = QuestionsStep()
