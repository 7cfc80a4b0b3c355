"""The list as words: its rows, its filters and its pages, said in the desk's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast
from urllib.parse import urlencode

from babel import Locale
from babel.numbers import format_decimal, format_percent

from bot.office import zone_of
from bot.shell import Shell
from bot.store.codec import moment
from bot.store.db import Row
from bot.store.desk_list import PAGE, SORTS, Found, Wish, is_waits
from bot.web.desk_list_wording import LIST, REASON, SORT, WAITS, cannot_be_read, cases_found
from bot.web.desk_searching import KEY, LONGEST
from bot.web.desk_times import Times
from bot.web.desk_wording import CASE_STATUS, DESK, FINDING, channel_name
from bot.web.people import Coordinator
from checklist.search import search_terms
from checklist.text import Text, _
from checklist.waiting import Reason, Waits

_MOST_MISSING: Final = 3
_MOST_NAMED: Final = 10
_URGENT: Final = ("emergency", "unreadable", "wanted", "wrote", "asked")


def wish_of(query: Mapping[str, str], coordinator: Coordinator, shell: Shell) -> Wish:
    """What an address wishes for; what can't be wished for is left out."""
    sort, locale = query.get("sort", ""), shell.settings.coordinator_locale
    plain = sort.removeprefix("-")
    status, waits = query.get("status", ""), query.get("waits", "")
    page = query.get("page", "1")
    words = shell.languages.words(locale)
    return Wish(
        terms=search_terms(query.get("q", "")[:LONGEST], words, shell.clock().date()),
        waits=waits if is_waits(waits) else "",
        status=status if status in CASE_STATUS else "",
        locale=query.get("locale", "")[:40],
        channel=query.get("channel", "")[:40],
        assignee=query.get("assignee", "")[:80],
        sort=next((known for known in SORTS if known == plain), "first"),
        falling=sort.startswith("-") and plain in SORTS,
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
        translator="" if coordinator.works else coordinator.name,
        limited=not coordinator.works,
    )


