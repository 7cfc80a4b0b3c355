"""Keep a code for the chat that has used it, until whoever writes there has agreed to join."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chat_code", sa.Column("used_by", sa.Text(), server_default="", nullable=False))
    op.create_index(op.f("ix_chat_code_used_by"), "chat_code", ["used_by"], unique=False)


def downgrade() -> None:
    # Nobody who has used a code by then can join by it any more: it would be free for others.
    op.execute("DELETE FROM chat_code WHERE used_by != ''")
    op.drop_index(op.f("ix_chat_code_used_by"), table_name="chat_code")
    op.drop_column("chat_code", "used_by")
