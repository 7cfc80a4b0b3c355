"""Words that call for help are heard, in every language; a history is told without being stopped."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklist.emergency import emergency_number
from handlers.safety import classify
from tests.checklist.test_dates import DATA, TAGS, WORDS

ROWS = [
    (tag, text, safety)
    for tag, classes in tomllib.loads((DATA / "safety.toml").read_text(encoding="utf-8")).items()
    for safety, texts in classes.items()
    for text in texts
]


@pytest.mark.parametrize(("tag", "text", "safety"), ROWS)
def test_a_text_is_heard_as_what_it_is(tag: str, text: str, safety: str) -> None:
    assert (classify(text, WORDS[tag]) or "none") == safety


@pytest.mark.parametrize("tag", TAGS)
def test_words_of_one_language_raise_no_alarm_in_another(tag: str) -> None:
    """A text is looked at in every language offered; what is none in its own is none in all."""
    texts = [text for _tag, text, safety in ROWS if safety == "none"]
    assert not [text for text in texts if classify(text, WORDS[tag])]


@pytest.mark.parametrize(
    "text",
    [
        "he is unconcious", "i cant breath", "SHE IS NOT BREATHING!!!", "my  mother\ncan't   speak",
        "having a siezure now", "call an ambulence", "I can’t breathe", "ｉ ｃａｎ'ｔ ｂｒｅａｔｈｅ",
    ],
)  # fmt: skip
def test_haste_and_slips_of_the_finger_do_not_hide_an_emergency(text: str) -> None:
    assert classify(text, WORDS["en"]) == "emergency"


def test_a_denial_before_a_comma_denies_nothing() -> None:
    assert classify("No, I have chest pain", WORDS["en"]) == "emergency"


def test_what_is_past_in_one_sentence_does_not_hide_what_is_now_in_the_next() -> None:
    assert classify("Operation in 2019. I can't breathe", WORDS["en"]) == "emergency"


def test_the_gravest_class_is_told_first() -> None:
    text = "I can't breathe, what should I do? I want to die"
    assert classify(text, WORDS["en"]) == "emergency"


@given(text=st.text())
def test_no_text_is_too_odd(text: str) -> None:
    for words in WORDS.values():
        classify(text, words)


def test_a_very_long_text_is_looked_at_quickly() -> None:
    """Only its beginning: 4000 characters hold any message a person types."""
    assert classify("word " * 100_000, WORDS["en"]) is None


@pytest.mark.parametrize(
    ("country", "number"),
    [("DE", "112"), ("us", "911"), ("CN", "120"), ("RU", "103"), ("AU", "000"), ("SA", "997")],
)
def test_an_emergency_number_is_the_countrys_own(country: str, number: str) -> None:
    assert emergency_number(country) == number


@pytest.mark.parametrize("country", ["", "XX", "Germany"])
def test_an_unknown_country_has_no_number(country: str) -> None:
    """The local number is named in words then: a wrong one costs time."""
    assert emergency_number(country) is None
