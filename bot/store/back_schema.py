"""The tables of the way back to the patient and to the coordinators: opinions and cards."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.columns import id_, int_, maybe_int, metadata, text, time

# A document of the specialist's opinion.
opinion_file = sa.Table(
    "opinion_file",
    metadata,
    id_(),
    text("case_id"),
    text("name"),
    text("media_type"),
    int_("size"),
    text("blob_id"),
    time("made_at"),
    sa.Index(None, "case_id"),
)

# The message of a case in a coordinators' chat (Telegram's own id), which is edited in place. NULL
# while it is being sent, since `claimed_at`, by the job `claimed_by`.
card = sa.Table(
    "card",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("destination", sa.Text, primary_key=True),
    maybe_int("message_id"),
    time("claimed_at"),
    int_("claimed_by"),
)
