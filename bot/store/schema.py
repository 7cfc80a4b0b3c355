"""The tables. Times are seconds since 1970, UTC; bodies are JSON that `codec` wrote.

What a patient said or is called stands in columns of `words`, which are sealed (`sealed.py`).

A change here needs a migration beside it: a test compares the two.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.store.columns import key as _id
from bot.store.columns import maybe as _maybe
from bot.store.columns import maybe_moment as _maybe_time
from bot.store.columns import maybe_number as _maybe_int
from bot.store.columns import metadata as metadata
from bot.store.columns import moment as _time
from bot.store.columns import number as _int
from bot.store.columns import serial as _serial
from bot.store.columns import text as _text
from bot.store.schema_audit import audit as audit
from bot.store.schema_audit import audit_checkpoint as audit_checkpoint
from bot.store.schema_audit import audit_head as audit_head
from bot.store.schema_back import card as card
from bot.store.schema_back import opinion_file as opinion_file
from bot.store.schema_chats import chat_code as chat_code
from bot.store.schema_chats import chat_try as chat_try
from bot.store.schema_chats import contact as contact
from bot.store.schema_chats import delivery as delivery
from bot.store.schema_desk import coordinator as coordinator
from bot.store.schema_desk import desk_row as desk_row
from bot.store.schema_desk import desk_session as desk_session
from bot.store.schema_desk import oidc_login as oidc_login
from bot.store.schema_desk import recovery_code as recovery_code
from bot.store.schema_desk import second_factor as second_factor
from bot.store.schema_desk import sign_in as sign_in
from bot.store.schema_keys import case_key as case_key
from bot.store.schema_keys import house_key as house_key
from bot.store.schema_scan import file_scan as file_scan
from bot.store.schema_systems import api_token as api_token
from bot.store.schema_systems import event as event
from bot.store.schema_systems import webhook_endpoint as webhook_endpoint
from bot.store.schema_systems import webhook_send as webhook_send
from bot.store.schema_translation import document_text as document_text
from bot.store.schema_translation import translation_file as translation_file
from bot.store.sealed import maybe_words as _maybe_words
from bot.store.sealed import words as _words

#: The newest migration. A file at this revision is opened without starting Alembic.
REVISION = "0032"


def _only(condition: str) -> dict[str, Any]:
    """An index of only the rows that are of interest, on either database."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


# One chat, found by `address_hash` (`keyring.look_up`). `body` is the Session, NULL until its first
# turn; `locale` is the newest it had, `writer` who writes there: patient, helper, or "" where it isn't
# known. `reach` says whether it can be written to: "", or shut, closed, blocked (see store/reach.py),
# forgotten (see store/forgetting.py).
session = sa.Table(
    "session",
    metadata,
    _id(),
    _text("channel"),
    _words("session.address"),
    _text("case_id"),
    _text("locale", ""),
    _maybe_words("session.body"),
    _int("version", 0),
    _time("created_at"),
    _maybe_time("last_inbound_at"),
    _text("reach", ""),
    _text("writer", ""),
    _text("address_hash", ""),
    sa.UniqueConstraint("channel", "address"),
    sa.Index(
        "ux_session_address", "channel", "address_hash", unique=True, **_only("address_hash != ''")
    ),
    sa.Index(None, "case_id"),
)

# `body` is the Case without its records.
cases = sa.Table(
    "cases",
    metadata,
    _id(),
    _words("cases.body"),
    _text("status"),
    _int("version"),
    _time("opened_at"),
    _time("updated_at"),
    sa.Index("ix_cases_updated", "updated_at", "id"),
)

record = sa.Table(
    "record",
    metadata,
    _id(),
    _text("case_id"),
    _int("position"),
    _words("record.body"),
    sa.Index(None, "case_id", "position"),
)

