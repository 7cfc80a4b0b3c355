"""The tables of the audit trail: they only grow (`append_only.py`), and each row vouches for others."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store import append_only
from bot.store.columns import WHOLE, maybe, maybe_number, metadata, moment, number, serial, text

# Who did what to which object, and when. `seq` counts the events of a case, or of none ("") from 1 on.
# `details` is a hash of `salt`, `actor` and `object`, and stays when an erasure takes these: then `salt`
# is NULL. `hash` is over the event before and this one. An event without `seq` is of an older version
# of the program, which knew no chain.
audit = sa.Table(
    "audit",
    metadata,
    serial(),
    text("case_id"),
    moment("at"),
    text("actor"),
    text("action"),
    text("object", ""),
    maybe_number("seq"),
    maybe("salt"),
    text("details", ""),
    text("hash", ""),
    sa.Index(None, "case_id", "seq"),
    sqlite_autoincrement=True,
)

# The newest event of each chain: its place, its id and its hash. Of it, checkpoint number `checkpoint`
# has vouched for the first `checked` events.
audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    number("seq", 0),
    number("event_id", 0),
    text("hash", ""),
    number("checked", 0),
    number("checkpoint", 0),
    sa.Index(
        "ix_audit_head_new",
        "case_id",
        sqlite_where=sa.text("seq > checked"),
        postgresql_where=sa.text("seq > checked"),
    ),
)

# What the heads were that had changed since the checkpoint before: a JSON list of [case, seq, hash].
# `hash` is over the checkpoint before and this one.
audit_checkpoint = sa.Table(
    "audit_checkpoint",
    metadata,
    sa.Column("number", WHOLE, primary_key=True, autoincrement=False),
    moment("at"),
    text("heads"),
    text("hash"),
)

append_only.follow(metadata)
