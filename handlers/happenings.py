"""Happenings: what a turn has changed that another system wants to hear of. Ids and states, no words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from checklist.case import Case
from checklist.catalog import Catalog
from checklist.consents import OPTIONAL, Point
from checklist.progress import checklist_for
from handlers.effects import Effect, EraseCase, OpenHandoff, RecordAudit

#: Every kind of happening. `package.ready` comes from the job that built it.
Kind: TypeAlias = Literal[
    "case.opened", "case.submitted", "case.updated", "case.taken", "case.assigned", "case.returned",
    "case.status_changed", "case.reopened", "case.closed", "case.erased", "case.needs_human",
    "consent.withdrawn", "consent.given",
    "record.added", "record.requested", "request.answered", "request.withdrawn",
    "item.missing", "item.received", "package.ready",
    "opinion.added", "opinion.removed", "opinion.approved", "opinion.sent",
    "opinion.received_confirmed", "opinion.questions_asked",
]  # fmt: skip

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened to a case: which `item`, `record`, `document` or point of consent, or ""."""

    kind: Kind
    item: str = ""
    item_status: str = ""
    record: str = ""
    document: str = ""
    point: str = ""


#: What a line of the audit trail is to others, and which of ours its object is: never a name.
_OF_TRAIL: Final[Mapping[str, tuple[Kind, str]]] = {
    "case.submitted": ("case.submitted", ""),
    "case.updated": ("case.updated", ""),
    "case.taken": ("case.taken", ""),
    "case.assigned": ("case.assigned", ""),
    "case.returned": ("case.returned", ""),
    "case.accepted": ("case.status_changed", ""),
    "case.in_translation": ("case.status_changed", ""),
    "case.in_review": ("case.status_changed", ""),
    "case.reopened": ("case.reopened", ""),
    "case.closed": ("case.closed", ""),
    "record.requested": ("record.requested", "item"),
    "request.answered": ("request.answered", "item"),
    "request.withdrawn": ("request.withdrawn", "item"),
    "opinion.added": ("opinion.added", "document"),
    "opinion.removed": ("opinion.removed", "document"),
    "opinion.approved": ("opinion.approved", ""),
    "opinion.sent": ("opinion.sent", ""),
    "opinion.read": ("opinion.received_confirmed", ""),
    "opinion.asked": ("opinion.questions_asked", ""),
}


def happenings(
    old: Case | None, new: Case, effects: Sequence[Effect], catalog: Catalog
) -> tuple[Happening, ...]:
    """What happened in a turn. Of somebody who has not agreed to be a case nothing is told."""
    if any(isinstance(effect, EraseCase) for effect in effects):
        was_told = old is not None and (old.consented or old.withdrawn)
        return (Happening(kind="case.erased"),) if was_told else ()
    if not new.consented:
        return tuple(_points(old, new))
    return tuple((*_done(old, new, effects), *_items(old, new, catalog)))


def _points(old: Case | None, new: Case) -> Iterator[Happening]:
    """What is agreed to now and was not, or the other way; the first yes of all is a case that opens."""
    points: tuple[Point, ...] = ("keep", *OPTIONAL)
    for point in points:
        was, now = old is not None and old.agrees(point), new.agrees(point)
        opens = point == "keep" and not (old is not None and old.withdrawn)
        if was and not now:
            yield Happening(kind="consent.withdrawn", point=point)
        elif now and not was and not opens:
            yield Happening(kind="consent.given", point=point)


def _done(old: Case | None, new: Case, effects: Sequence[Effect]) -> Iterator[Happening]:
    if old is None or not (old.consented or old.withdrawn):
        yield Happening(kind="case.opened")
    yield from _points(old, new)
    known = {record.id for record in old.records} if old is not None else set()
    for record in new.records:
        if record.id not in known:
            yield Happening(kind="record.added", record=record.id, item=record.item or "")
    for effect in effects:
        if isinstance(effect, RecordAudit) and effect.action in _OF_TRAIL:
            kind, about = _OF_TRAIL[effect.action]
            yield Happening(
                kind=kind,
                item=effect.object if about == "item" else "",
                document=effect.object if about == "document" else "",
            )
        elif isinstance(effect, OpenHandoff):
            # Why would be a detail of their health, in an emergency.
            yield Happening(kind="case.needs_human")


def _decides(case: Case) -> tuple[object, ...]:
    """All that the status of an item hangs on; most turns leave it the very same."""
    return case.records, case.answers, case.locked, case.desk.requests


def _items(old: Case | None, new: Case, catalog: Catalog) -> Iterator[Happening]:
    """From the hand-over on: what the specialist will not find, and what has come since."""
    if new.submitted_at is None:
        return
    told = old if old is not None and old.submitted_at is not None else None
    if told is not None and _decides(told) == _decides(new):
        return
    before = checklist_for(told, catalog) if told is not None else None
    for entry in checklist_for(new, catalog).items:
        was = before.status(entry.item.id) if before is not None else "have"
        if was == entry.status or entry.status == "not_applicable":
            continue
        kind: Kind = "item.received" if entry.status == "have" else "item.missing"
        yield Happening(kind=kind, item=entry.item.id, item_status=entry.status)