# What a patient sent. state: wanted, stored, indexed, refused, erased. `reason` says why it was
# refused: a finding's code. `plain_blob_id` is its plain copy, unpacked or without its password: where
# there is one, it is what is read.
file = sa.Table(
    "file",
    metadata,
    _id(),
    _text("case_id"),
    _text("session_id"),
    _text("fetch_ref"),
    _text("channel"),
    _words("file.sender"),
    _words("file.name"),
    _text("media_type"),
    _maybe_int("size"),
    _words("file.caption"),
    _maybe("item"),
    _text("state", "wanted"),
    _maybe("blob_id"),
    _maybe("sha256"),
    _text("reason", ""),
    _time("received_at"),
    _maybe("plain_blob_id"),
    sa.Index(None, "case_id", "sha256"),
    sa.Index(None, "session_id"),
)

# Passwords that are yet to be tried on a file, as a JSON list. A row lives for seconds, and never for
# longer than an hour. `session_id` is the chat that they came from, NULL for the desk.
secret = sa.Table(
    "secret",
    metadata,
    sa.Column("file_id", sa.Text, primary_key=True),
    _text("case_id"),
    _maybe("session_id"),
    _words("secret.words"),
    _time("created_at"),
)

# One DICOM object; `body` is the Instance.
instance = sa.Table(
    "instance",
    metadata,
    _serial(),
    _text("case_id"),
    _text("file_id"),
    _text("record_id"),
    _text("study_instance_uid"),
    _text("series_instance_uid"),
    _text("sop_instance_uid"),
    _words("instance.member"),
    _int("size"),
    _text("sha256"),
    _maybe_int("instance_number"),
    _words("instance.body"),
    sa.Index(None, "case_id"),
    sa.Index(None, "file_id"),
    sa.Index(None, "record_id"),
    sqlite_autoincrement=True,
)

# What the DICOMDIR of a file names of one study, whether it came or not; `body` is a list of Listed.
listed = sa.Table(
    "listed",
    metadata,
    _serial(),
    _text("case_id"),
    _text("file_id"),
    _text("study_instance_uid"),
    _words("listed.body"),
    sa.Index(None, "case_id", "study_instance_uid"),
    sa.Index(None, "file_id"),
    sqlite_autoincrement=True,
)

# What arrived, as it arrived. state: new, done, dead. `external_id` is the channel's own id of it,
# so a second delivery is known; channel `internal` holds the updates of jobs and coordinators.
# `to_knock` is 1 for what came first after a knock.
inbox = sa.Table(
    "inbox",
    metadata,
    _serial(),
    _text("channel"),
    _text("external_id"),
    _text("session_id"),
    _text("case_id"),
    _words("inbox.raw"),
    _text("state", "new"),
    _int("attempts", 0),
    sa.Column("not_before", sa.Float, nullable=False, server_default="0"),
    _time("received_at"),
    _int("to_knock", 0),
    sa.UniqueConstraint("channel", "external_id"),
    sa.Index("ix_inbox_head", "case_id", "id", **_only("state = 'new'")),
    sa.Index("ix_inbox_case", "case_id"),
    sa.Index("ix_inbox_chat", "session_id"),
    sqlite_autoincrement=True,
)

# Why and when a row of the inbox was given up: the kind of an error and its place, no words.
set_aside = sa.Table(
    "set_aside",
    metadata,
    _serial(),
    _int("inbox_id"),
    _text("reason"),
    _time("at"),
    sa.UniqueConstraint("inbox_id"),
    sqlite_autoincrement=True,
)

# Both sides of a chat. direction: in, out. state: received (in); pending, sending, sent, failed,
# unknown, held, kept, moved, withheld (out). `cause` is the inbox row whose turn wrote it. `body` is
# the Reply or the InboundMessage, NULL when it was erased; `rendered` what was sent. `doubts` counts
# how often it is not known whether it arrived. kind: "", knock, nudge, carried (see reach.py).
# `reason` is why it could not be delivered, "" where it could: web/desk_deliveries.py has the words.
message = sa.Table(
    "message",
    metadata,
    _serial(),
    _text("case_id"),
    _text("session_id"),
    _text("channel"),
    _text("direction"),
    _int("cause"),
    _int("n"),
    _maybe_words("message.body"),
    _maybe_words("message.rendered"),
    _text("state"),
    _int("attempts", 0),
    _int("doubts", 0),
    _time("due_at"),
    _maybe("external_id"),
    _time("created_at"),
    _maybe_time("sent_at"),
    _text("kind", ""),
    _text("reason", ""),
    sa.UniqueConstraint("cause", "direction", "n"),
    sa.Index("ix_message_chat", "session_id", "id"),
    sa.Index(
        "ix_message_waiting",
        "session_id",
        "id",
        **_only("state IN ('pending', 'sending', 'unknown')"),
    ),
    sa.Index("ix_message_case", "case_id"),
    sqlite_autoincrement=True,
)

