"""Scans are read by tesseract: in each language offered, within limits, and only where there is no text."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from bot.intake import machine_reading
from bot.intake.machine_reading import (
    PAGES,
    installed_languages,
    languages_for,
    missing_reading,
    read_by_machine,
)
from tests import synthetic
from tests.conftest import require_tool
from tests.scans import REPORTS, bomb, scan, scanned_pdf

INSTALLED = ("ara", "chi_sim", "eng", "rus")


@pytest.fixture(autouse=True)
def _tesseract() -> None:
    require_tool("tesseract")


def stored(folder: Path, data: bytes) -> Path:
    path = folder / "scan"
    path.write_bytes(data)
    return path


def bare(words: str) -> str:
    return re.sub(r"\s", "", words)


@pytest.mark.parametrize("locale", list(REPORTS))
def test_a_scan_in_each_language_is_read(locale: str, tmp_path: Path) -> None:
    lines, wanted = REPORTS[locale]
    languages = languages_for([locale], installed_languages())
    read = read_by_machine(stored(tmp_path, scan(lines, turned=0.7)), "", None, languages)
    assert read.scanned == 1
    assert [words for words in wanted if bare(words) not in bare(read.words)] == []


def test_a_scanned_pdf_is_read_page_by_page_and_not_all_of_a_book(tmp_path: Path) -> None:
    pages = [scan((f"Page number {n} of the letter",), dots=100) for n in range(1, PAGES + 3)]
    read = read_by_machine(stored(tmp_path, scanned_pdf(*pages)), "", None, ["eng"])
    assert (read.pages, read.scanned) == (PAGES + 2, PAGES)
    assert "number 1" in read.words
    assert f"number {PAGES}" in read.words
    assert f"number {PAGES + 1}" not in read.words


def test_a_document_with_text_is_left_to_its_text(tmp_path: Path) -> None:
    path = stored(tmp_path, synthetic.pdf(REPORTS["en"][0]))
    read = read_by_machine(path, "", None, ["eng"])
    assert (read.scanned, read.words) == (0, "")


def test_a_bomb_of_a_picture_costs_next_to_nothing(tmp_path: Path) -> None:
    began = time.monotonic()
    assert read_by_machine(stored(tmp_path, bomb()), "", None, ["eng"]).words == ""
    assert time.monotonic() - began < 10


def test_what_asks_for_too_much_memory_ends_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(machine_reading, "_CAPS", replace(machine_reading._CAPS, memory=60 << 20))
    read = read_by_machine(stored(tmp_path, scan(REPORTS["en"][0])), "", None, ["eng"])
    assert (read.scanned, read.words) == (1, "")


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0 no picture", b"%PDF-1.7 broken"])
def test_what_is_broken_is_read_as_nothing(data: bytes, tmp_path: Path) -> None:
    assert read_by_machine(stored(tmp_path, data), "", None, ["eng"]).words == ""


@pytest.mark.parametrize(
    ("tags", "installed", "chosen"),
    [
        (["ru"], INSTALLED, ("rus", "eng")),
        (["zh-Hans"], INSTALLED, ("chi_sim", "eng")),
        (["zh-Hant", "ru"], INSTALLED, ("chi_sim", "rus", "eng")),
        (["en", "en-GB"], INSTALLED, ("eng",)),
        (["ru", "en", "ar", "ru", "zh-Hans"], INSTALLED, ("rus", "eng", "ara", "chi_sim")),
        (["xx"], ("deu",), ("deu",)),
        (["ru"], (), ()),
    ],
)
def test_a_scan_is_read_in_the_languages_of_its_case_and_english(
    tags: list[str], installed: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    assert languages_for(tags, installed) == chosen


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    installed_languages.cache_clear()
    try:
        assert missing_reading()[:2] == ("tesseract-ocr", "tesseract-ocr-eng")
    finally:
        installed_languages.cache_clear()
