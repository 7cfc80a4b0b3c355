"""What a soak must find in the end: each message kept once, answered, and nothing doubled in silence."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.paths import load_languages
from bot.said import MAYBE_SEEN
from tests.soak.line import Delivered
from tests.unsealing import keys_of, looking_into


class Ledger:
    """The rows of a program that may be running, read beside it."""

    def __init__(self, folder: Path, channel: str) -> None:
        self._path = folder / "second-opinion.db"
        self._channel = channel

    def ask(self, query: str, *values: object) -> list[Any]:
        with looking_into(self._path, timeout=60) as db:
            return db.execute(query, values).fetchall()

    def _opened(self, rows: list[Any]) -> list[str]:
        """What stands in the first column of rows of the inbox, which is sealed."""
        keys = keys_of(
            self.ask("SELECT key_id, case_id, operator, wrapped FROM case_key ORDER BY id")
        )
        return [keys.open("inbox.raw", row[0]) or "" for row in rows]

    def one(self, query: str, *values: object) -> int:
        return int(self.ask(query, *values)[0][0])

    @property
    def kept(self) -> int:
        """How many messages of patients were kept."""
        return self.one("SELECT count(*) FROM inbox WHERE channel = ?", self._channel)

    @property
    def given_up(self) -> int:
        """How many answers were sent several times without anybody knowing whether one arrived."""
        return self.one("SELECT count(*) FROM message WHERE state = 'failed' AND doubts >= 3")

    @property
    def doubted(self) -> int:
        """How many were sent again with an excuse."""
        return self.one("SELECT count(*) FROM message WHERE doubts > 0")

    def unfinished(self) -> dict[str, int]:
        """What is still to be done, by kind; empty when the program has come to rest."""
        found = {
            "to be read": self.one("SELECT count(*) FROM inbox WHERE state = 'new'"),
            "to be sent": self.one(
                "SELECT count(*) FROM message WHERE direction = 'out'"
                " AND state IN ('pending', 'sending', 'unknown')"
            ),
            "jobs": self.one(
                "SELECT count(*) FROM job WHERE state = 'ready'"
                " AND (kind IN ('fetch', 'index', 'uploaded', 'release')"
                "      OR (kind = 'timer' AND args LIKE '%\"receipt\"%'))"
            ),
        }
        return {kind: count for kind, count in found.items() if count}

    def faults(self, *, messages: int, files: int, delivered: Sequence[Delivered]) -> list[str]:
        """What is not as it must be, in words; empty where all is well."""
        return [
            *self._lost(messages),
            *self._unanswered(),
            *self._files(files),
            *self._on_the_wire(delivered),
        ]

    def _lost(self, messages: int) -> list[str]:
        found = []
        if self.kept != messages:
            found.append(f"{messages} messages came in, and {self.kept} were kept")
        states = Counter(state for (state,) in self.ask("SELECT state FROM inbox"))
        if set(states) != {"done"}:
            found.append(f"the inbox holds {dict(states)}")
        return found

    def _unanswered(self) -> list[str]:
        """Words are answered by the turn that hears them; files by a receipt, which comes later."""
        unheard = self.ask(
            "SELECT raw FROM inbox WHERE channel = ?"
            " AND NOT EXISTS (SELECT 1 FROM message WHERE message.cause = inbox.id"
            "                 AND message.direction = 'out')",
            self._channel,
        )
        # From a list that doesn't tell of kinds.
        files = ('"document"', '"MediaUrl0"')
        silent = [raw for raw in self._opened(unheard) if not any(one in raw for one in files)]
        unsent = self.ask(
            "SELECT state, count(*) FROM message WHERE direction = 'out' AND state != 'sent'"
            " AND NOT (state = 'failed' AND doubts >= 3) GROUP BY state"
        )
        return [f"{len(silent)} messages have no answer"] * bool(silent) + [
            f"{count} answers are {state}" for state, count in unsent
        ]

    def _files(self, files: int) -> list[str]:
        states = Counter(state for (state,) in self.ask("SELECT state FROM file"))
        found = [] if states == Counter(indexed=files) else [f"{files} files: {dict(states)}"]
        heard = self.ask(
            "SELECT inbox.raw, inbox.case_id, inbox.received_at FROM inbox"
            " WHERE EXISTS (SELECT 1 FROM message WHERE message.cause = inbox.id"
            "               AND message.direction = 'out')"
        )
        raws = self._opened(heard)
        receipts = [row[1:] for row, raw in zip(heard, raws, strict=True) if '"receipt"' in raw]
        sent = self.ask("SELECT case_id, received_at FROM file")
        late = sum(
            not any(case == case_id and at >= since for case, at in receipts)
            for case_id, since in sent
        )
        return found + [f"{late} files have no receipt"] * bool(late)

    def _on_the_wire(self, delivered: Sequence[Delivered]) -> list[str]:
        """Each message is one that the program knows it sent, or one whose repeat says so."""
        stated: Counter[str] = Counter()
        for (ids,) in self.ask("SELECT external_id FROM message WHERE external_id IS NOT NULL"):
            stated.update(json.loads(ids))
        taken = sum(times > 1 for times in stated.values())
        arrived = {one.external_id for one in delivered}
        lost = [one for one in stated if one not in arrived]
        doubled = len(unexcused(delivered, set(stated)))
        return [
            *([f"{len(lost)} answers were sent and did not arrive"] * bool(lost)),
            *([f"{taken} answers were taken for others"] * bool(taken)),
            *([f"{doubled} answers came twice in silence"] * bool(doubled)),
        ]


def unexcused(delivered: Sequence[Delivered], stated: set[str]) -> list[Delivered]:
    """What arrived and isn't known to have been sent, unless a later one says that it may be a repeat."""
    by_patient: dict[int, list[Delivered]] = defaultdict(list)
    for one in delivered:
        by_patient[one.patient].append(one)
    return [
        one
        for mine in by_patient.values()
        for n, one in enumerate(mine)
        if one.external_id not in stated and not _is_repeated(one, mine[n + 1 :])
    ]


def _is_repeated(one: Delivered, later: Sequence[Delivered]) -> bool:
    languages = load_languages()
    excuses = tuple(languages.say(MAYBE_SEEN, locale) for locale in languages.offered)
    if one.text in excuses:
        # It says so of what comes after it.
        return True
    own = one.text
    for excuse in excuses:
        own = own.removeprefix(excuse).strip()
    # A long one comes after its excuse, not below it.
    return any(
        said.text.startswith(excuses) and (own in said.text or said.text in excuses)
        for said in later
    )
