"""Render: a reply in the words of one language, ready for a channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checklist.text import Text
from handlers.languages import Direction, Languages
from handlers.replies import Expects, Reply

#: The room for a button's id on the narrowest wire, in UTF-8 bytes.
#: https://core.telegram.org/bots/api#inlinekeyboardbutton
WIRE_BYTES = 64

# What `Languages.say` sets around a value, so that its direction doesn't turn the sentence.
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_BULLET = "•"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """A record's picture with words for it; `width` and `height` are in pixels."""

    record_id: str
    alt: str
    width: int
    height: int
    study: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A reply in the words of one language.

    `choices` are pairs of wire id (`<step>:<choice>:<turn>`) and label. `human` is the name of the
    coordinator who wrote it, "" for the assistant.
    """

    step: str
    turn: int
    text: str
    locale: str
    choices: tuple[tuple[str, str], ...] = ()
    expects: Expects = "nothing"
    human: str = ""
    direction: Direction = "ltr"
    pictures: tuple[ShownPicture, ...] = ()


def render(reply: Reply, locale: str, languages: Languages) -> Rendered:
    """The reply in `locale`, a BCP 47 tag.

    Raises ValueError when a button's id is too long for the wire.
    """
    return Rendered(
        step=reply.step,
        turn=reply.turn,
        text=_joined(languages.say(text, locale) for text in reply.text),
        locale=locale,
        choices=tuple(
            (wire_id(reply.step, choice.id, reply.turn), _label(choice.label, locale, languages))
            for choice in reply.choices
        ),
        expects=reply.expects,
        human=reply.human,
        direction=languages.direction(locale),
        pictures=tuple(
            ShownPicture(
                record_id=picture.record_id,
                alt=languages.say(picture.alt, locale),
                width=picture.size[0],
                height=picture.size[1],
                study=picture.study,
            )
            for picture in reply.pictures
        ),
    )


def _joined(paragraphs: Iterable[str]) -> str:
    """Paragraphs with an empty line between them; the lines of a list stand close together."""
    text = ""
    for paragraph in paragraphs:
        gap = "\n" if paragraph.startswith(_BULLET) else "\n\n"
        text += gap + paragraph if text else paragraph
    return text


def wire_id(step: str, choice: str, turn: int) -> str:
    """What a button carries: its step and turn guard against a tap on an old one."""
    wire = f"{step}:{choice}:{turn}"
    if len(wire.encode()) > WIRE_BYTES:
        raise ValueError(f"{wire!r} is longer than {WIRE_BYTES} bytes")
    return wire


def _label(label: Text, locale: str, languages: Languages) -> str:
    """A button's label. One that is a single value, a language's own name, needs no isolation."""
    words = languages.say(label, locale)
    inner = words.removeprefix(_FIRST_STRONG_ISOLATE).removesuffix(_POP_ISOLATE)
    alone = len(words) - len(inner) == 2 and not {_FIRST_STRONG_ISOLATE, _POP_ISOLATE} & set(inner)
    return inner if alone else words
