"""A file may have a copy without its password."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("file", sa.Column("plain_blob_id", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("file", "plain_blob_id")
