"""`second-opinion catalog`, and what a file of one's own does at the start of the program."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app import App, StartError
from bot.doctor import doctor
from bot.i18n import Catalogs
from bot.paths import locales_folder
from bot.settings import Settings, TwilioSettings
from tests.checklist.test_catalog import OWN

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `second-opinion catalog ...` in a folder of its own."""

    def go(*arguments: str, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        root = str(Path(__file__).parent.parent)
        return subprocess.run(
            [sys.executable, "-m", "bot", "catalog", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": root, **variables},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return go


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_check_names_every_fault_and_its_exit_code_tells(run: Run, own: Path) -> None:
    found = run("check", CATALOG_FILE=str(own))
    assert found.returncode == 1
    assert "item labs: ask has no words in ar, es, fr" in found.stdout
    assert "need tooth_xray: nobody has signed it off" in found.stdout
    own.write_text("[[need]\n", encoding="utf-8")
    broken = run("check", str(own))
    assert (broken.returncode, "not valid TOML" in broken.stdout) == (1, True)
    absent = run("check", "none.toml")
    assert (absent.returncode, absent.stdout) == (2, "")
    assert "none.toml can't be read" in absent.stderr


def test_preview_plays_the_real_conversation_and_keeps_nothing(
    run: Run, own: Path, tmp_path: Path
) -> None:
    played = run("preview", str(own), "--case-type", "teeth", "--locale", "ru", typed="#skip\n")
    assert played.returncode == 0, played.stderr
    assert "[teeth] Зубы" in played.stdout
    assert "• Рентген всех зубов" in played.stdout
    assert list(tmp_path.iterdir()) == [own]


def test_preview_can_be_read_and_says_who_has_signed(run: Run) -> None:
    listed = run("preview", "--list", "--case-type", "epilepsy")
    assert "EEG report, also of a long EEG with video  [eeg_report]  mandatory" in listed.stdout
    assert "signed off by: NOBODY YET" in listed.stdout
    assert "[stroke]" not in listed.stdout
    wrong = run("preview", "--case-type", "hart")
    assert (wrong.returncode, "--case-type hart is not in the checklist" in wrong.stderr) == (
        1,
        True,
    )


async def test_a_broken_file_stops_the_start_with_what_to_change(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[[item]]\nid = "labs"\nlevel = "must"\n', encoding="utf-8")
    settings = Settings(data_dir=tmp_path / "data", catalog_file=path)
    with pytest.raises(StartError, match=r"CATALOG_FILE .*item labs: level is 'must'; use one of"):
        async with App.open(settings):
            pass


def test_the_doctor_says_whether_the_file_can_be_used_and_who_has_signed(
    tmp_path: Path, own: Path
) -> None:
    def said(**values: object) -> str:
        out = io.StringIO()
        settings = Settings.model_validate({"data_dir": tmp_path / "data", **values})
        doctor(settings, TwilioSettings(), out=out)
        return out.getvalue()

    assert "decide   Checklist: the built-in one" in (plain := said())
    assert "No clinician has signed off" in plain
    assert "wrong    Checklist: faults in" in said(catalog_file=own)
    own.write_text("[[", encoding="utf-8")
    assert "not valid TOML" in said(catalog_file=own)


def test_the_checklists_own_words_leave_the_languages_that_are_only_understood(
    tmp_path: Path,
) -> None:
    """The program runs with them, and dates are written in more languages than are spoken."""
    shutil.copytree(locales_folder() / "en", tmp_path / "en")
    (tmp_path / "de").mkdir()
    shutil.copy(tmp_path / "en" / "words.toml", tmp_path / "de" / "words.toml")
    languages = Catalogs.load(tmp_path)
    assert (languages.offered, languages.understood) == (("en",), ("en", "de"))
    taught = languages.with_words({"en": {"Scan": "Picture"}})
    assert (taught.offered, taught.understood) == (("en",), ("en", "de"))
