"""Fit: one rendered reply as the messages that a channel can carry. Pure.

A long text is cut where a reader would pause: between paragraphs, lines, sentences, words, and
only then anywhere. What is set apart for its direction (a name in a right-to-left sentence) stays
whole; where it is longer than a message, it is closed and opened again around the cut. Buttons
stand under the last message. Where a channel has no room for them, they are numbered lines, and a
number is the answer. Where only one paragraph may stand over buttons, the others go ahead of it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from itertools import accumulate

from bot.channels.base import Capabilities, Rendered
from bot.render import ShownPicture

# https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
_OPENERS = "\u2066\u2067\u2068"
_CLOSER = "\u2069"

# Where a reader pauses, the longest pause first. Each ends where the next part begins.
_PAUSES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\n[^\S\n]*\n\s*",
        r"\n\s*",
        r"[.!?…؟۔][\"'»”’)\]\u2069]*\s+|[。！？][」』”’）]*\s*",
        r"\s+|(?<=[，、；])",
    )
)
# A pause this early in a part would leave a stump of a message.
_STUMP = 0.25

# What stays with the sign before it: marks, the joiner of an emoji and what it joins.
_JOINER = "\u200d"


def units(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(rendered: Rendered, capabilities: Capabilities) -> tuple[Rendered, ...]:
    """The reply as messages in order, each within the channel's limits; buttons on the last."""
    text = rendered.text
    if rendered.human and not capabilities.shows_author:
        text = f"{rendered.human}:\n{text}"
    choices = rendered.choices
    if not (_choices_fit(choices, capabilities) and _question_fits(text, choices, capabilities)):
        text = numbered(text, choices)
        choices = _numbers(text, choices, capabilities)
    parts = _over_buttons(text, capabilities) if choices else split(text, capabilities.max_text)
    first, *others = (
        replace(rendered, text=part, choices=choices, pictures=())
        if last
        else replace(rendered, text=part, choices=(), expects="nothing", pictures=())
        for last, part in _mark_last(parts)
    )
    return replace(first, pictures=_carried(rendered.pictures, capabilities)), *others


def numbered(text: str, choices: tuple[tuple[str, str], ...]) -> str:
    """The text with its choices as numbered lines under it."""
    lines = "\n".join(f"{n}. {label}" for n, (_, label) in enumerate(choices, 1))
    return f"{text}\n\n{lines}" if text else lines


def _carried(
    pictures: tuple[ShownPicture, ...], capabilities: Capabilities
) -> tuple[ShownPicture, ...]:
    """The pictures that the channel may carry; they come before the words."""
    match capabilities.pictures:
        case "all":
            return pictures
        case "studies":
            return tuple(picture for picture in pictures if picture.study)
        case "none":
            return ()


def split(text: str, limit: int | None) -> tuple[str, ...]:
    """The text in parts of at most `limit` code units. Only white space is lost, at the cuts."""
    parts: list[str] = []
    rest = text
    while limit is not None and units(rest) > limit:
        part, rest = _cut(rest, limit)
        if part.strip():
            parts.append(part)
    if rest.strip() or not parts:
        parts.append(rest)
    return tuple(parts)


def _mark_last(parts: tuple[str, ...]) -> list[tuple[bool, str]]:
    return [(n == len(parts), part) for n, part in enumerate(parts, 1)]


def as_buttons(choices: tuple[tuple[str, str], ...], capabilities: Capabilities) -> bool:
    """Whether the choices fit on buttons."""
    longest = max((units(label) for _, label in choices), default=0)
    room, width = capabilities.max_buttons, capabilities.max_label
    return (room is None or len(choices) <= room) and (width is None or longest <= width)


def _choices_fit(choices: tuple[tuple[str, str], ...], capabilities: Capabilities) -> bool:
    """Whether the choices fit on buttons, or else in a list to choose from."""
    longest = max((units(label) for _, label in choices), default=0)
    room, width = capabilities.max_items, capabilities.max_item
    listed = len(choices) <= room and (width is None or longest <= width)
    return listed or as_buttons(choices, capabilities)


def _question_fits(
    text: str, choices: tuple[tuple[str, str], ...], capabilities: Capabilities
) -> bool:
    """Whether the last paragraph may stand over buttons: it is there, and one line."""
    if not choices or capabilities.max_question is None:
        return True
    last = _paragraphs(text)[1]
    return bool(last) and "\n" not in last


