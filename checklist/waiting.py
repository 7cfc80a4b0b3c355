"""Waiting: on whom a case waits, since when, and how soon a coordinator should look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from checklist.case import Case, CaseStatus

#: `nobody`: it is closed, or was erased.
Waits = Literal["coordinator", "patient", "translator", "specialist", "nobody"]

#: Why a coordinator is waited for, in the order in which they should be seen to.
Reason = Literal[
    "emergency",
    "unreadable",
    "wanted",
    "wrote",
    "asked",
    "undecided",
    "locked",
    "posted",
    "handed_over",
    "ready",
]

#: How soon: 0 is an emergency, 1 a person who waits for a person, 2 what else waits on coordinators.
_RANK: Final[Mapping[Waits, int]] = {
    "coordinator": 2,
    "translator": 3,
    "specialist": 4,
    "patient": 5,
    "nobody": 6,
}
_PERSON_WAITS: Final = ("wanted", "wrote", "asked")

#: Whose turn it is after the hand-over, and why where it is the coordinators'.
_TURN: Final[Mapping[CaseStatus, tuple[Waits, tuple[Reason, ...]]]] = {
    "collecting": ("patient", ()),
    "submitted": ("coordinator", ("handed_over",)),
    "accepted": ("coordinator", ("handed_over",)),
    "in_translation": ("translator", ()),
    "in_review": ("specialist", ()),
    "opinion_ready": ("coordinator", ("ready",)),
    "closed": ("nobody", ()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What goes on in the chats of a case.

    `wanted` are the reasons of the open handoffs and when each was opened. `human` tells that a
    coordinator has taken a chat over; `heard_at` is when the patient wrote last, `answered_at` when a
    coordinator did.
    """

    wanted: Mapping[str, datetime] = field(default_factory=dict)
    human: bool = False
    heard_at: datetime | None = None
    answered_at: datetime | None = None

    @property
    def unanswered_since(self) -> datetime | None:
        """When the patient wrote what a coordinator has not answered yet, in a talk with one."""
        if not self.human or self.heard_at is None:
            return None
        if self.answered_at is not None and self.answered_at >= self.heard_at:
            return None
        return self.heard_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """On whom a case waits. `since` is None where nothing in the case tells when that began."""

    on: Waits
    rank: int
    reasons: tuple[Reason, ...] = ()
    since: datetime | None = None


def waiting_on(case: Case, talk: Talk) -> Waiting:
    """On whom it waits. What asks for a coordinator goes before whose turn it would be else."""
    if case.erased:
        return Waiting(on="nobody", rank=_RANK["nobody"])
    asked = _asked(case, talk)
    on, why = _TURN[case.status]
    if not asked:
        return Waiting(on=on, rank=_RANK[on], reasons=why, since=_since(case, talk, on))
    reasons = tuple(dict.fromkeys((*(reason for reason, _at in asked), *why)))
    rank = _RANK["coordinator"]
    if "emergency" in reasons:
        rank = 0
    elif any(reason in _PERSON_WAITS for reason in reasons):
        rank = 1
    return Waiting(on="coordinator", rank=rank, reasons=reasons, since=min(at for _r, at in asked))


def _asked(case: Case, talk: Talk) -> list[tuple[Reason, datetime]]:
    """What asks for a coordinator, whosever turn it is, and since when."""
    asked: list[tuple[Reason, datetime]] = []
    if "emergency" in talk.wanted:
        asked.append(("emergency", talk.wanted["emergency"]))
    others = [at for reason, at in talk.wanted.items() if reason != "emergency"]
    # Who was answered waits no longer, also while the talk goes on.
    if open_ := [at for at in others if talk.answered_at is None or at > talk.answered_at]:
        asked.append(("wanted", min(open_)))
    if (wrote := talk.unanswered_since) is not None:
        asked.append(("wrote", wrote))
    # A word on something else answers none of them: each is answered, or settled, by itself.
    if waits := [one.at for one in case.desk.passed_on if one.is_open]:
        asked.append(("asked", min(waits)))
    apart = [
        record.received_at
        for record in case.records
        if record.set_apart == "apart" and record.patient_says != "asked"
    ]
    if apart:
        asked.append(("undecided", min(apart)))
    # Nobody may cut or send before the laboratory was asked, and what is lost is to be looked for.
    posted = [one.since for one in case.parcels if one.state in ("asked", "lost")]
    if posted and case.status != "closed":
        asked.append(("posted", min(posted)))
    locked = [file for file in case.locked if file.state == "given_up"]
    if locked:
        asked.append(("locked", talk.heard_at or case.opened_at))
    return asked


def _since(case: Case, talk: Talk, on: Waits) -> datetime | None:
    if case.status == "submitted":
        return case.submitted_at
    if on == "patient":
        return talk.heard_at or case.opened_at
    return None
