"""Findings: each code can be named to coordinators, and each sentence to patients says what to do."""

from __future__ import annotations

from typing import get_args

import pytest

from bot.handoff import notices
from bot.intake import messages
from bot.intake.limits import Reason
from bot.web.desk_wording import FINDING
from checklist.findings import Finding, FindingCode
from checklist.imaging import WITHOUT_IMAGES
from checklist.missing import _IMAGING_GAPS

CODES: tuple[FindingCode, ...] = get_args(FindingCode)
SENTENCES = [value for value in vars(messages).values() if isinstance(value, Finding)]


def test_every_code_has_a_name_on_the_desk() -> None:
    assert not set(CODES) - FINDING.keys()


def test_every_reason_has_a_sentence_that_is_its_own() -> None:
    for reason in get_args(Reason):
        assert messages.refusal(reason).code in CODES


def test_what_stands_in_for_images_is_said_first_to_coordinators_and_on_the_cover() -> None:
    for code in (*WITHOUT_IMAGES, "missing_instances", "dicomdir_missing_files"):
        assert code in notices._WARNINGS, code
        assert code in _IMAGING_GAPS, code


@pytest.mark.parametrize("finding", SENTENCES, ids=lambda finding: finding.code)
def test_a_warning_says_what_to_do_and_a_note_does_not_have_to(finding: Finding) -> None:
    words = finding.message.msgid
    assert finding.severity == "info" or "Please" in words
    assert "invalid" not in words.lower()
    assert "error" not in words.lower()