class ListView:
    """Says the list in one language."""

    def __init__(self, shell: Shell) -> None:
        """Take the program."""
        self._languages = shell.languages
        self._catalog = shell.catalog
        self._tag = shell.settings.coordinator_locale
        self._locale = Locale.parse(self._tag, sep="-")
        self._times = Times(shell.languages, self._tag, shell.clock, zone_of(shell.settings))
        self._short = {item.id: self._say(item.short) for item in shell.catalog.items}

    def _say(self, text: Text) -> str:
        return self._languages.say(text, self._tag)

    def page(
        self, found: Found, wish: Wish, query: Mapping[str, str], coordinator: Coordinator
    ) -> dict[str, Any]:
        """Everything that the page shows."""
        kept = {key: value for key, value in query.items() if key in (*KEPT, KEY) and value}
        pages = max(1, -(-found.total // PAGE))
        said = LIST["of_pages"].with_(page=found.page, pages=pages)
        return {
            "rows": [self.row(row) for row in found.rows],
            "count": self._say(cases_found(found.total)),
            "total": found.total,
            "waits": wish.waits,
            "q": query.get("q", "")[:LONGEST],
            "sort": query.get("sort", "") if query.get("sort", "") in SORT else "first",
            "sorts": [(key, self._say(text)) for key, text in SORT.items()],
            "chips": self._chips(found, wish, kept, coordinator),
            "selects": self._selects(found, wish, coordinator),
            "filtered": any(key in kept for key in ("status", "locale", "channel", "assignee")),
            "wished": bool(kept.keys() - {"sort"}),
            "page": self._say(said) if pages > 1 else "",
            "previous": address_of(kept, page=found.page - 1) if found.page > 1 else "",
            "next": address_of(kept, page=found.page + 1) if found.page < pages else "",
            "here": address_of(kept, page=found.page if found.page > 1 else ""),
            "heads": self._heads(wish, kept),
            "unreadable": self._unreadable(found.unreadable),
        }

    def _unreadable(self, ids: Sequence[str]) -> str:
        """Which cases can't be read, whatever else is looked for; "" for none."""
        if not ids:
            return ""
        shown = self._list(ids[:_MOST_NAMED])
        more = f" +{len(ids) - _MOST_NAMED}" if len(ids) > _MOST_NAMED else ""
        return self._say(cannot_be_read(len(ids), f"{shown}{more}"))

    def row(self, row: Row) -> dict[str, Any]:
        """A line of the list."""
        reasons = [cast(Reason, reason) for reason in row.reasons.split()]
        missing = [self._short[item] for item in row.missing.split() if item in self._short]
        more = len(missing) - _MOST_MISSING
        shown = missing if more < 2 else missing[:_MOST_MISSING]
        since = moment(row.since)
        return {
            "id": row.case_id,
            "name": row.name,
            "rank": row.rank,
            "status": self._say(CASE_STATUS[row.status]),
            "state": row.status,
            "complete": row.complete,
            "here": self._say(_("{here} of {wanted}", here=row.here, wanted=row.wanted)),
            "percent": format_percent(row.complete / 100, locale=self._locale),
            "missing": self._list(shown),
            "more": f"+{format_decimal(more, locale=self._locale)}" if more >= 2 else "",
            "waits": self._say(WAITS[cast(Waits, row.waits)]),
            "on": row.waits,
            "reasons": [
                (reason, self._say(REASON[reason]), reason in _URGENT) for reason in reasons
            ],
            "warnings": [
                self._say(FINDING[code]) for code in row.warnings.split() if code in FINDING
            ],
            "lasts": self._times.lasts(since),
            "since": self._times.moment(since),
            "iso": datetime.fromtimestamp(row.since, UTC).isoformat(timespec="seconds"),
            "languages": self._list(
                [self._languages.own_name(locale) for locale in row.locales.split()]
            ),
            "channels": self._list([self._say(channel_name(one)) for one in row.channels.split()]),
            "assignee": row.assignee,
        }

    def _list(self, words: Iterable[str]) -> str:
        """Words one after the other, as the language writes a list in little room."""
        mark = "、" if self._locale.language == "zh" else "، " if self._tag == "ar" else ", "
        return mark.join(words)

    def _chips(
        self, found: Found, wish: Wish, kept: dict[str, str], coordinator: Coordinator
    ) -> list[dict[str, Any]]:
        """The views one click away: on whom cases wait, and one's own."""
        every = {"label": self._say(LIST["all"]), "count": sum(found.by_waits.values())}
        chips = [every | {"href": address_of(kept, waits=""), "here": not wish.waits}]
        for waits, text in WAITS.items():
            count = found.by_waits.get(waits, 0)
            if count or wish.waits == waits:
                chips.append(
                    {
                        "label": self._say(text),
                        "count": count,
                        "href": address_of(kept, waits=waits),
                        "here": wish.waits == waits,
                    }
                )
        mine = kept.get("assignee") == coordinator.name
        chips.append(
            {
                "label": self._say(LIST["mine"]),
                "count": None,
                "href": address_of(kept, assignee="" if mine else coordinator.name),
                "here": mine,
            }
        )
        return chips

    def _selects(self, found: Found, wish: Wish, coordinator: Coordinator) -> list[dict[str, Any]]:
        """The filters: name, word, and what can be chosen."""
        names = dict.fromkeys((*found.assignees, coordinator.name))
        choices: dict[str, tuple[str, Text, list[tuple[str, str]]]] = {
            "status": (
                wish.status, DESK["status"],
                [(status, self._say(text)) for status, text in CASE_STATUS.items()],
            ),
            "locale": (
                wish.locale, DESK["language"],
                [(one, self._languages.own_name(one)) for one in found.locales],
            ),
            "channel": (
                wish.channel, DESK["channel"],
                [(one, self._say(channel_name(one))) for one in found.channels],
            ),
            "assignee": (
                wish.assignee, LIST["assignee"],
                [("-", self._say(LIST["nobodys"])), *((name, name) for name in sorted(names))],
            ),
        }  # fmt: skip
        return [
            {"name": name, "label": self._say(label), "value": value, "options": options}
            for name, (value, label, options) in choices.items()
        ]

    def _heads(self, wish: Wish, kept: dict[str, str]) -> list[dict[str, str]]:
        """The heads of the columns, each of which sorts by it, and the other way round when it does."""
        columns: tuple[tuple[str, Text], ...] = (
            ("name", LIST["case_and_patient"]),
            ("status", DESK["status"]),
            ("complete", DESK["missing"]),
            ("since", LIST["waits"]),
            ("", DESK["language"]),
            ("assignee", LIST["assignee"]),
        )
        heads = []
        for sort, label in columns:
            mine = bool(sort) and wish.sort == sort
            other = f"-{sort}" if mine and not wish.falling else sort
            order = ("descending" if wish.falling else "ascending") if mine else ""
            href = address_of(kept, sort=other) if sort else ""
            heads.append({"label": self._say(label), "href": href, "order": order})
        return heads


#: The wishes that an address holds; what is searched for is none of them (`desk_searching.py`).
KEPT: Final = ("waits", "status", "locale", "channel", "assignee", "sort")


def address_of(kept: Mapping[str, str], **changed: object) -> str:
    """The address of the list with these wishes changed; "" takes one away."""
    wishes = {key: str(value) for key, value in {**kept, **changed}.items() if str(value)}
    return f"/desk?{urlencode(wishes)}" if wishes else "/desk"
