"""What a no to keeping records does after a yes, and what is heard while nobody works on a case."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checklist.consents import newest
from handlers.effects import BuildPackage, EraseCase, NotifyCoordinators
from handlers.service import Service
from tests.player import Player


def begun(player: Player, who: str = "patient") -> Player:
    player.service = Service(after_closing=90, of_silence=180)
    player.open()
    player.press("en")
    player.press("yes")
    player.press(who)
    return player


def handed_over(player: Player) -> Player:
    begun(player)
    for words in ("Ana Petrova", "12 April 1980", "Kazakhstan", "Back pain for a year."):
        player.say(words)
    player.press("other")
    player.press("not_sure")
    player.say("/done")
    player.press("yes")
    assert player.case.submitted_at is not None
    return player


def back_to_consent(player: Player) -> None:
    for _ in range(20):
        if player.session.step == "consent":
            return
        player.say("back")
    raise AssertionError("no way back")


@pytest.mark.parametrize("held", [True, False])
def test_who_goes_back_to_the_first_question_and_says_no_erases_nothing_by_that(
    player: Player, held: bool
) -> None:
    handed_over(player)
    if held:
        player.act("hold")
    back_to_consent(player)
    player.press("no")
    assert EraseCase() not in player.effects
    assert player.case.withdrawn
    assert player.case.text("name") == "Ana Petrova"
    assert player.session.step == "stopped"
    told = [e.reason for e in player.effects if isinstance(e, NotifyCoordinators)]
    assert told[-1] == "withdrawn"
    player.press("erase")
    player.press("yes")
    assert player.case.erased is not held


def test_a_case_that_goes_on_after_a_stop_is_told_of_and_put_together_again(player: Player) -> None:
    handed_over(player)
    player.say("withdraw")
    player.press("keep")
    player.press("stop")
    before = len(player.effects)
    player.press("again")
    player.press("yes")
    after = player.effects[before:]
    assert BuildPackage() in after
    assert any(isinstance(e, NotifyCoordinators) and e.reason == "updated" for e in after)
    assert player.session.step == "done"


def test_a_stopped_chat_has_no_question_to_go_back_to(player: Player) -> None:
    begun(player)
    player.say("Ana Petrova")
    player.say("withdraw")
    player.press("keep")
    player.press("stop")
    player.say("back")
    assert player.session.step == "stopped"


def test_the_list_of_consents_begins_with_the_list(player: Player) -> None:
    begun(player)
    player.say("withdraw")
    player.press("keep")
    player.say("status")
    (said,) = player.say("withdraw")
    assert "stop" not in [choice.id for choice in said.choices]
    player.press("keep")
    player.press("stop")
    player.press("again")
    player.press("yes")
    (said,) = player.say("withdraw")
    assert "stop" not in [choice.id for choice in said.choices]


def test_after_a_person_the_assistant_speaks_again_also_where_the_work_has_stopped(
    player: Player,
) -> None:
    begun(player)
    player.say("withdraw")
    player.press("keep")
    player.press("stop")
    player.coordinator("May I ask why?")
    before = player.session.mode
    player.wait(timedelta(minutes=31))
    assert (before, player.session.mode) == ("human", "assistant")


@pytest.mark.parametrize("words", ["I am her aunt", "I'm his wife", "أنا ابنتها", "Я её дочь"])
def test_in_what_right_said_in_words_is_no_country(player: Player, words: str) -> None:
    begun(player, "helper")
    for said in ("Maria", "the aunt", "Ana Petrova", "12 April 1980"):
        player.say(said)
    assert player.session.aside == "basis"
    player.say(words)
    assert (player.session.step, player.session.aside) == ("country", "basis")
    assert player.case.answer("country") is None
    player.press("asked")
    assert player.case.basis == "asked"
    assert player.session.aside == ""


def test_the_question_in_what_right_can_be_left(player: Player) -> None:
    begun(player, "helper")
    for said in ("Maria", "the aunt", "Ana Petrova", "12 April 1980", "I am her aunt"):
        player.say(said)
    player.say("Mexico")
    assert player.case.text("country") == "Mexico"
    assert newest(player.case.consents, "for_patient") is None


def test_words_to_a_person_are_theirs_while_it_stands(player: Player) -> None:
    begun(player, "helper")
    for said in ("Maria", "the aunt", "Ana Petrova", "12 April 1980"):
        player.say(said)
    player.coordinator("Hello Maria")
    player.say("I am her aunt")
    assert player.session.mode == "human"
    assert player.case.answer("country") is None


def test_what_somebody_sends_by_a_link_while_the_work_has_stopped_is_said_to_the_patient(
    player: Player,
) -> None:
    begun(player)
    player.say("withdraw")
    player.press("keep")
    player.press("stop")
    (said,) = player.upload("Dr. Sharma", "mr_report.pdf")
    assert "before you agree again" in player.shown([said])[0]
    assert player.case.records == ()
