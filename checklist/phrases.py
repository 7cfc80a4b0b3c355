"""Phrases: patterns of words, as `words.toml` writes them, found in folded text.

A pattern is words with spaces between: `can't|cannot .. breathe*`. `a|b` is one or the other, `_`
a space inside an alternative, `stem*` any word that begins so, `(very)` a word that may be left
out, `?` a question mark, `..` up to four words in between, `#` a number; a pattern that starts with
`=` is the whole message. Where a language writes no spaces, the parts follow each other directly,
and `..` is up to eight characters. A pattern never reaches over the end of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from checklist.words import Words

_LETTER = r"[^\W\d_]"
_BETWEEN = r"(?:[^\w.!?;\n]|_)+"
_SENTENCE_END = re.compile(r"(?<=\w\w\w)\.(?!\d)|[!?;\n]|(?<=[\u3400-\u9fff])\.")


@cache
def phrase_finder(words: Words, patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One regular expression that finds any of the patterns in folded text."""
    if not patterns:
        return re.compile(r"(?!)")
    longest_first = sorted(patterns, key=len, reverse=True)
    return re.compile("|".join(pattern_source(pattern, words) for pattern in longest_first))


def pattern_source(pattern: str, words: Words) -> str:
    """The regular expression of one pattern."""
    whole = pattern.startswith("=")
    parts = pattern.removeprefix("=").split()
    made = _joined(parts, words)
    if whole:
        return rf"(?:\A\W*{made}\W*\Z)"
    return rf"(?:{made})"


def sentences(text: str) -> Iterable[str]:
    """The sentences of a folded text. A full stop after one or two letters ends none ("г.")."""
    return (part for part in _SENTENCE_END.split(text) if part.strip())


def alternatives(phrases: Iterable[str]) -> str:
    """The source of an expression for any of these phrases, the longest first."""
    ordered = sorted(set(phrases), key=len, reverse=True)
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in ordered) or r"(?!)"


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
    source = re.escape(choice.rstrip("*")).replace("_", r"\s+")
    if stem:
        return source + (r"\w*" if words.spaced else "")
    return source + after


def _number(words: Words) -> str:
    named = alternatives(words.dates.numbers)
    return rf"(?:\d+(?:\s?-\s?\d+)?|[一二两三四五六七八九十]+|(?:{named}){edges(words)[1]})"
