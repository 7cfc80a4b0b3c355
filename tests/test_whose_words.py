"""Whose words: an answer remembers the message that it was, whichever step has read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.store.codec import dump, load
from checklist.case import Answer, Case, Entry
from checklist.cover_text import answer_mark
from checklist.origin import Origin
from checklist.progress import checklist_for
from checklist.summary import summarize
from checklist.whose import Source
from handlers.updates import InboundMessage
from tests.player import START, Player


class Told:
    """Says things to the assistant, and knows the number of each."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.number = 0
        self.said: dict[str, int] = {}

    def __call__(self, *texts: str) -> None:
        for text in texts:
            self.number += 1
            self.said[text] = self.number
            message = InboundMessage(
                channel="web", external_id=str(self.number), sender="a", text=text,
                received_at=self.player.now, number=self.number,
            )  # fmt: skip
            self.player.hear(message)


@pytest.fixture
def told(player: Player) -> Told:
    return Told(player)


def at_the_lists(told: Told) -> None:
    told("hello", "English", "yes", "I am the patient", "Ana Petrova", "12 April 1980")
    told("Kazakhstan", "My head hurts.", "Brain or spine", "From afar")
    told("skip", "skip ", "skip  ", "skip   ")


def numbers(case: Case, step: str) -> dict[str, int]:
    answer = case.answer(step)
    assert answer is not None
    return {e.text: e.origin.message for e in answer.entries if e.origin is not None}


def test_each_line_of_a_list_knows_its_own_message(told: Told) -> None:
    """Also where it was added to the list later, and where more was said of it."""
    at_the_lists(told)
    told("Aspirin", "100 mg since 2021", "done", "no allergies")
    told("March 2023 - first headaches", "2024 a tumor was found", "done")
    case = told.player.case
    assert case.text("problem") == "My head hurts."
    problem = case.answer("problem")
    assert problem is not None
    assert problem.origin is not None
    heard = replace(problem.origin, at=START)
    assert heard == Origin(at=START, channel="web", chat="s", message=told.said["My head hurts."])
    assert set(numbers(case, "medications").values()) == {told.said["Aspirin"]}
    events = numbers(case, "timeline")
    assert events["first headaches"] == told.said["March 2023 - first headaches"]
    assert events["a tumor was found"] == told.said["2024 a tumor was found"]


def test_a_date_that_was_asked_back_is_of_the_message_that_held_it(told: Told) -> None:
    """Not of the button that settled how it is read."""
    told("hello", "English", "yes", "I am the patient", "Ana Petrova", "03/04/1980", "1")
    answer = told.player.case.answer("birth_date")
    assert answer is not None
    assert answer.origin is not None
    assert answer.origin.message == told.said["03/04/1980"]


def test_a_question_that_was_offered_is_of_the_message_that_asked_it(told: Told) -> None:
    """The yes to the offer comes later."""
    at_the_lists(told)
    asked = "What does my MRI show?"
    told(asked, "yes")
    assert numbers(told.player.case, "questions") == {asked: told.said[asked]}


def test_what_a_helper_tells_of_a_parcel_knows_its_message(told: Told) -> None:
    """A parcel is told of in words too."""
    told("hello", "English", "yes", "I am the patient", "Ana Petrova", "12 April 1980")
    told("parcel", "Glass slides", "12")
    (parcel,) = told.player.case.parcels
    origin = parcel.way[-1].origin
    assert parcel.count == 12
    assert origin is not None
    assert origin.message == told.said["Glass slides"]


def test_an_answer_of_before_messages_were_remembered_is_still_read(player: Player) -> None:
    """Its source is its time; its mark is the same, so that a coordinator's words stand."""
    entry = Entry(text="Aspirin", name="Aspirin")
    answer = Answer(step="medications", at=START, choice="have", entries=(entry,))
    stored = dump(Case(id="c", opened_at=START).with_answer(answer)).replace('"origin":null,', "")
    case = load(Case, stored)
    summary = summarize(case, checklist_for(case, player.catalog), player.catalog)
    assert summary.sources.medicines == (Source(kind="message", at=START),)
    remembered = replace(answer, origin=Origin(at=START, message=7))
    assert answer_mark(remembered) == answer_mark(answer)
    assert remembered == answer


def test_what_a_coordinator_wrote_is_said_to_be_theirs(told: Told) -> None:
    """By name and time, and only the section that they wrote."""
    at_the_lists(told)
    player = told.player
    player.act("cover", problem="Headaches since 2024", timeline="")
    summary = summarize(player.case, checklist_for(player.case, player.catalog), player.catalog)
    source = summary.sources.problem
    assert source is not None
    assert (source.kind, source.by) == ("coordinator", "Li Wei")
    assert source.at is not None
    assert summary.sources.facts["name"].kind == "message"
    # Saved again without a change, it is still whose and when it was.
    player.act("cover", problem="Headaches since 2024")
    again = summarize(player.case, checklist_for(player.case, player.catalog), player.catalog)
    assert again.sources.problem == source
