"""The tables of other systems: events, what of them was sent where, and the tokens of the API."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.store.columns import key, maybe_moment, metadata, moment, number, serial, text


def _only(condition: str) -> dict[str, Any]:
    """An index of only the rows that are of interest, on either database."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


# What happened to a case, for other systems. `body` are ids and states, never a name or a word of a
# patient. `uid` is what receivers know it by; `id` is in the order in which events were committed.
event = sa.Table(
    "event",
    metadata,
    serial(),
    text("uid"),
    text("case_id"),
    text("type"),
    text("body"),
    moment("at"),
    sa.Index(None, "case_id"),
    sqlite_autoincrement=True,
)

# An event on its way to an endpoint. state: waiting, sent, given_up. `answer` is the last one: a status,
# or the kind of an error.
webhook_send = sa.Table(
    "webhook_send",
    metadata,
    serial(),
    text("endpoint"),
    number("event_id"),
    text("case_id"),
    text("state", "waiting"),
    number("attempts", 0),
    text("answer", ""),
    moment("at"),
    sa.Index("ix_webhook_send_waiting", "endpoint", "case_id", "id", **_only("state = 'waiting'")),
    sa.Index("ix_webhook_send_given_up", "case_id", **_only("state = 'given_up'")),
    sqlite_autoincrement=True,
)

# How an endpoint answers: `id` is made of its address. `failures` since it last took an event; nothing
# is sent before `next_at`.
webhook_endpoint = sa.Table(
    "webhook_endpoint",
    metadata,
    key(),
    number("failures", 0),
    moment("next_at"),
    maybe_moment("failing_since"),
    maybe_moment("taken_at"),
    text("answer", ""),
)

# Who may use the API. `scopes` are words with spaces between; of the token only its SHA-256 is stored.
api_token = sa.Table(
    "api_token",
    metadata,
    key(),
    text("name"),
    text("token_hash"),
    text("scopes"),
    moment("made_at"),
    maybe_moment("used_at"),
    sa.UniqueConstraint("name"),
)
