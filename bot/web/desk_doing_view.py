"""What a coordinator can do with a case, as the page shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bot.settings import Approval
from bot.store.links import Link
from bot.web.desk_doing_wording import DOING, PARTS, REASONS, REQUEST_STATE
from bot.web.desk_wording import CASE_STATUS
from bot.web.people import Coordinator
from checklist.case import Case
from checklist.catalog import Catalog
from checklist.corrections import undoable
from checklist.cover_text import SECTIONS, as_text, edited, lines_of, own_lines
from checklist.desk import Change, PassedOn, Request
from checklist.marks import (
    mark_of_assignee,
    mark_of_cover,
    mark_of_label,
    mark_of_opinion,
    mark_of_status,
)
from checklist.names import kind_name
from checklist.records import ITEM_OF, Record
from checklist.text import Text
from handlers.acts.having import MOVES
from handlers.leaving import ANOTHER_APP, CHANNELS, who_writes
from handlers.receipt_words import describe

Say = Callable[[Text], str]
Time = Callable[[datetime | None], str]

#: Kinds that a document can be; a study is one by its images.
_KINDS = tuple(kind for kind in ITEM_OF if kind != "imaging_study")


class DoingView:
    """Says in the desk's language what there is to do."""

    def __init__(self, catalog: Catalog, say: Say, time: Time, *, approval: Approval) -> None:
        """`approval` is who may approve an opinion."""
        self._catalog = catalog
        self._say = say
        self._time = time
        self._approval = approval

    def case(
        self, case: Case, links: Sequence[Link], people: Sequence[str], me: Coordinator
    ) -> dict[str, Any]:
        """Everything that the forms of a case's page need."""
        return {
            "assignee": case.desk.assignee,
            "mine": case.desk.assignee == me.name,
            "assignee_seen": mark_of_assignee(case),
            "people": sorted({*people, me.name} - {case.desk.assignee}),
            "status_seen": mark_of_status(case),
            "moves": [
                (status, self._say(CASE_STATUS[status]))
                for status in MOVES.values()
                if case.status not in ("collecting", status)
            ],
            "handed_over": case.submitted_at is not None,
            "version": len(case.desk.editions) + 1,
            "notes": [(n.by, self._time(n.at), n.text) for n in reversed(case.desk.notes)],
            "passed_on": [self._passed_on(one) for one in reversed(case.desk.passed_on)],
            "requests": [self._request(case, one) for one in reversed(case.desk.requests)],
            "items": [(item.id, self._say(item.title)) for item in self._catalog.items],
            "reasons": [(reason, self._say(words)) for reason, words in REASONS.items()],
            "records": [(r.id, self._say(describe(r))) for r in case.own_records if not r.part_of],
            "links": [(one.id, one.name, self._time(one.expires_at)) for one in links],
            "labels": {record.id: self._label(case, record) for record in case.records},
            "changes": [self._change(case, change) for change in undoable(case)[:10]],
            "cover": self._cover(case),
            "opinion": self._opinion(case, me),
            "chats": self._chats(case),
        }

    def _chats(self, case: Case) -> list[dict[str, Any]]:
        """Where the case is talked about, by whom and since when; never an address."""
        return [
            {
                "id": chat.id,
                "channel": self._say(CHANNELS.get(chat.channel, ANOTHER_APP)),
                "who": self._say(who_writes(case, chat)),
                "since": self._time(chat.since),
                "last": len(case.chats) < 2,
            }
            for chat in case.chats
        ]

    def _passed_on(self, one: PassedOn) -> dict[str, Any]:
        """A question that the assistant could not answer, and what came of it."""
        return {
            "number": one.number,
            "words": one.words,
            "locale": one.locale,
            "at": self._time(one.at),
            "open": one.is_open,
            "answer": one.answer,
            "answered": _by(one.by, self._time(one.answered_at)),
        }

    def _request(self, case: Case, request: Request) -> dict[str, Any]:
        item = self._catalog.item(request.item)
        record = case.record(request.record_id)
        return {
            "number": request.number,
            "item": self._say(item.short) if item else request.item,
            "record": self._say(describe(record)) if record else "",
            "reason": self._say(REASONS[request.reason]),
            "words": request.words,
            "by": request.by,
            "at": self._time(request.at),
            "state": self._say(REQUEST_STATE[request.state]),
            "open": request.is_open,
        }

    def _label(self, case: Case, record: Record) -> dict[str, Any]:
        heads = [
            (other.id, self._say(describe(other)))
            for other in case.own_records
            if other.study is None and other.id != record.id and not other.part_of
        ]
        has_pages = any(other.part_of == record.id for other in case.records)
        return {
            "seen": mark_of_label(case, record.id),
            "kind": record.kind,
            "kinds": []
            if record.study is not None
            else [(kind, self._say(kind_name(kind))) for kind in _KINDS],
            "date": record.date.iso if record.date else "",
            "body_part": record.body_part,
            "part_of": record.part_of,
            "heads": [] if record.study is not None or has_pages else heads,
        }

    def _change(self, case: Case, change: Change) -> dict[str, Any]:
        what = self._say(DOING["change_cover"])
        if change.pair is not None:
            both = (case.record(change.pair[1].report_id), case.record(change.pair[1].study_id))
            named = " + ".join(self._say(describe(record)) for record in both if record)
            what = f"{self._say(DOING['change_pair'])}: {named}"
        elif change.cover is None:
            named = change.of or change.all_labels[0][1].record_id
            record = case.record(named)
            word = "change_split" if change.cut else "change_label"
            if any(after.part_of for _before, after in change.all_labels):
                word = "change_merge"
            what = f"{self._say(DOING[word])}: {self._say(describe(record)) if record else ''}"
        return {"number": change.number, "by": change.by, "at": self._time(change.at), "what": what}

    def _cover(self, case: Case) -> dict[str, Any]:
        changed = edited(case)
        sections = []
        for section in SECTIONS:
            fixed = getattr(case.desk.cover, section)
            sections.append(
                {
                    "name": section,
                    "text": as_text(lines_of(case, section)),
                    "own": as_text(own_lines(case, section)) if section in changed else "",
                    "locked": fixed is not None and fixed.locked,
                    "rows": 6 if section == "timeline" else 3,
                }
            )
        return {"seen": mark_of_cover(case), "sections": sections}

    def _opinion(self, case: Case, me: Coordinator) -> dict[str, Any]:
        opinion = case.desk.opinion
        shown: dict[str, Any] = {
            "seen": mark_of_opinion(case),
            "parts": [(part, self._say(words)) for part, words in PARTS.items()],
            "files": [],
            "approved": "",
            "sent": "",
            "read": "",
            "questions": [],
            "asking": False,
            "can_approve": False,
            "needs_another": False,
            "needs_lead": False,
            "can_send": False,
        }
        if opinion is None:
            return shown
        mine = self._approval == "another" and me.name in opinion.uploaders
        leads = self._approval != "lead" or me.leads
        waits = bool(opinion.files) and opinion.approved_at is None
        return {
            **shown,
            "files": [
                (file.id, self._say(PARTS[file.part]), file.name, file.by) for file in opinion.files
            ],
            "approved": _by(opinion.approved_by, self._time(opinion.approved_at)),
            "sent": _by(opinion.sent_by, self._time(opinion.sent_at)),
            "read": self._time(opinion.read_at),
            "questions": [asked.text for asked in opinion.questions],
            "asking": opinion.questions_open,
            "can_approve": waits and leads and not mine,
            "needs_another": waits and mine,
            "needs_lead": waits and not leads,
            "can_send": opinion.approved_at is not None,
        }


def _by(name: str, at: str) -> str:
    return f"{name}, {at}" if name else ""
