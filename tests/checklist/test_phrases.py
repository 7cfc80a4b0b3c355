"""Phrases are found as one expression of them all would find them, though few of them are tried."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklist.folding import folded
from checklist.phrases import pattern_source, phrases_of
from checklist.words import Words
from tests.checklist.test_dates import TAGS as EVERY_TAG
from tests.checklist.test_dates import WORDS
from tests.safety import HALVES, lines

#: The languages whose calls for help are written down already; no other is offered.
TAGS = [tag for tag in EVERY_TAG if all(WORDS[tag].safety.values())]


def lists_of(words: Words) -> list[tuple[str, ...]]:
    every = (*words.safety.values(), *words.context.values(), words.frequency)
    # Kazakh says "since" behind the year, and has no word for it that stands before.
    return [patterns for patterns in every if patterns]


def by_one_expression(text: str, words: Words, patterns: tuple[str, ...]) -> list[int]:
    longest_first = sorted(patterns, key=len, reverse=True)
    whole = re.compile("|".join(pattern_source(pattern, words) for pattern in longest_first))
    return [match.start() for match in whole.finditer(text)]


@pytest.mark.parametrize("tag", TAGS)
def test_no_phrase_is_passed_over_for_speed(tag: str) -> None:
    words = WORDS[tag]
    texts = [folded(one.text)[0] for half in HALVES for one in lines(tag, half)]
    texts = [" . ".join(texts[at : at + 12]) for at in range(0, len(texts), 12)]
    for patterns in lists_of(words):
        phrases = phrases_of(words, patterns)
        for text in texts:
            assert list(phrases.starts_in(text)) == by_one_expression(text, words, patterns)
            assert phrases.are_in(text) == bool(by_one_expression(text, words, patterns))


PIECES = {
    tag: sorted({p for ps in lists_of(words) for q in ps for p in re.split(r"[\s|_()=*#?.]+", q)})
    for tag, words in WORDS.items()
}


@pytest.mark.parametrize("tag", TAGS)
@given(data=st.data())
def test_words_in_any_order_are_heard_as_by_one_expression(tag: str, data: st.DataObject) -> None:
    words = WORDS[tag]
    joints = st.sampled_from([" ", "  ", ", ", "? ", "-", "_", "7", "\n", "", *words.clitics])
    pairs = st.lists(st.tuples(st.sampled_from(PIECES[tag]), joints), max_size=12)
    text = "".join(word + joint for word, joint in data.draw(pairs))
    for patterns in (words.safety["emergency"], words.safety["advice"], words.context["past"]):
        found = list(phrases_of(words, patterns).starts_in(text))
        assert found == by_one_expression(text, words, patterns)
