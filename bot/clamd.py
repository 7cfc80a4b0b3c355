"""clamd: ClamAV's daemon is asked whether bytes hold something that is known to do harm.

Its protocol (clamd(8), INSTREAM): pieces, each with its length before it, then one of no length, and one
answer. What it can't or won't look into is never called clean.
"""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Literal

#: Seconds: to be let in, until it takes a piece, and until it has looked through all of it. Debian's
#: clamd stops by itself after two minutes (MaxScanTime).
_LET_IN, _A_PIECE, _LOOKED = 5.0, 60.0, 300.0
#: The longest answer names what was found.
_ANSWER: Final = 64 * 1024
#: What it is said to have found where its limits ended the search (AlertExceedsMax).
_LIMITS: Final = "Heuristics.Limits.Exceeded"

State = Literal["clean", "infected", "unscanned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of it. `what` is the name of what was found, or why nobody could look."""

    state: State
    what: str = ""


TOO_LARGE: Final = Verdict(state="unscanned", what="too_large")


class Unreachable(Exception):
    """Nobody answers at the address: it is to be tried again."""


def scan(address: str, pieces: Iterable[bytes]) -> Verdict:
    """Have it look through bytes, which are streamed.

    Raises Unreachable where nobody is there, OSError where it breaks off or takes too long, and what
    the pieces raise.
    """
    with _opened(address) as door:
        cut_off = not _sent(door, pieces)
        door.settimeout(_LOOKED)
        said = _answer(door)
    if not said:
        raise ConnectionError("clamd hung up")
    return _verdict(said, cut_off=cut_off)


def version(address: str) -> str:
    """What it says that it is, with the age of its signatures. Raises Unreachable."""
    try:
        with _opened(address) as door:
            door.sendall(b"zVERSION\0")
            return _answer(door).decode("utf-8", "replace")
    except OSError as error:
        raise Unreachable(type(error).__name__) from error


def _sent(door: socket.socket, pieces: Iterable[bytes]) -> bool:
    """Whether it took all. It closes the door on what is too long, and says so before."""
    door.settimeout(_A_PIECE)
    source = iter(pieces)
    try:
        door.sendall(b"zINSTREAM\0")
        while (piece := next(source, None)) is not None:
            if select.select([door], [], [], 0)[0]:
                return False
            if piece:
                door.sendall(struct.pack("!L", len(piece)) + piece)
        door.sendall(struct.pack("!L", 0))
    except ConnectionError:
        return False
    return True


def _answer(door: socket.socket) -> bytes:
    said = b""
    # Where it closes the door on bytes that it hasn't read, what it said may be lost.
    with suppress(ConnectionError):
        while len(said) < _ANSWER and (more := door.recv(_ANSWER)):
            said += more
    return said.rstrip(b"\0\n")


def _verdict(said: bytes, *, cut_off: bool) -> Verdict:
    words = said.decode("utf-8", "replace").removeprefix("stream: ")
    if words == "OK" and not cut_off:
        return Verdict(state="clean")
    if "size limit exceeded" in words or words.startswith(_LIMITS):
        return TOO_LARGE
    if words.endswith(" FOUND"):
        return Verdict(state="infected", what=words.removesuffix(" FOUND")[:200])
    return Verdict(state="unscanned", what="error")


def _through(path: str) -> socket.socket:
    door = socket.socket(socket.AF_UNIX)
    door.settimeout(_LET_IN)
    try:
        door.connect(path)
    except OSError:
        door.close()
        raise
    return door


@contextmanager
def _opened(address: str) -> Iterator[socket.socket]:
    try:
        if address.startswith("/"):
            door = _through(address)
        else:
            host, _, port = address.rpartition(":")
            door = socket.create_connection((host.strip("[]"), int(port)), _LET_IN)
    except OSError as error:
        raise Unreachable(type(error).__name__) from error
    with door:
        yield door
