"""The records of a case for the desk's pages: by date, each with its pages, and with what was cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from babel import Locale, UnknownLocaleError

from bot.web.desk_records_wording import (
    BY_COORDINATOR,
    BY_HELPER,
    BY_PATIENT,
    ONE_OF,
    SPAN,
    WAYS,
)
from bot.web.desk_wording import channel_name
from checklist.case import Case
from checklist.cutting import CAN_BE_CUT, can_be_cut
from checklist.marks import mark_of_label, mark_of_whose
from checklist.records import Record
from checklist.text import Text, _n

Say = Callable[[Text], str]
Time = Callable[[datetime | None], str]
Sender = Callable[[Case, Record], str]

_LAST_OF_ALL = (9999, 99, 99)


class RecordsView:
    """Says in the desk's language what a record is, and how it came."""

    def __init__(self, say: Say, time: Time, locale: str, sender: Sender) -> None:
        """Take what says a text, a time and who sent a record, and the desk's locale."""
        self._say = say
        self._time = time
        self._sender = sender
        self._locale = Locale.parse(locale, sep="-")

    def details(self, case: Case, record: Record) -> dict[str, Any]:
        """What a record's line shows beside what it is."""
        return {
            "sent": [self._who(case, record), self._way(record), self._time(record.received_at)],
            "tongue": self._language(record.language),
            "pages": self._pages(case, record),
            "page_picture": bool(record.span),
            "can_look": record.media_type == CAN_BE_CUT and (record.pages or 0) > 1,
            "look_at": record.cut_from or record.id,
            "part": record.span is not None,
            "mark": mark_of_label(case, record.id),
            "whose_seen": mark_of_whose(case, record.id),
        }

    def arranged(
        self, case: Case, show: Callable[[Record], dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """The records by date, each with its further `pages_of_it` in their order."""
        heads = [r for r in in_date_order(case.own_records) if case.record(r.part_of) is None]
        return [
            {
                **self._shown(case, head, show),
                "pages_of_it": [self._shown(case, page, show) for page in case.pages_of(head.id)],
            }
            for head in heads
        ]

    def apart(self, case: Case, show: Callable[[Record], dict[str, Any]]) -> list[dict[str, Any]]:
        """The documents that are kept apart as somebody else's, by date."""
        found = in_date_order([r for r in case.records if r.is_apart and r.study is None])
        return [self._shown(case, record, show) for record in found if not record.cut]

    def _shown(
        self, case: Case, record: Record, show: Callable[[Record], dict[str, Any]]
    ) -> dict[str, Any]:
        return {**show(record), **self.details(case, record)}

    def cutting(self, case: Case, record: Record, most: int) -> dict[str, Any]:
        """How a document is cut now, page by page."""
        count = min(record.pages or 0, most)
        return {
            "pages": [(page, page in record.cut) for page in range(1, count + 1)],
            "more": (record.pages or 0) > most,
            "can_be_cut": can_be_cut(case, record),
        }

    def _who(self, case: Case, record: Record) -> str:
        if record.by_coordinator:
            return self._say(BY_COORDINATOR.with_(name=record.sender))
        if who := self._sender(case, record):
            return who
        role = case.answer("role")
        if case.by_helper and role is not None:
            return self._say(BY_HELPER.with_(name=role.note.strip() or "–"))
        return self._say(BY_PATIENT)

    def _way(self, record: Record) -> str:
        return self._say(WAYS.get(record.channel) or channel_name(record.channel))

    def _language(self, tag: str) -> str:
        try:
            return Locale.parse(tag, sep="-").get_display_name(self._locale) or tag if tag else ""
        except (ValueError, UnknownLocaleError):
            return tag

    def _pages(self, case: Case, record: Record) -> str:
        if record.span is not None:
            whole = case.record(record.cut_from)
            count = (whole.pages if whole else None) or record.span[1]
            first, last = record.span
            if first == last:
                return self._say(ONE_OF.with_(n=first, count=count))
            return self._say(SPAN.with_(first=first, last=last, count=count))
        return self._say(_n("{n} page", "{n} pages", record.pages)) if record.pages else ""


def in_date_order(records: Sequence[Record]) -> list[Record]:
    """Oldest first, what has no date last."""
    return sorted(records, key=lambda r: (r.date.sort_key if r.date else _LAST_OF_ALL, r.id))
