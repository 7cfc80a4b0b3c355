"""A patient's words as the cover page can carry them: cleaned, cut, and with their direction.

What is taken out here is only taken out of the page: `case.json` has every sign that was written.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, TypedDict

#: A run of letters longer than this has no place to break a line, so it is given some.
_LONG_RUN: Final = 32
_BREAK: Final = "\u200b"
#: More marks on one letter than any script writes: they would only blacken the page.
_MARKS: Final = 4

_LINE_END = re.compile(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
#: Signs without a shape, and those that turn the direction of everything after them.
_HIDDEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
#: In our own sentences these stand around a value, whose direction would else turn the sentence.
_ISOLATES = ("\u2068", "\u2069")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
#: No font of the page draws emoji; an empty box in their place would only puzzle.
_EMOJI = re.compile(r"[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]\u200d?|\u20e3")
_RUN = re.compile(rf"[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]{{{_LONG_RUN},}}")
#: Arabic letters that only Amiri has. A word must be in one font, or its letters don't join.
_WIDER_ARABIC = re.compile(
    r"[\u0600-\u0620\u063b-\u063f\u0653-\u065f\u066e-\u06ff\u0750-\u08ff"
    r"\ufb50-\ufdff\ufe70-\ufefe]"
)
_ARABIC_DIGITS = re.compile(r"[\u0660-\u0669\u06f0-\u06f9\u060c\u061b\u061f\u066a-\u066d]")


class Words(TypedDict):
    """The patient's own words: `w` the text, `rtl` its direction, `font` "" or a family."""

    w: str
    rtl: bool
    font: str


def words(text: str, most: int | None = None, *, lines: int = 1) -> Words:
    """The words for the page, at most so many characters and lines long."""
    shown = cut(clean(text, lines=lines), most)
    font = "Amiri" if _WIDER_ARABIC.search(_ARABIC_DIGITS.sub("", shown)) else ""
    return Words(w=_breakable(shown), rtl=is_rtl(shown), font=font)


def sentence(text: str, most: int | None = None) -> str:
    """One of our own sentences, with the values in it still set apart."""
    first, last = _ISOLATES
    parts = re.split(f"([{first}{last}])", text)
    kept = "".join(part if part in _ISOLATES else _clean_part(part) for part in parts)
    return _breakable(cut(kept.strip(), most))


def _clean_part(part: str) -> str:
    # The blanks at its ends belong to the sentence around it.
    head = " " if part[:1].isspace() else ""
    tail = " " if part[-1:].isspace() and part.strip() else ""
    return f"{head}{clean(part)}{tail}"


def clean(text: str, *, lines: int = 1) -> str:
    """The text without what a page can't show; more line breaks than `lines` become spaces."""
    text = _SURROGATE.sub("\ufffd", _LINE_END.sub("\n", text))
    text = _HIDDEN.sub("", _EMOJI.sub("", text))
    text = _without_heaped_marks(text)
    kept = [" ".join(line.split()) for line in text.split("\n")]
    kept = [line for line in kept if line]
    return "\n".join(kept) if len(kept) <= lines else " ".join(kept)


def cut(text: str, most: int | None) -> str:
    """At most `most` characters, ended by "…" between words where one ends near enough."""
    if most is None or len(text) <= most:
        return text
    end = max(1, most - 1)
    while end > 1 and unicodedata.combining(text[end]):
        end -= 1
    space = text.rfind(" ", 0, end + 1)
    if space > end * 2 // 3:
        end = space
    return f"{text[:end].rstrip(' ,.;:،、，。-')}…"


def is_rtl(text: str) -> bool:
    """Whether the first letter with a direction is one of a right-to-left script."""
    for sign in text:
        match unicodedata.bidirectional(sign):
            case "L":
                return False
            case "R" | "AL":
                return True
    return False


def _without_heaped_marks(text: str) -> str:
    kept: list[str] = []
    heap = 0
    for sign in text:
        heap = heap + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        if heap <= _MARKS:
            kept.append(sign)
    return "".join(kept)


def _breakable(text: str) -> str:
    def opened(run: re.Match[str]) -> str:
        whole = run[0]
        step = _LONG_RUN // 2
        return _BREAK.join(whole[at : at + step] for at in range(0, len(whole), step))

    return _RUN.sub(opened, text)
