"""The tables of the way back to the patient and to the coordinators: opinions and cards."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.columns import key, maybe_number, metadata, moment, number, text
from bot.store.sealed import words

# A document of the specialist's opinion.
opinion_file = sa.Table(
    "opinion_file",
    metadata,
    key(),
    text("case_id"),
    words("opinion_file.name"),
    text("media_type"),
    number("size"),
    text("blob_id"),
    moment("made_at"),
    sa.Index(None, "case_id"),
)

# The message of a case in a coordinators' chat (Telegram's own id), which is edited in place. NULL
# while it is being sent, since `claimed_at`, by the job `claimed_by`.
card = sa.Table(
    "card",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("destination", sa.Text, primary_key=True),
    maybe_number("message_id"),
    moment("claimed_at"),
    number("claimed_by"),
)