# state: ready, done, dead. A job that runs is ready with a lease, and due when the lease ends. `note` is
# the number of Procrastinate's job that stands for it, on PostgreSQL.
job = sa.Table(
    "job",
    metadata,
    _serial(),
    _text("kind"),
    _maybe("key"),
    _text("args"),
    _maybe("case_id"),
    _int("priority", 0),
    _text("state", "ready"),
    _time("run_at"),
    _maybe("lease"),
    _int("attempt", 0),
    _int("waits", 0),
    _int("doubtful", 0),
    _text("error", ""),
    _time("created_at"),
    _maybe_int("note"),
    sa.Index("ux_job_key", "key", unique=True, **_only("state = 'ready'")),
    sa.Index("ix_job_due", "kind", "run_at", **_only("state = 'ready'")),
    sa.Index("ix_job_case", "case_id"),
    sqlite_autoincrement=True,
)

# What was done once and is not done again.
effect = sa.Table("effect", metadata, sa.Column("key", sa.Text, primary_key=True), _time("at"))

handoff = sa.Table(
    "handoff",
    metadata,
    _serial(),
    _text("case_id"),
    _text("reason"),
    _time("opened_at"),
    _maybe_time("closed_at"),
    sa.Index(None, "case_id"),
    sqlite_autoincrement=True,
)

package = sa.Table(
    "package",
    metadata,
    _id(),
    _text("case_id"),
    _int("version"),
    _text("blob_id"),
    _text("sha256"),
    _int("size"),
    _time("built_at"),
    _maybe("cover_blob_id"),
    sa.UniqueConstraint("case_id", "version"),
)

# A private way to send files to a case, or (purpose: opinion) to get the opinion of it. The token
# isn't stored, only its SHA-256. `name` says whose it is ("" for the patient's own), `item` what it
# was handed out for.
link = sa.Table(
    "link",
    metadata,
    _id(),
    _text("case_id"),
    _text("session_id"),
    _text("token_hash"),
    _words("link.name", ""),
    _maybe("item"),
    _time("made_at"),
    _time("expires_at"),
    _maybe_time("revoked_at"),
    _text("purpose", "upload"),
    sa.UniqueConstraint("token_hash"),
    sa.Index(None, "case_id"),
)

# A browser that has opened a link, by the hash of its cookie.
link_visit = sa.Table(
    "link_visit",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    _text("link_id"),
    _time("expires_at"),
    sa.Index(None, "link_id"),
)

# A short code that carries a link on to a computer, once.
link_code = sa.Table(
    "link_code",
    metadata,
    sa.Column("code_hash", sa.Text, primary_key=True),
    _text("link_id"),
    _time("expires_at"),
    sa.Index(None, "link_id"),
)

# What was picked in one go: `files` and `size` are what was announced. `folder` is its name where a
# folder was picked, which becomes one file; else "". state: open, closed.
batch = sa.Table(
    "batch",
    metadata,
    _id(),
    _text("link_id"),
    _text("case_id"),
    _words("batch.folder", ""),
    _int("files"),
    _int("size"),
    _text("state", "open"),
    _time("made_at"),
    _time("touched_at"),
    sa.Index(None, "link_id"),
    sa.Index(None, "case_id"),
)

# One file on its way. How much of it has come is the size of its partial, which bears its id; so
# does its blob afterwards. state: open, whole, told.
upload = sa.Table(
    "upload",
    metadata,
    _id(),
    _text("batch_id"),
    _text("link_id"),
    _text("case_id"),
    _words("upload.name"),
    _text("media_type"),
    _int("length"),
    _text("state", "open"),
    _time("made_at"),
    sa.Index(None, "batch_id"),
    sa.Index(None, "link_id"),
    sa.Index(None, "case_id"),
)
