"""The tables of the coordinators' desk: who may come in, who is in, and the list of cases."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.columns import key, maybe_moment, metadata, moment, number, text
from bot.store.sealed import words

# Somebody who works at the desk. `roles` are separated by spaces. `source`: cli, or setting for those
# whom the setting COORDINATORS names. Whoever was removed stays, for the audit trail names them.
coordinator = sa.Table(
    "coordinator",
    metadata,
    key(),
    text("name"),
    text("roles"),
    text("email", ""),
    text("telegram_id", ""),
    text("oidc_issuer", ""),
    text("oidc_subject", ""),
    text("source", "cli"),
    moment("added_at"),
    maybe_moment("removed_at"),
)

# The second factor of a coordinator: the key of the codes (RFC 6238), in base32. It counts once a code
# was entered. `last_step` is the newest 30 seconds of which a code was taken: each is taken once.
second_factor = sa.Table(
    "second_factor",
    metadata,
    sa.Column("coordinator_id", sa.Text, primary_key=True),
    text("secret"),
    moment("made_at"),
    maybe_moment("confirmed_at"),
    number("last_step", 0),
)

# For who has lost the device of the second factor: each works once. Only its hash is stored.
recovery_code = sa.Table(
    "recovery_code",
    metadata,
    sa.Column("code_hash", sa.Text, primary_key=True),
    text("coordinator_id"),
    maybe_moment("used_at"),
    sa.Index(None, "coordinator_id"),
)

# A sign-in link that works once, by its hash; `coordinator_id` is "" for the operator's.
sign_in = sa.Table(
    "sign_in",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    moment("expires_at"),
    maybe_moment("used_at"),
    text("coordinator_id", ""),
    sa.Index(None, "coordinator_id"),
)

# Who is signed in, by the hash of a cookie. state: half until the second factor was given, then whole.
# "" is one of the version before, which counts for nothing. `way`: operator, link, oidc. `agent` is the
# browser in a few words. `tries` counts wrong codes.
desk_session = sa.Table(
    "desk_session",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    text("name"),
    moment("expires_at"),
    text("id", ""),
    text("coordinator_id", ""),
    text("state", ""),
    text("way", ""),
    text("agent", ""),
    sa.Column("started_at", sa.Float, nullable=False, server_default="0"),
    sa.Column("seen_at", sa.Float, nullable=False, server_default="0"),
    number("tries", 0),
    maybe_moment("listed_at"),
    sa.Index(None, "coordinator_id"),
)

# A sign-in at an organisation's provider that is under way, by the hash of its `state`.
oidc_login = sa.Table(
    "oidc_login",
    metadata,
    sa.Column("state_hash", sa.Text, primary_key=True),
    text("nonce"),
    text("verifier"),
    moment("expires_at"),
)

# A line of the list: what `checklist` makes of a case, so that thousands can be sorted and searched.
# It is of the version that `case_version`, `handoffs` and `stamp` say; one that is older is made anew
# before the list is read (store/desk_rows.py). Words in one column are separated by spaces, and stand
# between two where they are looked for.
desk_row = sa.Table(
    "desk_row",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    number("case_version"),
    number("handoffs"),
    text("stamp"),
    number("shown"),
    text("status"),
    number("rank"),
    text("waits"),
    moment("since"),
    text("reasons"),
    number("complete"),
    number("here"),
    number("wanted"),
    text("missing"),
    text("warnings"),
    text("locales"),
    text("channels"),
    text("assignee"),
    words("desk_row.name"),
    moment("opened_at"),
    moment("last_at"),
    words("desk_row.search"),
    sa.Index("ix_desk_row_order", "shown", "rank", "since"),
)
