"""The keys of cases, by which patients' words are sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.both import WHOLE, only

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

    op.add_column(
        "session", sa.Column("address_hash", sa.Text(), server_default="", nullable=False)
    )
    op.create_index(
        "ux_session_address",
        "session",
        ["channel", "address_hash"],
        unique=True,
        **only("address_hash != ''"),
    )
    for name in ("name_hash", "reach_hash"):
        op.add_column("contact", sa.Column(name, sa.Text(), server_default="", nullable=False))
        op.create_index(op.f(f"ix_contact_channel_{name}"), "contact", ["channel", name])
    # What is sealed is found by its hash, and is longer than an index may hold.
    for name in ("name", "reach"):
        op.drop_index(op.f(f"ix_contact_channel_{name}"), table_name="contact")


def downgrade() -> None:
    for name in ("name", "reach"):
        op.create_index(op.f(f"ix_contact_channel_{name}"), "contact", ["channel", name])
    for name in ("name_hash", "reach_hash"):
        op.drop_index(op.f(f"ix_contact_channel_{name}"), table_name="contact")
        op.drop_column("contact", name)
    op.drop_index("ux_session_address", table_name="session")
    op.drop_column("session", "address_hash")
    # What was sealed can be read by nobody then: `second-opinion keys open` goes first.
    op.drop_table("house_key")
    op.drop_table("case_key")
