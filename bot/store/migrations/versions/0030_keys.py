"""The keys of cases, by which patients' words are sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.both import WHOLE

revision = "0030"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is stored stays as it is, and is sealed by `second-opinion keys seal`.
    op.create_table(
        "case_key",
        sa.Column("id", WHOLE, nullable=False, autoincrement=True),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_key")),
        sa.UniqueConstraint("key_id", name=op.f("uq_case_key_key_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_case_key_case_id"), "case_key", ["case_id"])
    op.create_table(
        "house_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_key")),
    )


def downgrade() -> None:
    # What was sealed can be read by nobody then: `second-opinion keys open` goes first.
    op.drop_table("house_key")
    op.drop_table("case_key")
