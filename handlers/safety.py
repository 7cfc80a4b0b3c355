"""Safety: words that call for one of the fixed kind answers.

This is a net with wide reach that decides only whether help is *shown*. It is no measure of how a
patient is: that nothing was found never means that all is well, and the emergency button is always
there. What tells of another time, another person or an examination report is let pass, because a
history must be told without being stopped at each line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import get_args

from checklist.folding import fold, folded
from checklist.phrases import Phrases, alternatives, phrases_of, sentences
from checklist.words import SafetyClass, Words
from handlers.languages import Languages
from handlers.step import View

_LONGEST = 4000
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SHORTEST_TO_MEND = 6
_GRAVEST_FIRST: tuple[SafetyClass, ...] = get_args(SafetyClass)


def classify(text: str, words: Words) -> SafetyClass | None:
    """The gravest class that a text's words belong to, or None. The text may be of any language.

    Questions to the specialist are of class `advice` too: where the conversation has asked for a
    question, that class is an answer.
    """
    plain = folded(unicodedata.normalize("NFC", text[:_LONGEST]))[0]
    patterns = _patterns_for(plain, words)
    if not patterns:
        return None
    plain = _mended(plain, words)
    return next((c for c in _GRAVEST_FIRST if _tells(plain, words, c, patterns[c])), None)


def safety_of(view: View, text: str) -> SafetyClass | None:
    """The class of a text in any of the languages that are offered, the view's own first."""
    return safety_in(text, view.languages, view.locale)


def safety_in(text: str, languages: Languages, locale: str) -> SafetyClass | None:
    """The same without a chat; `locale` is the likeliest language of the text, or ""."""
    if not text.strip():
        return None
    tags = dict.fromkeys((*((locale,) if locale else ()), *languages.offered))
    found = (classify(text, languages.words(tag)) for tag in tags)
    return next((safety for safety in found if safety is not None), None)


# ---- the phrases ---------------------------------------------------------------------------------


@cache
def _script(words: Words) -> frozenset[str]:
    """The letters without one of which a text can't be in this language's own script; none for Latin.

    It spares most messages the search in most languages.
    """
    letters = [c for phrases in words.safety.values() for p in phrases for c in p if c.isalpha()]
    foreign = [c for c in letters if not c.isascii()]
    return frozenset(foreign) if len(foreign) > len(letters) / 2 else frozenset()


def _patterns_for(plain: str, words: Words) -> Mapping[SafetyClass, tuple[str, ...]]:
    """The phrases that a text may hold, none for one in other letters than the language's.

    People without a keyboard of their own write their language in Latin letters ("ne mogu dyshat").
    """
    if not _script(words) or not _script(words).isdisjoint(plain):
        return words.safety
    return _in_latin(words)


@cache
def _in_latin(words: Words) -> Mapping[SafetyClass, tuple[str, ...]]:
    found = {c: tuple(p for p in ps if p.isascii()) for c, ps in words.safety.items()}
    return found if any(found.values()) else {}


def _tells(plain: str, words: Words, safety: SafetyClass, patterns: tuple[str, ...]) -> bool:
    phrases = phrases_of(words, patterns)
    return any(_is_meant(sentence, phrases, words, safety) for sentence in sentences(plain))


def _is_meant(sentence: str, phrases: Phrases, words: Words, safety: SafetyClass) -> bool:
    """Whether a sentence says it of now and of somebody who is near, and asks for more than the way."""
    if not phrases.are_in(sentence):
        return False
    if safety not in ("self_harm", "danger", "distress"):
        sentence = _without_process(sentence, words)
    if safety in ("advice", "dosing", "guarantee"):
        return phrases.are_in(sentence)
    if all(_is_denied(sentence, start, words) for start in phrases.starts_in(sentence)):
        return False
    if safety == "emergency":
        past = _YEAR.search(sentence) or phrases_of(words, words.context["past"]).are_in(sentence)
    else:
        told = phrases_of(words, words.context["told"]).are_in(sentence)
        past = told or _of_a_past_year(sentence, words)
    return not past or phrases_of(words, words.context["now"]).are_in(sentence)


def _without_process(sentence: str, words: Words) -> str:
    """The sentence without what is said of files and of this chat ("I can't see the button")."""
    done, at = "", 0
    for start, end in phrases_of(words, words.context["process"]).spans_in(sentence):
        done, at = f"{done}{sentence[at:start]} . ", end
    return done + sentence[at:]


def _of_a_past_year(sentence: str, words: Words) -> bool:
    """Whether it was in a year; what goes on since a year is of now."""
    return any(
        _since(words).search(sentence[: year.start()]) is None for year in _YEAR.finditer(sentence)
    )


@cache
def _since(words: Words) -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(words.context['since'])})\s*\Z")


def _is_denied(sentence: str, start: int, words: Words) -> bool:
    """Whether a denial stands right before: "no chest pain", "without any bleeding"."""
    before = sentence[:start]
    return _denial(words).search(before) is not None


@cache
def _denial(words: Words) -> re.Pattern[str]:
    denied = alternatives(words.context["negation"])
    if words.spaced:
        return re.compile(rf"(?<!\w)(?:{denied})(?:\s+[\w']+)?\s+\Z")
    return re.compile(rf"(?:{denied}).{{0,2}}\Z")


# ---- slips of the finger ------------------------------------------------------------------------


def _mended(plain: str, words: Words) -> str:
    """The text with long words that miss a known one by one letter put right ("unconcious").

    First and last letters must be right: an ending tells who and when in many languages.
    """
    if not words.spaced:
        return plain
    known = _known_words(words)
    return re.sub(rf"[^\W\d_]{{{_SHORTEST_TO_MEND},}}", lambda m: known.get_near(m[0]), plain)


class _Known:
    """The long words of the safety phrases, found by what is left when one letter is taken away."""

    def __init__(self, vocabulary: frozenset[str]) -> None:
        self._vocabulary = vocabulary
        self._shapes = {(w[0], w[-1], len(w) + more) for w in vocabulary for more in (-1, 0, 1)}
        self._near: dict[str, set[str]] = {}
        for word in vocabulary:
            for rest in (word, *_one_less(word)):
                self._near.setdefault(rest, set()).add(word)

    def get_near(self, word: str) -> str:
        """The one known word that this one must mean, or the word itself."""
        if word in self._vocabulary or (word[0], word[-1], len(word)) not in self._shapes:
            return word
        near = {
            known
            for rest in (word, *_one_less(word))
            for known in self._near.get(rest, ())
            if known[0] == word[0] and known[-1] == word[-1] and _one_slip(known, word)
        }
        return near.pop() if len(near) == 1 else word


@cache
def _known_words(words: Words) -> _Known:
    patterns: Mapping[SafetyClass, tuple[str, ...]] = words.safety
    parts = (part for phrases in patterns.values() for p in phrases for part in p.split())
    choices = (fold(choice) for part in parts for choice in re.split(r"[|_()=]", part))
    return _Known(frozenset(c for c in choices if len(c) >= _SHORTEST_TO_MEND and c.isalpha()))


def _one_less(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _one_slip(known: str, word: str) -> bool:
    """Whether one letter was added, left out, changed, or changed places with its neighbour."""
    if abs(len(known) - len(word)) == 1:
        return True
    wrong = [i for i, (a, b) in enumerate(zip(known, word, strict=True)) if a != b]
    swapped = (
        len(wrong) == 2 and known[wrong[0]] == word[wrong[1]] and known[wrong[1]] == word[wrong[0]]
    )
    return len(wrong) == 1 or (swapped and wrong[1] == wrong[0] + 1)
