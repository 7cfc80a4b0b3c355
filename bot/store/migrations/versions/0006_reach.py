"""Know when a chat was heard from, what vendors report of messages, and codes that join chats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.both import WHOLE

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SESSION = (
    sa.Column("last_inbound_at", sa.Float(), nullable=True),
    sa.Column("reach", sa.Text(), server_default="", nullable=False),
    sa.Column("writer", sa.Text(), server_default="", nullable=False),
)
_MESSAGE = (
    sa.Column("kind", sa.Text(), server_default="", nullable=False),
    sa.Column("reason", sa.Text(), server_default="", nullable=False),
)


def upgrade() -> None:
    for column in _SESSION:
        op.add_column("session", column)
    for column in _MESSAGE:
        op.add_column("message", column)
    op.add_column("inbox", sa.Column("to_knock", WHOLE, server_default="0", nullable=False))
    op.execute(
        "UPDATE session SET last_inbound_at = (SELECT max(received_at) FROM inbox "
        "WHERE inbox.session_id = session.id AND inbox.channel != 'internal')"
    )
    op.create_table(
        "delivery",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("message_id", WHOLE, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rank", WHOLE, nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "external_id", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_message_id"), "delivery", ["message_id"], unique=False)
    op.create_table(
        "chat_code",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_chat_code")),
    )
    for of in ("session_id", "case_id"):
        op.create_index(op.f(f"ix_chat_code_{of}"), "chat_code", [of], unique=False)
    op.create_table(
        "chat_try",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_try")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_chat_try_at"), "chat_try", ["at"], unique=False)


def downgrade() -> None:
    for table in ("chat_try", "chat_code", "delivery"):
        op.drop_table(table)
    op.drop_column("inbox", "to_knock")
    for name in ("kind", "reason"):
        op.drop_column("message", name)
    for name in ("last_inbound_at", "reach", "writer"):
        op.drop_column("session", name)
