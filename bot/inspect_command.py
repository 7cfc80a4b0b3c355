"""`second-opinion inspect`: what a disc or a file holds, without a case."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final, TextIO

from bot.intake.inspection import Inspection, inspect_paths
from bot.intake.limited import Died
from bot.intake.reader import in_reader
from bot.intake.report import to_json, to_text
from bot.intake.survey import Progress
from bot.paths import load_languages

_WIDTH: Final = 30
#: Seconds between two pictures of the bar.
_PAUSE: Final = 0.1


def inspect(arguments: Sequence[str]) -> int:
    """Print what was found; the exit code is 2 when something could not be read."""
    asked = _parser().parse_args(arguments)
    if asked.language != "en":
        # A text without a translation is trouble to be logged; English has all texts.
        from bot import logs

        logs.set_up(level="WARNING")
    absent = [path for path in asked.paths if not path.exists()]
    for path in absent:
        # The words for patients would ask to send it once more.
        print(f"second-opinion: there is nothing at {path}", file=sys.stderr)
    if absent:
        return 2
    try:
        return in_reader(partial(_inspect, asked))
    except Died as died:
        print(f"second-opinion: {_DIED[died.why]}", file=sys.stderr)
        return 2


_DIED: Final = {
    "crash": "what is in it took its reader down; open it with care",
    "memory": "its reader was ended by the system, which may be short of memory",
    "time": "reading it took too long",
}


def _inspect(asked: Namespace) -> int:
    bar = _Bar(sys.stderr) if sys.stderr.isatty() else None
    progress = bar.show if bar else None
    if asked.password:
        inspection = _inspect_unlocked(asked.paths, progress)
    else:
        inspection = inspect_paths(tuple(asked.paths), progress=progress)
    if bar:
        bar.clear()
    languages = load_languages()
    if asked.json:
        found = to_json(inspection, lambda text: languages.say(text, asked.language))
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print(to_text(inspection, lambda text: languages.say(text, asked.language)))
        if not asked.password and _is_locked(inspection):
            print("second-opinion: --password tries a password", file=sys.stderr)
    return 2 if inspection.refused else 0


def _is_locked(inspection: Inspection) -> bool:
    found = (inspection.refusal, *inspection.findings)
    return any(finding is not None and finding.code == "encrypted" for finding in found)


def _inspect_unlocked(paths: Sequence[Path], progress: Progress | None) -> Inspection:
    from bot.intake.unlock import opened_with

    with opened_with(_secret(), tuple(paths)) as (opened, outcomes):
        inspection = inspect_paths(opened, progress=progress)
    for path, outcome in zip(paths, outcomes, strict=True):
        if outcome == "wrong_password":
            print(f"{path}: the password does not open it", file=sys.stderr)
    return inspection


def _secret() -> str:
    """A password: typed unseen, or a line of standard input. Never an argument, which `ps` shows."""
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass("Password: ")
    return sys.stdin.readline().rstrip("\r\n")


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="second-opinion inspect",
        description="Show what a disc or a file holds, without a case. "
        "Exit code 2 when it could not be read.",
    )
    parser.add_argument("paths", nargs="+", type=Path, help="Files, zips or folders.")
    parser.add_argument("--json", action="store_true", help="Print JSON instead of text.")
    parser.add_argument(
        "--password",
        action="store_true",
        help="Ask for a password, or read it from standard input.",
    )
    parser.add_argument("--language", default="en", help="Language of the words.")
    return parser


class _Bar:
    """One line on a terminal that is written over and over: `[####    ] 312 of 540 files read`."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._next = 0.0

    def show(self, read: int, known: int) -> None:
        """Draw it anew, not more often than an eye can follow."""
        now = monotonic()
        if now < self._next:
            return
        self._next = now + _PAUSE
        done = "#" * (_WIDTH * read // max(1, known))
        self._terminal.write(f"\r[{done:<{_WIDTH}}] {read} of {known} files read\x1b[K")
        self._terminal.flush()

    def clear(self) -> None:
        """Leave the line empty."""
        self._terminal.write("\r\x1b[K")
        self._terminal.flush()
