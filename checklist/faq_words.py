"""Faq words: what people write to ask one of the usual questions, as `[faq]` of a `words.toml` has it.

A pattern is one of `checklist/phrases.py`, or several with ` & ` between, all of which stand in the
same sentence, in any order. One that begins with `!` must not stand there. `asked` patterns count only
in a sentence that is a question: it ends in a question mark, or has a pattern of `asks` ("how", "I want to
know"). `told` patterns count in any sentence ("my CD is too big").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from checklist.folding import fold

#: Patterns that must all be found, and those of which none may be.
Pattern = tuple[tuple[str, ...], tuple[str, ...]]

_NONE: Mapping[str, tuple[Pattern, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaqWords:
    """`command` opens the list of questions, and the patterns are by question.

    `asks` tells a question wherever it stands in a sentence. A sentence without a question mark that
    begins with one of `begins` is one too; where words are not set apart it may stand anywhere.
    """

    command: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    asked: Mapping[str, tuple[Pattern, ...]] = field(default_factory=lambda: _NONE)
    told: Mapping[str, tuple[Pattern, ...]] = field(default_factory=lambda: _NONE)


def parse_faq_words(data: Mapping[str, Any]) -> FaqWords:
    """Read the table `[faq]`; raises `ValueError` that names what is wrong."""
    tables = {key: value for key, value in data.items() if isinstance(value, dict)}
    for name, table in tables.items():
        if unknown := set(table) - {"asked", "told"}:
            raise ValueError(f"faq.{name}: {', '.join(sorted(unknown))} is not known")
    return FaqWords(
        command=_list(data, "command"),
        asks=_list(data, "asks"),
        begins=_list(data, "begins"),
        asked=_patterns(tables, "asked"),
        told=_patterns(tables, "told"),
    )


def _patterns(tables: Mapping[str, Any], key: str) -> Mapping[str, tuple[Pattern, ...]]:
    return MappingProxyType(
        {name: tuple(map(_pattern, _list(table, key))) for name, table in tables.items()}
    )


def _pattern(text: str) -> Pattern:
    parts = [part.strip() for part in text.split(" & ")]
    wanted = tuple(part for part in parts if not part.startswith("!"))
    if not wanted:
        raise ValueError(f"faq: {text!r} asks for nothing")
    return wanted, tuple(part[1:].strip() for part in parts if part.startswith("!"))


def _list(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = data.get(key, [])
    if not isinstance(found, list) or not all(isinstance(p, str) and p.strip() for p in found):
        raise ValueError(f"faq: {key} is not a list of words")
    return tuple(dict.fromkeys(fold(phrase) for phrase in found))
