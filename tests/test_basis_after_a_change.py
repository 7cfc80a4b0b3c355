"""A birth date that is changed makes a child of the patient, or an adult: another right is asked for then."""

from __future__ import annotations

from datetime import timedelta

from checklist.consents import newest
from checklist.progress import checklist_for
from checklist.summary import summarize
from handlers.effects import NotifyCoordinators
from tests.player import Player

CHILD, ADULT = "3 May 2019", "12 April 1980"


def handed_over(player: Player, *, helper: bool, born: str, basis: str = "") -> Player:
    player.open()
    player.press("en")
    player.press("yes")
    player.press("helper" if helper else "patient")
    for words in ("Maria", "the aunt") * helper:
        player.say(words)
    for words in ("Leo Lopez", born):
        player.say(words)
    if basis:
        player.press(basis)
    for words in ("Mexico", "Seizures for a year."):
        player.say(words)
    player.press("other")
    player.press("not_sure")
    player.say("/done")
    player.press("yes")
    assert player.case.submitted_at is not None
    return player


def changed(player: Player, born: str) -> str:
    player.press("change")
    player.press("birth_date")
    return "\n".join(player.shown(player.say(born)))


def stated(player: Player) -> str:
    checklist = checklist_for(player.case, player.catalog)
    return summarize(player.case, checklist, player.catalog).who.basis


def test_a_patient_who_turns_out_a_child_is_asked_for_a_guardian_and_promised_no_hand_over(
    player: Player,
) -> None:
    handed_over(player, helper=False, born=ADULT)
    assert "Does your parent or guardian agree" in changed(player, "3 May 2012")
    before = len(player.effects)
    shown = "\n".join(player.shown(player.press("no_guardian")))
    assert "before I can hand the case over" not in shown
    assert "A parent or guardian must agree too." in shown
    told = [e.reason for e in player.effects[before:] if isinstance(e, NotifyCoordinators)]
    assert told == ["human"]
    # The change itself reaches the coordinators all the same, and nobody is asked in circles.
    player.press("yes")
    assert player.session.step == "done"
    assert stated(player) == "no_guardian"
    player.wait(timedelta(days=2))
    player.press("change")
    player.press("nothing")
    assert "Does your parent or guardian agree" in "\n".join(player.shown(player.press("yes")))
    player.press("guardian")
    assert stated(player) == "guardian"


def test_the_guardian_of_a_child_who_turns_out_an_adult_is_asked_in_what_right(
    player: Player,
) -> None:
    handed_over(player, helper=True, born=CHILD, basis="guardian")
    assert stated(player) == "guardian"
    assert "In what right do you answer for them?" in changed(player, ADULT)
    # What was said of a child is not shown of an adult, whether or not there is an answer yet.
    assert stated(player) == ""
    player.press("authorised")
    assert stated(player) == "authorised"


def test_who_answers_for_an_adult_who_turns_out_a_child_is_asked_for_a_guardian(
    player: Player,
) -> None:
    handed_over(player, helper=True, born=ADULT, basis="unable")
    assert "Are you their parent or guardian?" in changed(player, CHILD)
    assert stated(player) == ""
    player.press("guardian")
    assert stated(player) == "guardian"


def test_a_patient_who_turns_out_of_age_answers_for_themselves(player: Player) -> None:
    handed_over(player, helper=False, born="3 May 2012", basis="guardian")
    assert "guardian" not in changed(player, ADULT)
    assert player.session.aside == ""
    assert stated(player) == ""


def test_a_question_that_was_left_is_asked_again_before_the_change_is_sent(player: Player) -> None:
    handed_over(player, helper=True, born=ADULT, basis="asked")
    changed(player, CHILD)
    player.say("status")
    player.press("go_on")
    assert player.session.step == "review"
    assert "Are you their parent or guardian?" in "\n".join(player.shown(player.press("yes")))
    player.press("guardian")
    player.press("yes")
    assert player.session.step == "done"
    said = newest(player.case.consents, "for_patient")
    assert said is not None
    assert said.basis == "guardian"


def test_the_same_right_is_not_asked_again_for_another_day_of_the_same_age(player: Player) -> None:
    handed_over(player, helper=True, born=ADULT, basis="unable")
    assert "In what right" not in changed(player, "13 April 1980")
    assert stated(player) == "unable"
