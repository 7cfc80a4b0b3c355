"""The tables of translations: their documents, and the texts by which they are compared."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.columns import key, maybe_number, metadata, moment, number, text
from bot.store.sealed import words

# A translation of a record, as it was uploaded or made by a machine. What became of it is in the case.
translation_file = sa.Table(
    "translation_file",
    metadata,
    key(),
    text("case_id"),
    text("record_id"),
    words("translation_file.name"),
    text("media_type"),
    number("size"),
    text("sha256"),
    text("blob_id"),
    moment("made_at"),
    sa.Index(None, "case_id"),
)

# What a document says, read once: of a record, of a translation or of a document of an opinion, whose id
# it bears. state: read; scan: pictures of pages; unread: of a kind that has no text, or broken. `pages`
# is NULL where there are none, `scanned` how many of them have no text. `words` is all that was read.
document_text = sa.Table(
    "document_text",
    metadata,
    key(),
    text("case_id"),
    text("state"),
    maybe_number("pages"),
    number("scanned", 0),
    number("characters", 0),
    words("document_text.words"),
    moment("made_at"),
    sa.Index(None, "case_id"),
)
