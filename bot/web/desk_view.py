"""The coordinators' pages as words: what a case holds, said in the desk's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from typing import Any

from babel import Locale
from babel.numbers import format_percent

from bot.intake.picks import SHOWN
from bot.render import render
from bot.web.bubbles import size_in_words, without_secrets
from bot.web.desk_apart import apart_view
from bot.web.desk_deliveries import Undelivered, reason_words
from bot.web.desk_marks import marks_of
from bot.web.desk_needs import needs_view
from bot.web.desk_queries import CaseRow, Locked, StoredFile
from bot.web.desk_records_view import RecordsView, in_date_order
from bot.web.desk_times import moment_in
from bot.web.desk_whose import whose_view
from bot.web.desk_wording import (
    CASE_STATUS,
    DESK,
    FINDING,
    ITEM_STATUS,
    LOCK_OUTCOME,
    LOCK_STATE,
    SERIES_KIND,
    channel_name,
)
from checklist.case import Case, Desk
from checklist.catalog import Catalog
from checklist.dates import PartialDate
from checklist.freshness import aged
from checklist.names import body_part_name, kind_name, modality_name
from checklist.progress import checklist_for
from checklist.records import Record
from checklist.study import Series
from checklist.summary import ListState, Summary, summarize
from checklist.text import Text, _
from handlers.languages import Languages
from handlers.leaving import who_writes
from handlers.replies import Reply


class DeskView:
    """Says the desk's values in one language."""

    def __init__(
        self, languages: Languages, catalog: Catalog, locale: str, zone: tzinfo = UTC
    ) -> None:
        """Take the languages, the checklist, the desk's locale, and the office's time zone."""
        self._languages = languages
        self._catalog = catalog
        self._locale = locale
        self._zone = zone
        #: The records, with what is not told elsewhere.
        self.records = RecordsView(self.say, self.time, locale, self._sender)

    def say(self, text: Text | None) -> str:
        """A text, "" for none."""
        return "" if text is None else self._languages.say(text, self._locale)

    def row(self, row: CaseRow) -> dict[str, Any]:
        """A line of the list, which is also the head of a case's page."""
        checklist = checklist_for(row.case, self._catalog)
        percent = format_percent(
            checklist.completeness / 100, locale=Locale.parse(self._locale, sep="-")
        )
        short = {entry.item.id: entry.item.short for entry in checklist.items}
        locales = dict.fromkeys(chat.locale for chat in row.chats if chat.locale)
        channels = dict.fromkeys(self.say(channel_name(c.channel)) for c in row.chats)
        wanted = [
            self.say(DESK["emergency" if reason == "emergency" else "wanted"])
            for reason in row.wanted
        ]
        return {
            "id": row.case.id,
            "status": self.say(CASE_STATUS[row.case.status]),
            "state": row.case.status,
            "complete": checklist.completeness,
            "percent": percent,
            "here": self.say(_("{here} of {wanted}", here=checklist.here, wanted=checklist.wanted)),
            "missing": self._list([short[item] for item in checklist.missing]),
            "warnings": [self.finding(code) for code in checklist.warnings],
            "wanted": list(dict.fromkeys(wanted)),
            "languages": self._list([self._languages.own_name(locale) for locale in locales]),
            "channels": self._list(list(channels)),
            "last": self.time(row.last_at),
            "opened": self.time(row.case.opened_at),
            "submitted": self.time(row.case.submitted_at),
            "erased": row.case.erased,
        }

    def case(
        self, row: CaseRow, files: dict[str, StoredFile], locked: list[Locked], today: date
    ) -> dict[str, Any]:
        """Everything that is known of a case, as it is on this day."""
        checklist = checklist_for(row.case, self._catalog)
        # The patient's own words; those of the cover are edited beside them.
        said = replace(row.case, desk=Desk())
        summary = summarize(said, checklist, self._catalog)
        reasons = {entry.item: entry for entry in summary.missing}
        known = {r.file_id for r in row.case.records}
        old = aged(row.case, self._catalog, today)
        return {
            **self.row(row),
            "facts": self._facts(summary, row),
            "not_reviewed": self._not_reviewed(row),
            **self._said(summary),
            "items": [
                {
                    "title": self.say(entry.item.title),
                    **needs_view(entry, old, self.say),
                    "state": entry.status,
                    "status": self.say(ITEM_STATUS[entry.status]),
                    "reasons": [self.say(t) for t in reasons[entry.item.id].reasons]
                    if entry.item.id in reasons and entry.status != "open"
                    else [],
                    "words": reasons[entry.item.id].words if entry.item.id in reasons else "",
                }
                for entry in checklist.items
                # What this kind of case is not asked for would only be in the way.
                if entry.status != "not_applicable" or not entry.item.only_for
            ],
            "findings": [(f.severity, self.say(f.message)) for f in checklist.findings],
            "studies": [
                {**self._study(r, files), **self.records.details(row.case, r)}
                for r in in_date_order(row.case.own_records)
                if r.study
            ],
            "records": self.records.arranged(row.case, partial(self.record, files=files)),
            "documents_apart": self.records.apart(row.case, partial(self.record, files=files)),
            "apart": apart_view(row.case, self.say),
            "locked": [self._locked(one, files) for one in locked],
            "unusable": [
                self._file(f)
                for f in files.values()
                if f.state == "refused" and row.case.locked_file(f.id) is None
            ],
            "reading": [
                self._file(f)
                for f in files.values()
                if f.state in ("wanted", "stored") and f.id not in known
            ],
            "human": any(chat.human for chat in row.chats),
            "blocked": [
                (self.say(channel_name(chat.channel)), self.say(reason_words("blocked")))
                for chat in row.chats
                if chat.blocked
            ],
        }

    def whose(self, case: Case) -> list[tuple[str, list[dict[str, Any]]]]:
        """Where every line of the cover comes from."""
        country = partial(self._languages.country_name, locale=self._locale)
        return whose_view(case, self._catalog, country, self.say, self.time)

    def _said(self, summary: Summary) -> dict[str, Any]:
        """What the patient said of themselves."""
        return {
            "problem": summary.problem,
            "questions": summary.questions,
            "other_questions": summary.other_questions,
            "timeline": [(self.date(event.date), event.words) for event in summary.timeline],
            "medicines": [
                (m.name, " · ".join(p for p in (m.dose, m.frequency, self.date(m.since)) if p))
                for m in summary.medicines
            ],
            "medicines_none": self._none(summary.medicines_state, "takes_none"),
            "allergies": summary.allergies,
            "allergies_none": self._none(summary.allergies_state, "none_known"),
            "questions_none": self._none(summary.questions_state, "none_given"),
            "timeline_none": self._none(summary.timeline_state, "none_given"),
        }

    def undelivered(self, messages: list[Undelivered]) -> list[dict[str, str]]:
        """What did not reach the patient, with the reason; without the links and codes in it."""
        return [
            {
                "at": self.time(one.at),
                "channel": self.say(channel_name(one.channel)),
                "words": _shortened(without_secrets(self._words(one.reply))),
                "why": one.why(self.say),
                "became": one.what_became(self.say),
            }
            for one in messages
        ]

    def _words(self, reply: Reply) -> str:
        return render(reply, self._locale, self._languages).text

    def _facts(self, summary: Summary, row: CaseRow) -> list[tuple[str, str]]:
        who = summary.who
        country = (
            self._languages.country_name(who.country, self._locale)
            if who.country
            else who.country_words
        )
        facts = [
            ("name", who.name),
            ("birth_date", who.birth_date),
            ("sex", self.say(who.sex)),
            ("country", country),
            ("case_type", self.say(summary.case_type)),
            ("review", self.say(summary.review_mode)),
            ("helper", who.helper),
            ("relation", self.say(who.relation)),
            ("opened", self.time(row.case.opened_at)),
            ("submitted", self.time(row.case.submitted_at)),
        ]
        return [(self.say(DESK[name]), value) for name, value in facts if value]

    def _not_reviewed(self, row: CaseRow) -> list[str]:
        """The languages of the case in which the assistant's words are a draft."""
        tags = dict.fromkeys(chat.locale for chat in row.chats if chat.locale)
        drafts = [tag for tag in tags if not self._languages.is_reviewed(tag)]
        names = [self._languages.own_name(tag) for tag in drafts]
        return [self.say(DESK["not_reviewed"].with_(language=name)) for name in names]

    def _none(self, state: ListState, none: str) -> str:
        return {
            "listed": "",
            "none": self.say(DESK[none]),
            "records": self.say(DESK["records"]),
            "requested": self.say(ITEM_STATUS["requested"]),
            "declined": self.say(ITEM_STATUS["declined"]),
            "not_stated": self.say(DESK["not_asked"]),
            "not_asked": self.say(DESK["not_asked"]),
        }[state]

    def _study(self, record: Record, files: dict[str, StoredFile]) -> dict[str, Any]:
        study = record.study
        assert study is not None
        return {
            **self.record(record, files),
            "description": study.study_description,
            "uid": study.study_instance_uid,
            "images": study.picture_count,
            "series": [self._series(series) for series in study.series],
            "viewer": record.id if any(one.kind in SHOWN for one in study.series) else "",
        }

    def _series(self, series: Series) -> dict[str, Any]:
        return {
            "number": "" if series.series_number is None else series.series_number,
            "modality": series.modality,
            "description": series.series_description,
            "kind": self.say(SERIES_KIND[series.kind]),
            "instances": series.instances,
            "missing": series.missing,
        }

    def _sender(self, case: Case, record: Record) -> str:
        """Who sent a record, where several people write; "" for whoever else it can only be."""
        chat = case.sent_in(record)
        several = len(case.chats) + len(case.former_chats) > 1
        if chat is None or not several or not case.writer_in(chat):
            return record.sent_by
        return self.say(who_writes(case, chat))

    def record(self, record: Record, files: Mapping[str, StoredFile]) -> dict[str, Any]:
        """A record, for the templates."""
        item = self._catalog.item(record.item or "")
        stored = files.get(record.file_id)
        parts = (record.modality, record.body_part)
        named = (self.say(name(part)) for name, part in zip(_NAMES, parts, strict=True) if part)
        return {
            "id": record.id,
            "part_of": record.part_of,
            "by_coordinator": record.by_coordinator,
            "date": self.date(record.date) or self.say(DESK["undated"]),
            "kind": self.say(kind_name(record.kind)),
            "what": " · ".join(n for n in named if n),
            "item": self.say(item.short) if item else "",
            "language": record.language,
            "study": record.study is not None,
            "size": size_in_words(record.size, self._locale) if record.size else "",
            "name": record.original_name,
            "caption": record.caption,
            "sent_by": record.sent_by,
            "file_id": stored.id if stored and stored.can_be_saved else "",
            "marks": [self.say(mark) for mark in marks_of(record, stored)],
            "picture": record.id if record.preview_blob_id else "",
            "picture_size": record.preview_size,
        }

    def _file(self, stored: StoredFile) -> dict[str, Any]:
        return {
            "name": stored.name,
            "size": "" if stored.size is None else size_in_words(stored.size, self._locale),
            "why": self.finding(stored.reason) if stored.reason else "",
            "file_id": stored.id if stored.can_be_saved else "",
            "received": self.time(stored.received_at),
        }

    def _locked(self, locked: Locked, files: dict[str, StoredFile]) -> dict[str, Any]:
        file = locked.file
        stored = files.get(file.file_id)
        outcome = self.say(LOCK_OUTCOME.get(locked.outcome))
        return {
            "id": file.file_id,
            "name": file.name,
            "size": size_in_words(stored.size, self._locale) if stored and stored.size else "",
            "state": self.say(LOCK_STATE[file.state]),
            "outcome": f"{outcome} ({self.time(locked.at)})" if outcome else "",
            "trying": locked.trying,
            "file_id": file.file_id if stored and stored.blob_id else "",
            "received": self.time(stored.received_at) if stored else "",
        }

    def finding(self, code: str) -> str:
        """A finding's code in words; one without words is shown as it is."""
        return self.say(FINDING[code]) if code in FINDING else code.replace("_", " ")

    def date(self, when: PartialDate | None) -> str:
        """A date as exactly as it is known, "" for none."""
        return self.say(Text(msgid="{date}", params={"date": when})) if when else ""

    def time(self, at: datetime | None) -> str:
        """A moment, by the clock of the office; "" for none."""
        return moment_in(Locale.parse(self._locale, sep="-"), at, self._zone)

    def _list(self, parts: Sequence[str | Text]) -> str:
        return self.say(Text(msgid="{list}", params={"list": tuple(parts)}))


def _shortened(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rstrip()} …"


_LONGEST = 300
_NAMES = (modality_name, body_part_name)
