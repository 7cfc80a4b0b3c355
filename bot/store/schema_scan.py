"""The table of what a virus scanner said of stored files."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.columns import key, metadata, moment, text

# One row a file, whose id it bears. state: waiting (nobody answers), clean, infected, unscanned (too
# large, or the scanner could not). `what` is the name of what was found, or why nobody looked. Without a
# row nobody has looked, which is not clean either.
file_scan = sa.Table(
    "file_scan",
    metadata,
    key(),
    text("case_id"),
    text("state"),
    text("what", ""),
    moment("at"),
    sa.Index(None, "case_id"),
)
