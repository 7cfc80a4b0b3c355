"""What a channel can't carry in one message is cut so that nothing is lost and all can be read."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.base import Capabilities, Rendered
from bot.channels.fit import fit, split, units

OPENERS, CLOSER = "\u2066\u2067\u2068", "\u2069"
ISOLATES = OPENERS + CLOSER

# Letters of one and of two code units, marks, joiners, every kind of pause, and isolates.
SIGNS = st.sampled_from("ab é 张。、ж!?. \n\n\t\u0301\u200d\U0001f469\U0001f3fe\u0635" + ISOLATES)
TEXTS = st.text(SIGNS, max_size=400) | st.text(max_size=200)
LABELS = st.text("abc Я张\U0001f469", min_size=1, max_size=60).filter(str.strip)


def reply(text: str, labels: tuple[str, ...] = (), human: str = "") -> Rendered:
    choices = tuple((f"item:{n}:7", label) for n, label in enumerate(labels))
    return Rendered(step="item", turn=7, text=text, locale="en", choices=choices, human=human)


def bare(text: str) -> str:
    """A text without what a cut may take away or add: white space and isolates."""
    return "".join(s for s in text if not s.isspace() and s not in ISOLATES)


def is_balanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign in OPENERS) - (sign == CLOSER)
        if depth < 0:
            return False
    return depth == 0


@given(text=TEXTS, limit=st.integers(8, 120))
@example(text="a" * 50, limit=8)
@example(text="\n" * 50 + "a", limit=8)
@example(text="\u2068" * 50 + "a", limit=8)
def test_no_part_is_too_long_or_empty_and_no_character_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(units(part) <= limit for part in parts)
    assert all(part.strip() for part in parts) or not text.strip()
    assert bare("".join(parts)) == bare(text)


@given(
    before=st.text("ab .张", max_size=80),
    words=st.text("cd ж\n", max_size=200),
    after=st.text("ef .", max_size=80),
    limit=st.integers(16, 100),
)
def test_what_is_set_apart_for_its_direction_stays_set_apart_in_every_part(
    before: str, words: str, after: str, limit: int
) -> None:
    parts = split(f"{before}\u2068{words}\u2069{after}", limit)
    assert all(is_balanced(part) for part in parts)


@given(
    text=TEXTS.filter(str.strip),
    labels=st.lists(LABELS, max_size=8).map(tuple),
    max_text=st.integers(16, 300),
    max_buttons=st.none() | st.integers(0, 5),
    max_label=st.none() | st.integers(1, 30),
)
def test_nothing_exceeds_a_capability_and_every_choice_can_be_answered(
    text: str,
    labels: tuple[str, ...],
    max_text: int,
    max_buttons: int | None,
    max_label: int | None,
) -> None:
    can = Capabilities(max_text=max_text, max_buttons=max_buttons, max_label=max_label)
    whole = reply(text, labels)
    parts = fit(whole, can)
    shown = "".join(part.text for part in parts)
    assert all(units(part.text) <= max_text for part in parts)
    assert not any(part.choices for part in parts[:-1])
    buttons = parts[-1].choices
    assert max_buttons is None or len(buttons) <= max_buttons
    assert all(max_label is None or units(label) <= max_label for _, label in buttons)
    if buttons != whole.choices:
        lines = "\n".join(f"{n}. {label}" for n, label in enumerate(labels, 1))
        assert bare(shown) == bare(text) + bare(lines)
        # A button that is left bears the number of its line, and means the same choice.
        assert buttons == () or [b for b, _ in buttons] == [wire for wire, _ in whole.choices]
    else:
        assert bare(shown) == bare(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("First one.\n\nSecond one.", ("First one.", "Second one.")),
        ("First line here\nsecond line", ("First line here", "second line")),
        ("It is one. It is two, too.", ("It is one.", "It is two, too.")),
        ("one two three four five", ("one two three four", "five")),
        ("a" * 25, ("a" * 20, "a" * 5)),
        (
            "请把报告发给我。谢谢您的耐心等待我们会看的",
            ("请把报告发给我。", "谢谢您的耐心等待我们会看的"),
        ),
        ("هل لديك التقرير؟ أرسله لنا", ("هل لديك التقرير؟", "أرسله لنا")),
        ("exactly twenty signs", ("exactly twenty signs",)),
        # Marks stay with their letter, and a joined emoji stays one.
        ("a" * 19 + "e\u0301", ("a" * 19, "e\u0301")),
        ("a" * 16 + "\U0001f469\u200d\U0001f52c", ("a" * 16, "\U0001f469\u200d\U0001f52c")),
        # A name stays whole where it can, and is closed and opened again where it can't.
        ("Sent by \u2068Anna Maria Luisa\u2069", ("Sent by", "\u2068Anna Maria Luisa\u2069")),
        ("\u2068" + "b" * 25 + "\u2069", ("\u2068" + "b" * 18 + "\u2069", "\u2068bbbbbbb\u2069")),
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(text: str, parts: tuple[str, ...]) -> None:
    assert split(text, 20) == parts


def test_what_fits_is_left_as_it_is() -> None:
    whole = reply("Do you have it?", ("Yes", "No"))
    assert fit(whole, Capabilities(max_text=4096, max_buttons=3, max_label=20)) == (whole,)
    assert fit(whole, Capabilities()) == (whole,)


def test_buttons_stand_under_the_last_part_and_only_that_awaits_an_answer() -> None:
    whole = reply("One. " * 10, ("Yes", "No"))
    *before, last = fit(whole, Capabilities(max_text=20))
    assert before
    assert last.choices == whole.choices
    assert {part.expects for part in before} == {"nothing"}


def test_too_many_choices_become_numbered_lines() -> None:
    (one,) = fit(reply("Which?", ("Liver", "Heart", "Bones")), Capabilities(max_buttons=2))
    assert one.text == "Which?\n\n1. Liver\n2. Heart\n3. Bones"
    assert one.choices == ()


def test_a_label_that_is_too_long_stands_in_full_beside_the_number_of_its_button() -> None:
    whole = reply("Which?", ("The liver or the bile ducts", "Heart"))
    (one,) = fit(whole, Capabilities(max_buttons=3, max_label=10))
    assert one.text == "Which?\n\n1. The liver or the bile ducts\n2. Heart"
    assert one.choices == (("item:0:7", "1"), ("item:1:7", "2"))


def test_a_coordinators_words_bear_their_name_where_the_channel_does_not_show_it() -> None:
    whole = reply("Your films have come.", human="Ana")
    assert fit(whole, Capabilities())[0].text == "Ana:\nYour films have come."
    assert fit(whole, Capabilities(shows_author=True))[0].text == "Your films have come."


def test_length_is_counted_as_vendors_count_it() -> None:
    assert [units(text) for text in ("", "a", "ж张", "\U0001f469")] == [0, 1, 2, 2]
    assert re.fullmatch(r"\s*", "".join(split(" \n ", 2)))
