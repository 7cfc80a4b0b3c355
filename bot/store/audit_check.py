"""Checking the audit trail: every event, every head and every checkpoint against what it is linked to.

A chain is gone through as its rows stand: whatever isn't as it was written is told of once, and what
comes after it is checked against what is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.append_only import FORGOTTEN
from bot.store.audit_chain import (
    HASH_LETTERS,
    Link,
    checkpoint_hash,
    commitment,
    event_hash,
    heads_of,
    kind_of,
)
from bot.store.audit_checkpoints import Checkpoint
from bot.store.codec import moment
from bot.store.prepared import Prepared
from bot.store.schema_audit import audit, audit_checkpoint, audit_head

_PAGE: Final = 5000
_BEFORE_ALL: Final = -(1 << 63)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that isn't as it was written. `case` is None where it is of no chain."""

    what: str
    case: str | None = None
    event: int | None = None
    checkpoint: int | None = None


@dataclass(kw_only=True)
class Report:
    """What was gone through, and what was wrong. `newest` is the newest checkpoint."""

    events: int = 0
    chains: int = 0
    checkpoints: int = 0
    newest: Checkpoint | None = None
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A checkpoint as somebody has kept it elsewhere."""

    number: int
    hash: str


#: What a checkpoint says of a chain: the hash of an event, and the checkpoint's number.
_Pins = dict[str, dict[int, tuple[str, int]]]

_EVENTS = Prepared(
    sa.select(audit)
    .where(
        audit.c.seq.is_not(None),
        sa.tuple_(audit.c.case_id, audit.c.seq, audit.c.id)
        > sa.tuple_(sa.bindparam("case"), sa.bindparam("place"), sa.bindparam("event")),
    )
    .order_by(audit.c.case_id, audit.c.seq, audit.c.id)
    .limit(_PAGE)
)
_OF_CASE = Prepared(
    sa.select(audit)
    .where(audit.c.case_id == sa.bindparam("case"), audit.c.seq.is_not(None))
    .order_by(audit.c.seq, audit.c.id)
)


async def check(
    tx: AsyncConnection, *, case_id: str | None = None, anchors: Sequence[Anchor] = ()
) -> Report:
    """Check all of it, or the events of one case and all checkpoints; against anchors, too."""
    report = Report()
    pins = await _checkpoints(tx, report, anchors)
    heads = {row.case_id: row for row in await tx.execute(sa.select(audit_head))}
    _newest_is_there(heads.values(), report)
    if case_id is not None:
        pins = {name: found for name, found in pins.items() if name == case_id}
        heads = {name: head for name, head in heads.items() if name == case_id}
    await _chains(tx, report, pins, heads, case_id)
    for name in sorted(map(str, heads.keys() | pins.keys())):
        report.faults.append(Fault(case=name, what="all of its events are missing"))
    await _loose(tx, report, case_id)
    return report


async def _chains(
    tx: AsyncConnection, report: Report, pins: _Pins, heads: dict[str, Any], case_id: str | None
) -> None:
    """Go through all chains; their pins and heads are taken out."""
    chain: _Chain | None = None
    after: dict[str, Any] = {"case": case_id or "", "place": _BEFORE_ALL, "event": _BEFORE_ALL}
    while True:
        statement = _EVENTS if case_id is None else _OF_CASE
        rows = await statement.all(tx, after)
        for row in rows:
            if chain is None or chain.case_id != row.case_id:
                if chain is not None:
                    chain.end()
                name = row.case_id
                chain = _Chain(name, pins.pop(name, {}), heads.pop(name, None), report)
            chain.take(row)
        if len(rows) < _PAGE or case_id is not None:
            break
        after = {"case": rows[-1].case_id, "place": rows[-1].seq, "event": rows[-1].id}
    if chain is not None:
        chain.end()


class _Chain:
    """One chain, as it is gone through."""

    def __init__(
        self, case_id: str, pins: dict[int, tuple[str, int]], head: Any, report: Report
    ) -> None:
        self.case_id = case_id
        self._pins, self._head, self._report = pins, head, report
        self._before = Link()
        self._last_pin = (0, 0)
        #: The events since the last erasure without their details, and those with them.
        self._bare: list[int] = []
        self._full: list[int] = []
        report.chains += 1

    def take(self, row: Any) -> None:
        """The next event, by its place."""
        self._report.events += 1
        before = self._before
        if not _is_ours(row):
            self._fault("it holds what this program never writes", row.id)
            self._before = Link(seq=before.seq + 1, event_id=row.id, hash=str(row.hash))
            return
        self._before = Link(seq=row.seq, event_id=row.id, hash=row.hash)
        if row.seq != before.seq + 1:
            self._misplaced(before, row)
        else:
            self._linked(before, row)
        self._details(row)
        if (pin := self._pins.pop(row.seq, None)) is not None:
            self._last_pin = (row.seq, pin[1])
            if pin[0] != row.hash:
                self._fault(f"it is not the one that checkpoint {pin[1]} has seen", row.id)

    def end(self) -> None:
        """See that nothing is missing after the last event, and that the head is its own."""
        for event in self._bare:
            self._fault("who and what was taken from it, and no erasure did that", event)
        if self._pins:
            last = max(self._pins)
            number = self._pins[last][1]
            have = self._before.seq
            self._fault(f"{_missing_places(have + 1, last)}: checkpoint {number} has seen it")
        head = self._head
        if head is None:
            self._fault("the row that names its newest event is missing")
            return
        if not all(isinstance(value, int) for value in (head.seq, head.event_id, head.checked)):
            self._fault("the row that names its newest event holds what is none of ours")
            return
        newest = Link(seq=head.seq, event_id=head.event_id, hash=head.hash)
        if newest != self._before:
            there = self._before.seq
            if newest.seq > there:
                self._fault(f"{_missing_places(there + 1, newest.seq)} at the end")
            else:
                self._fault("its newest event is not the one that was written last")
        if not self._pins and (head.checked, head.checkpoint) != self._last_pin:
            self._fault("what its head says of checkpoints was changed")

    def _misplaced(self, before: Link, row: Any) -> None:
        if row.seq > before.seq + 1:
            self._fault(f"{_missing_places(before.seq + 1, row.seq - 1)} before it", row.id)
        else:
            self._fault(f"it was put in: there is another event at place {row.seq}", row.id)

    def _linked(self, before: Link, row: Any) -> None:
        expected = event_hash(
            before,
            case_id=row.case_id,
            at=row.at,
            kind=kind_of(row.actor),
            action=row.action,
            details=row.details,
        )
        if expected != row.hash:
            what = "it was changed" if before.seq == 0 else "it was changed, or the one before it"
            self._fault(what, row.id)

    def _details(self, row: Any) -> None:
        """Who and what: as they were written, or forgotten by an erasure."""
        if row.action == FORGOTTEN:
            for event in self._full:
                self._fault("who and what was to be forgotten, and is still in it", event)
            self._bare, self._full = [], []
        if row.salt is None:
            self._bare.append(row.id)
            if row.object != "" or row.actor != kind_of(row.actor):
                self._fault("who or what was changed in it", row.id)
            return
        self._full.append(row.id)
        if commitment(row.salt, row.actor, row.object) != row.details:
            self._fault("who or what was changed in it", row.id)

    def _fault(self, what: str, event: Any = None) -> None:
        self._report.faults.append(Fault(case=str(self.case_id), event=event, what=what))


def _missing_places(first: int, last: int) -> str:
    """The places of a chain at which there is nothing, in words."""
    if first == last:
        return f"number {first} of its chain is missing"
    return f"numbers {first} to {last} of its chain are missing"


def _is_ours(row: Any) -> bool:
    """Whether the columns are of the kinds that they are made for: a file can be written by hand."""
    texts = (row.case_id, row.actor, row.action, row.object, row.details, row.hash)
    return (
        all(isinstance(value, str) for value in texts)
        and isinstance(row.seq, int)
        and isinstance(row.at, float)
        and (row.salt is None or isinstance(row.salt, str))
    )


# ---- checkpoints -------------------------------------------------------------------------------


async def _checkpoints(tx: AsyncConnection, report: Report, anchors: Iterable[Anchor]) -> _Pins:
    """Check them, and what they say of events."""
    pins: _Pins = {}
    kept = {anchor.number: anchor.hash for anchor in anchors}
    before, expected = "", 1
    query = sa.select(audit_checkpoint).order_by(audit_checkpoint.c.number)
    for row in await tx.execute(query):
        report.checkpoints += 1
        if row.number != expected:
            _missing(report, expected, row.number - 1)
            before = ""
        elif _hash_of(before, row) != row.hash:
            what = "it was changed, or the one before it"
            report.faults.append(Fault(checkpoint=row.number, what=what))
        if kept.pop(row.number, row.hash) != row.hash:
            what = "it is another one than the one that was kept elsewhere"
            report.faults.append(Fault(checkpoint=row.number, what=what))
        _pin(pins, row, report)
        before, expected = str(row.hash), row.number + 1
        report.newest = Checkpoint(number=row.number, at=_time(row.at), hash=str(row.hash))
    for number in sorted(kept):
        what = "it was kept elsewhere, and is missing here"
        report.faults.append(Fault(checkpoint=number, what=what))
    return pins


def _time(at: Any) -> datetime:
    """When it says that it was made, or the beginning of time where it says nothing of the kind."""
    try:
        return moment(at)
    except (TypeError, ValueError, OverflowError, OSError):
        return moment(0.0)


def _missing(report: Report, first: int, last: int) -> None:
    for number in (first, last) if first < last else (first,):
        report.faults.append(Fault(checkpoint=number, what="it is missing"))


def _hash_of(before: str, row: Any) -> str:
    if not isinstance(row.at, float) or not isinstance(row.heads, str):
        return ""
    return checkpoint_hash(before, number=row.number, at=row.at, heads=row.heads)


def _pin(pins: _Pins, row: Any, report: Report) -> None:
    try:
        for case_id, seq, hash_ in heads_of(row.heads):
            pins.setdefault(case_id, {})[seq] = (hash_, row.number)
    except (ValueError, TypeError):
        report.faults.append(Fault(checkpoint=row.number, what="it can't be read"))


def _newest_is_there(heads: Iterable[Any], report: Report) -> None:
    """No head may have been seen by a checkpoint that isn't there."""
    seen = [head.checkpoint for head in heads if isinstance(head.checkpoint, int)]
    last = report.newest.number if report.newest else 0
    if seen and max(seen) > last:
        _missing(report, last + 1, max(seen))


# ---- what is in no chain -----------------------------------------------------------------------


async def _loose(tx: AsyncConnection, report: Report, case_id: str | None) -> None:
    query = sa.select(audit.c.id, audit.c.case_id).where(audit.c.seq.is_(None))
    if case_id is not None:
        query = query.where(audit.c.case_id == case_id)
    for row in await tx.execute(query.order_by(audit.c.id)):
        report.events += 1
        what = "it is in no chain: an older version wrote it, or somebody by hand"
        report.faults.append(Fault(case=str(row.case_id), event=row.id, what=what))


def anchors_in(text: str) -> list[Anchor]:
    """The checkpoints that a text names, a line each, as `Checkpoint.line` has them.

    The manifest of a backup names one, too. Raises ValueError where there is none.
    """
    found = []
    with suppress(ValueError):
        manifest = json.loads(text)
        text = str(manifest.get("audit", "")) if isinstance(manifest, dict) else text
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0].isdigit() and len(words[-1]) == HASH_LETTERS:
            found.append(Anchor(number=int(words[0]), hash=words[-1]))
    if not found:
        raise ValueError("it names no checkpoint")
    return found
