"""Two invented languages in every transcript: nothing is said in English that a translator can't reach."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.i18n import Catalogs
from bot.render import Rendered, render
from tests.begin_language import begin
from tests.invented import LONG, TURNED, long_words, with_invented, write_language
from tests.message_catalogs import LOCALES, ROOT, button_labels, faults, messages, template
from tests.player import Player
from tests.running import PROGRAM
from tests.test_transcripts import ALL, CHANNELS, can_be_said, play

#: A value in a sentence from right to left: somebody's own words, a name, a number, an address.
_VALUE = re.compile("\u2068[^\u2068\u2069]*\u2069")
_ENGLISH = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Catalogs:
    return with_invented(tmp_path_factory.mktemp("locales"))


def english_in(rendered: Rendered, names: Iterable[str] = ()) -> list[str]:
    """The words of a reply that are in Latin letters although nobody's own words hold them.

    `names` are those of languages, each in its own letters.
    """
    labels = [label for _wire, label in rendered.choices]
    text = "\n".join([rendered.text, *(label for label in labels if label not in set(names))])
    while (rest := _VALUE.sub("", text)) != text:
        text = rest
    return _ENGLISH.findall(text)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_reply_is_in_the_letters_of_the_language(
    path: Path, player: Player, invented: Catalogs
) -> None:
    """And fits every channel, where a language needs two letters for five of ours too."""
    play(path.read_text(encoding="utf-8"), player)
    for reply in player.replies:
        turned = render(reply, TURNED, invented)
        names = [player.languages.own_name(tag) for tag in player.languages.offered]
        assert english_in(turned, names) == []
        for locale in (LONG, TURNED):
            rendered = render(reply, locale, invented)
            for capabilities in CHANNELS.values():
                can_be_said(rendered, capabilities)
    assert not invented.untranslated


def test_english_between_the_values_is_noticed() -> None:
    said = Rendered(step="x", turn=1, text="\u2068Anna \u2068B\u2069\u2069 is אב", locale=TURNED)
    assert english_in(said) == ["is"]


# ---- one more language -------------------------------------------------------------------------


def test_a_language_that_was_begun_is_refused_until_it_is_finished(tmp_path: Path) -> None:
    """`make language TAG=eo`, then a catalog and words: nothing else makes one more language."""
    locales = tmp_path / "locales"
    shutil.copytree(LOCALES, locales)
    folder = begin(LONG, locales)
    labels = button_labels()
    begun = faults_of(folder, labels)
    assert f"empty: {next(str(m.id) for m in messages(template()))}" in begun

    shutil.rmtree(folder)
    write_language(locales, LONG, long_words, longer=0.4)
    assert faults_of(folder, labels) == []
    many = Catalogs.load(locales)
    assert LONG in many.offered
    clashes = clashing_commands(many)
    assert not clashes


@pytest.mark.parametrize("tag", ["xx", "ru", "../en", ""])
def test_a_folder_is_not_begun_for_what_is_no_new_language(tag: str, tmp_path: Path) -> None:
    shutil.copytree(LOCALES / "ru", tmp_path / "ru")
    with pytest.raises(ValueError, match=r"no language|already"):
        begin(tag, tmp_path)


def faults_of(folder: Path, labels: set[str]) -> list[str]:
    with (folder / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return faults(read_po(source, locale=folder.name), labels, template())


def clashing_commands(catalogs: Catalogs) -> list[str]:
    meant: dict[str, set[str]] = {}
    for tag in catalogs.offered:
        for word, command in catalogs.words(tag).commands.items():
            meant.setdefault(word, set()).add(command)
    return [word for word, commands in meant.items() if len(commands) > 1]


def test_a_patient_goes_through_the_whole_program_in_it(tmp_path: Path) -> None:
    """The real program, with one more folder of languages beside its packages."""
    for package in ("bot", "handlers", "checklist"):
        (tmp_path / package).symlink_to(ROOT / package)
    shutil.copytree(LOCALES, tmp_path / "locales")
    write_language(tmp_path / "locales", LONG, long_words, longer=0.4)
    said = [
        *("#eo", "#yes", "#patient", "Zamenhof", long_words("12 April 1980"), "Poland"),
        *("x", "#not_sure", "#remote", "#skip", "#skip", "#skip", "#skip"),
        *(f"Aspirin 100 mg, {long_words('twice a day')}", "#done", "#none", "#skip", "#skip"),
        *("#english", "#eo", "#yes"),
    ]
    told = run(said, tmp_path)
    assert long_words("Yes, send it") in told
    # The month is CLDR's, the rest was typed; a choice's id is for those who play from a script.
    words = re.sub(
        r"\[\w+\]|\b[0-9A-Z]{4}-?[0-9A-Z]{4}\b", "", told.partition(long_words("Yes, I agree"))[2]
    )
    left = set(re.findall(r"(?<!\w)[A-Za-z]{3,}(?!\w)", words))
    assert left <= {"Zamenhof", "Poland", "Aspirin", "Aprilo"}, left


def run(said: list[str], tree: Path) -> str:
    """What the terminal's chat answers, by the program as it stands in `tree`."""
    done = subprocess.run(
        [str(PROGRAM), "chat"],
        input="\n".join(said) + "\n",
        env={**os.environ, "PYTHONPATH": str(tree), "DATA_DIR": str(tree / "data")},
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
