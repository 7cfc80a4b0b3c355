"""What a line typed in the terminal means.

Text is text. `#have` presses that choice of the last question. `@ct.zip @"my report.pdf" from 2023`
attaches files, and the rest of the line is what was said with them. A backslash before the first
`#` or `@` makes the line text.
"""

from __future__ import annotations

import asyncio
import os
import re
from codecs import getincrementaldecoder
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TextIO

_PIECE = 64 * 1024
# Of several backslashes one is taken, so that those can be written too.
_LITERAL = re.compile(r"\\+[#@]")
_FILE = re.compile(r"""@(?:"([^"]*)"?|'([^']*)'?|(\S+))\s*""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that says something. `choice` is the plain id of a choice, or a whole wire id."""

    text: str = ""
    choice: str | None = None
    paths: tuple[str, ...] = ()


def read_line(line: str) -> Line | None:
    """What a line means; None for an empty one."""
    line = line.strip()
    if not line:
        return None
    if line.startswith("#") and len(line) > 1:
        return Line(choice=line[1:].strip())
    paths = []
    rest = line
    while (found := _FILE.match(rest)) is not None:
        paths.append(next(part for part in found.groups() if part is not None))
        rest = rest[found.end() :]
    return Line(text=_text(rest), paths=tuple(paths)) if paths else Line(text=_text(line))


def _text(words: str) -> str:
    return words[1:] if _LITERAL.match(words) else words


async def lines_of(source: TextIO) -> AsyncIterator[str]:
    """The lines of standard input as they come: of a terminal, a pipe or a file.

    It waits for the descriptor in the event loop and not in a thread, which nothing could stop: a
    program that is interrupted while it waits for a line ends at once.
    """
    try:
        descriptor = source.fileno()
        await _readable(descriptor)
    except (OSError, ValueError, NotImplementedError):
        # A file or a test's buffer has nothing to wait for.
        for line in source:
            yield line
        return
    decoder = getincrementaldecoder("utf-8")(errors="replace")
    rest = ""
    while piece := os.read(descriptor, _PIECE):
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        for line in lines:
            yield line
        await _readable(descriptor)
    if rest:
        yield rest


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
