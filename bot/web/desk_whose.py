"""Whose words at the desk: every line of the cover, and the way to what it was taken from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import zip_longest
from typing import Any

from bot.web.desk_wording import DESK
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.progress import checklist_for
from checklist.summary import Summary, summarize
from checklist.text import Text, _
from checklist.whose import Source
from handlers.leaving import ANOTHER_APP, CHANNELS
from handlers.parcel_words import STATES, things_of
from handlers.receipt_words import describe

Say = Callable[[Text | None], str]
Time = Callable[[datetime | None], str]
Row = dict[str, Any]

WHOSE: Mapping[str, Text] = {
    "title": _("Where the words of the cover come from"),
    "hint": _("Each line leads to the message or record that it was taken from."),
    "message": _("message"),
    "record": _("record"),
    "written": _("written by {name}", name="{name}"),
    "coordinator": _("a coordinator"),
    "checklist": _("from the checklist"),
    "not_stated": _("Not stated"),
    "missing": _("What is missing, and why"),
    "posted": _("Slides, blocks and films"),
}


def whose_view(
    case: Case, catalog: Catalog, country: Callable[[str], str], say: Say, time: Time
) -> list[tuple[str, list[Row]]]:
    """The sections of the cover with their lines; each has `words`, and its `sources`."""
    summary = summarize(case, checklist_for(case, catalog), catalog)
    lines = _Lines(case, say, time)
    sources = summary.sources
    none = sources.none
    sections: list[tuple[str, list[Row]]] = [
        (say(DESK["people"]), _facts(summary, country, lines, say)),
        (say(DESK["problem"]), [lines.of(summary.problem, sources.problem)]),
        (
            say(DESK["questions"]),
            lines.all(summary.questions, sources.questions, none, "questions"),
        ),
        (
            say(DESK["timeline"]),
            lines.all(
                (f"{e.date.iso if e.date else ''} {e.words}".strip() for e in summary.timeline),
                sources.timeline,
                none,
                "timeline",
            ),
        ),
        (
            say(DESK["medicines"]),
            lines.all(
                (
                    " ".join(p for p in (m.name, m.dose, m.frequency) if p)
                    for m in summary.medicines
                ),
                sources.medicines,
                none,
                "medications",
            ),
        ),
        (
            say(DESK["allergies"]),
            lines.all(summary.allergies, sources.allergies, none, "allergies"),
        ),
        (say(DESK["studies"]), _imaging(summary, lines, say)),
    ]
    every = [_named(case, one.records[0], say) for one in sources.records]
    if every:
        sections.append((say(DESK["records"]), lines.all(every, sources.records, {}, "")))
    if summary.parcels:
        posted = [f"{say(things_of(p))}: {say(STATES[p.state])}" for p in summary.parcels]
        sections.append((say(WHOSE["posted"]), lines.all(posted, sources.parcels, {}, "")))
    gone = [
        f"{say(one.title)}: {'; '.join(say(reason) for reason in one.reasons)}"
        for one in summary.missing
    ]
    if gone:
        sections.append((say(WHOSE["missing"]), lines.all(gone, sources.missing, {}, "")))
    return sections


def _named(case: Case, record_id: str, say: Say) -> str:
    record = case.record(record_id)
    return say(describe(record)) if record else record_id


def _facts(summary: Summary, country: Callable[[str], str], lines: _Lines, say: Say) -> list[Row]:
    who, facts = summary.who, summary.sources.facts
    named = country(who.country) if who.country else who.country_words
    rows = (
        ("name", who.name, "name"),
        ("birth_date", who.birth_date, "birth_date"),
        ("sex", say(who.sex), "sex"),
        ("country", named, "country"),
        ("case_type", say(summary.case_type), "case_type"),
        ("review", say(summary.review_mode), "review_mode"),
        ("helper", who.helper, "role"),
    )
    return [
        {**lines.of(value, facts.get(step)), "name": say(DESK[name])}
        for name, value, step in rows
        if value or name in ("name", "birth_date", "country")
    ]


def _imaging(summary: Summary, lines: _Lines, say: Say) -> list[Row]:
    rows = [
        " ".join(
            part
            for part in (
                row.date.iso if row.date else say(DESK["undated"]),
                say(row.modality),
                say(row.body_part),
            )
            if part
        )
        for row in summary.imaging
    ]
    return lines.all(rows, summary.sources.imaging, {}, "") if rows else []


class _Lines:
    """Puts a line and its source together."""

    def __init__(self, case: Case, say: Say, time: Time) -> None:
        self._case = case
        self._say = say
        self._time = time

    def of(self, words: str, source: Source | None) -> Row:
        """One line; that nothing was stated is said."""
        return {
            "name": "",
            "words": words or self._say(WHOSE["not_stated"]),
            "stated": bool(words),
            "sources": self._links(source),
        }

    def all(
        self,
        words: Iterable[str],
        sources: tuple[Source | None, ...],
        none: Mapping[str, Source],
        item: str,
    ) -> list[Row]:
        """All lines of a section, or why it has none."""
        said = list(words)
        if not said:
            return [self._empty(item, none.get(item))]
        return [self.of(line, source) for line, source in zip_longest(said, sources[: len(said)])]

    def _empty(self, item: str, source: Source | None) -> Row:
        row = self.of("", source)
        if self._case.choice(item) == "none":
            known = {"medications": "takes_none", "allergies": "none_known"}.get(item, "none_given")
            return {**row, "words": self._say(DESK[known]), "stated": True}
        return row

    def _links(self, source: Source | None) -> list[tuple[str, str]]:
        """The words of each source, and where it is; "" where there is nowhere to go."""
        if source is None:
            return []
        when = self._time(source.at)
        match source.kind:
            case "record":
                return [(self._record(one), self._where(one)) for one in source.records]
            case "coordinator":
                name = source.by or self._say(WHOSE["coordinator"])
                words = self._say(WHOSE["written"].with_(name=name))
                return [(f"{words}, {when}" if when else words, "")]
            case "message":
                origin = source.origin
                app = CHANNELS.get(origin.channel, ANOTHER_APP) if origin else None
                words = ", ".join(
                    p for p in (self._say(WHOSE["message"]), when, self._say(app)) if p
                )
                number = origin.message if origin else 0
                return [(words, f"/desk/cases/{self._case.id}/said/{number}" if number else "")]
            case _:
                return [(self._say(WHOSE["checklist"]), "")]

    def _record(self, record_id: str) -> str:
        record = self._case.record(record_id)
        return record.original_name if record else record_id

    def _where(self, record_id: str) -> str:
        record = self._case.record(record_id)
        page = f"/desk/cases/{self._case.id}"
        if record is not None and record.sheet_blob_id:
            return f"{page}/records/{record_id}/sheet"
        return f"{page}#record-{record_id}"
