"""Finding: something that a patient or a coordinator should know about what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checklist.text import Text

Severity = Literal["info", "warning", "error"]

FindingCode = Literal[
    # about a case
    "reports_only",  # imaging reports came, and no images at all
    "report_without_images",  # one report whose study is not among the images
    "images_without_report",
    "other_patient",  # a study that seems to be somebody else's
    # about a file
    "no_images",  # a disc or folder with no DICOM image in it
    "localizer_only",
    "secondary_capture_only",
    "missing_instances",
    "two_patients",
    "truncated",
    "damaged",
    "unsupported",
    "empty",
    "encrypted",
    "too_large",
    "bomb",
    "duplicate",
    "active_content",
    "film_photo",  # a photograph of a film or a screen, not the images themselves
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. `message` says in plain words what it is and what to do; `path` names the part."""

    code: FindingCode
    severity: Severity
    message: Text
    path: str = ""
