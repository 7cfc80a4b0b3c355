"""Chain the audit trail, and have the database refuse to change it. What there is, is its beginning."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

from bot.store import append_only
from bot.store.audit_chain import Link, commitment, event_hash, kind_of
from bot.store.migrations.both import WHOLE, only

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_PAGE = 1000


def upgrade() -> None:
    op.add_column("audit", sa.Column("seq", WHOLE, nullable=True))
    op.add_column("audit", sa.Column("salt", sa.Text(), nullable=True))
    op.add_column("audit", sa.Column("details", sa.Text(), server_default="", nullable=False))
    op.add_column("audit", sa.Column("hash", sa.Text(), server_default="", nullable=False))
    op.create_index(op.f("ix_audit_case_id_seq"), "audit", ["case_id", "seq"], unique=False)
    op.drop_index(op.f("ix_audit_case_id"), table_name="audit")
    op.create_table(
        "audit_head",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("seq", WHOLE, server_default="0", nullable=False),
        sa.Column("event_id", WHOLE, server_default="0", nullable=False),
        sa.Column("hash", sa.Text(), server_default="", nullable=False),
        sa.Column("checked", WHOLE, server_default="0", nullable=False),
        sa.Column("checkpoint", WHOLE, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_audit_head")),
    )
    op.create_index(
        "ix_audit_head_new", "audit_head", ["case_id"], unique=False, **only("seq > checked")
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("heads", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_checkpoint")),
    )
    _chain(op.get_bind())
    append_only.put(op.get_bind())


def downgrade() -> None:
    append_only.lift(op.get_bind())
    op.drop_table("audit_checkpoint")
    op.drop_table("audit_head")
    op.create_index(op.f("ix_audit_case_id"), "audit", ["case_id"], unique=False)
    op.drop_index(op.f("ix_audit_case_id_seq"), table_name="audit")
    for column in ("hash", "details", "salt", "seq"):
        op.drop_column("audit", column)


_AUDIT = sa.table(
    "audit",
    *(sa.column(name, sa.BigInteger()) for name in ("id", "seq")),
    sa.column("at", sa.Float()),
    *(
        sa.column(name, sa.Text())
        for name in ("case_id", "actor", "action", "object", "salt", "details", "hash")
    ),
)
_HEAD = sa.table(
    "audit_head",
    *(sa.column(name, sa.BigInteger()) for name in ("seq", "event_id")),
    *(sa.column(name, sa.Text()) for name in ("case_id", "hash")),
)


def _forgotten(connection: sa.Connection) -> dict[str, int]:
    """Of each case that was erased before this was taken back: up to where nobody is named any more."""
    query = sa.select(_AUDIT.c.case_id, sa.func.max(_AUDIT.c.id)).group_by(_AUDIT.c.case_id)
    found = connection.execute(query.where(_AUDIT.c.action == append_only.FORGOTTEN))
    return {case_id: event_id for case_id, event_id in found}


def _chain(connection: sa.Connection) -> None:
    """Give each event its place and its hash, in the order in which they were written."""
    heads: dict[str, Link] = {}
    forgotten = _forgotten(connection)
    link = (
        sa.update(_AUDIT)
        .where(_AUDIT.c.id == sa.bindparam("event"))
        .values({name: sa.bindparam(f"new_{name}") for name in ("seq", "salt", "details", "hash")})
    )
    last = 0
    while True:
        query = sa.select(_AUDIT).where(_AUDIT.c.id > last).order_by(_AUDIT.c.id).limit(_PAGE)
        rows = connection.execute(query).all()
        if not rows:
            break
        last = rows[-1].id
        linked = []
        for row in rows:
            before, salt = heads.get(row.case_id, Link()), secrets.token_hex(16)
            details = commitment(salt, row.actor, row.object)
            hashed = event_hash(
                before,
                case_id=row.case_id,
                at=float(row.at),
                kind=kind_of(row.actor),
                action=row.action,
                details=details,
            )
            heads[row.case_id] = Link(seq=before.seq + 1, event_id=row.id, hash=hashed)
            bare = row.id < forgotten.get(row.case_id, 0)
            new = {
                "new_seq": before.seq + 1,
                "new_salt": None if bare else salt,
                "new_details": details,
            }
            linked.append({"event": row.id, **new, "new_hash": hashed})
        connection.execute(link, linked)
    for case_id, head in heads.items():
        values = {"seq": head.seq, "event_id": head.event_id, "hash": head.hash}
        connection.execute(sa.insert(_HEAD).values(case_id=case_id, **values))
