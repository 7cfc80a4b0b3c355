"""On whom a case waits, since when, and whom to help first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checklist.case import Case, CaseStatus, Desk
from checklist.desk import PassedOn
from checklist.locked import LockedFile
from checklist.physical import opened, told
from checklist.records import Record
from checklist.waiting import Talk, Waits, waiting_on

_NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
_CASE = Case(id="c", opened_at=_NOW - timedelta(days=3))
_HANDED = replace(_CASE, status="submitted", submitted_at=_NOW - timedelta(days=2))
_SCAN = Record(
    id="r", file_id="f", kind="imaging_study", received_at=_NOW - timedelta(hours=5),
    original_name="disc.zip", media_type="", size=1, set_apart="apart",
)  # fmt: skip


def ago(**span: float) -> datetime:
    return _NOW - timedelta(**span)


@pytest.mark.parametrize(
    ("status", "on"),
    [
        ("collecting", "patient"),
        ("submitted", "coordinator"),
        ("accepted", "coordinator"),
        ("in_translation", "translator"),
        ("in_review", "specialist"),
        ("opinion_ready", "coordinator"),
        ("closed", "nobody"),
    ],
)
def test_each_status_waits_on_somebody(status: CaseStatus, on: Waits) -> None:
    assert waiting_on(replace(_CASE, status=status), Talk()).on == on


def test_a_case_that_was_handed_over_waits_since_then() -> None:
    assert waiting_on(_HANDED, Talk()).since == ago(days=2)


def test_a_patient_is_waited_for_since_they_last_wrote() -> None:
    assert waiting_on(_CASE, Talk(heard_at=ago(hours=1))).since == ago(hours=1)
    assert waiting_on(_CASE, Talk()).since == _CASE.opened_at


def test_an_emergency_goes_before_everything() -> None:
    """It stays first until somebody says that it is over, also after an answer."""
    talk = Talk(wanted={"asked": ago(days=9), "emergency": ago(minutes=1)}, answered_at=_NOW)
    found = waiting_on(_CASE, talk)
    assert (found.on, found.rank, found.reasons) == ("coordinator", 0, ("emergency",))
    assert found.since == ago(minutes=1)


def test_who_wants_a_person_goes_before_who_has_handed_over() -> None:
    wants = waiting_on(_CASE, Talk(wanted={"asked": ago(hours=1)}))
    assert wants.rank == 1 < waiting_on(_HANDED, Talk()).rank
    assert wants.since == ago(hours=1)


def test_who_was_answered_waits_no_longer_until_they_write_again() -> None:
    talk = Talk(wanted={"asked": ago(hours=2)}, human=True, heard_at=ago(hours=2))
    assert waiting_on(_CASE, talk).rank == 1
    answered = replace(talk, answered_at=ago(hours=1))
    assert waiting_on(_CASE, answered).on == "patient"
    again = waiting_on(_CASE, replace(answered, heard_at=ago(minutes=5)))
    assert (again.on, again.rank, again.reasons) == ("coordinator", 1, ("wrote",))
    assert again.since == ago(minutes=5)


def test_what_a_patient_says_to_the_assistant_waits_on_no_coordinator() -> None:
    assert waiting_on(_CASE, Talk(heard_at=ago(minutes=1))).on == "patient"


def test_a_scan_that_may_be_another_persons_waits_for_a_decision() -> None:
    """But not while the patient is asked."""
    case = replace(_CASE, records=(_SCAN,))
    found = waiting_on(case, Talk())
    assert (found.on, found.reasons, found.since) == ("coordinator", ("undecided",), ago(hours=5))
    asked = replace(_CASE, records=(replace(_SCAN, patient_says="asked"),))
    assert waiting_on(asked, Talk()).on == "patient"


def test_a_patient_who_wants_help_with_a_password_waits_on_us() -> None:
    case = replace(_CASE, locked=(LockedFile(file_id="f", name="a.zip", state="given_up"),))
    found = waiting_on(case, Talk(heard_at=ago(hours=3)))
    assert (found.on, found.reasons, found.since) == ("coordinator", ("locked",), ago(hours=3))


def test_an_erased_case_waits_on_nobody() -> None:
    talk = Talk(wanted={"emergency": _NOW})
    assert waiting_on(replace(_HANDED, erased=True), talk).on == "nobody"


def test_a_question_that_was_passed_on_waits_until_it_is_answered_itself() -> None:
    one = PassedOn(number=1, words="Can I bring my dog?", at=ago(hours=2))
    case = replace(_CASE, desk=Desk(passed_on=(one,)))
    found = waiting_on(case, Talk(answered_at=ago(hours=1)))
    assert (found.on, found.rank, found.reasons, found.since) == (
        "coordinator", 1, ("asked",), ago(hours=2),
    )  # fmt: skip
    done = replace(one, answered_at=ago(hours=1), by="Li Wei")
    assert waiting_on(replace(case, desk=Desk(passed_on=(done,))), Talk()).on == "patient"


def test_slides_wait_on_a_coordinator_until_the_laboratory_was_asked() -> None:
    """Then they are the patient's to send; what is lost is to be looked for; a closed case is closed."""
    slides = opened("slides", number=1, at=ago(hours=4))
    confirmed = told(slides, "confirmed", at=ago(hours=3), by="coordinator")
    sent = told(confirmed, "sent", at=ago(hours=2), by="patient")
    lost = told(sent, "lost", at=ago(hours=1), by="coordinator")
    for parcel, since in ((slides, ago(hours=4)), (lost, ago(hours=1))):
        found = waiting_on(replace(_CASE, parcels=(parcel,)), Talk())
        assert (found.on, found.reasons, found.since) == ("coordinator", ("posted",), since)
    for parcel in (confirmed, sent):
        assert waiting_on(replace(_CASE, parcels=(parcel,)), Talk()).on == "patient"
    closed = replace(_CASE, status="closed", parcels=(slides,))
    assert waiting_on(closed, Talk()).on == "nobody"
