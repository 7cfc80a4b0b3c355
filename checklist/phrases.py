"""Phrases: patterns of words, as `words.toml` writes them, found in folded text.

A pattern is words with spaces between: `can't|cannot .. breathe*`. `a|b` is one or the other, `_`
a space inside an alternative, `stem*` any word that begins so, `(very)` a word that may be left
out, `?` a question mark, `..` up to four words in between, `#` a number (`#x_daily` is "2x daily");
a pattern that starts with `=` is the whole message; `a & b` is both near each other, in any order.
Where a language writes no spaces, the parts follow each other directly, and `..` is up to eight
characters. A pattern never reaches over the end of a sentence.

A language has hundreds of patterns, and a message has few of their words. So a pattern is only tried
where each of its words may begin somewhere in the text: a long history is looked at in the time that one
pattern took before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise, permutations

from checklist.words import Words

#: Characters between the two words of `a & b`; a Chinese one tells about as much as three.
_NEAR = 45
_LETTER = r"[^\W\d_]"
_BETWEEN = r"(?:[^\w.!?;\n]|_|(?<=\d)\.(?=\d))+"
_SENTENCE_END = re.compile(r"(?<=\w\w\w)\.(?!\d)|[!?;\n]|(?<=[\u3400-\u9fff])\.")


class Phrases:
    """Some patterns of a language. It finds what one expression of them all, `a|b|c`, would find."""

    def __init__(self, patterns: tuple[str, ...], words: Words) -> None:
        """Sort the patterns by the word that each of them needs. They are compiled when needed."""
        self._words = words
        # The longest first: of two that begin at the same place, it tells more.
        self._patterns = sorted(patterns, key=len, reverse=True)
        self._compiled: dict[int, re.Pattern[str]] = {}
        self._by_beginning: dict[str, list[int]] = {}
        self._needed = [_needed(pattern, words) for pattern in self._patterns]
        for number, parts in enumerate(self._needed):
            for beginning in parts[0]:
                self._by_beginning.setdefault(beginning, []).append(number)
        self._beginnings = frozenset(self._by_beginning)

    def are_in(self, text: str) -> bool:
        """Whether any of them is in a folded text."""
        return any(phrase.search(text) for phrase in self._possible(text))

    def starts_in(self, text: str) -> Iterator[int]:
        """Where they start in a folded text, from left to right; none within another."""
        return (start for start, _end in self.spans_in(text))

    def spans_in(self, text: str) -> Iterator[tuple[int, int]]:
        """Where they start and end in a folded text, from left to right; none within another."""
        possible, at = self._possible(text), 0
        while found := [m for phrase in possible if (m := phrase.search(text, at)) is not None]:
            first = min(found, key=lambda match: match.start())
            yield first.span()
            at = first.end()

    def _possible(self, text: str) -> list[re.Pattern[str]]:
        """The patterns of whose parts each may be in the text, the longest pattern first."""
        begun = _beginnings(text, self._words)
        found = {n for b in self._beginnings & begun for n in self._by_beginning[b]}
        return [
            self._expression(n)
            for n in sorted(found)
            if not any(part.isdisjoint(begun) for part in self._needed[n])
        ]

    def _expression(self, number: int) -> re.Pattern[str]:
        if number not in self._compiled:
            source = pattern_source(self._patterns[number], self._words)
            self._compiled[number] = re.compile(source)
        return self._compiled[number]


@cache
def phrases_of(words: Words, patterns: tuple[str, ...]) -> Phrases:
    """These patterns, ready to be found in folded texts of the language."""
    return Phrases(patterns, words)


# ---- which patterns are worth a try ------------------------------------------------------------

_RUN = re.compile(rf"{_LETTER}+")


def _width(words: Words) -> int:
    """How many letters of a word are compared: a Chinese word has hardly more than two."""
    return 4 if words.spaced else 2


def _needed(pattern: str, words: Words) -> tuple[frozenset[str], ...]:
    """Beginnings of words: every text with the pattern has one of each set; "" is in every text.

    The set that the fewest texts can meet comes first.
    """
    named = [part for part in pattern.removeprefix("=").split() if part != "&"]
    parts = [_part_beginnings(part, words) for part in named]
    ordered = sorted(parts, key=lambda found: (-min(map(len, found)), len(found)))
    return tuple(map(frozenset, ordered)) or (frozenset({""}),)


def _part_beginnings(part: str, words: Words) -> tuple[str, ...]:
    """How each choice of a part begins; what may be left out, or is no word, needs nothing."""
    if part == ".." or part.startswith("("):
        return ("",)
    runs = [_RUN.match(choice) for choice in part.split("|") if choice]
    return tuple({"" if run is None else run[0][: _width(words)] for run in runs}) or ("",)


def _beginnings(text: str, words: Words) -> frozenset[str]:
    """How the words of a folded text begin, at every length that is compared."""
    return _all_beginnings(text, _width(words), words.clitics, words.spaced)


# Languages that are written alike share what is found: a message is looked at in all of them.
@lru_cache(maxsize=256)
def _all_beginnings(
    text: str, width: int, clitics: tuple[str, ...], spaced: bool
) -> frozenset[str]:
    if spaced:
        tokens = set(_RUN.findall(text))
        tokens |= {t.removeprefix(c) for c in clitics for t in tokens if t.startswith(c)}
        found = {token[:length] for token in tokens for length in range(1, width + 1)}
    else:
        found = {text[at : at + n] for at in range(len(text)) for n in range(1, width + 1)}
    return frozenset(found | {""})


# ---- the expression of a pattern ---------------------------------------------------------------


def pattern_source(pattern: str, words: Words) -> str:
    """The regular expression of one pattern."""
    whole = pattern.startswith("=")
    near = [_joined(one.split(), words) for one in pattern.removeprefix("=").split(" & ")]
    # People say it in any order: "my chest hurts", "it hurts in my chest".
    apart = rf"(?:[^.!?;\n]|(?<=\d)\.(?=\d)){{0,{_NEAR if words.spaced else _NEAR // 3}}}?"
    made = "|".join(apart.join(order) for order in permutations(near))
    if len(near) > 1:
        made = rf"(?:{made})"
    if whole:
        return rf"(?:\A\W*{made}\W*\Z)"
    return rf"(?:{made})"


# A message is looked at for each class, in each language.
@lru_cache(maxsize=64)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a folded text, each with what ends it. "г." ends none: its word is short."""
    ends = [0, *(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]
    return tuple(text[a:b] for a, b in pairwise(ends) if text[a:b].strip())


def marked_sentences(text: str) -> Iterable[tuple[str, bool]]:
    """The sentences of a folded text, and whether each ends in a question mark."""
    at = 0
    for end in _SENTENCE_END.finditer(text):
        yield text[at : end.start()], end[0] == "?"
        at = end.end()
    yield text[at:], False


def alternatives(phrases: Iterable[str]) -> str:
    """The source of an expression for any of these phrases, the longest first.

    What begins alike is tried once: `a(?:b|cd?)`. With hundreds of words of a dozen languages, one
    after the other would take three times as long.
    """
    return _branches(frozenset(phrases) - {""}) or r"(?!)"


def _branches(phrases: frozenset[str]) -> str:
    """The same; with "" among them, it may also end here, if nothing longer is found."""
    rests: dict[str, set[str]] = {}
    for phrase in phrases - {""}:
        rests.setdefault(phrase[0], set()).add(phrase[1:])
    made = [
        (r"\s+" if first == " " else re.escape(first)) + _branches(frozenset(rest))
        for first, rest in sorted(rests.items())
    ]
    if len(made) == 1 and "" not in phrases:
        return made[0]
    return f"(?:{'|'.join(made)}){'?' if '' in phrases else ''}" if made else ""


def edges(words: Words) -> tuple[str, str]:
    """What must stand before and after a word of this language: no letter, where it has spaces."""
    if not words.spaced:
        return "", ""
    clitics = rf"(?:{alternatives(words.clitics)})?" if words.clitics else ""
    return rf"(?<!{_LETTER}){clitics}", rf"(?!{_LETTER})"


def _joined(parts: list[str], words: Words) -> str:
    between = _BETWEEN if words.spaced else r"\s*"
    gap_source = rf"(?:{_BETWEEN}[\w']+){{0,4}}" if words.spaced else r"[^.!?;\n]{0,8}"
    source, gap, started = "", "", False
    for part in parts:
        if part == "..":
            gap = gap_source
            continue
        piece = _part(part, words, between if started else "")
        optional = part.startswith("(")
        if not started:
            source += rf"(?:{piece}{between})?" if optional else piece
            started = not optional
        else:
            source += rf"(?:{gap}{piece}){'?' if optional else ''}"
        gap = ""
    return source


def _part(part: str, words: Words, between: str) -> str:
    """One of the choices, and what parts it from the word before; a question mark needs nothing."""
    before, after = edges(words)
    choices = [choice for choice in part.strip("()").split("|") if choice]
    named = "|".join(_choice(choice, words, after) for choice in choices if choice != "?")
    found = [rf"{between}{before}(?:{named})"] if named else []
    found += [r"\s*\?"] if "?" in choices else []
    return rf"(?:{'|'.join(found)})"


def _choice(choice: str, words: Words, after: str) -> str:
    if choice == "#":
        return _number(words)
    stem = choice.endswith("*")
    written = (re.escape(part).replace("_", r"\s+") for part in choice.rstrip("*").split("#"))
    source = _number(words).join(written)
    if stem:
        return source + (r"\w*" if words.spaced else "")
    return source + after


@cache
def _number(words: Words) -> str:
    named = alternatives(words.dates.numbers)
    return rf"(?:\d+(?:\s?-\s?\d+)?|[一二两三四五六七八九十]+|(?:{named}){edges(words)[1]})"
