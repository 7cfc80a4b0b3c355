"""A choice by its number: on a narrow channel buttons are numbered lines, and a number is the answer.

Which number stands for what is known only from the prompt that stands, as it was shown: so it is read
here, before any step looks at the words, and a number is the press of that button.
"""

from __future__ import annotations

import re

from checklist.words import Words, bare
from handlers.replies import Choice, Expects
from handlers.step import View

#: What is longer is no number, nor a number with a label: labels have 20 characters.
LONGEST = 60

# Without a nought before it: 03 is a number to call in some countries, and a day in others.
_NUMBER = re.compile(r"([1-9]\d?)")
# "2. I have it", as somebody copies the whole line.
_LINE = re.compile(r"([1-9]\d?)\s*[.):,\-]*\s+(\D.*)")


def choice_by_number(
    view: View, choices: tuple[Choice, ...], expects: Expects, text: str
) -> Choice | None:
    """The choice whose number was written, counting from 1 in the order in which they are shown.

    In figures of any script, with a mark around it or the words "number two". Number words count
    only where buttons are the answer: "two" may be the answer to another question.
    """
    plain = bare(text)
    if (line := _LINE.fullmatch(plain)) is not None:
        choice = _at(choices, int(line[1]))
        label = bare(view.languages.say(choice.label, view.locale)) if choice else ""
        return choice if choice and label == bare(line[2]) else None
    number = _number(_unmarked(plain, view.words), view.words, words=expects == "choice")
    return _at(choices, number)


def _at(choices: tuple[Choice, ...], number: int) -> Choice | None:
    return choices[number - 1] if 0 < number <= len(choices) else None


def _number(text: str, vocabulary: Words, *, words: bool) -> int:
    """The number that a whole text is, or 0."""
    if (found := _NUMBER.fullmatch(text)) is not None:
        return int(found[1])
    # "A" is a number in front of "week" and none by itself.
    return vocabulary.dates.numbers.get(text, 0) if words and _is_word(text, vocabulary) else 0


def _is_word(text: str, vocabulary: Words) -> bool:
    return not vocabulary.spaced or len(text) > 2


def _unmarked(text: str, vocabulary: Words) -> str:
    """The text without one word before it and one behind it that only say that it is a number."""
    joint = " " if vocabulary.spaced else ""
    # "№" folds to "no", and stands with or without a space.
    for mark in sorted({"no.", "no", *vocabulary.number_marks}, key=len, reverse=True):
        rest = text.removeprefix(mark)
        if rest != text and (not joint or mark.startswith("no") or rest.startswith(joint)):
            text = rest.strip(" .")
            break
    for mark in vocabulary.number_marks:
        if text != mark and text.endswith(joint + mark):
            return text.removesuffix(mark).strip()
    return text
