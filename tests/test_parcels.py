"""Parcels in the conversation: what is no number is not taken for one, and nothing is asked twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.player import Player


@pytest.fixture
def at_imaging(player: Player) -> Player:
    """A patient at the question for scans."""
    for words in ("hello", "English", "yes", "I am the patient", "Ana Petrova", "12 April 1980"):
        player.say(words)
    for words in ("Kazakhstan", "My head hurts.", "Cancer or tumor", "From afar"):
        player.say(words)
    assert player.session.step == "imaging"
    return player


def test_an_answer_to_the_question_behind_it_is_no_count_of_films(at_imaging: Player) -> None:
    """Somebody who can get the files after all has no parcel."""
    at_imaging.say("I only have films")
    at_imaging.say("I can get it")
    assert not at_imaging.case.parcels
    assert at_imaging.case.choice("imaging") == "can_get"


def test_later_is_kept_as_a_count_that_is_not_known(at_imaging: Player) -> None:
    """And the coordinator hears of the slides all the same."""
    for words in ("parcel", "Glass slides", "later"):
        at_imaging.say(words)
    (parcel,) = at_imaging.case.parcels
    assert (parcel.count, parcel.ids, parcel.words) == (None, (), "")
    reasons = {getattr(effect, "reason", "") for effect in at_imaging.effects}
    assert "parcel" in reasons


def test_slides_are_asked_about_once(at_imaging: Player) -> None:
    """Also where they were told of before, and where the hospital has none."""
    at_imaging.press("none")
    at_imaging.press("have")
    at_imaging.send("pathology_report.pdf")
    at_imaging.press("done")
    assert at_imaging.session.aside == "parcel"
    at_imaging.press("no")
    assert at_imaging.session.step == "labs"
    at_imaging.say("status")
    at_imaging.press("pathology")
    at_imaging.press("done")
    assert at_imaging.session.aside != "parcel"
    assert not at_imaging.case.parcels


def test_words_that_are_no_answer_leave_the_question_and_reach_the_coordinator(
    at_imaging: Player,
) -> None:
    """The form goes on."""
    at_imaging.say("parcel")
    at_imaging.say("My brother asks the hospital on Monday")
    assert at_imaging.session.aside == ""
    assert "brother" in at_imaging.case.text("imaging")


def test_a_step_that_can_not_follow_is_refused_and_says_so_in_the_trail(
    at_imaging: Player,
) -> None:
    """Nothing is changed and the patient hears nothing."""
    for words in ("parcel", "Glass slides", "12"):
        at_imaging.say(words)
    before = at_imaging.case.parcels
    for action, values in (
        ("parcel_step", {"parcel": "1", "state": "returned"}),
        ("parcel_step", {"parcel": "1", "state": "confirmed"}),
        ("parcel_step", {"parcel": "9", "state": "arrived"}),
        ("parcel_back", {"parcel": "1"}),
        ("parcel_wish", {"parcel": "9", "count": "10"}),
    ):
        assert at_imaging.act(action, **values) == []
        actions = [getattr(effect, "action", "") for effect in at_imaging.effects]
        assert actions[-1] == "act.conflict"
    assert at_imaging.case.parcels == before


def test_news_of_a_parcel_leaves_the_question_for_a_password_where_it_stands(
    at_imaging: Player,
) -> None:
    """What is typed next may be the password, and must not become an answer."""
    for words in ("parcel", "Glass slides", "12"):
        at_imaging.say(words)
    at_imaging.session = replace(at_imaging.session, aside="password")
    at_imaging.act("parcel_wish", parcel="1", which="A1")
    assert at_imaging.case.parcels[0].wish is not None
    assert at_imaging.session.aside == "password"
