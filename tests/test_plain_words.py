"""Every English text that a patient reads is at reading grade 6, in short sentences, one question at a time.

The grade is Flesch and Kincaid's (Kincaid et al. 1975): years of school in the United States. It says
little of a text of a few words, so those are not graded.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent.parent / "locales"

#: Where patients' words stand. What is said on the cover and at the desk is for professionals, and so
#: is a letter to a hospital, with the names of laws.
_PATIENTS = re.compile(
    r"handlers/|checklist/(?!summary|missing|names|letter_words|record_laws)"
    r"|bot/web/(wording|upload\w*|greeting|chat\w*|join\w*|opinion\w*|letter)\.py"
)

#: The terms of the glossary (locales/README.md), which no text about records can do without: each is
#: explained where it is first met, and is counted as a word of two syllables.
_TERMS = frozenset(
    {
        *("allergy", "assistant", "automated", "coordinator", "coordinators", "dicom", "emergency"),
        *("hospital", "hospitals", "medicine", "medicines", "opinion", "pathology", "patient"),
        *("radiology", "second", "specialist"),
    }
)

_GRADE, _SENTENCE, _GRADED = 6.0, 15, 8


def words_of(text: str) -> list[str]:
    return re.findall(r"[A-Za-z’']+", text)


def sentences_of(text: str) -> list[str]:
    """Its sentences; what stands after a colon is one of its own."""
    parts = re.split(r"(?<=[.!?:])[\s”]+|\n+", text)
    return [part for part in parts if words_of(part)]


def syllables(word: str) -> int:
    """About how many: groups of vowels, without an e that isn't heard."""
    plain = re.sub(r"['’]s$", "", word.lower())
    if plain in _TERMS:
        return 2
    heard = re.sub(r"(?<=[^laeiouy])es$|(?<=[^td])ed$|(?<=[^l])e$", "", plain)
    return max(1, len(re.findall(r"[aeiouy]+", heard or plain)))


def grade(text: str) -> float:
    words = words_of(text)
    per_word = sum(map(syllables, words)) / len(words)
    return 0.39 * len(words) / len(sentences_of(text)) + 11.8 * per_word - 15.59


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
    graded = {text: grade(text) for text in TEXTS if len(words_of(text)) >= _GRADED}
    assert {text: found for text, found in graded.items() if found > _GRADE} == {}


def test_no_sentence_has_more_than_fifteen_words() -> None:
    assert [s for text in TEXTS for s in sentences_of(text) if len(words_of(s)) > _SENTENCE] == []


def test_one_question_is_asked_at_a_time() -> None:
    """What stands in quotes is an example."""
    asked = {text: re.sub("“[^”]*”", "", text).count("?") for text in TEXTS}
    assert [text for text, count in asked.items() if count > 1] == []
