"""The texts of `catalog.toml`, for the message extractor (pybabel calls `extract`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from checklist.catalog_keys import BUTTON_KEYS, TEXT_KEYS

_Message = tuple[int, None, str, list[str]]


def extract(
    fileobj: BinaryIO, keywords: object, comment_tags: object, options: object
) -> Iterator[_Message]:
    """Each text with its line (from 1) and a comment that says where a patient meets it."""
    source = fileobj.read().decode("utf-8")
    lines = source.splitlines()
    for table, entries in tomllib.loads(source).items():
        for entry in entries if isinstance(entries, list) else ():
            yield from _of_entry(table, entry, lines)


def _of_entry(table: str, entry: Mapping[str, Any], lines: list[str]) -> Iterator[_Message]:
    for key, value in entry.items():
        if key in TEXT_KEYS and isinstance(value, str):
            where = f"{table} {entry.get('id', '')}: {key}"
            button = ", a button: at most 20 characters" if key in BUTTON_KEYS else ""
            yield _line_of(key, value, lines), None, value, [where + button]


def _line_of(key: str, value: str, lines: list[str]) -> int:
    """The line of a value; the TOML reader doesn't tell."""
    numbers = (n for n, line in enumerate(lines, 1) if line.startswith(key) and value in line)
    return next(numbers, 1)
