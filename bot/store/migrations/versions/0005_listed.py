"""Remember what the DICOMDIR of a disc names, so that a later file can complete it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.both import WHOLE

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listed",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("study_instance_uid", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_listed_case_id_study_instance_uid"),
        "listed",
        ["case_id", "study_instance_uid"],
        unique=False,
    )
    op.create_index(op.f("ix_listed_file_id"), "listed", ["file_id"], unique=False)


def downgrade() -> None:
    op.drop_table("listed")
