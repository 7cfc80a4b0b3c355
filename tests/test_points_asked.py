"""A point of the consent that was never asked, or was a no, is put to the patient: once, and kindly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checklist.consents import asked_of, newest
from checklist.marks import mark_of_points
from handlers.effects import NotifyCoordinators, ReadScans, RecordAudit
from handlers.points import askable
from handlers.service import Service
from tests.player import Player

ALL = Service(translates=True, reads=True)


@pytest.fixture
def old(player: Player) -> Player:
    """A case that was handed over before the service had machines."""
    player.open()
    player.press("en")
    player.press("yes")
    player.press("patient")
    for words in ("Ana Petrova", "12 April 1980", "Kazakhstan", "Back pain for a year."):
        player.say(words)
    player.press("other")
    player.press("not_sure")
    player.say("/done")
    player.press("yes")
    assert player.session.step == "done"
    player.service = ALL
    return player


def said(player: Player, words: str) -> str:
    return "\n".join(player.shown(player.say(words)))


def wish(player: Player, point: str = "machine_translation", **more: str) -> str:
    return "\n".join(player.shown(player.act("ask_point", point=point, **more)))


def trail(player: Player) -> list[str]:
    return [e.action for e in player.effects if isinstance(e, RecordAudit)]


# ---- by itself ---------------------------------------------------------------------------------


def test_an_old_case_is_asked_once_after_an_answer(old: Player) -> None:
    shown = said(old, "I forgot to say that I also have asthma.")
    assert "I passed this on" in shown
    assert "read the words on scanned papers" in shown
    assert "first drafts" in "\n".join(old.shown(old.press("yes-machine_reading")))
    old.press("no-machine_translation")
    assert ReadScans(on=True) in old.effects
    assert "May a computer" not in said(old, "And one more thing.")


def test_who_answers_something_else_is_not_asked_for_the_same_again(old: Player) -> None:
    said(old, "I also have asthma.")
    # The other one is another question, and each is asked once.
    assert "first drafts" in said(old, "My leg hurts as well.")
    assert "May a computer" not in said(old, "It is the left one.")
    assert newest(old.case.consents, "machine_reading") is None


def test_a_service_without_machines_asks_nothing(old: Player) -> None:
    old.service = Service()
    assert "May a computer" not in said(old, "I also have asthma.")
    old.service = Service(translates=True)
    assert "first drafts" in said(old, "I also have asthma.")


@pytest.mark.parametrize(
    "words",
    ["I have chest pain and can't breathe", "/human", "I am so scared, I can't bear it", "/delete"],
)
def test_nothing_of_this_kind_is_asked_beside_help(old: Player, words: str) -> None:
    assert "May a computer" not in said(old, words)


def test_after_an_emergency_it_is_not_asked_for_an_hour(old: Player) -> None:
    said(old, "I have chest pain and can't breathe")
    shown = "\n".join(old.shown(old.press("calling")))
    assert "May a computer" not in shown
    assert "May a computer" not in said(old, "I am home again.")
    old.wait(timedelta(hours=2))
    assert "May a computer" in said(old, "Better now.")


def test_a_closed_case_is_asked_nothing(old: Player) -> None:
    old.case = replace(old.case, status="closed")
    assert "May a computer" not in said(old, "Thank you for all of it.")


# ---- by a coordinator's wish -------------------------------------------------------------------


def test_a_coordinators_wish_is_put_at_once_where_nothing_else_stands(old: Player) -> None:
    shown = wish(old)
    assert "Li Wei, a coordinator, asks you this. You are free to say yes or no." in shown
    assert "first drafts" in shown
    asked = asked_of(old.case.asked, "machine_translation")
    assert asked is not None
    assert asked.by == "Li Wei"
    assert asked.shown_at is not None
    assert ("consent.wished" in trail(old), "consent.machine_translation.asked" in trail(old)) == (
        True, True,
    )  # fmt: skip
    before = len(old.effects)
    old.press("no-machine_translation")
    assert any(isinstance(e, NotifyCoordinators) for e in old.effects[before:])
    old.press("no-machine_reading")
    # A no can be asked about once more, and a yes not.
    assert "machine_translation" in askable(old.case, ALL, old.now)
    assert "Li Wei" in wish(old)
    old.press("yes-machine_translation")
    assert "machine_translation" not in askable(old.case, ALL, old.now)
    assert wish(old) == ""


def test_a_question_that_stands_is_not_put_again_the_same_day(old: Player) -> None:
    assert "first drafts" in wish(old)
    assert wish(old, by="Ana") == ""
    old.wait(timedelta(days=1))
    assert "Ana" in wish(old, by="Ana") + said(old, "Hello, I was away.")


@pytest.mark.parametrize("point", ["abroad", "keep", "for_patient", "", "nonsense"])
def test_what_is_of_no_use_here_is_not_asked(old: Player, point: str) -> None:
    assert wish(old, point) == ""
    assert old.case.asked == ()


def test_in_the_middle_of_something_the_wish_waits_for_the_end_of_it(old: Player) -> None:
    said(old, "/status")
    assert old.session.aside == "status"
    assert wish(old) == ""
    assert askable(old.case, ALL, old.now) == ("machine_reading",)
    assert "Li Wei" in said(old, "Thank you for that.")
    old.press("yes-machine_translation")
    assert old.case.agrees("machine_translation")


def test_a_wish_waits_no_longer_than_a_silence(old: Player) -> None:
    said(old, "/status")
    assert wish(old) == ""
    shown = "\n".join(old.shown(old.wait(timedelta(minutes=40))))
    assert "first drafts" in shown


def test_a_wish_does_not_come_into_help_and_not_at_night(old: Player) -> None:
    said(old, "I have chest pain and can't breathe")
    wish(old)
    shown = "\n".join(old.shown(old.wait(timedelta(days=2))))
    assert "first drafts" not in shown
    old.press("not_now")
    assert old.session.aside == ""
    shown = "\n".join(old.shown(old.wait(timedelta(days=1))))
    assert "first drafts" in shown


def test_while_a_person_writes_the_wish_waits_for_them(old: Player) -> None:
    old.coordinator("Good morning.")
    assert wish(old) == ""
    assert "first drafts" not in said(old, "Good morning!")
    shown = "\n".join(old.shown(old.act("resume")))
    assert "automated assistant again" in shown
    assert "first drafts" in shown


def test_the_patient_is_asked_and_not_a_helper_who_has_joined(old: Player) -> None:
    old.session = replace(old.session, joined_as="helper")
    assert old.case.chats
    assert wish(old) == ""
    old.session = replace(old.session, joined_as="")
    assert "first drafts" in said(old, "Hello.")


def test_of_a_case_that_has_stopped_nothing_is_asked(old: Player) -> None:
    said(old, "/withdraw")
    old.press("keep")
    old.press("stop")
    assert wish(old) == ""
    assert trail(old)[-1] == "act.nothing"
    assert old.case.asked == ()


def test_two_coordinators_do_not_ask_twice(old: Player) -> None:
    seen = mark_of_points(old.case)
    assert "first drafts" in wish(old, seen=seen)
    assert wish(old, seen=seen, by="Ana") == ""
    assert trail(old)[-1] == "act.conflict"


def test_what_was_said_meanwhile_is_not_asked_any_more(old: Player) -> None:
    said(old, "/withdraw")
    wish(old)
    old.press("machine_translation")
    old.press("yes-machine_translation")
    old.wait(timedelta(hours=3))
    assert "first drafts" not in said(old, "Hello.")
