"""The texts of `faq.toml`, for the message extractor (pybabel calls `extract`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import BinaryIO

_TEXTS = ("label", "ask", "short", "answer", "button")
#: The keys whose values stand on a button. A comment that ends in `short` tells it to the tests.
_BUTTONS = frozenset({"label", "short", "button"})

_Message = tuple[int, None, str, list[str]]


def extract(
    fileobj: BinaryIO, keywords: object, comment_tags: object, options: object
) -> Iterator[_Message]:
    """Each text with its line (from 1) and a comment that says where a patient meets it."""
    source = fileobj.read().decode("utf-8")
    lines = source.splitlines()
    for table, entries in tomllib.loads(source).items():
        for entry in entries:
            for key in _TEXTS:
                value = entry.get(key, ())
                for words in (value,) if isinstance(value, str) else value:
                    where = f"usual {table} {entry['id']}: {key}"
                    if key in _BUTTONS:
                        where = (
                            f"usual {table} {entry['id']}: short, a button: at most 20 characters"
                        )
                    yield _line_of(words, lines), None, words, [where]


def _line_of(words: str, lines: list[str]) -> int:
    """The line of a text; the TOML reader doesn't tell."""
    return next((n for n, line in enumerate(lines, 1) if f'"{words}"' in line), 1)
