"""Freshness: what came for an item and may be too old for the specialist. It warns, and never blocks.

Only what is surely old is told: a date counts as the last day that it may stand for, and where a
record has no date nobody knows how old the newest one is.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from checklist.case import Case
from checklist.catalog import Catalog, ChecklistItem
from checklist.dates import PartialDate
from checklist.progress import records_for, scope_of
from checklist.records import Record
from checklist.text import Text

#: The month in which each season ends; winter ends in the next year.
_SEASON_ENDS = {1: 5, 2: 8, 3: 11}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """What is older than the specialist may want. `what` names it, `newest` is its newest date.

    `days` is how old it may be, and `unverified` says that this is practice, and nobody's rule.
    """

    item: str
    what: Text
    newest: PartialDate
    days: int
    unverified: bool


def aged(case: Case, catalog: Catalog, today: date) -> tuple[Aged, ...]:
    """What has come and is old, in the order of the checklist; one line for each newest record."""
    scope = scope_of(case, catalog)
    found = [
        one
        for item in catalog.items
        if item.applies(scope)
        for one in _of_item(case, catalog, item, scope, today)
    ]
    return tuple({(one.item, one.newest.iso): one for one in found}.values())


def aged_of(case: Case, catalog: Catalog, item_id: str, today: date) -> tuple[Aged, ...]:
    """The same, of one item."""
    return tuple(one for one in aged(case, catalog, today) if one.item == item_id)


def _of_item(
    case: Case, catalog: Catalog, item: ChecklistItem, scope: frozenset[str], today: date
) -> Iterator[Aged]:
    """The item's own limit and those of its needs, the strictest last: it is the one that is told."""
    records = records_for(case, item)
    limits: list[tuple[int, Text, tuple[str, ...], str]] = []
    if item.fresh_days:
        limits.append((item.fresh_days, item.title, (), item.source))
    for need, _level in catalog.needs_of(item.id, scope):
        if need.fresh_days:
            # Without codes of its own, a need can't be told from the others of its item.
            what = need.text if need.modalities else item.title
            limits.append((need.fresh_days, what, need.modalities, need.source))
    for days, what, modalities, source in sorted(limits, key=lambda limit: -limit[0]):
        newest = _newest([r for r in records if not modalities or _modality_in(r, modalities)])
        if newest is not None and (today - latest_day(newest)).days > days:
            unverified = source.startswith("unverified")
            yield Aged(item=item.id, what=what, newest=newest, days=days, unverified=unverified)


def _modality_in(record: Record, modalities: tuple[str, ...]) -> bool:
    series = record.study.series if record.study is not None else ()
    return record.modality in modalities or any(one.modality in modalities for one in series)


def _newest(records: list[Record]) -> PartialDate | None:
    """The newest date, or None where one of them has none."""
    dates = [record.date for record in records]
    known = [day for day in dates if day is not None]
    return max(known, key=latest_day) if known and len(known) == len(dates) else None


def latest_day(when: PartialDate) -> date:
    """The last day that a date may stand for."""
    if when.day is not None:
        return date(when.year, when.month or 1, when.day)
    if when.season == 4:
        # A season counts to the year in which it begins.
        return date(when.year + 1, 2, 28)
    month = when.month or _SEASON_ENDS.get(when.season or 0, 12)
    return date(when.year, month, monthrange(when.year, month)[1])
