"""Know people on WhatsApp by an id of ours, whatever becomes of their numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    for column in ("name", "reach"):
        op.create_index(
            op.f(f"ix_contact_channel_{column}"), "contact", ["channel", column], unique=False
        )


def downgrade() -> None:
    op.drop_table("contact")
