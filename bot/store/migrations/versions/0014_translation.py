"""Keep the documents of translations, and the texts by which they are compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.both import WHOLE

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "translation_file",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", WHOLE, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("blob_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_file")),
    )
    op.create_index(
        op.f("ix_translation_file_case_id"), "translation_file", ["case_id"], unique=False
    )
    op.create_table(
        "document_text",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pages", WHOLE, nullable=True),
        sa.Column("scanned", WHOLE, server_default="0", nullable=False),
        sa.Column("characters", WHOLE, server_default="0", nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_text")),
    )
    op.create_index(op.f("ix_document_text_case_id"), "document_text", ["case_id"], unique=False)


def downgrade() -> None:
    for table in ("document_text", "translation_file"):
        op.drop_table(table)
