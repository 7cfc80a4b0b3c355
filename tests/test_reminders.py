"""Reminders: only where they are wanted, only by day, one a day, and without a word of health."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.render import render
from checklist.daytime import is_daytime
from handlers.effects import CancelTimer, NotifyCoordinators, RecordAudit, SendReply, SetTimer
from handlers.reminders import AFTER, next_reminder
from handlers.replies import Reply
from handlers.updates import TimerFired
from tests.player import Player
from tests.test_doorway import _HEALTH

COUNTRIES = ("Russia", "USA", "China", "Kazakhstan", "India", "Brazil", "New Zealand", "Germany")


def at_imaging(player: Player, country: str = "China") -> Player:
    """The first item is asked for."""
    player.open()
    for press in ("en", "yes", "patient"):
        player.press(press)
    for words in ("Ana Petrova", "12 April 1980", country, "A tumour in my brain, with seizures."):
        player.say(words)
    player.press("brain_spine")
    player.press("remote")
    return player


def code_of(player: Player) -> str:
    return player.case.answers["country"].value


def wait(player: Player, days: int) -> list[Reply]:
    """Time passes; each reminder, with the promise that it came by day."""
    end = player.now + timedelta(days=days)
    said: list[Reply] = []
    while due := sorted((at, key, name) for key, (at, name) in player.timers.items() if at <= end):
        at, key, name = due[0]
        del player.timers[key]
        player.now = max(player.now, at)
        before = player.session.reminded_at
        new = player.hear(TimerFired(name=name, key=key))
        if new:
            assert before is None or player.now - before >= timedelta(hours=20)
            assert is_daytime(at, code_of(player)), (at, code_of(player))
        said += new
    player.now = end
    return said


def text_of(player: Player, reply: Reply) -> str:
    return render(reply, "en", player.languages).text


@pytest.mark.parametrize("hour", [0, 7, 15, 22])
@pytest.mark.parametrize("country", COUNTRIES)
def test_they_come_by_day_four_times_at_most_and_never_twice_a_day(
    player: Player, country: str, hour: int
) -> None:
    """Wherever the patient lives, and whenever the last word was said."""
    player.now = player.now.replace(hour=hour, minute=40)
    at_imaging(player, country).press("later")
    player.press("yes")
    said = wait(player, 60)
    assert len(said) == len(AFTER)
    assert [reply.step for reply in said] == ["reminder"] * 4
    assert wait(player, 100) == []


def test_without_a_yes_nothing_is_ever_sent(player: Player) -> None:
    at_imaging(player)
    assert wait(player.fork(), 60) == []
    player.press("later")
    assert wait(player.fork(), 60) == []
    player.press("no")
    assert wait(player, 60) == []


def test_whoever_answers_something_else_is_not_asked_again(player: Player) -> None:
    at_imaging(player).press("later")
    player.say("I don't have it")
    assert player.case.choice("pathology") == "none"
    player.say("Later")
    assert player.session.aside == ""
    assert wait(player, 60) == []


def test_a_timer_of_a_time_when_nobody_was_asked_says_nothing(player: Player) -> None:
    at_imaging(player)
    key = f"{player.case.id}:reminder"
    assert player.hear(TimerFired(name="reminder", key=key)) == []


def test_what_was_promised_is_asked_for_without_a_yes_and_a_no_does_not_end_it(
    player: Player,
) -> None:
    """The words said so: "I will ask you again then"."""
    at_imaging(player).press("can_get")
    player.say("in two weeks")
    player.press("no")
    (asked,) = wait(player, 60)
    assert "You wanted to get something" in text_of(player, asked)


@pytest.mark.parametrize("stop", ["stop-imaging", "reminders"])
def test_one_tap_or_a_word_ends_what_was_promised_too(player: Player, stop: str) -> None:
    at_imaging(player).press("can_get")
    player.say("in two weeks")
    player.press("yes")
    if stop == "reminders":
        player.say("reminders")
        player.press("no")
    else:
        wait(player, 2)
        player.press(stop)
    assert wait(player, 60) == []
    assert any(
        isinstance(e, RecordAudit) and e.action == "reminders.stopped" for e in player.effects
    )


def test_not_now_is_three_days_of_quiet(player: Player) -> None:
    at_imaging(player).press("later")
    player.press("yes")
    wait(player, 1)
    player.press("snooze")
    asked = player.now
    assert wait(player, 2) == []
    assert len(wait(player, 2)) == 1
    assert player.now - asked < timedelta(days=5)


def test_a_promise_and_a_silence_on_one_day_are_two_days_messages(player: Player) -> None:
    at_imaging(player).press("can_get")
    player.say("in four days")
    player.press("yes")
    at = player.now + timedelta(days=1)
    for key in list(player.timers):
        player.timers[key] = (at, player.timers[key][1])
    assert len(wait(player, 1)) == 1
    assert len(wait(player, 1)) == 1


def test_no_reminder_has_a_word_of_health_or_of_the_case(player: Player) -> None:
    at_imaging(player).press("can_get")
    player.say("in four days")
    player.press("yes")
    player.press("how")
    player.press("write-pathology")
    player.press("in-en/pathology")
    player.press("here-en/pathology")
    player.press("sent-1")
    player.press("today-1")
    said = wait(player, 40)
    assert len(said) >= 5
    for reply in said:
        labels = [player.languages.say(choice.label, "en") for choice in reply.choices]
        text = " ".join((text_of(player, reply), *labels))
        assert not _HEALTH.search(text), text
        for word in ("tumour", "seizures", "Ana", "pathology", "tissue", "scan"):
            assert word not in text
        assert {"stop", "stop-imaging", "stop-1"} & {choice.id for choice in reply.choices}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_pressed_no_night_no_unwanted_word(player: Player, seed: int) -> None:
    """Any answers, any waits: by day, wanted or promised, and at most one a day."""
    dice = random.Random(seed)
    at_imaging(player, dice.choice(COUNTRIES))
    for _turn in range(25):
        shown = player.last_prompts[player.chat]
        choices = [one.id for one in shown.choices if one.id not in ("emergency", "yes_erase")]
        if choices and dice.random() < 0.7:
            player.press(dice.choice(choices))
        else:
            player.say(
                dice.choice(["in five days", "reminders", "letter", "later", "20 November 2026"])
            )
        promised = {a.step for a in player.case.answers.values() if a.choice == "can_get"}
        for reply in wait(player, dice.randrange(4)):
            if reply.step != "reminder":
                continue
            said = player.case.reminding
            about = reply.choices[0].id.partition("-")[2]
            assert about or (said is not None and said.given)
            assert not about or about.isdigit() or about in promised


def test_reminders_end_with_the_hand_over_and_with_an_erasure(player: Player) -> None:
    at_imaging(player).press("later")
    player.press("yes")
    handed = player.fork()
    handed.say("/done")
    handed.press("yes")
    key = f"{player.case.id}:reminder"
    assert any(isinstance(e, CancelTimer) and e.key == key for e in handed.effects)
    assert next_reminder(handed.case, handed.session, handed.now) == ()
    assert wait(handed, 60) == []
    erased = player.fork()
    erased.say("/delete")
    erased.press("yes")
    assert wait(erased, 60) == []


def test_a_reminder_that_comes_at_night_waits_for_the_morning(player: Player) -> None:
    """The work was held up, or somebody has moved."""
    at_imaging(player).press("later")
    player.press("yes")
    player.now = player.now.replace(hour=20) + timedelta(days=2)
    player.effects.clear()
    assert player.hear(TimerFired(name="reminder", key=f"{player.case.id}:reminder")) == []
    (timer,) = [e for e in player.effects if isinstance(e, SetTimer)]
    assert is_daytime(timer.at, "CN")


def test_words_after_a_reminder_answer_the_question_that_stood(player: Player) -> None:
    player.open()
    for press in ("en", "yes", "patient"):
        player.press(press)
    player.say("Ana Petrova")
    player.say("reminders")
    player.press("yes")
    wait_at = player.now + timedelta(days=1)
    player.now = wait_at
    player.hear(TimerFired(name="reminder", key=f"{player.case.id}:reminder"))
    assert player.session.aside == "reminder"
    player.say("12 April 1980")
    assert player.case.answers["birth_date"].value == "1980-04-12"


def test_a_reminder_leaves_the_question_for_a_password_where_it_stands(player: Player) -> None:
    """What is typed then may be the password, and must be heard as one."""
    at_imaging(player).press("later")
    player.press("yes")
    player.session = replace(player.session, aside="password")
    player.now += timedelta(days=1)
    said = player.hear(TimerFired(name="reminder", key=f"{player.case.id}:reminder"))
    assert player.session.aside == "password"
    assert "write “reminders”" in text_of(player, said[-1])


def test_a_channel_without_details_says_a_reminder_and_hears_its_buttons(player: Player) -> None:
    player.health = False
    player.open()
    player.press("en")
    player.press("yes")
    player.say("reminders")
    player.press("yes")
    said = player.wait(timedelta(days=2))
    assert said[-1].step == "reminder"
    player.press("stop")
    assert player.case.reminding is not None
    assert not player.case.reminding.given
    here = [e for e in player.effects if isinstance(e, SendReply)]
    assert not any(e.elsewhere for e in here[-2:])


def test_a_reminder_takes_no_answer_that_is_for_a_coordinator(player: Player) -> None:
    """They asked something, and the next word is theirs, whatever the assistant says meanwhile."""
    at_imaging(player).press("later")
    player.press("yes")
    player.coordinator("Can you come on Tuesday?")
    player.now += timedelta(days=1)
    player.hear(TimerFired(name="reminder", key=f"{player.case.id}:reminder"))
    player.effects.clear()
    player.say("yes")
    assert any(isinstance(e, NotifyCoordinators) for e in player.effects)


@pytest.mark.parametrize("choice", ["have", "none"])
def test_a_letter_is_not_asked_about_where_it_was_said_what_came_of_it(
    player: Player, choice: str
) -> None:
    at_imaging(player).press("how")
    for press in ("write-imaging", "in-en/imaging", "here-en/imaging", "sent-1", "today-1", "no"):
        player.press(press)
    player.say("status")
    player.press("imaging")
    player.press(choice)
    assert wait(player, 40) == []
