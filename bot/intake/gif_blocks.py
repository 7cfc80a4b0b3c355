"""GIF: its blocks, and which of them are the picture (CompuServe, GIF89a)."""

from __future__ import annotations

from typing import Final

from bot.intake.tiff_tags import Odd

_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_CONTROL, _WORDS, _OF_A_PROGRAM = 0xF9, 0x01, 0xFF
#: What says how often a film is repeated; all else of programs is theirs, such as XMP.
_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def without_words(gif: bytes) -> bytes:
    """The pictures, their timing and how often they are repeated. Raises `Odd` and IndexError."""
    if gif[:6] not in (b"GIF87a", b"GIF89a"):
        raise Odd
    at = 13 + _table(gif[10])
    kept = [gif[:at]]
    # How the next picture is shown: it goes with what it is of.
    control = b""
    pictures = 0
    while at < len(gif) and gif[at] != _END:
        if gif[at] == _IMAGE:
            end = at + 10 + _table(gif[at + 9])
            end = _past(gif, end + 1)
            kept += (control, gif[at:end])
            control, pictures = b"", pictures + 1
        elif gif[at] == _EXTENSION:
            end = _past(gif, at + 2)
            if gif[at + 1] == _CONTROL:
                control = _control(gif[at:end])
            elif gif[at + 1] == _WORDS:
                control = b""
            elif gif[at + 1] == _OF_A_PROGRAM:
                kept.append(_loop(gif[at:end]))
        else:
            raise Odd
        at = end
    if not pictures:
        raise Odd
    return b"".join((*kept, bytes([_END])))


def _table(flags: int) -> int:
    """How many bytes of colours follow."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _past(gif: bytes, at: int) -> int:
    """Where a row of sub-blocks ends."""
    while length := gif[at]:
        at += 1 + length
    return at + 1


def _control(block: bytes) -> bytes:
    return block[:7] + b"\0" if block[2] == 4 else b""


def _loop(block: bytes) -> bytes:
    """The block that says how often it is repeated, and no more of it; b"" of any other."""
    named = block[2] == 11 and block[3:14] in _LOOPS
    return block[:18] + b"\0" if named and block[14:16] == b"\3\1" and len(block) > 18 else b""
