"""Editions: what a case held when it was opened again, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checklist.case import Case
from checklist.catalog import Catalog
from checklist.cover_text import SECTIONS, answer_mark, lines_of
from checklist.desk import Edition, Label, RecordMark
from checklist.imaging import scan_label
from checklist.labelling import label_of
from checklist.marks import mark
from checklist.names import kind_name
from checklist.records import Record
from checklist.text import Text, _

_TITLES: Final[Mapping[str, Text]] = {
    "name": _("Name"),
    "birth_date": _("Birth date"),
    "country": _("Country"),
    "problem": _("Main problem"),
    "case_type": _("Kind of illness"),
    "case_kind": _("Which one it is"),
    "review_mode": _("From afar or there"),
    "role": _("Who is writing"),
}
_COVER: Final = "cover:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the package of this number holds that the one before did not, a line each."""

    number: int
    since: datetime
    lines: tuple[Text, ...]


def edition_of(case: Case, *, by: str, at: datetime) -> Edition:
    """What the case holds now, as the edition that the next one is compared with."""
    return Edition(
        number=len(case.desk.editions) + 1,
        by=by,
        at=at,
        records=tuple(_mark(record) for record in case.own_records),
        answers=_answers(case),
    )


def changes_since_last(case: Case, catalog: Catalog) -> Changes | None:
    """What has changed since the case was opened again; None where it never was."""
    if not case.desk.editions:
        return None
    last = case.desk.editions[-1]
    lines = (*_of_records(last, case), *_of_answers(last, case, catalog))
    lines = lines or (_("Nothing has changed."),)
    return Changes(number=last.number + 1, since=last.at, lines=lines)


def _of_records(last: Edition, case: Case) -> tuple[Text, ...]:
    before = {known.label.record_id: known for known in last.records}
    now = {record.id: _mark(record) for record in case.own_records}
    lines: list[Text] = []
    for record_id, known in now.items():
        if record_id not in before:
            lines.append(_("Added: {record}", record=_words(known)))
            continue
        was = before[record_id]
        if known.images != was.images:
            lines.append(
                _(
                    "Images of {record}: {before} before, {now} now",
                    record=_words(known),
                    before=was.images,
                    now=known.images,
                )
            )
        if _shown(known.label) != _shown(was.label):
            lines.append(
                _("Label: {record}, before: {before}", record=_words(known), before=_words(was))
            )
    lines += [
        _("Not in the package any more: {record}", record=_words(was))
        for record_id, was in before.items()
        if record_id not in now
    ]
    return tuple(lines)


def _of_answers(last: Edition, case: Case, catalog: Catalog) -> tuple[Text, ...]:
    before, now = dict(last.answers), dict(_answers(case))
    changed = [step for step in now if now[step] != before.get(step)]
    titles: dict[str, Text] = {}
    for step in changed:
        name = step.removeprefix(_COVER)
        item = catalog.item(name)
        title = item.short if item is not None else _TITLES.get(name)
        if title is not None:
            titles[name] = title
    return tuple(_("Changed: {what}", what=title) for title in titles.values())


def _answers(case: Case) -> tuple[tuple[str, str], ...]:
    said = tuple((step, answer_mark(answer)) for step, answer in case.answers.items())
    cover = tuple((f"{_COVER}{section}", mark(lines_of(case, section))) for section in SECTIONS)
    return (*said, *cover)


def _mark(record: Record) -> RecordMark:
    images = record.study.picture_count if record.study is not None else 0
    return RecordMark(label=label_of(record), modality=record.modality, images=images)


def _shown(label: Label) -> tuple[object, ...]:
    return (label.kind, label.date.iso if label.date else "", label.body_part, label.part_of)


def _words(known: RecordMark) -> Text:
    """A record in a few words: what it is, of what, and of when."""
    label = known.label
    kind = kind_name(label.kind)
    scan = scan_label(known.modality, label.body_part, label.date)
    if scan is not None:
        return _("{kind}: {scan}", kind=kind, scan=scan)
    return _("{kind}, {date}", kind=kind, date=label.date) if label.date is not None else kind
