"""The tables of keys: one for each case, wrapped by the operator's; and that of all look-ups."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.columns import key, metadata, moment, serial, text

# The key of a case, wrapped (base64) by the operator's key that `operator` names. A case that another
# chat's was joined to has several; the newest seals. An erasure deletes them all: a backup doesn't
# hold this table beside the others (see carrying/backup.py), so that it forgets too.
case_key = sa.Table(
    "case_key",
    metadata,
    serial(),
    text("key_id"),
    text("case_id"),
    text("operator"),
    text("wrapped"),
    moment("made_at"),
    sa.UniqueConstraint("key_id"),
    sa.Index(None, "case_id"),
    sqlite_autoincrement=True,
)

# What is of the whole installation, wrapped likewise: `look_up` is the key of hashes that are looked
# up. The first process that starts writes it, and so says which operator's key is the right one.
house_key = sa.Table(
    "house_key",
    metadata,
    key(),
    text("operator"),
    text("wrapped"),
    moment("made_at"),
)
