"""Keep the documents of an opinion, what a link is for, and the card of each case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.both import WHOLE

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opinion_file",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", WHOLE, nullable=False),
        sa.Column("blob_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_file")),
    )
    op.create_index(op.f("ix_opinion_file_case_id"), "opinion_file", ["case_id"], unique=False)
    op.create_table(
        "card",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("message_id", WHOLE, nullable=True),
        sa.Column("claimed_at", sa.Float(), nullable=False),
        sa.Column("claimed_by", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "destination", name=op.f("pk_card")),
    )
    op.add_column("link", sa.Column("purpose", sa.Text(), server_default="upload", nullable=False))


def downgrade() -> None:
    op.drop_column("link", "purpose")
    for table in ("card", "opinion_file"):
        op.drop_table(table)
