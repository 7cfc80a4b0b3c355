"""Each point of the consent: on record with the hash of its words, heard plainly, and obeyed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from checklist.consents import newest
from checklist.progress import checklist_for
from checklist.summary import summarize
from handlers.effects import BuildPackage, NotifyCoordinators, ReadScans, RecordAudit
from handlers.service import Service
from handlers.steps import consent
from handlers.updates import RetentionDue
from tests.player import Player

ALL = Service(country="CN", translates=True, reads=True, after_closing=90, of_silence=180)


def begun(player: Player, locale: str = "en", service: Service = ALL) -> Player:
    """Somebody who has agreed to the first point."""
    player.service = service
    player.open()
    player.press(locale)
    player.press("yes")
    return player


@pytest.mark.parametrize("locale", ["en", "ar", "zh-Hans", "vi"])
def test_the_hash_is_of_the_words_as_they_were_shown(player: Player, locale: str) -> None:
    begun(player, locale)
    (said,) = player.case.consents
    shown = "\n".join(player.languages.say(text, locale) for text in consent.POINTS)
    assert said.sha256 == sha256(shown.encode()).hexdigest()
    assert (said.point, said.given, said.locale, said.version) == (
        "keep", True, locale, consent.VERSION,
    )  # fmt: skip
    asked = "\n".join(player.languages.say(text, locale) for text in player.last_prompts[""].text)
    player.press("no-abroad")
    refused = newest(player.case.consents, "abroad")
    assert refused is not None
    assert not refused.given
    assert refused.sha256 == sha256(asked.encode()).hexdigest()


def test_what_was_never_asked_is_not_agreed_to(player: Player) -> None:
    begun(player)
    assert not player.case.agrees("abroad")
    assert not player.case.agrees("machine_translation")


def test_a_service_without_a_country_and_machines_asks_for_one_point(player: Player) -> None:
    begun(player, service=Service())
    assert (player.session.step, player.session.aside) == ("role", "")


@pytest.mark.parametrize("words", ["yess", "yas", "perhaps"])
def test_a_point_is_never_guessed(player: Player, words: str) -> None:
    begun(player)
    player.say(words)
    assert newest(player.case.consents, "abroad") is None


def test_a_late_tap_means_what_it_said(player: Player) -> None:
    begun(player)
    player.press("no-abroad")
    player.press("patient")
    player.press("agree:yes-abroad")
    assert player.case.agrees("abroad")
    player.press("agree:no-abroad")
    assert not player.case.agrees("abroad")
    player.press("agree:yes-keep")
    assert [c.point for c in player.case.consents].count("keep") == 1


def test_machines_are_told_at_once(player: Player) -> None:
    begun(player)
    player.press("agree:yes-machine_reading")
    assert ReadScans(on=True) in player.effects
    player.press("agree:no-machine_reading")
    assert ReadScans(on=False) in player.effects


def test_a_consent_that_is_taken_back_stops_every_chat_and_every_timer(player: Player) -> None:
    begun(player)
    player.say("withdraw")
    player.press("keep")
    player.press("stop")
    assert player.case.withdrawn
    assert any(
        isinstance(e, NotifyCoordinators) and e.reason == "withdrawn" for e in player.effects
    )
    assert any(
        isinstance(e, RecordAudit) and e.action == "consent.withdrawn" for e in player.effects
    )
    before = len(player.effects)
    player.act("request", item="labs", reason="more")
    player.act("take")
    assert not any(isinstance(e, BuildPackage) for e in player.effects[before:])
    assert player.case.desk.requests == ()
    # Another chat of the case, which stood at a question.
    player.session = replace(player.session, id="other", step="imaging", aside="")
    player.say("I have it")
    assert player.session.step == "stopped"
    # Agreed to again in the first one, it goes on in both.
    player.case = player.case.with_consent(replace(player.case.consents[0], at=player.now))
    player.say("hello")
    assert player.session.step == "role"


def test_a_stopped_case_is_erased_after_its_days_and_an_agreement_saves_it(player: Player) -> None:
    begun(player)
    player.say("withdraw")
    player.press("keep")
    player.press("stop")
    other = player.fork()
    player.wait(timedelta(days=174))
    assert "erase it" in "".join(player.shown(player.sweep()))
    player.wait(timedelta(days=8))
    player.sweep()
    assert player.case.erased
    other.press("again")
    other.press("yes")
    other.wait(timedelta(days=200))
    late = RetentionDue(what="erase", reason="withdrawn", last_at=other.now)
    other.hear(late)
    assert not other.case.erased


def test_in_what_right_a_helper_answers_reaches_the_specialist_as_stated(player: Player) -> None:
    begun(player, service=Service())
    player.press("helper")
    for words in ("Maria", "I am the aunt", "Ana Petrova", "12 April 1980"):
        player.say(words)
    player.press("unable")
    said = newest(player.case.consents, "for_patient")
    assert said is not None
    assert (said.basis, said.given) == ("unable", True)
    checklist = checklist_for(player.case, player.catalog)
    assert summarize(player.case, checklist, player.catalog).who.basis == "unable"


def test_a_patient_of_age_is_not_asked_for_a_guardian(player: Player) -> None:
    begun(player, service=Service())
    player.press("patient")
    player.say("Ana Petrova")
    player.say("24 November 2008")
    assert player.session.aside == ""
    player.say("back")
    player.say("25 November 2008")
    assert player.session.aside == "basis"
