"""Know coordinators and their sessions, and keep the list of cases ready to be sorted and searched.

Who was signed in signs in once more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.both import WHOLE

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_WORDS = ("id", "coordinator_id", "state", "way", "agent")


def upgrade() -> None:
    _people()
    _more_of_sessions()
    _list()


def _people() -> None:
    op.create_table(
        "coordinator",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("telegram_id", sa.Text(), server_default="", nullable=False),
        sa.Column("oidc_issuer", sa.Text(), server_default="", nullable=False),
        sa.Column("oidc_subject", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="cli", nullable=False),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.Column("removed_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coordinator")),
    )
    op.create_table(
        "second_factor",
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("confirmed_at", sa.Float(), nullable=True),
        sa.Column("last_step", WHOLE, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("coordinator_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(
        op.f("ix_recovery_code_coordinator_id"), "recovery_code", ["coordinator_id"], unique=False
    )
    op.create_table(
        "oidc_login",
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_oidc_login")),
    )


def _list() -> None:
    op.create_table(
        "desk_row",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("case_version", WHOLE, nullable=False),
        sa.Column("handoffs", WHOLE, nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("shown", WHOLE, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rank", WHOLE, nullable=False),
        sa.Column("waits", sa.Text(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("complete", WHOLE, nullable=False),
        sa.Column("here", WHOLE, nullable=False),
        sa.Column("wanted", WHOLE, nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("locales", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Float(), nullable=False),
        sa.Column("last_at", sa.Float(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_desk_row")),
    )
    op.create_index("ix_desk_row_order", "desk_row", ["shown", "rank", "since"], unique=False)


def _more_of_sessions() -> None:
    # With defaults: the version before, which runs beside this one for a while, knows none of them.
    op.execute("DELETE FROM sign_in")
    op.execute("DELETE FROM desk_session")
    op.add_column(
        "sign_in", sa.Column("coordinator_id", sa.Text(), server_default="", nullable=False)
    )
    op.create_index(op.f("ix_sign_in_coordinator_id"), "sign_in", ["coordinator_id"], unique=False)
    for name in _WORDS:
        op.add_column("desk_session", sa.Column(name, sa.Text(), server_default="", nullable=False))
    for name in ("started_at", "seen_at"):
        op.add_column(
            "desk_session", sa.Column(name, sa.Float(), server_default="0", nullable=False)
        )
    op.add_column("desk_session", sa.Column("tries", WHOLE, server_default="0", nullable=False))
    op.add_column("desk_session", sa.Column("listed_at", sa.Float(), nullable=True))
    op.create_index(
        op.f("ix_desk_session_coordinator_id"), "desk_session", ["coordinator_id"], unique=False
    )


def downgrade() -> None:
    for table in ("desk_row", "oidc_login", "recovery_code", "second_factor", "coordinator"):
        op.drop_table(table)
    op.execute("DELETE FROM sign_in")
    op.execute("DELETE FROM desk_session")
    op.drop_index(op.f("ix_desk_session_coordinator_id"), "desk_session")
    for name in (*_WORDS, "started_at", "seen_at", "tries", "listed_at"):
        op.drop_column("desk_session", name)
    op.drop_index(op.f("ix_sign_in_coordinator_id"), "sign_in")
    op.drop_column("sign_in", "coordinator_id")
