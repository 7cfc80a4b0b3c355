"""`second-opinion understand`: what the assistant makes of a message or of a file."""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bot.intake.inspection import inspect_paths
from bot.intake.limited import Died
from bot.intake.machine_reading import installed_languages, languages_for, read_by_machine
from bot.intake.reader import in_reader
from bot.paths import load_languages
from checklist.dates import PartialDate
from handlers.understanding import Dated, Understood, understood


def understand(arguments: Sequence[str]) -> int:
    """Print what was understood; the exit code is 2 when there is no text to understand."""
    asked = _parser().parse_args(arguments)
    languages = load_languages()
    if asked.locale and languages.match_locale(asked.locale) is None:
        known = ", ".join(languages.offered)
        return _trouble(f"--locale {asked.locale} is not offered; offered are {known}")
    text = sys.stdin.read() if asked.text == "-" else asked.text
    path = _file_of(asked.text)
    if path is None:
        return _say(text, asked, of_file=False)
    try:
        return in_reader(partial(_read, path, asked))
    except Died:
        return _trouble("what is in the file took its reader down; open it with care")


def _read(path: Path, asked: Namespace) -> int:
    """Read the first document of a file that has text, in a process with limits."""
    found = inspect_paths((path,))
    texts = [one.document.facts.text for one in found.documents]
    text = next((one for one in texts if one.strip()), "")
    if not text:
        if not found.studies and not found.refusal:
            _say_machine_reading(path, asked)
        why = (
            "it holds pictures; use `second-opinion inspect`" if found.studies else "it has no text"
        )
        return _trouble(f"{path}: {why}")
    return _say(text, asked, of_file=True)


def _say_machine_reading(path: Path, asked: Namespace) -> None:
    """Print what tesseract makes of a scan, where it is installed: apart from all that is understood."""
    installed = installed_languages()
    if not installed:
        return
    tags = (asked.locale or "", *load_languages().offered)
    read = read_by_machine(path, "", None, languages_for(tags, installed))
    if not read.words:
        return
    if asked.json:
        said = {"machine_reading": {"text": read.words, "may_be_wrong": True}}
        print(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        print(f"read by a machine, may be wrong:\n{read.words}")


def _say(text: str, asked: Namespace, *, of_file: bool) -> int:
    if not text.strip():
        return _trouble("there is no text")
    languages = load_languages()
    locale = languages.match_locale(asked.locale) or "" if asked.locale else ""
    found = understood(text, languages, asked.today, locale=locale, of_file=of_file)
    if asked.json:
        print(json.dumps(to_json(found), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(found)))
    return 0


def to_json(found: Understood) -> dict[str, Any]:
    """All of it as one value for `json.dumps`. A date that can be read in several ways has `options`."""
    return {
        "language": found.language,
        "dates": [_date_json(one) for one in found.dates],
        "medications": [
            {
                "text": text,
                "name": parts.name,
                "dose": parts.dose,
                "frequency": parts.frequency,
                "since": _iso(parts.since),
            }
            for text, parts in found.medicines
        ],
        "safety": found.safety,
        "kind": found.kind,
        "modality": found.modality,
        "body_part": found.body_part,
        "date": _iso(found.date),
    }


def _date_json(one: Dated) -> dict[str, Any]:
    known = {
        "value": _iso(one.date),
        "precision": one.date.precision if one.date else None,
        "text": one.text,
    }
    return known | ({"options": [day.iso for day in one.options]} if one.options else {})


def _iso(day: PartialDate | None) -> str | None:
    return day.iso if day else None


def _lines(found: Understood) -> Iterator[str]:
    told = to_json(found)
    scan = " ".join(part for part in (found.modality, found.body_part) if part)
    for name, value in (
        ("language", found.language),
        ("kind", found.kind),
        ("scan", scan),
        ("date", told["date"]),
        ("safety", found.safety),
    ):
        yield f"{name:<10} {value or '–'}"
    for one in told["dates"]:
        more = f"  (or {', '.join(one['options'])})" if "options" in one else ""
        yield f"date       {one['value'] or '–'}  {one['precision'] or ''}  “{one['text']}”{more}"
    for one in told["medications"]:
        parts = (
            one["name"],
            one["dose"],
            one["frequency"],
            one["since"] and f"since {one['since']}",
        )
        yield f"medicine   {' · '.join(part for part in parts if part)}  “{one['text']}”"


def _file_of(text: str) -> Path | None:
    """The file that an argument names, None where it is a message."""
    if len(text) > 4096 or re.search(r"[\n\x00]", text):
        return None
    try:
        path = Path(text)
        return path if path.is_file() else None
    except OSError:
        return None


def _trouble(words: str) -> int:
    print(f"second-opinion: {words}", file=sys.stderr)
    return 2


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ArgumentTypeError(f"{written!r} is no day; write it like 2026-11-24") from None


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="second-opinion understand",
        description="Show what the assistant makes of a message or of a file. "
        "Exit code 2 when there is no text in it.",
    )
    parser.add_argument("text", metavar="TEXT|FILE", help="A message, a file, or - for the input.")
    parser.add_argument("--json", action="store_true", help="Print JSON instead of text.")
    parser.add_argument("--locale", default="", help="The language of the chat, such as ru.")
    parser.add_argument(
        "--today",
        type=_day,
        default=datetime.now(UTC).date(),
        help="The day on which it is read; today without it.",
    )
    return parser
