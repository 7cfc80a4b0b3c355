"""What people answer to a question with buttons is understood, and what only resembles it is not."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.by_number import choice_by_number
from handlers.registry import step_for
from handlers.step import Said, View
from handlers.turn import shown_choices
from tests.player import Player

TABLE = tomllib.loads((Path(__file__).parent / "data" / "answers.toml").read_text("utf-8"))


def understood(player: Player, locale: str, step_id: str, text: str) -> str:
    """The choice that the words are taken for, or ""."""
    view = View(
        case=player.case,
        session=replace(player.session, locale=locale, step=step_id),
        now=player.now,
        catalog=player.catalog,
        languages=player.languages,
    )
    step = step_for(step_id, view.catalog)
    assert step is not None
    prompt = step.prompt(view)
    choice = choice_by_number(view, shown_choices(step, prompt), prompt.expects, text)
    if choice is not None:
        return choice.id
    read = step.read(view, Said(text=text))
    return (read and read.choice) or ""


@pytest.mark.parametrize(
    "group", TABLE["answer"], ids=lambda group: f"{group['step']}-{group['locale']}"
)
def test_an_answer_is_understood_and_what_resembles_it_is_not(
    player: Player, group: dict[str, Any]
) -> None:
    locale, step, wanted = group["locale"], group["step"], group["choices"]
    assert {text: understood(player, locale, step, text) for text in wanted} == wanted


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "ru", "ar"])
@pytest.mark.parametrize("step_id", ["role", "case_type", "review_mode", "imaging", "consent"])
def test_each_choice_is_understood_by_its_number_its_label_and_its_id(
    player: Player, locale: str, step_id: str
) -> None:
    view = View(
        case=player.case,
        session=replace(player.session, locale=locale, step=step_id),
        now=player.now,
        catalog=player.catalog,
        languages=player.languages,
    )
    step = step_for(step_id, view.catalog)
    assert step is not None
    for number, choice in enumerate(step.prompt(view).choices, 1):
        label = view.languages.say(choice.label, locale)
        eastern = str(number).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        for said in (str(number), eastern, f"{number}.", f"{number}. {label}", label, choice.id):
            assert understood(player, locale, step_id, said) == choice.id, said


def test_a_number_that_is_written_to_a_person_presses_nothing(player: Player) -> None:
    for words in ("English", "yes", "1"):
        player.say(words)
    before = player.session.step
    player.coordinator("How many children do you have?")
    player.say("2")
    assert (player.session.step, player.session.mode) == (before, "human")


def test_an_erasure_is_never_guessed(player: Player) -> None:
    for words in ("English", "yes", "1", "delete"):
        player.say(words)
    player.say("yess")
    assert not player.case.erased
    player.say("delete")
    player.say("yes")
    assert player.case.erased
