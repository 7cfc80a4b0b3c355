"""Which usual questions somebody may mean, where no pattern tells: by the words that both have.

A guess, and so only ever offered to choose from; nothing is answered by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from checklist.faq import Faq, Question
from checklist.folding import folded
from checklist.words import Words

#: A word of one question weighs 1, one of two a quarter: less is chance.
_LEAST = 0.25
#: Words that begin with the same letters are forms of one.
_STEM, _LONG = 5, 6
_MARKS = re.compile(r"[()=*]")


def nearest(text: str, faq: Faq, words: Words, *, most: int) -> tuple[Question, ...]:
    """The questions that share the rarest words with a text, the nearest first."""
    plain = folded(unicodedata.normalize("NFC", text))[0]
    mine = _forms(plain, words)
    scores: dict[str, float] = {}
    for word, questions in _vocabulary(words).items():
        if word in mine or ((" " in word or not words.spaced) and word in plain):
            for question_id in questions:
                scores[question_id] = scores.get(question_id, 0) + 1 / len(questions) ** 2
    least = max(_LEAST, max(scores.values(), default=0) / 2)
    known = [one for one in faq.questions if scores.get(one.id, 0) >= least]
    return tuple(sorted(known, key=lambda one: -scores[one.id])[:most])


def _forms(plain: str, words: Words) -> frozenset[str]:
    """The words of a text, without what is written onto their front, and their beginnings."""
    found = set(re.findall(r"\w+", plain))
    found |= {w.removeprefix(c) for c in words.clitics for w in found if w.startswith(c)}
    return frozenset(found | {_stem(word) for word in found})


def _stem(word: str) -> str:
    return word[:_STEM] + "-" if len(word) >= _LONG else word


@cache
def _vocabulary(words: Words) -> Mapping[str, frozenset[str]]:
    """The words of the patterns, by their stems, and the questions that each is of."""
    made: dict[str, set[str]] = {}
    for table in (words.faq.asked, words.faq.told):
        for question_id, patterns in table.items():
            for part in (part for wanted, _refused in patterns for part in wanted):
                for choice in re.split(r"[|\s]+", _MARKS.sub("", part)):
                    word = choice.replace("_", " ")
                    # One character of an unspaced language is in too many words.
                    if word.strip(" .#?") and (words.spaced or len(word) > 1):
                        made.setdefault(_stem(word) if words.spaced else word, set()).add(
                            question_id
                        )
    return {word: frozenset(questions) for word, questions in made.items()}
