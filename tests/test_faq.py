"""The usual questions: answered from any step and back; what is not known goes to a coordinator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.answers import AnswersError, answers_of, missing_answers
from bot.paths import load_faq
from bot.settings import Settings
from checklist.faq import FaqError, parse_faq, with_answers
from checklist.text import verbatim
from handlers.effects import NotifyCoordinators, OpenHandoff
from tests.player import Player
from tests.test_asides import begun, said

FAQ = load_faq()


def told(player: Player) -> list[str]:
    return [one.words for one in player.case.desk.passed_on]


# ---- from any step and back --------------------------------------------------------------------


@pytest.mark.parametrize(
    "step", ["name", "birth_date", "country", "problem", "imaging", "allergies"]
)
def test_a_question_is_answered_at_any_step_and_the_step_stands(player: Player, step: str) -> None:
    begun(player).say("status")
    player.press(step)
    before = player.case
    text = "\n".join(player.shown(player.say("How much does it cost?")))
    assert "It costs 300 euros." in text
    assert (player.session.step, player.session.aside) == (step, "")
    assert player.case == before


def test_words_beside_a_question_are_an_answer_all_the_same(player: Player) -> None:
    begun(player).say("status")
    player.press("problem")
    player.say("My knee hurts since May. Do I have to travel?")
    assert "from home" in said(player)
    assert player.case.text("problem") == "My knee hurts since May. Do I have to travel?"


def test_where_questions_for_the_specialist_are_asked_for_one_is_an_answer(player: Player) -> None:
    begun(player).say("questions")
    player.say("How long does it take?")
    answer = player.case.answer("questions")
    assert answer is not None
    assert [entry.text for entry in answer.entries] == ["How long does it take?"]
    assert not told(player)


def test_a_question_in_between_stays_open_while_another_is_answered(player: Player) -> None:
    begun(player).say("Should I stop taking my aspirin?")
    assert player.session.aside == "advice"
    player.say("What does it cost?")
    assert player.session.aside == "advice"
    assert "It costs 300 euros." in said(player)
    player.press("yes")
    assert player.case.answer("questions") is not None


def test_a_doctor_s_question_and_an_emergency_go_first(player: Player) -> None:
    begun(player).say("I can't breathe, how much does it cost?")
    assert player.session.aside == "emergency"
    player.press("not_now")
    player.say("Should I stop taking chemo because of the price?")
    assert player.session.aside == "advice"


def test_who_feels_worse_is_shown_help_and_no_answer(player: Player) -> None:
    begun(player).press("faq:q-worse")
    assert player.session.aside == "emergency"
    assert any(isinstance(effect, OpenHandoff) for effect in player.effects)


def test_a_question_to_a_person_is_for_that_person(player: Player) -> None:
    begun(player).coordinator("Hello, this is Li Wei.")
    player.say("How much does it cost?")
    assert "It costs" not in said(player)


def test_a_password_is_no_question(player: Player) -> None:
    begun(player).session = replace(player.session, aside="password", draft={})
    player.say("What is DICOM?")
    assert "DICOM is the name" not in said(player)


def test_an_old_row_of_the_list_is_still_answered(player: Player) -> None:
    begun(player).say("?")
    player.press("t-data")
    player.press("have")
    player.press("faq:q-dicom")
    assert "DICOM is the name" in said(player)
    player.press("go_on")
    assert player.session.step == "imaging"


@pytest.mark.parametrize("leads", ["pictures", "big_cd", "mistake", "who_reads", "erase", "robot"])
def test_an_answer_has_a_button_to_where_it_leads(player: Player, leads: str) -> None:
    begun(player).press(f"faq:q-{leads}")
    player.press(f"l-{leads}")
    question = FAQ.question(leads)
    assert question is not None
    # A step is gone to; a command that opens something stands in between; the others only tell.
    assert question.leads in (
        player.session.step,
        player.session.aside,
        "upload",
        "privacy",
        "human",
    )


# ---- what is not known -------------------------------------------------------------------------


def test_what_only_the_operator_knows_is_passed_on_once_and_never_made_up(player: Player) -> None:
    begun(player)
    first = "\n".join(player.shown(player.say("How long does it take?")))
    assert "I don't know that." in first
    assert "I passed your question" in first
    again = "\n".join(player.shown(player.say("When will I get the answer?")))
    assert "I passed this question on before." in again
    assert told(player) == ["How long does it take?"]
    notices = [e for e in player.effects if isinstance(e, NotifyCoordinators)]
    assert [notice.reason for notice in notices] == ["asked"]


def test_before_the_consent_nothing_is_kept(player: Player) -> None:
    player.open()
    player.press("en")
    player.say("How long does it take?")
    assert "When you have agreed" in said(player)
    player.say("Can I bring my dog?")
    assert not told(player)
    assert player.session.aside == ""


@pytest.mark.parametrize(("answer", "kept"), [("yes", 1), ("no", 0)])
def test_a_question_that_fits_nothing_is_passed_on_only_by_a_yes(
    player: Player, answer: str, kept: int
) -> None:
    begun(player).say("Can I get an invoice for my company?")
    assert player.session.aside == "pass_on"
    assert not told(player)
    player.press(answer)
    assert len(told(player)) == kept
    assert (player.session.step, player.session.aside) == ("imaging", "")


@pytest.mark.parametrize("text", ["in two weeks?", "maybe on next Friday?", "15 May, I think?"])
def test_an_answer_that_is_not_sure_is_an_answer(player: Player, text: str) -> None:
    begun(player).press("can_get")
    player.say(text)
    # Who puts something off is asked about reminders, not answered as one who asks.
    assert player.session.aside == "reminders"
    assert not told(player)
    answer = player.case.answer("imaging")
    assert answer is not None
    assert answer.text == text


@pytest.mark.parametrize("text", ["Aspirin and vitamin D, maybe?", "some pills for the heart?"])
def test_a_line_with_a_question_mark_is_a_line(player: Player, text: str) -> None:
    begun(player).say("status")
    player.press("medications")
    player.say(text)
    assert player.session.aside == ""
    answer = player.case.answer("medications")
    assert answer is not None
    assert answer.entries


def test_the_nearest_question_can_be_meant(player: Player) -> None:
    begun(player).say("what happens to my data afterwards, and do you delete it")
    if player.session.aside == "pass_on":
        near = next(c for c in player.replies[-1].choices if c.id.startswith("q-"))
        player.press(near.id)
    assert player.session.aside == ""
    assert "I am sorry, I did not understand" not in said(player)


def test_an_answer_instead_of_a_yes_is_an_answer(player: Player) -> None:
    begun(player).say("Do you have an office in Berlin?")
    player.say("I don't have it")
    assert player.case.choice("imaging") == "none"
    assert not told(player)


def test_a_coordinator_s_answer_reaches_the_chat_and_the_form_goes_on(player: Player) -> None:
    begun(player).say("How long does it take?")
    replies = player.act("answer", "Two weeks.", question="1")
    assert [reply.human for reply in replies] == ["", "Li Wei", ""]
    assert replies[1].text == (verbatim("Two weeks."),)
    assert replies[-1].choices
    assert player.session.mode == "assistant"
    one = player.case.desk.passed_on[0]
    assert (one.answer, one.by, one.is_open) == ("Two weeks.", "Li Wei", False)
    assert player.act("answer", "Three weeks.", question="1") == []


def test_a_question_is_settled_without_words(player: Player) -> None:
    begun(player).say("How long does it take?")
    assert player.act("answer", question="1") == []
    assert not player.case.desk.passed_on[0].is_open


def test_nothing_of_it_is_left_after_an_erasure(player: Player) -> None:
    begun(player).say("How long does it take?")
    player.say("/delete")
    player.press("yes")
    assert not told(player)


# ---- languages ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text"),
    [("ru", "Сколько это стоит?"), ("ar", "كم يكلف؟"), ("zh-Hans", "多少钱？")],
)
def test_the_operator_s_words_are_not_said_in_another_language(
    player: Player, language: str, text: str
) -> None:
    begun(player, language).say(text)
    assert "300" not in said(player)
    assert told(player) == [text]


def test_who_asks_in_another_language_is_answered_in_the_chat_s(player: Player) -> None:
    begun(player).say("Что такое второе мнение?")
    assert "A specialist looks at your records" in said(player)


# ---- the operator's file -----------------------------------------------------------------------


def test_the_operator_s_words_answer(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_text('[data]\nen = "In Geneva, for a year."\nzh_Hans = "在日内瓦。"\n', "utf-8")
    faq = answers_of(Settings.model_construct(answers_file=path), FAQ, ["en", "zh-Hans", "ru"])
    question = faq.question("where_kept")
    assert question is not None
    assert faq.answer(question, "zh-Hans") == (verbatim("在日内瓦。"),)
    assert faq.answer(question, "ru") is None
    missing = missing_answers(faq, ["en", "zh-Hans", "ru"])
    assert missing["data"] == ("ru",)
    assert missing["cost"] == ("en", "zh-Hans", "ru")


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("[price]\nen = 'x'", "price"),
        ("[cost]\nxx = 'x'", "xx"),
        ("[cost]\nen = 3", "cost"),
        ("cost = 'x'", "cost"),
        ("[cost", "TOML"),
        (f"[cost]\nen = '{'x' * 2000}'", "letters"),
    ],
)
def test_a_fault_in_the_file_is_named(tmp_path: Path, source: str, named: str) -> None:
    path = tmp_path / "answers.toml"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(AnswersError, match=named) as refused:
        answers_of(Settings.model_construct(answers_file=path), FAQ, ["en"])
    assert "ANSWERS_FILE" in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = Settings.model_construct(answers_file=tmp_path / "none.toml")
    with pytest.raises(AnswersError, match="ANSWERS_FILE"):
        answers_of(settings, FAQ, ["en"])


def test_all_that_is_filled_in_leaves_nothing_missing() -> None:
    source = "\n".join(f"[{entry}]\nen = 'words'" for entry in FAQ.entries)
    assert missing_answers(with_answers(FAQ, source, ["en"]), ["en"]) == {}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('id = "dicom"', 'id = "pictures"', "pictures"),
        ('topic = "chat"', 'topic = "chats"', "chats"),
        ('by_operator = "cost"\n', "", "cost"),
        ('source = "DICOM PS3.10"\n', "", "source"),
    ],
)
def test_a_fault_in_the_questions_is_named(old: str, new: str, named: str) -> None:
    source = (Path(__file__).parent.parent / "checklist" / "faq.toml").read_text("utf-8")
    assert old in source
    with pytest.raises(FaqError, match=named):
        parse_faq(source.replace(old, new, 1))


def test_what_an_operator_can_fill_in_is_known() -> None:
    assert FAQ.needed == {"how_long", "cost", "specialist", "data"}
    assert set(FAQ.entries) == FAQ.needed | {"translation", "contact"}


# ---- where a chat only leads to the page -------------------------------------------------------


def test_at_the_door_the_answers_are_said_and_the_way_on_is_shown_again(player: Player) -> None:
    player.health = False
    player.open()
    player.press("en")
    player.press("yes")
    player.say("Are you a robot?")
    assert "I am an automated assistant." in said(player)
    assert "private page" in said(player)
    player.say("?")
    player.press("t-opinion")
    player.press("q-how_long")
    assert told(player) == ["How long does it take?"]
    player.press("go_on")
    assert "private page" in said(player)
    player.say("Can I bring my dog?")
    assert player.session.aside == ""
    assert len(told(player)) == 1


@pytest.mark.parametrize("words", ["How much does it cost?", "How long does the operation take?"])
def test_a_question_worded_anew_for_the_specialist_is_theirs(player: Player, words: str) -> None:
    """It was asked how to write it, and this is how; none of it is answered or passed on."""
    begun(player).say("Is my tumour dangerous?")
    assert player.session.aside == "advice"
    player.press("change")
    player.say(words)
    assert [entry.text for entry in player.case.answers["questions"].entries] == [words]
    assert told(player) == []