def _paragraphs(text: str) -> tuple[str, str]:
    """What stands before the last paragraph, and that."""
    before, _, last = text.rstrip().rpartition("\n\n")
    return before.rstrip(), last.strip()


def _over_buttons(text: str, capabilities: Capabilities) -> tuple[str, ...]:
    """The parts of a text of which the last stands over buttons."""
    if capabilities.max_question is None:
        return split(text, capabilities.max_text)
    before, last = _paragraphs(text)
    *sentences, question = split(last, capabilities.max_question)
    ahead = split("\n\n".join([before, *sentences]).strip(), capabilities.max_text)
    return (*(part for part in ahead if part), question)


def _numbers(
    text: str, choices: tuple[tuple[str, str], ...], capabilities: Capabilities
) -> tuple[tuple[str, str], ...]:
    """Buttons that bear the number of their line, or none where there is no room for them."""
    buttons = tuple((wire, str(n)) for n, (wire, _) in enumerate(choices, 1))
    fits = as_buttons(buttons, capabilities) and _question_fits(text, buttons, capabilities)
    return buttons if fits else ()


def _cut(text: str, limit: int) -> tuple[str, str]:
    """The first part of a text that is too long, and the rest. Both are shorter than the text."""
    end = _prefix(text, limit)
    depth = _depths(text[: end + 1])
    at = _pause(text, end, depth, outside=True) or _before_isolate(end, depth)
    if not at:
        return _cut_inside(text, limit, depth)
    return text[:at].rstrip(), text[at:].lstrip()


def _cut_inside(text: str, limit: int, depth: list[int]) -> tuple[str, str]:
    """Cut within what is set apart, which is closed before the cut and opened again after it."""
    closing = max(depth)
    if closing * 4 > limit:  # No text of ours is nested like that: let it be cut as it is.
        closing = 0
    end = _prefix(text, limit - closing)
    at = _pause(text, end, depth, outside=False) or _whole_sign(text, end)
    opened = _open_at(text[:at]) if closing else ""
    if at <= len(opened):  # Nothing but openers so far: opening them again would never end.
        opened = ""
    return (
        text[:at].rstrip() + _CLOSER * len(opened),
        opened + text[at:].lstrip(),
    )


def _prefix(text: str, limit: int) -> int:
    """How many characters fit; at least one, or nothing would ever be said."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > limit:
            return max(index, 1)
    return len(text)


def _depths(text: str) -> list[int]:
    """For each place between two characters, how many isolates are open there."""

    def step(depth: int, character: str) -> int:
        if character in _OPENERS:
            return depth + 1
        return max(depth - 1, 0) if character == _CLOSER else depth

    return list(accumulate(text, step, initial=0))


def _open_at(text: str) -> str:
    """The openers that nothing has closed."""
    opened: list[str] = []
    for character in text:
        if character in _OPENERS:
            opened.append(character)
        elif character == _CLOSER and opened:
            opened.pop()
    return "".join(opened)


def _pause(text: str, end: int, depth: list[int], *, outside: bool) -> int:
    """The last good place to cut at or before `end`, or 0. White space at the cut takes no room."""
    while end < len(text) and text[end].isspace() and end + 1 < len(depth):
        end += 1
    for pause in _PAUSES:
        found = [
            match.end()
            for match in pause.finditer(text[:end])
            if match.end() >= end * _STUMP
            and text[: match.end()].strip()
            and not (outside and depth[match.end()])
        ]
        if found:
            return found[-1]
    return 0


def _before_isolate(end: int, depth: list[int]) -> int:
    """The last place outside of any isolate, if an isolate is what stands at `end`; or 0."""
    if not depth[end]:
        return 0
    outside = max(place for place in range(end + 1) if not depth[place])
    return outside if outside >= end * _STUMP else 0


def _whole_sign(text: str, end: int) -> int:
    """The last place at or before `end` that doesn't part a sign from its marks."""
    at = end
    while at > 1 and (
        unicodedata.combining(text[at : at + 1] or " ")
        or unicodedata.category(text[at : at + 1] or " ") in ("Mn", "Me", "Sk", "Cf")
        or text[at - 1] == _JOINER
    ):
        at -= 1
    return at if at > 1 else end
