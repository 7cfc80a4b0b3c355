"""What other systems hear of: ids and states of people who have agreed, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.paths import load_catalog
from checklist.case import Answer, Case, Consent
from checklist.records import Record
from handlers.effects import Effect, EraseCase, OpenHandoff, RecordAudit
from handlers.happenings import KINDS, happenings

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CATALOG = load_catalog()
YES = Consent(version="1", given=True, locale="en", at=AT)
CASE = Case(id="c1", opened_at=AT, consents=(YES,))
LAB = Record(
    id="r1", file_id="f1", kind="lab", received_at=AT, original_name="Ana Petrova.pdf",
    media_type="application/pdf", size=1, item="labs", date=None, has_reference_ranges=True,
)  # fmt: skip


def told(old: Case | None, new: Case, *effects: Effect) -> list[tuple[str, str, str]]:
    return [
        (one.kind, one.item or one.document or one.record, one.item_status)
        for one in happenings(old, new, effects, CATALOG)
    ]


def test_nothing_is_told_of_who_has_not_agreed() -> None:
    stranger = replace(CASE, consents=())
    sent = RecordAudit(actor="patient", action="case.submitted")
    assert told(None, stranger, sent) == []
    assert told(stranger, stranger, EraseCase(), sent) == []
    assert told(stranger, CASE) == [("case.opened", "", "")]


def test_a_hand_over_names_what_is_missing() -> None:
    handed = replace(
        CASE,
        status="submitted",
        submitted_at=AT,
        records=(LAB,),
        answers={"allergies": Answer(step="allergies", at=AT, choice="none")},
    )
    heard = told(
        replace(handed, submitted_at=None, status="collecting"), handed, _trail("case.submitted")
    )
    assert heard[0] == ("case.submitted", "", "")
    assert ("item.missing", "imaging", "open") in heard
    assert ("item.missing", "labs", "partial") in heard
    assert not any(item == "allergies" for _, item, _ in heard)


def test_what_comes_afterwards_is_told_and_what_was_told_is_not_told_again() -> None:
    before = replace(CASE, status="submitted", submitted_at=AT)
    dated = replace(LAB, kind="pathology_report", item="pathology")
    after = replace(before, records=(dated,))
    assert told(before, after) == [
        ("record.added", "pathology", ""),
        ("item.received", "pathology", "have"),
    ]
    assert told(after, after) == []


def _trail(action: str, object: str = "") -> RecordAudit:
    return RecordAudit(actor="coordinator", action=action, object=object, by="Ana Petrova")


@pytest.mark.parametrize(
    ("action", "kind", "about"),
    [
        ("case.taken", "case.taken", ""),
        ("case.in_review", "case.status_changed", ""),
        ("case.reopened", "case.reopened", ""),
        ("record.requested", "record.requested", "Ana Petrova"),
        ("opinion.sent", "opinion.sent", ""),
        ("opinion.read", "opinion.received_confirmed", ""),
        ("opinion.asked", "opinion.questions_asked", ""),
    ],
)
def test_an_act_is_told_without_whose_it_was(action: str, kind: str, about: str) -> None:
    """Whom a case was given to is a name; what was asked for is an item."""
    assert told(CASE, CASE, _trail(action, "Ana Petrova")) == [(kind, about, "")]


def test_that_a_person_is_wanted_is_told_and_not_why() -> None:
    (one,) = happenings(CASE, CASE, (OpenHandoff(reason="emergency"),), CATALOG)
    assert "emergency" not in str(one)


def test_of_an_erased_case_one_thing_is_told() -> None:
    gone = replace(CASE, consents=(), erased=True)
    assert told(CASE, gone, EraseCase(), _trail("case.erased")) == [("case.erased", "", "")]


NO = replace(YES, given=False)
STOPPED = replace(CASE, consents=(YES, NO))


def points(old: Case, new: Case, *effects: Effect) -> list[tuple[str, str]]:
    return [(one.kind, one.point) for one in happenings(old, new, effects, CATALOG)]


def test_that_a_consent_was_taken_back_is_told_and_that_it_was_given_again() -> None:
    """It is the same case as before: it was opened once."""
    again = replace(CASE, consents=(YES, NO, YES))
    assert points(CASE, STOPPED) == [("consent.withdrawn", "keep")]
    assert points(STOPPED, STOPPED) == []
    assert points(STOPPED, again) == [("consent.given", "keep")]


def test_each_point_of_the_consent_is_told_by_itself() -> None:
    yes, no = (replace(one, point="abroad") for one in (YES, NO))
    agreed = replace(CASE, consents=(YES, yes))
    assert points(CASE, agreed) == [("consent.given", "abroad")]
    assert points(agreed, replace(CASE, consents=(YES, yes, no))) == [
        ("consent.withdrawn", "abroad")
    ]
    # A no to what was never agreed to changes nothing.
    assert points(CASE, replace(CASE, consents=(YES, no))) == []


def test_that_a_stopped_case_was_erased_is_told_too() -> None:
    gone = replace(STOPPED, consents=(), erased=True)
    assert told(STOPPED, gone, EraseCase()) == [("case.erased", "", "")]


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len(set(KINDS)) == len(KINDS)
    assert all(kind.count(".") == 1 for kind in KINDS)
