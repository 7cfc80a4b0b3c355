"""Readable: the copy as a page and as plain text, in the patient's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import quote

from bot.copies.gathering import Kept, Line
from checklist.catalog import Catalog
from checklist.text import Text, _, _c
from handlers.access import HEAD, line_of
from handlers.languages import Languages
from handlers.own_copy import sections

TITLE: Final = _("Everything that is kept of you")
_SAID: Final = _("Conversation")
_FILES: Final = _("Files")
_YOU: Final = _c("copy", "you")
_US: Final = _c("copy", "the assistant")

_STYLE: Final = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:1rem auto;padding:0 1rem;"
    "color:#1c1c1e;background:#fff}p{margin:.4rem 0;white-space:pre-wrap;overflow-wrap:anywhere}"
    "h2{margin-top:2rem}@media(prefers-color-scheme:dark){body{color:#eee;background:#161618}"
    "a{color:#8ab4ff}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    title: str
    lines: tuple[str, ...]
    links: tuple[str, ...] = ()


def as_page(kept: Kept, locale: str, languages: Languages, catalog: Catalog) -> bytes:
    """One HTML file that needs nothing else; the files beside it are linked."""
    body = []
    for part in _parts(kept, locale, languages, catalog):
        body.append(f"<h2>{escape(part.title)}</h2>")
        body += [f'<p dir="auto">{escape(line)}</p>' for line in part.lines]
        body += [
            f'<p dir="auto"><a href="{escape(quote(path))}">{escape(path)}</a></p>'
            for path in part.links
        ]
    title = escape(languages.say(TITLE, locale))
    page = (
        f'<!doctype html><html lang="{escape(locale)}" dir="{languages.direction(locale)}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>{escape(kept.case.id)}</p>{''.join(body)}</body></html>\n"
    )
    return page.encode("utf-8", "replace")


def as_text(kept: Kept, locale: str, languages: Languages, catalog: Catalog) -> bytes:
    """The same as plain text, without marks of direction: an editor may show them as boxes."""
    said = [languages.say(TITLE, locale), kept.case.id]
    for part in _parts(kept, locale, languages, catalog):
        said += ["", part.title.upper(), *part.lines, *part.links]
    plain = re.sub("[\u2066-\u2069]", "", "\n".join(said))
    return f"{plain}\n".encode("utf-8", "replace")


def _parts(kept: Kept, locale: str, languages: Languages, catalog: Catalog) -> Iterator[_Part]:
    def say(text: Text) -> str:
        return languages.say(text, locale)

    for section in sections(kept.case, catalog):
        yield _Part(title=say(section.title), lines=tuple(map(say, section.lines)))
    spoken = tuple(_spoken(kept.lines, locale, languages))
    if spoken:
        yield _Part(title=say(_SAID), lines=spoken)
    if kept.accesses:
        lines = tuple(say(line_of(one)) for one in kept.accesses)
        yield _Part(title=say(HEAD), lines=lines)
    if kept.entries:
        yield _Part(title=say(_FILES), lines=(), links=tuple(one.path for one in kept.entries))


def _spoken(lines: Iterable[Line], locale: str, languages: Languages) -> Iterator[str]:
    """The messages, those that were the press of a button with what stood on it."""
    labels: dict[str, Text] = {}
    for line in lines:
        if line.reply is not None:
            step = line.reply.step
            labels |= {f"{step}:{choice.id}": choice.label for choice in line.reply.choices}
        pressed = line.said.choice_id if line.said is not None else None
        label = labels.get(":".join((pressed or "").split(":")[:2]))
        said = languages.say(label, locale) if label is not None else ""
        if words := _line(line, said, locale, languages):
            yield words


def _line(line: Line, pressed: str, locale: str, languages: Languages) -> str:
    """A message as it was said, ours in the language of this copy."""
    when = line.at.strftime("%Y-%m-%d %H:%M")
    if line.said is not None:
        files = ", ".join(one.filename for one in line.said.attachments if one.filename)
        words = " ".join(filter(None, (line.said.text or pressed, files)))
        return f"{when} {languages.say(_YOU, locale)}: {words}" if words else ""
    if line.reply is None:
        return ""
    who = line.reply.human or languages.say(_US, locale)
    words = "\n".join(languages.say(text, locale) for text in line.reply.text)
    return f"{when} {who}: {words}" if words else ""
