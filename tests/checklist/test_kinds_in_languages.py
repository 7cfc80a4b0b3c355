"""What documents are, in every language that reports are read in: how well it is told."""

from __future__ import annotations

import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from checklist.document_reading import document_of

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
