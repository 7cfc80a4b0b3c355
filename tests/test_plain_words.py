"""Every English text that a patient reads is at reading grade 6, in short sentences, one question at a time.

The measure is `checklist/plain_words.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from checklist.plain_words import GRADE, GRADED, SENTENCE, grade, sentences_of, words_of

LOCALES = Path(__file__).parent.parent / "locales"

#: Where patients' words stand. What is said on the cover and at the desk is for professionals, and so
#: is a letter to a hospital, with the names of laws.
_PATIENTS = re.compile(
    r"handlers/|checklist/(?!summary|missing|names|letter_words|record_laws)"
    r"|bot/web/(wording|upload\w*|greeting|chat\w*|join\w*|opinion\w*|letter)\.py"
)


def patients_texts() -> list[str]:
    with (LOCALES / "messages.pot").open(encoding="utf-8") as file:
        template = read_po(file)
    texts: list[str] = []
    for message in template:
        if any(_PATIENTS.match(place) for place, _line in message.locations):
            forms = (message.id,) if isinstance(message.id, str) else message.id
            texts += [re.sub(r"\{\w+\}", "it", form) for form in forms]
    return sorted(set(texts))


TEXTS = patients_texts()


def test_there_are_texts_to_measure() -> None:
    assert len(TEXTS) > 400


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("The cat sat on the mat.", -2, 2),
        ("Ask the hospital for the files. They can give you a copy on a CD or a USB stick.", 0, 4),
        ("The multidisciplinary consultation necessitates comprehensive documentation.", 15, 40),
    ],
)
def test_the_measure_tells_plain_words_from_others(text: str, low: int, high: int) -> None:
    assert low < grade(text) < high


def test_what_patients_read_is_at_grade_six() -> None:
    graded = {text: grade(text) for text in TEXTS if len(words_of(text)) >= GRADED}
    assert {text: found for text, found in graded.items() if found > GRADE} == {}


def test_no_sentence_has_more_than_fifteen_words() -> None:
    assert [s for text in TEXTS for s in sentences_of(text) if len(words_of(s)) > SENTENCE] == []


def test_one_question_is_asked_at_a_time() -> None:
    """What stands in quotes is an example."""
    asked = {text: re.sub("“[^”]*”", "", text).count("?") for text in TEXTS}
    assert [text for text, count in asked.items() if count > 1] == []
