"""Words that call for help are heard, in every language; a history is told without being stopped."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.paths import load_languages
from checklist.emergency import emergency_number
from checklist.folding import fold
from checklist.words import SafetyClass
from handlers.safety import classify, safety_in
from tests.checklist.test_dates import WORDS
from tests.safety import CLASSES, HALVES, Line, lines, printed, reached, score

LANGUAGES = load_languages()
TAGS = LANGUAGES.offered

#: What was reached, a little rounded down. The aim is 0.95 for the two gravest, and at most 0.05 false
#: alarms; how far the frozen half is from it stands in tests/README.md, and no figure may fall.
FLOOR = {"tuning": 0.98, "tuning_more": 0.98, "frozen": 0.88}
GRAVE = {"tuning": 0.98, "tuning_more": 0.95, "frozen": 0.85}
ALARMS = {"tuning": 0.02, "tuning_more": 0.02, "frozen": 0.07}


def every(half: str) -> list[Line]:
    return [line for tag in TAGS for line in lines(tag, half)]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("half", HALVES)
def test_words_that_call_for_help_are_heard_and_a_history_is_not_stopped(
    tag: str, half: str, capsys: pytest.CaptureFixture[str]
) -> None:
    grave = [score(tag, half, LANGUAGES, about) for about in CLASSES[:2]]
    found = score(tag, half, LANGUAGES)
    with capsys.disabled():
        sys.stdout.write("\n" + printed(tag, half, "all", found))
        for about, one in zip(CLASSES[:2], grave, strict=True):
            sys.stdout.write(printed(tag, half, about, one))
    least, gravest, most = reached(tag, half, (FLOOR[half], GRAVE[half], ALARMS[half]))
    assert found.recall >= least, found.missed
    assert found.false_alarms <= most + 1e-9, found.alarms
    assert min(one.recall for one in grave) >= gravest


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_that_is_offered_has_a_set_of_its_own(tag: str) -> None:
    """Of each class at least twenty texts that must be heard, and twenty that must not."""
    for about in CLASSES:
        scores = [score(tag, half, LANGUAGES, about) for half in HALVES]
        assert sum(one.heard for one in scores) >= 20, about
        assert sum(one.passed for one in scores) >= 20, about
        assert scores[-1].heard >= 7, about


@pytest.mark.parametrize("tag", TAGS)
def test_words_of_one_language_raise_no_alarm_in_another(tag: str) -> None:
    """A text is looked at in every language offered; what is none in its own is none in all."""
    texts = [line.text for half in HALVES[:2] for line in every(half) if line.expected is None]
    own = {line.text for half in HALVES[:2] for line in lines(tag, half)}
    assert not [text for text in texts if text not in own and classify(text, WORDS[tag])]


@pytest.mark.parametrize(
    ("text", "safety"),
    [
        ("媽媽喘不過氣", "emergency"),
        ("我想結束生命", "self_harm"),
        ("這個腫瘤是惡性的嗎", "advice"),
        ("ne mogu dyshat", "emergency"),
        ("ma 2dar atnafas", "emergency"),
        ("не могу ды\u0301шать", "emergency"),
        ("لَا أَسْتَطِيعُ التَّنَفُّس", "emergency"),
        ("لا أستطيـــع التنفس", "emergency"),
        ("لا استطیع التنفس", "emergency"),
        ("我媽媽說不出話 🚑", "emergency"),
        ("2019 میں دل کا آپریشن ہوا تھا۔ سینے میں شدید درد ہے", "emergency"),
    ],
)
def test_another_way_of_writing_hides_nothing(text: str, safety: SafetyClass) -> None:
    """Traditional characters, Latin letters, vowel signs, a stretched word, a Persian keyboard."""
    assert safety_in(text, LANGUAGES, "") == safety


def test_turkish_letters_hindi_dots_and_vietnamese_tones_fold_alike() -> None:
    """Languages that are not offered yet: their phrases will be found whichever way they are typed."""
    assert fold("YARDIM İSTİYORUM") == fold("yardım istiyorum") == fold("yardim istiyorum")
    assert fold("ज़हर") == fold("जहर")
    assert fold("khó thở quá") == fold("kho tho qua")


@pytest.mark.parametrize(
    "text",
    ["I can't see the button, and I can't breathe", "What does DICOM mean? Is my tumor malignant?"],
)
def test_what_is_asked_about_files_hides_nothing_beside_it(text: str) -> None:
    assert classify(text, WORDS["en"]) is not None


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
