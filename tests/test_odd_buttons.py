"""Odd buttons: whatever a page sends for a button, the conversation goes on, and keeps nothing unasked."""

from __future__ import annotations

import pytest

from handlers.updates import TimerFired
from tests.player import Player
from tests.test_reminders import at_imaging

_MANY = "9" * 5000


@pytest.mark.parametrize("number", ["²", "٣", "01", "-1", "", _MANY])
@pytest.mark.parametrize(
    "button", ["letter:sent", "letter:today", "reminder:come", "reminder:stop", "reminder:wait"]
)
def test_a_button_of_a_letter_that_is_none_is_no_fault(
    player: Player, button: str, number: str
) -> None:
    """A web page can send any words; a superscript two is a digit, and no number."""
    at_imaging(player)
    assert player.hear(player._message(choice_id=f"{button}-{number}"))


def test_a_timer_of_a_letter_that_is_none_says_nothing(player: Player) -> None:
    at_imaging(player)
    assert player.hear(TimerFired(name="letter", key="TEST-CASE:letter:²")) == []


def test_a_button_for_slides_keeps_nothing_before_a_yes_nor_after_an_erasure(
    player: Player,
) -> None:
    player.open()
    player.hear(player._message(choice_id="parcel:slides"))
    assert not player.case.parcels
    at_imaging(player)
    player.say("/delete")
    player.press("yes")
    player.hear(player._message(choice_id="parcel:slides"))
    assert not player.case.parcels
    assert "slides" not in player.case.answers
