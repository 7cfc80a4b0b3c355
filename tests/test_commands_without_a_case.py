"""Every command where there is no case to do it with: no answer is silent, and none is wrong.

The table says for each command what is read in each state, as a piece of the words.
"""

from __future__ import annotations

import pytest

from handlers.registry import COMMANDS
from handlers.service import Service
from tests.player import Player

FIRST = "There are a few questions first."
GO_ON = "Your case is stopped. To go on with it, press “Yes, I agree”."
STOPPED = "I have stopped, and nobody works on your case."
DECLINED = "I kept nothing of what you sent."
POINTS = "May I keep your records to prepare your case?"
WHICH = "Which language is best for you?"
WHO = "Who is writing here?"
MENU = "What would you like to know?"
ERASE = "Shall I erase everything"
HELP_NOW = "This may be an emergency."
PERSON = "I told the coordinators that you want to talk to a person."
PRIVACY = "is kept for one thing: to prepare your case."

#: What is the same in every state.
ANYWHERE = {
    "help": MENU, "ask": MENU, "language": WHICH, "human": PERSON, "privacy": PRIVACY,
    "delete": ERASE, "emergency": HELP_NOW,
}  # fmt: skip
#: What each state says to all else, and what stands under it.
STATES = {
    "consent": (FIRST, POINTS, {"start": POINTS, "back": WHICH}),
    "declined": (DECLINED, DECLINED, {"start": POINTS, "back": DECLINED}),
    "joining": (FIRST, WHO, {"start": WHO, "back": WHO}),
    "stopped": (
        GO_ON, STOPPED,
        {"start": STOPPED, "back": STOPPED, "export": "I put a copy of everything together."},
    ),
}  # fmt: skip


def at(player: Player, state: str) -> Player:
    player.service = Service(of_silence=180)
    player.open()
    player.press("en")
    match state:
        case "declined":
            player.press("no")
        case "stopped":
            player.press("yes")
            player.press("patient")
            player.say("/withdraw")
            player.press("keep")
            player.press("stop")
        case "joining":
            player.press("yes")
            player.press("patient")
            player.say("/continue")
            player.press("helper")
            code = player.code[0]
            player.switch("another")
            player.open()
            player.say(code)
            if player.session.phase == "language":
                player.press("en")
    assert player.session.step == state
    return player


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_answered_by_what_is_true(player: Player, state: str, command: str) -> None:
    else_, stands, own = STATES[state]
    at(player, state)
    shown = "\n".join(player.shown(player.say(f"/{command}")))
    assert own.get(command, ANYWHERE.get(command, else_)) in shown
    if command not in ANYWHERE and command not in ("start", "back"):
        assert stands in shown
    # What can't be done here is not offered, and no question is promised where none follows.
    assert "You can send files at any moment" not in shown
    assert (FIRST in shown) == (else_ == FIRST and command not in {**ANYWHERE, **own})
    assert "This is the first question" not in shown or state == "joining"


@pytest.mark.parametrize("command", COMMANDS)
def test_who_agrees_again_after_a_stop_is_told_how_until_then(player: Player, command: str) -> None:
    at(player, "stopped")
    player.press("again")
    assert player.session.step == "consent"
    shown = "\n".join(player.shown(player.say(f"/{command}")))
    assert shown
    assert FIRST not in shown


def test_help_names_every_word_of_the_law(player: Player) -> None:
    player.open()
    player.press("en")
    player.press("yes")
    shown = "\n".join(player.shown(player.say("/help")))
    for word in ("withdraw", "export", "delete", "privacy", "status"):
        assert f"“{word}”" in shown
