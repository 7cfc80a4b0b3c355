"""Whose images, in a conversation: what is asked, what is never shown, and what a coordinator does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checklist.dates import PartialDate
from handlers.effects import BuildPackage, RecordAudit
from handlers.updates import CoordinatorActed, RecordIndexed
from tests.player import Player

_BEGIN = ("en", "yes", "patient")
_ANSWERS = ("Kazakhstan", "I have headaches.")


def begun(player: Player, *, name: str = "Ana Petrova", born: str = "12 April 1980") -> Player:
    player.open()
    for choice in _BEGIN:
        player.press(choice)
    for words in (name, born, *_ANSWERS):
        player.say(words)
    player.press("brain_spine")
    player.press("remote")
    return player


def said(player: Player) -> str:
    return "\n".join(player.shown(player.replies))


def decide(player: Player, action: str, record_id: str) -> None:
    player.hear(
        CoordinatorActed(
            action=action,  # type: ignore[arg-type]
            coordinator="Li Wei",
            record_id=record_id,
        )
    )


@pytest.mark.parametrize("name", ["disc_of_somebody_else.zip", "disc_under_a_married_name.zip"])
def test_a_reply_never_shows_whose_images_they_are(player: Player, name: str) -> None:
    begun(player).send(name)
    assert player.session.aside == "whose"
    for part in ("sokolov", "boris", "sidorova", "1955", "PID-2", "77-1"):
        assert part.casefold() not in said(player).casefold()


def test_what_a_coordinator_takes_is_used_and_what_they_put_back_is_not(player: Player) -> None:
    begun(player).send("disc_of_somebody_else.zip")
    (record,) = player.case.records
    assert player.case.records_of("imaging") == ()
    decide(player, "take_study", record.id)
    assert len(player.case.records_of("imaging")) == 1
    assert player.session.aside == ""
    decide(player, "keep_apart", record.id)
    assert player.case.records_of("imaging") == ()
    assert len(player.case.records) == 1


def test_a_decision_is_put_on_record_and_makes_the_package_anew(player: Player) -> None:
    begun(player).send("disc_of_somebody_else.zip")
    (record,) = player.case.records
    decide(player, "take_study", record.id)
    assert BuildPackage() not in player.effects
    player.case = player.case.submitted(player.now)
    decide(player, "keep_apart", record.id)
    assert player.effects[-2:] == [
        RecordAudit(actor="coordinator", action="study.kept_apart", object=record.id, by="Li Wei"),
        BuildPackage(),
    ]


def test_every_scan_that_the_answer_is_about_is_named(player: Player) -> None:
    """A no keeps all of them apart."""
    begun(player).send("disc_of_somebody_else.zip")
    (record,) = player.case.records
    dates = [PartialDate(year=year, month=4, day=12) for year in range(2019, 2025)]
    more = [replace(record, id=f"more-{date.year}", date=date) for date in dates]
    for one in more:
        player.case = player.case.with_record(one)
    words = " ".join(player.shown(player.open()))
    assert all(f"{date.year}" in words for date in dates)


def test_a_decision_does_not_reach_what_the_coordinator_has_not_seen(player: Player) -> None:
    """More of the study comes while the decision is on its way."""
    begun(player).send("disc_of_somebody_else.zip")
    (record,) = player.case.records
    assert record.study is not None
    other = replace(record.study.patient, name="Vera Kuznetsova", birth_date="1961-02-03")
    more = replace(record, study=replace(record.study, others=(other,)))
    player.case = player.case.with_record(more)
    late = CoordinatorActed(
        action="take_study", coordinator="Li Wei", record_id=record.id, people=1
    )
    player.hear(late)
    assert player.case.records_of("imaging") == ()
    player.hear(replace(late, people=2))
    assert len(player.case.records_of("imaging")) == 1


def test_a_decision_on_what_is_not_there_changes_nothing(player: Player) -> None:
    begun(player)
    before = player.case
    decide(player, "take_study", "nobody")
    assert player.case == before


def test_a_disc_that_comes_before_the_name_is_judged_when_the_name_is_known(
    player: Player,
) -> None:
    player.open()
    player.press("en")
    player.press("yes")
    player.send("disc_of_somebody_else.zip")
    assert [record.set_apart for record in player.case.records] == [""]
    player.press("patient")
    player.say("Ana Petrova")
    assert player.session.aside == ""
    player.say("12 April 1980")
    assert [record.set_apart for record in player.case.records] == ["apart"]
    assert player.session.aside == "whose"


def test_setting_apart_is_put_on_record_without_a_name(player: Player) -> None:
    begun(player).send("disc_of_somebody_else.zip")
    (record,) = player.case.records
    noted = [effect for effect in player.effects if isinstance(effect, RecordAudit)]
    assert RecordAudit(actor="system", action="study.set_apart", object=record.id) in noted
    assert not any("okolov" in f"{effect}" for effect in noted)


def test_an_emergency_is_not_held_up_by_the_question(player: Player) -> None:
    begun(player).send("disc_of_somebody_else.zip")
    player.say("I have chest pain and can't breathe")
    assert player.session.aside == "emergency"


def test_new_names_after_the_hand_over_reach_the_coordinators(player: Player) -> None:
    begun(player).send("brain_mr_disc.zip")
    player.case = player.case.submitted(player.now)
    player.say("status")
    player.press("name")
    player.say("Boris Sokolov")
    assert any(name == "updated" for _at, name in player.timers.values())


@pytest.mark.parametrize("answer", ["no", None])
def test_the_password_of_what_came_meanwhile_is_asked_next(
    player: Player, answer: str | None
) -> None:
    """Whoever wrote it before they are asked would find it kept as a note."""
    begun(player).send("disc_of_somebody_else.zip")
    player.send("one.zip")
    assert player.session.aside == "whose"
    if answer is None:
        player.say("I do not understand")
    else:
        player.press(answer)
    assert player.session.aside == "password"
    player.say("1")
    assert not player.case.locked


def test_more_of_a_study_under_a_strangers_name_is_never_mixed_in(player: Player) -> None:
    begun(player).send("brain_mr_disc.zip")
    assert [record.set_apart for record in player.case.records] == [""]
    player.send("more_of_the_study_of_somebody_else.dcm")
    assert [record.set_apart for record in player.case.records] == ["apart"]
    assert player.session.aside == "whose"
    assert player.case.records_of("imaging") == ()


def test_a_report_on_a_second_disc_of_the_same_strangers_scan_is_set_apart_with_it(
    player: Player,
) -> None:
    begun(player).send("disc_of_somebody_else.zip")
    (scan,) = player.case.records
    again = replace(scan, file_id="second", set_apart="", patient_says="")
    report = replace(again, id="report", kind="imaging_report", study=None, member="report.pdf")
    player.hear(RecordIndexed(file_id="second", original_name="2.zip", records=(again, report)))
    assert {record.id: record.set_apart for record in player.case.records} == {
        scan.id: "apart",
        "report": "apart",
    }
    player.press("no")
    assert {record.set_apart for record in player.case.records} == {"kept_apart"}


def test_a_disc_with_two_people_in_one_study_is_set_apart_and_kindly_asked_about(
    player: Player,
) -> None:
    begun(player).send("study_of_two_people.zip")
    assert [record.set_apart for record in player.case.records] == ["apart"]
    assert "Not all pictures of this scan carry the same name" in said(player)
    assert "sokolov" not in said(player).casefold()
    assert "Nothing is lost" in said(player)
