"""The tables of chats beside the chat itself: what is reported of messages, and codes that join chats."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.columns import key, maybe_number, metadata, moment, number, serial, text
from bot.store.sealed import words

# What a vendor has reported of a message, by the vendor's own id. It may come before we know the id
# ourselves: then `message_id` is NULL. `rank` orders the states (see store/deliveries.py).
delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, primary_key=True),
    maybe_number("message_id"),
    text("state"),
    number("rank"),
    text("code", ""),
    moment("at"),
    sa.Index(None, "message_id"),
)

# A code, or the secret of a link, by which another chat joins a case, once. `writer` is who will
# write there, "" for whoever writes in `session_id`, the chat that it was handed out in. `used_by` is
# the chat that has used it and joins when whoever writes there has agreed, "" while it is unused.
chat_code = sa.Table(
    "chat_code",
    metadata,
    sa.Column("code_hash", sa.Text, primary_key=True),
    text("case_id"),
    text("session_id"),
    text("writer", ""),
    moment("expires_at"),
    text("used_by", ""),
    sa.Index(None, "session_id"),
    sa.Index(None, "case_id"),
    sa.Index(None, "used_by"),
)

# Wrong codes, for an hour: who tries too many has to wait.
chat_try = sa.Table(
    "chat_try",
    metadata,
    serial(),
    text("session_id"),
    moment("at"),
    sa.Index(None, "at"),
    sqlite_autoincrement=True,
)

# Who writes on a channel that has no lasting address for people. A chat's address there is the `id`;
# `reach` is where an answer goes now, `name` the vendor's own id of the person, "" where it gave none.
# Both are found by their hashes, as the address of a chat is.
contact = sa.Table(
    "contact",
    metadata,
    key(),
    text("channel"),
    words("contact.name", ""),
    words("contact.reach"),
    moment("seen_at"),
    text("name_hash", ""),
    text("reach_hash", ""),
    sa.Index(None, "channel", "name_hash"),
    sa.Index(None, "channel", "reach_hash"),
)
