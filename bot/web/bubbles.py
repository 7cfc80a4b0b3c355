"""The transcript of a chat as its page shows it: bubbles, and the prompt that stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from babel import Locale
from babel.units import format_unit

from bot.channels.base import Rendered
from bot.render import ShownPicture
from bot.web.wording import CHAT, CODE, EMERGENCY_CHOICE, FROM_A_PERSON, HIDDEN, MENU, UNKEPT
from handlers.codes import SHOWN, read_code
from handlers.languages import Languages
from handlers.updates import Attachment, InboundMessage

_COMMANDS = {command: CHAT[name] for name, command in MENU}
# An address ends before the punctuation of the sentence and before the marks set around values.
_ADDRESS = re.compile(
    'https?://[^\\s<>"\u2066-\u2069]*[^\\s<>"\'.,;:!?)\\]}。，！？、؟\u2066-\u2069]'
)

# What opens a private page: whoever has it can send files to the case, or join it, or read an opinion.
_SECRET = re.compile(r"(?<=/[ujolke]/)[\w-]+")

# Emergency numbers, which are short everywhere: one tap and the phone asks whether to call.
_NUMBER = re.compile(r"(?<!\d)[0-9]{2,5}(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a text; an address that can be followed has an `href`."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file's name, and its size in words."""

    name: str
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLink:
    """A picture's address, the words for it, and its size in pixels, which keeps its place.

    `kind` is the class of its style: a document's page is shown smaller than a contact sheet.
    """

    src: str
    alt: str
    width: int
    height: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message of the page. `id` is the message's row, `key` the page's own key for what it sent.

    `choices` are pairs of wire id and label; `at` is ISO 8601 in UTC; `who` is only for a person.
    """

    id: int
    sender: Literal["you", "assistant", "person"]
    at: str
    text: str = ""
    parts: tuple[Part, ...] = ()
    lang: str = ""
    key: str = ""
    who: str = ""
    files: tuple[ShownFile, ...] = ()
    pictures: tuple[PictureLink, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    expects: str = "nothing"

    def as_json(self) -> dict[str, Any]:
        """The values that the script builds the bubble from."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the transcript: what was said to us, or by us; never both."""

    id: int
    at: datetime
    said: InboundMessage | None = None
    reply: Rendered | None = None


class Bubbles:
    """Turns rows into bubbles, in order; knows the label of every button shown so far."""

    def __init__(
        self,
        languages: Languages,
        locale: str,
        picture_address: str = "/pictures/{}",
        *,
        secrets: bool = True,
    ) -> None:
        """Start at the beginning of a chat. `picture_address` takes the id of a record.

        Without `secrets` a private link is shown as `/u/…`, and can't be followed.
        """
        self._languages = languages
        self._pictures = picture_address
        self._secrets = secrets
        self._labels: dict[str, str] = {}
        self.locale = locale

    def show(self, lines: Iterable[Line]) -> list[Bubble]:
        """The bubbles of these rows. What leaves no trace in a chat (it was opened) is left out."""
        shown = []
        for line in lines:
            if line.reply is not None:
                shown.append(self._reply(line, line.reply))
            elif line.said is not None and not line.said.opened:
                shown.append(self._said(line, line.said))
        return shown

    def _reply(self, line: Line, reply: Rendered) -> Bubble:
        self._labels.update(reply.choices)
        # The emergency button is always in the page's head, so it is not repeated at each question.
        choices = tuple(c for c in reply.choices if c[0].split(":")[1:2] != ["emergency"])
        text = self._without_secrets(reply.text)
        who = FROM_A_PERSON.with_(name=reply.human) if reply.human else None
        return Bubble(
            id=line.id,
            sender="person" if reply.human else "assistant",
            at=line.at.isoformat(),
            text=text,
            parts=linked(text, _NUMBER if reply.step == "emergency" else None),
            lang="" if reply.human else reply.locale,
            who=self._languages.say(who, self.locale) if who else "",
            pictures=tuple(self._picture(picture) for picture in reply.pictures),
            choices=choices,
            expects=reply.expects,
        )

    def picture_address(self, record_id: str) -> str:
        """Where the picture of a record is."""
        return self._pictures.format(quote(record_id, safe=""))

    def _picture(self, picture: ShownPicture) -> PictureLink:
        return PictureLink(
            src=self.picture_address(picture.record_id),
            alt=picture.alt,
            width=picture.width,
            height=picture.height,
            kind="seen" if picture.study else "seen page",
        )

    def _said(self, line: Line, said: InboundMessage) -> Bubble:
        text = self._without_secrets(self._words(said))
        return Bubble(
            id=line.id,
            sender="you",
            at=line.at.isoformat(),
            text=text,
            parts=(Part(text=text),) if text else (),
            key=said.external_id.rpartition(":")[2],
            files=tuple(self._file(attachment) for attachment in said.attachments),
        )

    def _words(self, said: InboundMessage) -> str:
        """What was said, a button or a menu entry by the words that stood on it."""
        if said.hidden:
            return self._languages.say(HIDDEN, self.locale)
        if said.unkept and not said.choice_id:
            return self._languages.say(UNKEPT, self.locale)
        if said.choice_id == EMERGENCY_CHOICE:
            return self._languages.say(CHAT["emergency"], self.locale)
        if said.choice_id:
            return self._labels.get(said.choice_id) or said.text or "✓"
        if read_code(said.text):
            return self._languages.say(CODE, self.locale)
        command = _COMMANDS.get(said.text.strip())
        return self._languages.say(command, self.locale) if command else said.text

    def _without_secrets(self, text: str) -> str:
        return text if self._secrets else without_secrets(text)

    def _file(self, attachment: Attachment) -> ShownFile:
        size = "" if attachment.size is None else size_in_words(attachment.size, self.locale)
        return ShownFile(name=attachment.filename or "–", size=size)


def without_secrets(text: str) -> str:
    """The text with dots for what opens a private page or joins a case."""
    return SHOWN.sub("…", _SECRET.sub("…", text))


def standing_prompt(bubbles: Iterable[Bubble]) -> Bubble | None:
    """The newest message of ours that asks for something."""
    asked = [b for b in bubbles if b.sender != "you" and (b.choices or b.expects != "nothing")]
    return asked[-1] if asked else None


def linked(text: str, numbers: re.Pattern[str] | None = None) -> tuple[Part, ...]:
    """The text in pieces, its web addresses, and what `numbers` finds, apart as links."""
    pattern = re.compile(f"{_ADDRESS.pattern}|{numbers.pattern}") if numbers else _ADDRESS
    parts = []
    end = 0
    for found in pattern.finditer(text):
        if found.start() > end:
            parts.append(Part(text=text[end : found.start()]))
        scheme = "" if found[0].startswith("http") else "tel:"
        href = "" if found[0].endswith(("/u/…", "/j/…", "/l/…")) else f"{scheme}{found[0]}"
        parts.append(Part(text=found[0], href=href))
        end = found.end()
    if end < len(text):
        parts.append(Part(text=text[end:]))
    return tuple(parts)


def size_in_words(size: int, locale: str) -> str:
    """A number of bytes for a reader: "3 MB", "1,2 ГБ"."""
    value, unit, pattern = size / 1e9, "digital-gigabyte", "#,##0.#"
    if size < 1_000_000_000:
        value, unit, pattern = size / 1e6, "digital-megabyte", "#,##0"
    if size < 1_000_000:
        value, unit = max(size / 1e3, 1), "digital-kilobyte"
    spoken = Locale.parse(locale, sep="-")
    return format_unit(value, unit, length="short", format=pattern, locale=spoken)
