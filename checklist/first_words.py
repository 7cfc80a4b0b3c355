"""In which language somebody begins to write: told by letters and by a few words, and then confirmed.

Of whole sentences a statistical guesser is right; of "hola" and "ok", which is how a chat begins, none
is. So each language names, in its `words.toml`, the letters that the others with the same script lack,
and the words by which people open a conversation. Nothing is guessed that several languages share.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checklist.folding import fold

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
#: So many letters of a language hardly ever hold none of those that only it has.
_ENOUGH = 14
_LONGEST = 500
#: More letters of its own than these make a language no likelier.
_LETTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Telltale:
    """What gives a language away: `letters` in lower case, `words` folded, each a single word."""

    letters: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


def begun_in(text: str, telltales: Mapping[str, Telltale], *, usual: str = "") -> str | None:
    """The one language of `telltales` that a text speaks for, or None where none or several do.

    All of them are written in the script of the text. `usual` is the one that a longer text is taken
    for when it has no letter of the others and no known word; "" where that would be a guess.
    """
    text = text[:_LONGEST]
    lower = set(text.lower())
    heard = _WORD.findall(fold(text))
    long = sum(map(str.isalpha, text)) >= _ENOUGH
    marks = {tag: _marks(telltale, lower, heard) for tag, telltale in telltales.items()}
    best = max(marks.values(), default=0)
    if best == 0:
        return usual if long and usual else None
    found = [tag for tag, mark in marks.items() if mark == best]
    return found[0] if len(found) == 1 else None


def _marks(telltale: Telltale, lower: set[str], heard: list[str]) -> int:
    """A word counts as much as a letter, each once: "no, no, no" says little."""
    return min(_LETTERS, len(lower & telltale.letters)) + len(telltale.words & set(heard))
