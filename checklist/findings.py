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
    # about the images of a disc
    "viewer_without_images",  # a disc with a program to look at images, and no image
    "only_localizers",
    "only_secondary_capture",
    "film_photo",  # a photograph of a film or a screen, not the images themselves
    "exported_pictures",  # JPEG or PNG pictures that a viewer made of the images
    "missing_instances",
    "dicomdir_missing_files",  # the disc's own table of contents names what is not there
    "several_patients",
    "truncated_instance",
    "unreadable_instance",
    "lossy",  # compressed with a loss
    "duplicates",
    "charset_guess",  # a name was read in a character set that the header doesn't declare
    # about a file
    "encrypted",
    "damaged_archive",
    "unsafe_archive",  # it would unpack to far too much, or its members share bytes
    "unsafe_names",  # names that would lead out of the folder, links, devices
    "nested_archive",  # archives in archives, deeper than is read
    "not_an_archive",
    "too_large",
    "empty",
    "unreadable_document",
    "unsupported",
    "active_content",
    "infected",  # a virus scanner found something in it
    "not_arrived",
    "not_read",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. `message` says in plain words what it is and what to do; `path` names the part."""

    code: FindingCode
    severity: Severity
    message: Text
    path: str = ""
