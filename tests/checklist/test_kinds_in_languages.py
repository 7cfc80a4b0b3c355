"""What documents are, in every language that reports are read in: how well it is told."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from checklist.document_reading import document_of
from checklist.pairing_reading import examination_of

DATA: Final = Path(__file__).parent.parent / "data"
LANGUAGES: Final = sorted(path.stem.removeprefix("kinds_") for path in DATA.glob("kinds_*.toml"))
TODAY: Final = date(2026, 11, 24)
#: How many of a hundred have to be right.
AIMS: Final = {"kind": 0.95, "date": 0.9, "modality": 0.9, "body_part": 0.9, "language": 0.9}


def labelled(language: str) -> list[dict[str, str]]:
    """The documents of a language, each with what it is."""
    texts: list[dict[str, str]] = tomllib.loads(
        (DATA / f"kinds_{language}.toml").read_text("utf-8")
    )["text"]
    return texts


def told(one: dict[str, str]) -> dict[str, str]:
    """What is made of a document, in the words in which it is labelled."""
    found, _examination = document_of(one["text"], caption=one.get("caption", ""), not_after=TODAY)
    return {
        "kind": found.kind,
        "date": found.date.iso if found.date else "",
        "modality": found.modality,
        "body_part": found.body_part,
        "language": found.language,
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_documents_are_told_in_every_language(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = labelled(language)
    right = {name: sum(told(one)[name] == one[name] for one in texts) / len(texts) for name in AIMS}
    with capsys.disabled():
        shown = ", ".join(f"{name} {share:.3f}" for name, share in right.items())
        sys.stdout.write(f"\n{language}: {len(texts)} documents, {shown}\n")
    assert {name: share for name, share in right.items() if share < AIMS[name]} == {}


@dataclass(frozen=True, slots=True)
class Head:
    """A report's head, or a caption, and which scans it is of: "machines parts day"."""

    text: str
    caption: str
    scans: frozenset[str]
    side: str | None


def heads(language: str) -> list[Head]:
    every = [
        one
        for path in DATA.glob("report_heads*.toml")
        for one in tomllib.loads(path.read_text("utf-8"))["head"]
    ]
    return [
        Head(one.get("text", ""), one.get("caption", ""), frozenset(one["scans"]), one.get("side"))
        for one in every
        if one["language"] == language
    ]


def read(head: Head) -> Head:
    """What is made of a head."""
    found = examination_of(head.text, caption=head.caption, not_after=TODAY)
    scans = {
        " ".join("+".join(sorted(said)) or "-" for said in (one.modalities, one.parts, days))
        for one in (found, *found.also)
        for days in [[day.iso for day in one.days]]
    }
    side = None if head.side is None else "".join(sorted(found.sides))
    return Head(head.text, head.caption, frozenset(scans), side)


@pytest.mark.parametrize("language", ["es", "fr", "vi", "id", "th", "ur", "mn", "kk"])
def test_the_head_of_a_report_says_of_which_scan_it_is(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    every = heads(language)
    wrong = [head for head in every if read(head) != head]
    with capsys.disabled():
        sys.stdout.write(f"\n{language}: {len(every) - len(wrong)} of {len(every)} heads\n")
    assert len(wrong) <= len(every) / 20, wrong
