"""Questions asked in between: what closes them, and what is no answer to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.effects import (
    EraseCase,
    HideWords,
    MakeLink,
    NotifyCoordinators,
    OpenHandoff,
    Unlock,
)
from handlers.updates import Attachment, InboundMessage, UnlockTried
from tests.player import Player

_BEGIN = ("en", "yes", "patient")
_ANSWERS = ("Ana Petrova", "12 April 1980", "Kazakhstan", "I have headaches.")


def begun(player: Player, language: str = "en") -> Player:
    """Up to the first item, the pictures of scans."""
    player.open()
    for choice in _BEGIN:
        player.press(choice)
    for words in _ANSWERS:
        player.say(words)
    player.press("brain_spine")
    player.press("remote")
    if language != "en":
        player.press(f"language:{language}")
    return player


def said(player: Player) -> str:
    return "\n".join(player.shown(player.replies[-1:]))


def of_kind(player: Player, kind: type) -> list[object]:
    return [effect for effect in player.effects if isinstance(effect, kind)]


# ---- what is answered to a person --------------------------------------------------------------


@pytest.mark.parametrize("opens", ["/delete", "/share", "/status", "/language"])
@pytest.mark.parametrize("answer", ["Yes", "No", "March 2020", "1"])
def test_what_is_answered_to_a_coordinator_answers_no_question_in_between(
    player: Player, opens: str, answer: str
) -> None:
    begun(player).say(opens)
    assert player.session.aside != ""
    player.coordinator("Do you have the CT?")
    player.say(answer)
    assert not player.case.erased
    assert not of_kind(player, EraseCase)
    assert not of_kind(player, MakeLink)
    assert player.session.mode == "human"
    assert player.session.aside == ""


def test_a_no_to_a_coordinator_keeps_no_study_apart(player: Player) -> None:
    begun(player).send("disc_of_somebody_else.zip")
    assert player.session.aside == "whose"
    player.coordinator("Do you have the CT?")
    player.say("No")
    assert [record.set_apart for record in player.case.records] == ["apart"]
    player.press("whose:no")
    assert [record.set_apart for record in player.case.records] == ["kept_apart"]


def test_an_old_button_of_a_question_that_a_coordinator_closed_says_why_not(
    player: Player,
) -> None:
    begun(player).say("/delete")
    player.coordinator("Do you have the CT?")
    player.press("delete:yes")
    assert not player.case.erased
    assert "earlier question" in said(player)


def test_the_help_of_an_emergency_stays_when_a_coordinator_writes(player: Player) -> None:
    begun(player).say("I have chest pain and can't breathe")
    player.coordinator("Are you alone?")
    assert player.session.aside == "emergency"


def test_a_question_to_a_doctor_is_not_lost_when_a_coordinator_writes(player: Player) -> None:
    begun(player).say("Should I stop my medicine?")
    assert player.session.aside == "advice"
    player.coordinator("Do you have the CT?")
    player.say("No")
    questions = player.case.answer("questions")
    assert questions is not None
    assert [entry.text for entry in questions.entries] == ["Should I stop my medicine?"]


# ---- for whom a link is ------------------------------------------------------------------------

_NO_NAMES = {
    "en": ("no", "no thanks", "cancel", "later", "skip", "I don't know", "none", "back"),
    "zh-Hans": ("不", "取消", "以后再说", "跳过", "不知道", "没有", "返回"),
    "ru": ("нет", "отмена", "потом", "пропустить", "не знаю", "ничего", "назад"),
    "ar": ("لا", "إلغاء", "لاحقا", "تخطي", "لا أعرف", "لا شيء", "رجوع"),
}


@pytest.mark.parametrize(
    ("language", "words"), [(tag, word) for tag, words in _NO_NAMES.items() for word in words]
)
def test_a_plain_no_is_nobodys_name(player: Player, language: str, words: str) -> None:
    begun(player, language).say("/share")
    step = player.session.step
    player.say(words)
    assert of_kind(player, MakeLink) == []
    assert player.case.shares == ()
    assert (player.session.aside, player.session.step) == ("", step)


def test_a_typed_name_is_confirmed_before_it_has_a_link(player: Player) -> None:
    begun(player).say("/share")
    player.say("31121980")
    assert of_kind(player, MakeLink) == []
    assert "Make a link for 31121980?" in said(player)
    player.say("City Hospital")
    assert "Make a link for City Hospital?" in said(player)
    player.press("yes")
    assert [share.name for share in player.case.shares] == ["City Hospital"]
    assert "/u/" in said(player)
    assert player.session.aside == ""


@pytest.mark.parametrize("answer", ["No", "no thanks", "2", "later"])
def test_a_name_that_is_not_confirmed_has_no_link(player: Player, answer: str) -> None:
    begun(player).say("/share")
    player.say("March 2020")
    player.say(answer)
    assert of_kind(player, MakeLink) == []
    assert player.session.aside == ""


def test_a_name_that_was_left_is_not_confirmed_the_next_time(player: Player) -> None:
    begun(player).say("/share")
    player.say("March 2020")
    player.coordinator("Do you have the CT?")
    player.say("/share")
    assert "Who is it for?" in said(player)
    player.press("share:yes")
    assert of_kind(player, MakeLink) == []


# ---- passwords ---------------------------------------------------------------------------------

_SENTENCE = "The password that the hospital gave us for the disc is 31121980"


def asked_for_password(player: Player) -> Player:
    begun(player).send("one.zip")
    assert player.session.aside == "password"
    player.reads = False
    player.effects.clear()
    return player


def test_a_password_in_a_longer_sentence_is_tried_and_hidden(player: Player) -> None:
    asked_for_password(player).say(_SENTENCE)
    (tried,) = of_kind(player, Unlock)
    assert isinstance(tried, Unlock)
    assert "31121980" in tried.secrets
    assert of_kind(player, HideWords) == [HideWords()]


@pytest.mark.parametrize("words", ["Here it is:\n31121980", "31121980 " * 16, "3" * 101])
def test_what_can_be_no_password_is_hidden_and_asked_for_again(player: Player, words: str) -> None:
    asked_for_password(player).say(words)
    assert of_kind(player, Unlock) == []
    assert of_kind(player, HideWords) == [HideWords()]
    assert "31121980" not in str(player.case)
    assert player.session.aside == "password"
    assert "write only the password" in said(player)
    assert "What is the password?" in said(player)
    assert player.session.tries == 1


def test_a_person_is_asked_to_help_with_what_can_be_no_password(player: Player) -> None:
    asked_for_password(player)
    for _ in range(3):
        player.say("a\nb")
    assert of_kind(player, OpenHandoff) == [OpenHandoff(reason="not_understood")]


def test_a_password_that_lapsed_and_was_not_the_patients_is_not_told(player: Player) -> None:
    """A coordinator's try is not noted in the case, so what came of it is not the patient's."""
    asked_for_password(player)
    (file,) = player.case.locked
    assert player.hear(UnlockTried(file_id=file.file_id, outcome="lapsed")) == []
    assert player.session.aside == "password"


def test_a_password_of_the_patients_that_lapsed_is_told(player: Player) -> None:
    asked_for_password(player)
    (file,) = player.case.locked
    player.case = player.case.with_locked(replace(file, trying=True))
    player.hear(UnlockTried(file_id=file.file_id, outcome="lapsed"))
    assert "give it once more" in said(player)


# ---- what is said in distress ------------------------------------------------------------------


@pytest.mark.parametrize("words", ["I am so scared", "I can't breathe"])
def test_words_of_pain_are_nobodys_name(player: Player, words: str) -> None:
    player.open()
    for choice in _BEGIN:
        player.press(choice)
    player.say(words)
    if player.session.aside:
        player.press("not_now")
    assert player.session.step == "name"
    assert player.case.answer("name") is None
    assert "did not understand" not in said(player)


def test_coordinators_are_told_once_of_what_is_said_again_and_again(player: Player) -> None:
    begun(player)
    for words in ("She can't breathe", "She is not breathing!", "call an ambulance"):
        player.say(words)
        assert player.session.aside == "emergency"
    notices = of_kind(player, NotifyCoordinators)
    assert [notice.reason for notice in notices] == ["emergency"]  # type: ignore[attr-defined]
    player.say("I want to die")
    assert len(of_kind(player, NotifyCoordinators)) == 2


def test_the_button_shows_the_help_whatever_was_said_before(player: Player) -> None:
    begun(player).say("I can't breathe")
    player.press("not_now")
    player.say("I can't breathe")
    assert player.session.aside == ""
    assert "call your local" in said(player) or "please call" in said(player)
    player.press("emergency:help")
    assert player.session.aside == "emergency"


def test_a_question_is_offered_in_the_patients_words_with_the_day_of_the_scan(
    player: Player,
) -> None:
    begun(player).send("brain_mr_disc.zip")
    player.say("What does my MRI show?")
    player.press("yes")
    questions = player.case.answer("questions")
    assert questions is not None
    assert questions.entries[-1].text == "What does my MRI show? (MRI, April 12, 2026)"


def test_a_question_that_is_worded_anew_is_added_even_where_it_asks_for_advice(
    player: Player,
) -> None:
    begun(player).say("Is it cancer?")
    player.press("change")
    player.say("Is the spot on my liver cancer?")
    questions = player.case.answer("questions")
    assert questions is not None
    assert [entry.text for entry in questions.entries] == ["Is the spot on my liver cancer?"]


def test_a_voice_message_that_nobody_has_heard_names_the_emergency_number(player: Player) -> None:
    begun(player)
    voice = Attachment(fetch_ref="v", filename="voice.ogg", media_type="audio/ogg")
    player.reads = False
    replies = player.hear(
        InboundMessage(
            channel="web",
            external_id="v1",
            sender="a",
            received_at=player.now,
            attachments=(voice,),
        )
    )
    text = "\n".join(player.shown(replies[-1:]))
    assert "can't listen" in text
    assert "103" in text
    assert "emergency" in {choice.id for choice in replies[-1].choices}
