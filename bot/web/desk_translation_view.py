"""The desk of the translators as words: the queue, and one record with its translation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.store.db import Row
from bot.web.desk_translation_wording import STATE, TRANSLATION
from checklist.case import Case
from checklist.marks import mark_of_translation
from checklist.records import Record
from checklist.text import Text, _n
from checklist.to_translate import (
    WHY,
    language_of,
    rank,
    to_translate,
    translation_of,
    urgency,
)
from checklist.translation import Translation
from handlers.receipt_words import describe

_SETTLED = ("done", "not_needed")


class TranslationView:
    """Says it in the desk's language. `name` names a language."""

    def __init__(
        self,
        say: Callable[[Text], str],
        time: Callable[[datetime | None], str],
        name: Callable[[str], str],
        reader: str,
    ) -> None:
        """`reader` is the language into which is translated."""
        self._say = say
        self._time = time
        self._name = name
        self._reader = reader

    def queue(
        self, cases: Sequence[Case], texts: Mapping[str, Row]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What is to be done in its order, and what is settled, the newest first."""
        found = [
            (rank(record, _since(case, record)), case, record)
            for case in cases
            if case.status not in ("collecting", "closed")
            for record in to_translate(case, self._reader)
        ]
        found.sort(key=lambda one: one[0])
        rows = [self.row(case, record, texts.get(record.id)) for _rank, case, record in found]
        settled = [row for row in rows if row["state"] in _SETTLED]
        return [row for row in rows if row["state"] not in _SETTLED], settled

    def row(self, case: Case, record: Record, text: Row | None) -> dict[str, Any]:
        """A line of the queue: nothing of whose record it is but the number of the case."""
        known = translation_of(case, record.id)
        language = language_of(case, record)
        since = _since(case, record)
        return {
            "case": case.id,
            "id": record.id,
            "what": self._say(describe(record)),
            "language": self._name(language)
            if language
            else self._say(TRANSLATION["language_not_known"]),
            "length": self.length(text),
            "urgency": urgency(record),
            "why": self._say(WHY[urgency(record)]),
            "since": self._time(since),
            "since_iso": since.isoformat(timespec="seconds"),
            "state": known.state,
            "status": self._say(STATE[known.state]),
            "taken_by": known.taken_by,
        }

    def length(self, text: Row | None) -> str:
        """Pages and letters, or why they are not counted."""
        if text is None:
            return self._say(TRANSLATION["counting"])
        pages = [self._say(_n("{n} page", "{n} pages", text.pages))] if text.pages else []
        counted = {
            "read": _n("{n} character", "{n} characters", text.characters),
            "scan": TRANSLATION["scanned"],
        }.get(text.state, TRANSLATION["no_text"])
        return " · ".join((*pages, self._say(counted)))

    def work(self, case: Case, record: Record, me: str) -> dict[str, Any]:
        """What can be done with one record."""
        known = translation_of(case, record.id)
        newest, approved = known.newest, known.approved
        mine = known.taken_by == me
        return {
            "seen": mark_of_translation(case, record.id),
            "state": known.state,
            "mine": mine,
            "can_take": not known.taken_by and known.state not in _SETTLED,
            "can_return": bool(known.taken_by) and known.state != "done",
            "not_needed": known.state == "not_needed",
            "newest": newest.id if newest else "",
            "can_approve": newest is not None and not newest.draft and newest.approved_at is None,
            "can_use_draft": newest is not None and newest.draft,
            "has_draft": any(file.draft for file in known.files),
            "versions": [
                {
                    "id": file.id,
                    "name": file.name,
                    "by": file.by,
                    "at": self._time(file.at),
                    "draft": file.draft,
                    "approved": f"{file.approved_by}, {self._time(file.approved_at)}"
                    if file.approved_at
                    else "",
                    "replaced": _is_replaced(known, file.id) and file is not approved,
                }
                for file in reversed(known.files)
            ],
        }

    def on_case(self, case: Case) -> dict[str, dict[str, Any]]:
        """For the page of a case: each record to translate, and how far it is."""
        return {
            record.id: {
                "status": self._say(STATE[known.state]),
                "state": known.state,
                "file": known.approved.id if known.approved else "",
            }
            for record in to_translate(case, self._reader)
            for known in [translation_of(case, record.id)]
        }


def _is_replaced(known: Translation, file_id: str) -> bool:
    newest = known.newest
    return newest is not None and newest.id != file_id


def _since(case: Case, record: Record) -> datetime:
    """Since when it waits: what came after the hand-over, since it came."""
    handed = case.submitted_at or record.received_at
    return max(handed, record.received_at)
