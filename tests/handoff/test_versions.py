"""A case that was opened again: its next package says what has changed, on the cover too."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from bot.handoff.cover import build_cover, page_count
from bot.i18n import Catalogs
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.corrections import with_cover
from checklist.cover_text import rewritten, with_section
from checklist.dates import PartialDate
from checklist.editions import edition_of
from checklist.progress import checklist_for
from checklist.summary import summarize
from tests.handoff.cases import AT, record, russian
from tests.handoff.test_cover import text_of
from tests.handoff.test_package import Bench, bench

__all__ = ["bench"]

LETTER = b"%PDF-1.4 letter"


def opened_again() -> Case:
    """What was handed over once, opened again, with one more letter and other words on the cover."""
    case = replace(russian(), records=())
    edition = edition_of(case, by="Li Wei", at=AT)
    case = replace(case, desk=replace(case.desk, editions=(edition,)))
    letter = record(
        "d1", "discharge", file_id="f1", item="reports", date=PartialDate(year=2026, month=5),
        sha256=hashlib.sha256(LETTER).hexdigest(), size=len(LETTER),
    )  # fmt: skip
    case = case.with_record(letter)
    fixed = rewritten(case, "problem", "Опухоль в правом лёгком", locked=True)
    cover = with_section(case.desk.cover, "problem", fixed)
    return with_cover(case, cover, by="Li Wei", at=AT)


async def test_the_package_of_a_second_version_has_a_list_of_changes(bench: Bench) -> None:
    await bench.save(replace(russian(), records=()))
    assert "CHANGES.txt" not in bench.open(await bench.build()).namelist()
    await bench.file("f1", LETTER)
    await bench.save(replace(opened_again(), version=2))
    package = bench.open(await bench.build())
    text = package.read("CHANGES.txt").decode()
    assert text.startswith("Version 2: what has changed since ")
    assert "- Added: hospital discharge letter, May 2026\n" in text
    assert "- Changed: Main problem\n" in text
    assert "CHANGES.txt" in package.read("MANIFEST.csv").decode("utf-8-sig")
    document = json.loads(package.read("case.json"))
    assert document["changes"]["number"] == 2
    assert document["cover"]["problem"] == "Опухоль в правом лёгком"
    assert document["cover"]["written_by_coordinator"] == ["problem"]
    (said,) = (a["text"] for a in document["answers"] if a["step"] == "problem")
    assert said.startswith("Полгода назад"), "the patient's own words are there too"


def test_the_cover_of_a_second_version_says_what_has_changed(
    languages: Catalogs, catalog: Catalog
) -> None:
    """On one page still, and it says whose words the problem is in."""
    case = opened_again()
    summary = summarize(case, checklist_for(case, catalog), catalog)
    pdf = build_cover(summary, languages, review_locale="en", built_at=AT)
    text = text_of(pdf)
    assert page_count(pdf) == 1
    for words in ("Version 2: what has changed since", "Added:", "Written by a coordinator"):
        assert words in text
    assert "in the patient's words" not in text
