"""The usual questions: which one somebody's words ask, and whether they ask anything at all.

The order of languages is the chat's own first: who writes in another one is understood all the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

from checklist.faq import Faq, Question
from checklist.faq_words import Pattern
from checklist.folding import folded
from checklist.phrases import marked_sentences, phrases_of
from checklist.words import Words, bare
from handlers.languages import Languages

#: What is longer tells a history.
_LONGEST = 300
#: Fewer words ask nothing that somebody could be asked: "MRI?", "Hello?"
_SHORTEST, _SHORTEST_UNSPACED = 3, 4
#: Without a question mark only so many words from a question word on are a question.
_UNMARKED = 12


def asked_in(text: str, faq: Faq, words: Words) -> Question | None:
    """The usual question that a text asks in this language, or None."""
    if len(text) > _LONGEST:
        return None
    found = [
        (len(pattern[0]), -number, question)
        for sentence, is_asked in _sentences(text, words)
        for number, question in enumerate(faq.questions)
        for pattern in _patterns(question.id, words, is_asked=is_asked)
        if _is_in(sentence, pattern, words)
    ]
    # What was found by more words together tells more; then the order of the list counts.
    return max(found, key=lambda hit: hit[:2])[2] if found else None


def titled(text: str, faq: Faq, languages: Languages, locale: str) -> Question | None:
    """The question whose title in the list was copied as it stands, or None."""
    plain = bare(text)
    asks = ((one, bare(languages.say(one.ask, locale))) for one in faq.questions)
    return next((one for one, title in asks if title == plain), None)


def says_more(text: str, faq: Faq, words: Words) -> bool:
    """Whether a text that asks a usual question also says something else."""
    others = [
        sentence
        for sentence, _asked in _sentences(text, words)
        if _has_words(sentence, words)
        and not any(
            _is_in(sentence, pattern, words)
            for question in faq.questions
            for pattern in _patterns(question.id, words, is_asked=True)
        )
    ]
    return bool(others)


def is_question(text: str, words: Words, *, strictly: bool = False) -> bool:
    """Whether a whole text is a question. `strictly` where words may as well be an answer."""
    if len(text) > _LONGEST:
        return False
    told = [
        (sentence, marked)
        for sentence, marked in marked_sentences(_plain(text))
        if _has_words(sentence, words)
    ]
    return bool(told) and all(_asks(sentence, marked, words, strictly) for sentence, marked in told)


def _asks(sentence: str, marked: bool, words: Words, strictly: bool) -> bool:
    if marked and not strictly:
        return True
    if strictly and not marked:
        return False
    first = next(iter(phrases_of(words, words.faq.begins).starts_in(sentence)), -1)
    if not words.spaced:
        return first >= 0
    begins = first >= 0 and not sentence[:first].strip()
    return begins and (marked or len(sentence.split()) <= _UNMARKED)


def is_foreign(text: str, words: Words) -> bool:
    """Whether a text has no letter of a language's questions, which spares it the search."""
    letters = _letters(words)
    return bool(letters) and letters.isdisjoint(_plain(text))


@cache
def _letters(words: Words) -> frozenset[str]:
    """The letters of a language; none where they are Latin ones, which every text may have."""
    letters = [c for phrase in words.faq.asks for c in phrase if c.isalpha()]
    foreign = [c for c in letters if not c.isascii()]
    return frozenset(foreign) if len(foreign) > len(letters) / 2 else frozenset()


@lru_cache(maxsize=16)
def _sentences(text: str, words: Words) -> tuple[tuple[str, bool], ...]:
    """The sentences, and whether each asks: by its mark, or by a word that asks."""
    phrases = phrases_of(words, words.faq.asks)
    return tuple(
        (sentence, marked or phrases.are_in(sentence))
        for sentence, marked in marked_sentences(_plain(text))
        if sentence.strip()
    )


def _plain(text: str) -> str:
    return folded(unicodedata.normalize("NFC", text[: _LONGEST + 1]))[0]


def _patterns(question_id: str, words: Words, *, is_asked: bool) -> Iterable[Pattern]:
    asked = words.faq.asked.get(question_id, ()) if is_asked else ()
    return (*asked, *words.faq.told.get(question_id, ()))


def _is_in(sentence: str, pattern: Pattern, words: Words) -> bool:
    wanted, refused = pattern
    return all(phrases_of(words, (part,)).are_in(sentence) for part in wanted) and not any(
        phrases_of(words, (part,)).are_in(sentence) for part in refused
    )


def _has_words(sentence: str, words: Words) -> bool:
    if not words.spaced:
        return sum(map(str.isalpha, sentence)) >= _SHORTEST_UNSPACED
    return sum(any(map(str.isalpha, word)) for word in sentence.split()) >= _SHORTEST
