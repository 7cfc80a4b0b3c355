"""notify: tell the coordinators of a case, by one of the ways that are set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast, get_args

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff import cards
from bot.handoff.cards import state_of
from bot.handoff.notices import (
    Destination,
    NoticeFailed,
    UnknownDestination,
    notice_text,
    place_of,
    send,
)
from bot.jobs.queue import NOTHING, Job, Later, Outcome, Permanent, Queue
from bot.jobs.shell import Shell
from bot.store import cards as card_rows
from bot.store import cases, codec
from checklist.case import Case
from checklist.progress import checklist_for
from handlers.effects import NoticeReason

_log = structlog.get_logger(__name__)


async def ask(
    tx: AsyncConnection,
    queue: Queue,
    destinations: Sequence[str],
    *,
    case_id: str,
    reason: NoticeReason,
    key: str,
) -> None:
    """Ask for a notice: one job for each destination, once ever for each key."""
    for destination in destinations:
        args = {"case": case_id, "reason": reason, "notice": key, "destination": destination}

        async def tell(tx: AsyncConnection, args: dict[str, Any] = args) -> None:
            await queue.add(tx, "notify", args, case_id=case_id, priority=1)

        await queue.once(tx, f"notify:{case_id}:{key}:{destination}", tell)


async def run(shell: Shell, job: Job) -> Outcome:
    """Send it, in the words of this moment: what is missing may have come since.

    Where an earlier attempt was cut short the notice may have arrived; it says so.
    """
    reason = job.text("reason")
    if reason not in get_args(NoticeReason):
        raise Permanent("unknown_reason")
    notice = await _noticed(shell, job, cast(NoticeReason, reason))
    place = place_of(notice.destination, shell.settings)
    if place is not None and not _is_for(place[0], notice.reason):
        return NOTHING
    try:
        if place is not None and place[0].kind == "telegram" and notice.case is not None:
            await _on_card(shell, job, notice, place[1])
        else:
            await send(notice.destination, notice.text(shell), settings=shell.settings)
    except UnknownDestination:
        raise Permanent("unknown_destination") from None
    except NoticeFailed as error:
        # The operator's to set right, and the job's row holds no words.
        _log.warning("notice_failed", job=job.id, destination=notice.destination, why=str(error))
        raise Later(
            error.retry_after or 0.0, "notice_failed", doubtful=error.maybe_arrived
        ) from error
    return NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    case_id: str
    case: Case | None
    reason: NoticeReason
    destination: str
    doubtful: bool

    @property
    def there(self) -> bool:
        return self.case is not None and not self.case.erased

    def address(self, shell: Shell) -> str:
        return f"{shell.settings.base_url}/desk/cases/{self.case_id}" if self.there else ""

    def text(self, shell: Shell, *, on_card: bool = False) -> str:
        there = self.case if self.there else None
        return notice_text(
            self.case_id,
            self.reason,
            checklist_for(there, shell.catalog) if there is not None else None,
            shell.languages,
            locale=shell.settings.coordinator_locale,
            address=self.address(shell),
            maybe_seen=self.doubtful,
            state=state_of(there) if on_card and there is not None else (),
        )


async def _noticed(shell: Shell, job: Job, reason: NoticeReason) -> _Notice:
    case_id = job.text("case")
    return _Notice(
        case_id=case_id,
        case=await shell.db.read(partial(cases.load_case, case_id=case_id)),
        reason=reason,
        destination=job.text("destination"),
        doubtful=job.doubtful,
    )


def _is_for(place: Destination, reason: NoticeReason) -> bool:
    """Whether it is said there: a card alone shows every change, and some places hear of one thing."""
    if place.kind == "escalation":
        return reason == "not_taken"
    return place.kind == "telegram" or reason != "changed"


async def _on_card(shell: Shell, job: Job, notice: _Notice, chat: str) -> None:
    """Edit the card of the case, or send its first; what must be heard is said beneath it too."""
    now = codec.seconds(shell.clock())
    which = {"case_id": notice.case_id, "destination": notice.destination}
    known = await shell.db.write(lambda tx: card_rows.claim(tx, **which, job=job.id, now=now))
    if known is not None and known.message_id is None:
        # Another notice of the case is sending it just now.
        raise Later(2.0, "card_under_way")
    card = _card(shell, notice)
    if known is not None and known.message_id is not None:
        try:
            await _edit(shell, job, notice, (chat, known.message_id), card)
        except cards.CardGone:
            await shell.db.write(lambda tx: card_rows.lost(tx, **which))
            raise Later(0.0, "card_gone") from None
        if notice.reason in cards.LOUD:
            await cards.call(chat, known.message_id, notice.text(shell), shell.settings)
        return
    message_id = await cards.send(chat, card, shell.settings)
    await shell.db.write(lambda tx: card_rows.sent(tx, **which, message_id=message_id))


async def _edit(
    shell: Shell, job: Job, notice: _Notice, where: tuple[str, int], card: cards.Card
) -> None:
    """Show the card, until it is how the case stands: another notice may have been faster."""
    shown = None
    while card != shown:
        await cards.edit(*where, card, shell.settings)
        shown, card = card, _card(shell, await _noticed(shell, job, notice.reason))


def _card(shell: Shell, notice: _Notice) -> cards.Card:
    free = notice.there and notice.case is not None and not notice.case.desk.assignee
    locale = shell.settings.coordinator_locale
    return cards.Card(
        text=notice.text(shell, on_card=True),
        take=notice.case_id if free else "",
        take_label=shell.languages.say(cards.TAKE_LABEL, locale),
        address=notice.address(shell),
        open_label=shell.languages.say(cards.OPEN_LABEL, locale),
    )
