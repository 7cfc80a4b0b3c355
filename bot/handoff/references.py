"""References: the numbers that stand beside the lines of a cover, and where each of them leads.

A record leads to its file in the package, relative to the cover, so that it works wherever the package
was unpacked. A message leads to SOURCES.txt, which lists them all: a package holds no chat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar, cast
from urllib.parse import quote

from bot.handoff.contents import Entry
from checklist.summary import Summary
from checklist.text import Text, _
from checklist.whose import Source
from handlers.languages import Languages
from handlers.leaving import ANOTHER_APP, CHANNELS

SOURCES: Final = "SOURCES.txt"
_PDF: Final = "application/pdf"

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record is in the package: a file, or the folder of a study, which ends in a slash."""

    path: str

    @property
    def page(self) -> int:
        """The page on which it begins, 0 where it has none. A record has a file of its own."""
        return 1 if self.path.endswith(".pdf") else 0

    @property
    def link(self) -> str:
        """A relative link. The dot keeps viewers from taking a folder for the name of a host."""
        page = f"#page={self.page}" if self.page else ""
        return f"./{quote(self.path)}{page}"


def places_of(entries: Iterable[Entry]) -> dict[str, Place]:
    """Where each record is: its first file, or a study's folder."""
    places: dict[str, Place] = {}
    for entry in entries:
        if not entry.record_id or entry.translation_of or entry.record_id in places:
            continue
        folder = "/".join(entry.path.split("/")[:2])
        study = entry.path.count("/") > 2 or entry.type == "imaging_study"
        places[entry.record_id] = Place(path=f"{folder}/" if study else entry.path)
    return places


class References:
    """The numbers of everything that a cover's lines come from, in the order in which it is read."""

    def __init__(self, summary: Summary, places: Mapping[str, Place]) -> None:
        """Number them all, also what will not fit on the page: the list has it."""
        self._places = places
        self._numbers: dict[Source | str, int] = {}
        for source in _in_order(summary):
            for key in self._keys(source):
                self._numbers.setdefault(key, len(self._numbers) + 1)

    @property
    def links(self) -> dict[str, str]:
        """Where each number leads, relative to the cover."""
        return {str(n): self._link(key) for key, n in self._numbers.items()}

    def of(self, source: Source | None) -> list[int]:
        """The numbers of a source; none for what nobody has stated."""
        return [self._numbers[key] for key in self._keys(source) if key in self._numbers]

    def beside(self, shown: Shown, source: Source | None) -> Shown:
        """What is shown, with the numbers of its source."""
        numbers = self.of(source)
        return (
            cast(Shown, {**cast(dict[str, object], shown), "refs": numbers}) if numbers else shown
        )

    def listed(self, languages: Languages, locale: str) -> bytes:
        """SOURCES.txt: a line for each number."""
        lines = [_TITLE, *(self._line(key) for key in self._numbers)]
        said = [re.sub("[\u2066-\u2069]", "", languages.say(line, locale)) for line in lines]
        rows = [f"[{n}] {line}" for n, line in enumerate(said[1:], 1)]
        return ("\n".join((said[0], "", *rows)) + "\n").encode("utf-8", "replace")

    def _keys(self, source: Source | None) -> tuple[Source | str, ...]:
        if source is None:
            return ()
        if source.kind == "record":
            return tuple(dict.fromkeys(one for one in source.records if one in self._places))
        return (source,)

    def _link(self, key: Source | str) -> str:
        return self._places[key].link if isinstance(key, str) else f"./{SOURCES}"

    def _line(self, key: Source | str) -> Text:
        if isinstance(key, str):
            place = self._places[key]
            if place.page:
                return _("File: {path}, page {page}", path=place.path, page=place.page)
            return _("File: {path}", path=place.path)
        when = f"{key.at:%Y-%m-%d %H:%M} UTC" if key.at is not None else "–"
        match key.kind:
            case "coordinator":
                return _("Written by a coordinator: {name}, {when}", name=key.by or "–", when=when)
            case "message" if key.origin is not None:
                app = CHANNELS.get(key.origin.channel, ANOTHER_APP)
                return _(
                    "Message of the patient's side: {when}, {app}; number {number}",
                    when=when,
                    app=app,
                    number=key.origin.message,
                )
            case "message":
                return _("Answer of the patient's side: {when}", when=when)
            case _:
                return _("The checklist: the assistant compared what was sent and answered")


def _in_order(summary: Summary) -> Iterator[Source]:
    """All sources as the page is read."""
    sources, who = summary.sources, summary.who
    helper = ("role",) if who.helper or who.relation else ()
    facts = ("name", "birth_date", "sex", "country", "case_type", "review_mode", *helper)
    none = sources.none.get
    lists = (
        tuple(sources.facts.get(fact) for fact in facts),
        (sources.problem,),
        sources.questions or (none("questions"),),
        sources.timeline or (none("timeline"),),
        sources.medicines or (none("medications"),),
        sources.allergies or (none("allergies"),),
        sources.imaging,
        sources.parcels,
        sources.missing,
        sources.records,
    )
    for some in lists:
        yield from (source for source in some if source is not None)


_TITLE: Final = _(
    "Where each line of the cover comes from. The numbers are those in brackets on the page. "
    "case.json has every answer as it was written."
)
