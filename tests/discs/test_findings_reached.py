"""Each finding that issue 3 names is reached by a disc, in the terminal and in a chat, and said to people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.intake.indexing import index_file
from bot.intake.inspection import inspect_path
from bot.intake.limits import LIMITS, Limits
from bot.paths import load_languages
from bot.web.desk_wording import FINDING
from checklist.belonging import judged, other_patient_findings
from checklist.findings import Finding
from tests.discs.registry import ALL
from tests.discs.shelf import Shelf
from tests.handoff.cases import answer, case_of
from tests.synthetic import received_at

LANGUAGES = ("en", "zh-Hans", "ru", "ar")
CODES = [
    "reports_only",
    "only_localizers",
    "only_secondary_capture",
    "film_photo",
    "viewer_without_images",
    "exported_pictures",
    "missing_instances",
    "dicomdir_missing_files",
    "several_patients",
    "other_patient",
    "truncated_instance",
    "unreadable_instance",
    "lossy",
    "encrypted",
    "damaged_archive",
    "unsafe_archive",
    "unsafe_names",
    "nested_archive",
    "not_an_archive",
    "empty",
    "duplicates",
    "charset_guess",
    "too_large",
]

#: Of codes that no disc has by itself: the disc that has them with so few files allowed.
FEW_FILES = {"too_large": "whole_cd"}
#: Or with a case of somebody else.
OF_ANOTHER = "disc_of_another_patient"


def terminals(path: Path, limits: Limits) -> list[Finding]:
    found = inspect_path(path, limits=limits)
    return [*((found.refusal,) if found.refusal else ()), *found.findings]


def chats(path: Path, limits: Limits) -> list[Finding]:
    """What a file comes to in a chat, and with whose case it is compared."""
    indexed = index_file(
        path, file_id="f", name=path.name, item=None, received_at=received_at(), limits=limits
    )
    known = (answer("name", "Anna Kowalska"), answer("birth_date", "", value="1971-02-03"))
    case = judged(replace(case_of(*known, records=indexed.records), submitted_at=None))
    refusal = (indexed.refusal,) if indexed.refusal else ()
    return [*refusal, *indexed.findings, *other_patient_findings(case)]


@pytest.mark.parametrize("code", CODES)
def test_each_finding_is_reached_and_said_in_every_language(code: str, shelf: Shelf) -> None:
    limits = Limits(entries=20) if code in FEW_FILES else LIMITS
    wanted = {"other_patient": OF_ANOTHER, **FEW_FILES}.get(code)
    # A folder is not what a chat receives.
    disc = next(
        disc
        for disc in ALL
        if (disc.name == wanted if wanted else code in disc.found.codes)
        and shelf.path(disc).is_file()
    )
    path = shelf.path(disc)
    ways = [chats(path, limits)]
    if code != "other_patient":
        ways.append(terminals(path, limits))
    languages = load_languages()
    for way in ways:
        finding = next(one for one in way if one.code == code)
        for text in (finding.message, FINDING[code]):
            assert len({languages.say(text, language) for language in LANGUAGES}) == 4
