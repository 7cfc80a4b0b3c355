"""How well words of each safety class are heard, and how often a harmless text raises an alarm.

python -m tests.safety [-v] prints both for each language and class; -v names what was missed.

`tests/data/safety/<language>.toml` has two halves, `tuning` and `frozen`, and in each of them every
class with `heard`, what must be heard as that class, and `passed`, what looks like it and must lead
to nothing; `tuning_more` may be left out. `[reached.frozen]` names what a language has reached where it
is less than the others. Each text is looked at as the program does, in every language that is offered.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from bot.i18n import Catalogs
from checklist.words import SafetyClass
from handlers.languages import Languages
from handlers.safety import safety_in

DATA = Path(__file__).parent / "data" / "safety"
HALVES = ("tuning", "tuning_more", "frozen")
CLASSES: tuple[SafetyClass, ...] = get_args(SafetyClass)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A text of the set; `expected` is None for one that must pass unremarked."""

    tag: str
    half: str
    about: SafetyClass
    text: str
    expected: SafetyClass | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How many texts of a class there are, and which went wrong."""

    heard: int
    missed: tuple[str, ...]
    passed: int
    alarms: tuple[str, ...]

    @property
    def recall(self) -> float:
        """The share of the texts that were heard as what they are."""
        return 1 - len(self.missed) / self.heard if self.heard else 1.0

    @property
    def false_alarms(self) -> float:
        """The share of the harmless texts that led to anything."""
        return len(self.alarms) / self.passed if self.passed else 0.0


def lines(tag: str, half: str) -> Iterator[Line]:
    """The texts of one half of a language's set."""
    for about, texts in _data(tag).get(half, {}).items():
        for text in texts["heard"]:
            yield Line(tag=tag, half=half, about=about, text=text, expected=about)
        for text in texts["passed"]:
            yield Line(tag=tag, half=half, about=about, text=text, expected=None)


def reached(
    tag: str, half: str, otherwise: tuple[float, float, float]
) -> tuple[float, float, float]:
    """What a language has reached where that is less: recall, that of the two gravest, false alarms."""
    least = _data(tag).get("reached", {}).get(half)
    return otherwise if least is None else (least["recall"], least["grave"], least["alarms"])


@cache
def _data(tag: str) -> Any:
    return tomllib.loads((DATA / f"{tag}.toml").read_text(encoding="utf-8"))


def score(tag: str, half: str, languages: Languages, about: SafetyClass | None = None) -> Score:
    """How the texts of a half are heard, those of one class or all of them."""
    chosen = [line for line in lines(tag, half) if about in (None, line.about)]
    wrong = [line for line in chosen if safety_in(line.text, languages, tag) != line.expected]
    return Score(
        heard=sum(line.expected is not None for line in chosen),
        missed=tuple(line.text for line in wrong if line.expected is not None),
        passed=sum(line.expected is None for line in chosen),
        alarms=tuple(line.text for line in wrong if line.expected is None),
    )


def printed(tag: str, half: str, name: str, found: Score) -> str:
    """One row of the table."""
    return (
        f"{tag:8} {half:7} {name:10} recall {found.recall:.3f} of {found.heard:3}, "
        f"false alarms {found.false_alarms:.3f} of {found.passed:3}\n"
    )


def _main(arguments: list[str]) -> None:
    languages = Catalogs.load(DATA.parents[2] / "locales")
    for half in HALVES:
        for tag in languages.offered:
            for about in (*CLASSES, None):
                found = score(tag, half, languages, about)
                sys.stdout.write(printed(tag, half, about or "all", found))
                if "-v" in arguments and about is not None:
                    for text in found.missed:
                        sys.stdout.write(f"    missed: {text}\n")
                    for text in found.alarms:
                        sys.stdout.write(f"    alarm:  {text}\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
