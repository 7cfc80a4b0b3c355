"""Remember why and when a row of the inbox was given up, for the operator."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.both import WHOLE

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "set_aside",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("inbox_id", WHOLE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside")),
        sa.UniqueConstraint("inbox_id", name=op.f("uq_set_aside_inbox_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("set_aside")
