"""Where a case is after the hand-over, in a patient's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checklist.case import Case, CaseStatus
from checklist.text import Text, _, _c

_STAGES: Final[Mapping[CaseStatus, Text]] = {
    "submitted": _c("where a case is", "received; a coordinator looks at it next"),
    "accepted": _c("where a case is", "a coordinator has it and checks it"),
    "in_translation": _c("where a case is", "the records are being translated"),
    "in_review": _c("where a case is", "it is with the specialist"),
    "opinion_ready": _c("where a case is", "the opinion is ready"),
    "closed": _c("where a case is", "closed"),
}


def stage_line(case: Case) -> Text:
    """Where the case is: received, checked, in translation, with the specialist, opinion ready."""
    stage = _STAGES.get(case.status, _STAGES["submitted"])
    return _("Your case {case}: {stage}.", case=case.id, stage=stage)
